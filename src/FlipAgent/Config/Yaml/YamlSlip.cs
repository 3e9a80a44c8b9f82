using System.Text.RegularExpressions;
using FlipAgent.Config.Values;

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
        // Behind the last line there is nothing to stumble over: what is wrong is in it.
        foreach (var one in IsNothing(lines[here]) ? new[] { above } : [above, here])
            if (one >= 0 && Of(lines[one]) is { } slip)
                return (new Position(one + 1, slip.Column), slip.What);
        if (above < 0 || IsNothing(lines[here]) || Indentation(lines[here]) <= Indentation(lines[above]) || s_pair.Match(lines[above]) is not { Success: true } pair)
            return null;
        return (new Position(above + 1, pair.Groups["value"].Index + 1), $"{pair.Groups["key"].Value} has a value here and keys below it; expected one of the two");
    }

    private static (int Column, string What)? Of(string line)
    {
        if (s_glued.Match(line) is { Success: true } glued)
            return (glued.Groups["colon"].Index + 1, $"no space after the colon; expected {glued.Groups["key"].Value}: {Echo.Mask(glued.Groups["value"].Value)}");
        if (line.Contains(':') || s_noKey.IsMatch(line))
            return null;
        var start = Indentation(line);
        var wide = line.IndexOf('\uFF1A');
        return wide >= 0 ? (wide + 1, "a wide colon (U+FF1A); expected : and a space") : (start + 1, $"no colon in this line: {Echo.Of(line.Trim())}; expected key: value");
    }

    private static bool IsNothing(string line) => line.AsSpan().TrimStart() is [] or ['#', ..];

    private static int Indentation(string line) => line.Length - line.TrimStart().Length;

    // What follows the colon is no time of day and no URL.
    private static readonly Regex s_glued = new(@"^\s*(- )?(?<key>[A-Za-z_]\w*)(?<colon>:)(?<value>[^\s:/][^:\r]*)\r?$");

    private static readonly Regex s_pair = new(@"^\s*(- )?(?<key>[A-Za-z_]\w*):\s+(?<value>[^\s#|>][^\r]*)\r?$");

    // Items of a list, brackets, quotes and document markers have no colon by right.
    private static readonly Regex s_noKey = new(@"^\s*([-\[\]{}""'|>%&*!@`?,]|\.\.\.)");
}
