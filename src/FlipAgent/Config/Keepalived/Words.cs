using System.Collections.Immutable;
using System.Text;

namespace FlipAgent.Config.Keepalived;

/// <summary>The words of a piece of configuration. keepalived has two ways to find them: one for its keywords, one for command lines.</summary>
internal static class Words
{
    private const string Blank = " \t\n\v\f\r";

    /// <summary>At white space and at double quotes, whose content is one word; null when a quote is never closed (<c>alloc_strvec_r</c>).</summary>
    public static ImmutableArray<string>? Of(string text)
    {
        var words = ImmutableArray.CreateBuilder<string>();
        for (var i = 0; i < text.Length;)
        {
            if (Blank.Contains(text[i]))
            {
                i++;
                continue;
            }

            var isQuoted = text[i] == '"';
            var start = isQuoted ? i + 1 : i;
            var length = isQuoted ? text.IndexOf('"', start) - start : text.AsSpan(start).IndexOfAny(Blank + '"');
            if (isQuoted && length < 0)
                return null;
            length = length < 0 ? text.Length - start : length;
            words.Add(text.Substring(start, length));
            i = start + length + (isQuoted ? 1 : 0);
        }

        return words.ToImmutable();
    }

    /// <summary>As a shell would, with both kinds of quotes and C's escapes; null when a quote is never closed (<c>alloc_strvec_quoted_escaped</c>).</summary>
    public static ImmutableArray<string>? OfCommand(string text)
    {
        var words = ImmutableArray.CreateBuilder<string>();
        for (var i = 0; i < text.Length;)
            if (Blank.Contains(text[i]))
                i++;
            else if (One(text, ref i) is { } word)
                words.Add(word);
            else
                return null;
        return words.ToImmutable();
    }

    /// <summary>The text up to the end of so many words of a command line.</summary>
    public static string Start(string text, int count)
    {
        var i = 0;
        while (count > 0 && i < text.Length)
            if (Blank.Contains(text[i]))
                i++;
            else if (One(text, ref i) is null)
                return text;
            else
                count--;
        return text[..i];
    }

    private static string? One(string text, ref int i)
    {
        var word = new StringBuilder();
        var quote = '\0';
        for (; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\\')
            {
                if (++i == text.Length)
                    return null;
                word.Append(Escaped(text, ref i));
            }
            else if (quote != '\0')
            {
                if (c == quote)
                    quote = '\0';
                else
                    word.Append(c);
            }
            else if (c is '"' or '\'')
                quote = c;
            else if (Blank.Contains(c))
                break;
            else
                word.Append(c);
        }

        return quote == '\0' ? word.ToString() : null;
    }

    /// <summary>What stands behind a backslash; <paramref name="i"/> is at its last character afterwards.</summary>
    private static char Escaped(string text, ref int i)
    {
        var c = text[i];
        if (c == 'x' && i + 1 < text.Length && char.IsAsciiHexDigit(text[i + 1]))
            return Number(text, ref i, i + 1, 2, 16);
        if (c is >= '0' and <= '7')
            return Number(text, ref i, i, 3, 8);
        if (c == 'c' && i + 1 < text.Length)
            return (char)(text[++i] & 0x1f);
        return c switch { 'a' => '\a', 'b' => '\b', 'E' => '\e', 'f' => '\f', 'n' => '\n', 'r' => '\r', 't' => '\t', 'v' => '\v', _ => c };
    }

    private static char Number(string text, ref int i, int from, int most, int radix)
    {
        var value = 0;
        var at = from;
        for (; at < text.Length && at < from + most && Digit(text[at]) is var digit && digit >= 0 && digit < radix; at++)
            value = (value * radix) + digit;
        i = at - 1;
        return (char)(value & 0xff);
    }

    private static int Digit(char c) => char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : -1;
}
