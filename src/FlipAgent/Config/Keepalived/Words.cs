using System.Collections.Immutable;
using System.Text;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// Takes a line of keepalived's configuration apart into words and braces, as a shell would with quotes, and without what stands behind <c>#</c>
/// or <c>!</c> (keepalived.conf(5), "Comments").
/// </summary>
internal static class Words
{
    /// <param name="IsBrace">A bare <c>{</c> or <c>}</c>; in quotes it is an ordinary word.</param>
    internal readonly record struct Word(string Text, bool IsBrace);

    public static ImmutableArray<Word> Of(string line)
    {
        var words = ImmutableArray.CreateBuilder<Word>();
        for (var i = 0; i < line.Length;)
        {
            var c = line[i];
            if (char.IsWhiteSpace(c))
                i++;
            else if (c is '#' or '!')
                break;
            else if (c is '{' or '}')
            {
                words.Add(new Word(c.ToString(), true));
                i++;
            }
            else
                words.Add(new Word(One(line, ref i), false));
        }

        return words.ToImmutable();
    }

    private static string One(string line, ref int i)
    {
        var word = new StringBuilder();
        var quote = '\0';
        for (; i < line.Length; i++)
        {
            var c = line[i];
            if (quote != '\0')
            {
                if (c == quote)
                    quote = '\0';
                else if (c == '\\' && quote == '"' && i + 1 < line.Length && line[i + 1] is '"' or '\\')
                    word.Append(line[++i]);
                else
                    word.Append(c);
            }
            else if (c is '"' or '\'')
                quote = c;
            else if (c == '$' && i + 1 < line.Length && line[i + 1] == '{' && line.IndexOf('}', i) is > 0 and var end)
            {
                word.Append(line, i, end - i + 1);
                i = end;
            }
            else if (char.IsWhiteSpace(c) || c is '{' or '}')
                break;
            else
                word.Append(c);
        }

        return word.ToString();
    }
}
