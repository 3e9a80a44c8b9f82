using System.Text.RegularExpressions;

namespace FlipAgent.Config.Yaml;

/// <summary>
/// The commonest slips, of which the parser complains a line too late: to YAML, a line without ": " is a text that may go on in the next one, so it stumbles over the colon there.
/// </summary>
internal static class YamlSlip
{
    /// <summary>What is wrong with the line that a complaint about <paramref name="line"/> comes from; null: nothing that is known.</summary>
    /// <param name="line">From 1.</param>
    public static (Position At, string What)? Before(string text, int line)
    {
        var lines = text.Split('\n');
        var here = Math.Min(line, lines.Length) - 1;
        var above = here - 1;
        while (above >= 0 && IsNothing(lines[above]))
            above--;
        if (above < 0)
            return null;
        // A list or a mapping in brackets may go on over lines without a colon.
        var isInBrackets = Enumerable.Range(0, above + 1).Sum(n => lines[n].Count(c => c is '[' or '{') - lines[n].Count(c => c is ']' or '}')) > 0 || lines[above].AsSpan().ContainsAny("[]{}");
        if (!isInBrackets && Of(lines[above]) is { } slip)
            return (new Position(above + 1, slip.Column), slip.What);
        if (!isInBrackets && !IsNothing(lines[here]) && Of(lines[here]) is { } own)
            return (new Position(here + 1, own.Column), own.What);
        // "- " is indentation too.
        if (IsNothing(lines[here]) || !s_key.IsMatch(lines[here]) || s_pair.Match(lines[above]) is not { Success: true } pair || Indentation(lines[here]) <= pair.Groups["key"].Index)
            return null;
        return (new Position(above + 1, pair.Groups["value"].Index + 1), $"{pair.Groups["key"].Value} has a value here and keys below it; expected one of the two");
    }

    /// <summary>Nothing of the text is repeated but what looks like a key: the rest may be a secret.</summary>
    private static (int Column, string What)? Of(string line)
    {
        if (s_glued.Match(line) is { Success: true } glued)
            return (glued.Groups["colon"].Index + 1, $"no space after the colon; expected {glued.Groups["key"].Value}: and the value");
        if (line.Contains(':') || s_noKey.IsMatch(line))
            return null;
        var wide = line.IndexOf('\uFF1A');
        return wide >= 0
            ? (wide + 1, "a wide colon (U+FF1A); expected : and a space")
            : (Indentation(line) + 1, $"no colon in this line{(s_word.IsMatch(line.Trim()) ? $" ({line.Trim()})" : "")}; expected key: value");
    }

    private static bool IsNothing(string line) => line.AsSpan().TrimStart() is [] or ['#', ..];

    private static int Indentation(string line) => line.Length - line.TrimStart().Length;

    // What follows the colon is no time of day and no URL.
    private static readonly Regex s_glued = new(@"^\s*(- )?(?<key>[A-Za-z_]\w*)(?<colon>:)(?<value>[^\s:/][^:\r]*)\r?$");

    private static readonly Regex s_pair = new(@"^\s*(- )?(?<key>[A-Za-z_]\w*):\s+(?<value>[^\s#|>][^\r]*)\r?$");

    private static readonly Regex s_key = new(@"^\s*[A-Za-z_]\w*:(\s|$)");

    private static readonly Regex s_word = new("^[a-z_]{1,20}$");

    // Items of a list, brackets, quotes and document markers have no colon by right.
    private static readonly Regex s_noKey = new(@"^\s*([-\[\]{}""'|>%&*!@`?,]|\.\.\.)");
}
