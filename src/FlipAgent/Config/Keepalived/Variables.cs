using System.Collections.Immutable;
using System.Text.RegularExpressions;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// What is left of <c>$NAME</c> when keepalived has replaced its definitions: one that it does not replace in that place, a placeholder of a template, or a
/// variable of a shell. Only the last stands for anything; a shell takes the others for empty, and a command without its words is mostly content.
/// </summary>
internal static class Variables
{
    public static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    /// <summary>The definitions among the names in a piece of text.</summary>
    public static IReadOnlyDictionary<string, string> Known(string text, Func<string, string?> whyNot)
    {
        if (!text.Contains('$'))
            return None;
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Match use in s_use.Matches(text))
            if (whyNot(use.Groups["name"].Value) is { } why)
                known[use.Groups["name"].Value] = why;
        return known;
    }

    /// <summary>Why a value has a variable in it, which names the first; null: it has none.</summary>
    public static string? Reason(Statement statement, string? value) =>
        value is not null && s_use.Match(value) is { Success: true } use ? Reason(statement, use.Groups["name"].Value, value == $"${{{use.Groups["name"].Value}}}")
        : value == "$" && statement.Block is [{ Keyword: var name }, ..] ? Reason(statement, name, true)
        : null;

    /// <summary>The same for each variable of a command line that neither keepalived nor the line itself sets; empty: there is none.</summary>
    public static ImmutableArray<string> Reasons(Statement statement, CommandLine command)
    {
        // The brace of a definition that is not known begins a block, unless quotes are around it.
        if (command.Text.EndsWith('$') && statement.Block is [{ Keyword: var name }, ..])
            return [Reason(statement, name, true)];
        if (!command.Text.Contains('$'))
            return [];
        var peeled = Peeled.Of(command.Text);
        // What else a line sets, nobody knows who does not run it.
        if (peeled.IsShell && s_setsMore.IsMatch(peeled.Text))
            return [.. Uses(command.Text).Where(u => statement.NotReplaced.ContainsKey(u.Name)).DistinctBy(u => u.Name).Select(u => Reason(statement, u.Name, u.IsInBraces))];
        var set = s_set.Matches(command.Text).SelectMany(m => m.Groups["name"].Captures.SelectMany(c => c.Value.Split(' ', '\t'))).ToHashSet(StringComparer.Ordinal);
        var isBash = s_bash.IsMatch(command.Text) || ShellSyntax.OfBash(peeled.Text) is not null;
        bool IsOwn(string variable) =>
            set.Contains(variable) || s_ofShell.Contains(variable) || (isBash && (s_ofBash.Contains(variable) || variable.StartsWith("BASH", StringComparison.Ordinal)));
        // Programs such as awk have variables of their own, which stand in single quotes; elsewhere nothing but a placeholder looks like that.
        var isLiteral = peeled.IsShell || s_ownVariables.IsMatch(command.Text);
        return
        [
            .. Uses(command.Text).Concat(peeled.Text == command.Text ? [] : Uses(peeled.Text))
                .Where(u => statement.NotReplaced.ContainsKey(u.Name) || (!IsOwn(u.Name) && !u.HasDefault && !(u.IsInSingleQuotes && isLiteral)))
                .DistinctBy(u => u.Name)
                .Select(u => Reason(statement, u.Name, u.IsInBraces)),
        ];
    }

    private static string Reason(Statement statement, string name, bool isInBraces)
    {
        var shown = Echo.Mask(isInBraces ? $"${{{name}}}" : $"${name}");
        return statement.NotReplaced.TryGetValue(name, out var why)
            ? $"keepalived does not replace {shown} here: {why}"
            : $"{shown} is not known: no line before this one defines it. If it is a placeholder of a template, expected the file that is made of it; a variable of the " +
                $"environment is ${{_ENV {Echo.Mask(name)}}}";
    }

    private readonly record struct Use(string Name, bool IsInBraces, bool HasDefault, bool IsInSingleQuotes);

    /// <summary>Those that a shell would replace, and those in single quotes.</summary>
    private static List<Use> Uses(string text)
    {
        var uses = new List<Use>();
        var quote = '\0';
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\\' && quote != '\'')
                i++;
            else if (c is '"' or '\'' && (quote == '\0' || quote == c))
                quote = quote == '\0' ? c : '\0';
            else if (c == '$' && i + 1 < text.Length && text[i + 1] == '$')
                i++;
            else if (c == '$' && s_useHere.Match(text, i) is { Success: true } use)
                uses.Add(new Use(use.Groups["name"].Value, text[i + 1] == '{', use.Groups["default"].Success, quote == '\''));
        }

        return uses;
    }

    private static readonly Regex s_use = Patterns.Safe(@"\$\{?(?<name>[A-Za-z_][A-Za-z0-9_]*)");

    private static readonly Regex s_useHere = new(@"\G\$\{?(?<name>[A-Za-z_][A-Za-z0-9_]*)(?<default>(?<=\{\w+):?[-=+])?", RegexOptions.ExplicitCapture);

    /// <summary>What gives a variable its value in a shell line.</summary>
    private static readonly Regex s_set = Patterns.Safe(
        @"(^|[\s;&|(""'`{])(?<name>[A-Za-z_]\w*)\+?=|\b(for|select|mapfile|readarray)\s+(-\w+\s+)*(?<name>[A-Za-z_]\w*)" +
        @"|\b(read|local|declare|typeset|export|readonly)\s+(-\w+\s+)*(?<name>[A-Za-z_]\w*([ \t]+[A-Za-z_]\w*)*)|\bgetopts\s+\S+\s+(?<name>[A-Za-z_]\w*)|\bprintf\s+-v\s*(?<name>[A-Za-z_]\w*)");

    private static readonly Regex s_setsMore = Patterns.Safe(@"(^|[\s;&|(])(\.|source|eval)\s|\bexport\s[^;]*(\$\(|`)|\bset\s+-a");

    private static readonly Regex s_bash = Patterns.Safe(@"(^|[\s/""'])bash\s+-");

    private static readonly Regex s_ownVariables = Patterns.Safe(
        @"\b([gmn]?awk|perl|ruby|php|sed|[ef]?grep|jq|lua|expect|tclsh|node|python[\d.]*|mysql|psql|mongo|docker|podman|kubectl)\b");

    private static readonly string[] s_ofShell =
        ["HOME", "PATH", "PWD", "OLDPWD", "IFS", "PPID", "LINENO", "OPTARG", "OPTIND", "SHELL", "USER", "LOGNAME", "LANG", "TERM", "TZ"];

    private static readonly string[] s_ofBash =
        ["HOSTNAME", "RANDOM", "UID", "EUID", "GROUPS", "SECONDS", "REPLY", "PIPESTATUS", "SHLVL", "OSTYPE", "HOSTTYPE", "MACHTYPE", "EPOCHSECONDS", "FUNCNAME"];
}
