using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace FlipAgent.Config.Keepalived;

/// <summary>The single commands of a shell line, also those within <c>$( )</c> and after <c>then</c>; only to see which programs it runs.</summary>
internal static class ShellCommands
{
    private const int Most = 200;

    public static List<string> Of(string line)
    {
        List<string> found = [];
        // The quotes around each $( that is open, and the one that is open now at the top.
        Stack<char> quotes = new(['\0']);
        var start = 0;
        for (var i = 0; i < line.Length && found.Count < Most; i++)
        {
            var (c, quote) = (line[i], quotes.Peek());
            if (c == '\\' && quote != '\'')
                i++;
            else if (c is '"' or '\'' && (quote == '\0' || quote == c))
                Turn(quotes, quote == '\0' ? c : '\0');
            else if (quote == '\'')
                continue;
            else if (c == '(' && (quote == '\0' || (i > 0 && line[i - 1] == '$')))
            {
                Add(line[start..i], found);
                quotes.Push('\0');
                start = i + 1;
            }
            else if (quote == '\0' && (c is ')' or '|' or ';' or '\n' or '`' || (c == '&' && !IsRedirection(line, i))))
            {
                Add(line[start..i], found);
                if (c == ')' && quotes.Count > 1)
                    quotes.Pop();
                start = i + 1;
            }
        }

        Add(line[Math.Min(start, line.Length)..], found);
        return found;
    }

    /// <summary>The word that names the program, behind values for its environment, which may be secrets.</summary>
    public static string Program(ImmutableArray<string> words) => words.FirstOrDefault(word => !Assigns(word)) ?? $"{words[0][..words[0].IndexOf('=')]}=...";

    public static bool Assigns(string word) => s_assignment.IsMatch(word);

    private static void Turn(Stack<char> quotes, char quote)
    {
        quotes.Pop();
        quotes.Push(quote);
    }

    /// <summary>As in <c>2&gt;&amp;1</c> and <c>&amp;&gt;/dev/null</c>.</summary>
    private static bool IsRedirection(string line, int at) => (at > 0 && line[at - 1] is '>' or '<') || (at + 1 < line.Length && line[at + 1] == '>');

    /// <summary>Without what stands before the program: keywords, and values for its environment.</summary>
    private static void Add(string text, List<string> found)
    {
        var command = s_before.Replace(text.Trim(), "");
        if (command.Length > 0 && s_program.IsMatch(command))
            found.Add(command);
    }

    private static readonly Regex s_before = new(
        @"^((then|do|else|elif|if|while|until|!|time|\{)(\s+|$)|[A-Za-z_]\w*\+?=(""[^""]*""|'[^']*'|[^\s""']*)(\s+|$))*",
        RegexOptions.ExplicitCapture);

    private static readonly Regex s_assignment = new(@"^[A-Za-z_]\w*\+?=");

    private static readonly Regex s_program = new(@"^[""']?[\w./$~@{]");
}
