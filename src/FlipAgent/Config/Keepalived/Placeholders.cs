using System.Text.RegularExpressions;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>What a template has in place of values, which keepalived would take for the values.</summary>
internal static class Placeholders
{
    /// <summary>The marks of a template language in a file; null: none. What a command asks docker to print looks the same, and is none.</summary>
    public static string? MarkIn(string text)
    {
        var rest = s_format.Replace(text, "");
        return rest.Contains("{{", StringComparison.Ordinal) || rest.Contains("{%", StringComparison.Ordinal) ? "{{ or {%"
            : s_tag.IsMatch(rest) ? "<%"
            : null;
    }

    /// <summary>What shows that a file is no file of keepalived's but a script, or a cloud-init, with one in it; null: nothing does.</summary>
    public static string? WriterIn(string text) => s_writer.Match(text) is { Success: true } writer ? writer.Groups["mark"].Value : null;

    /// <summary>Notes each line that has one in place of a value: a variable that is not set, or a name in angle brackets.</summary>
    public static void Note(List<Statement> statements, Notes notes)
    {
        foreach (var s in statements)
        {
            // A command line may have variables and redirections of its own.
            if (s.Keyword != "script" && !NotifyImport.IsNotify(s) && Shown(s) is { } shown)
                notes.Add(s, $"{Echo.Mask(shown)} stands in place of a value, as in a template; expected the file that is made of it, as keepalived reads it");
            Note(s.Block, notes);
        }
    }

    /// <summary>A name in angle brackets in a command, which no shell takes for redirections; null: there is none.</summary>
    public static string? InCommand(string command) => s_name.Match(command) is { Success: true } found ? found.Groups["shown"].Value : null;

    /// <summary>The brace of a variable that is not set begins a block, as all braces do.</summary>
    private static string? Shown(Statement s) =>
        s.Text.EndsWith('$') && s.Block is [{ Keyword: var name }, ..] ? $"${{{name}}}"
        : s_value.Match(s.Text) is { Success: true } found ? found.Groups["shown"].Value
        : null;

    private static readonly Regex s_writer = Patterns.Safe(@"\A\s*(?<mark>#!/[\w./ -]*)|^(?<mark>#cloud-config)|^[ \t]*[^\s#!""][^\n""#!]*[ \t](?<mark><<-?[ \t]*[""']?[A-Za-z_]\w*)" +
        @"|^[ \t-]*(?<mark>[\w.-]+:[ \t]+\|[+-]?)[ \t]*\r?$", RegexOptions.Multiline);

    private static readonly Regex s_format = Patterns.Safe(@"\s(-f|--format)[ =]*[""'\\]*\{\{\s*(json\s+)?\.[^{}\n]*(\}\}[^{}\n]*\{\{[^{}\n]*)*\}\}");

    private static readonly Regex s_tag = Patterns.Safe(@"<%[^\n]*%>");

    private static readonly Regex s_name = Patterns.Safe(@"(^|[\s""'=:/@])(?<shown><[A-Za-z][\w.-]*( [\w.-]+)*>)([\s""':/@]|$)");

    private static readonly Regex s_value = Patterns.Safe(@"(^|[\s""])(?<shown>\$\{[A-Za-z_]\w*\}|<[A-Za-z][\w ,.-]*>)");
}
