using System.Globalization;
using System.Text.RegularExpressions;

namespace FlipAgent.Config.Keepalived;

/// <summary>What a shell line makes of the exit status of the one command in it.</summary>
internal enum Verdict
{
    /// <summary>It succeeds when the command does, and fails when the command does.</summary>
    Same,

    /// <summary>It fails when the command succeeds, and the other way round.</summary>
    Opposite,

    AlwaysUp,
    AlwaysDown,
}

/// <summary>
/// A shell line with one command in it. What follows the command decides what the whole says: <c>|| exit 1</c> changes nothing, <c>&amp;&amp; exit 1 || exit 0</c>
/// turns it round, <c>; exit 0</c> is content with anything.
/// </summary>
/// <param name="Command">Without the redirections behind it.</param>
/// <param name="Writes">The file that its output goes to; null for none, or /dev/null.</param>
internal sealed record ShellLine(string Command, Verdict Verdict, string? Writes)
{
    /// <summary>Null when it is more than one command, or nothing that is understood.</summary>
    /// <param name="stopsAtFailure">The shell has been told <c>set -e</c>.</param>
    public static ShellLine? Of(string line, bool stopsAtFailure = false)
    {
        if (Parts(line) is not { } parts || parts.Skip(1).Any(p => Status(p.Text, 0) is null))
            return null;
        var verdict = (Run(parts, 0, stopsAtFailure), Run(parts, 1, stopsAtFailure)) switch
        {
            (0, not 0) => Verdict.Same,
            (0, 0) => Verdict.AlwaysUp,
            (not 0, 0) => Verdict.Opposite,
            _ => Verdict.AlwaysDown,
        };
        var (command, writes) = WithoutRedirections(parts[0].Text);
        return command.Length > 0 ? new ShellLine(command, verdict, writes) : null;
    }

    /// <param name="Operator">What stands before it.</param>
    private sealed record Part(string Operator, string Text);

    /// <summary>The exit status of the line when the command ends with <paramref name="status"/>.</summary>
    private static int Run(List<Part> parts, int status, bool stopsAtFailure)
    {
        var last = 0;
        for (var i = 1; i < parts.Count; i++)
        {
            var (by, text) = parts[i];
            // set -e looks at the last command of a list with && and || only.
            if (by == ";" && stopsAtFailure && status != 0 && last == i - 1)
                return status;
            if ((by == "&&" && status != 0) || (by == "||" && status == 0))
                continue;
            status = Status(text, status)!.Value;
            if (text.StartsWith("exit", StringComparison.Ordinal))
                return status;
            last = i;
        }

        return status;
    }

    /// <summary>What one of the few commands that may follow leaves; null for any other.</summary>
    private static int? Status(string text, int before) => text switch
    {
        "exit" or "exit $?" => before,
        "true" or ":" => 0,
        "false" => 1,
        _ => text.StartsWith("exit ", StringComparison.Ordinal) && int.TryParse(text[5..].Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n)
            ? n & 0xff
            : null,
    };

    /// <summary>The commands and what stands before each; null when the shell does something else: a pipe, the background, a quote that is never closed.</summary>
    private static List<Part>? Parts(string line)
    {
        List<Part> parts = [];
        var (by, start, quote, depth) = ("", 0, '\0', 0);
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (c == '\\' && quote != '\'')
                i++;
            else if (quote != '\0')
                quote = c == quote ? '\0' : quote;
            else if (c is '"' or '\'' or '`')
                quote = c;
            else if (c is '(' or ')')
                depth += c == '(' ? 1 : -1;
            else if (depth == 0 && Operator(line, i) is { Length: > 0 } found)
            {
                if (found is "|" or "&" || line[start..i].Trim().Length == 0)
                    return null;
                parts.Add(new Part(by, line[start..i].Trim()));
                (by, start) = (found, i + found.Length);
                i = start - 1;
            }
        }

        if (quote != '\0' || depth != 0)
            return null;
        if (line[start..].Trim() is { Length: > 0 } rest)
            parts.Add(new Part(by, rest));
        else if (by != ";")
            return null;
        return parts;
    }

    /// <summary>Empty where none begins; <c>&amp;</c> beside &lt; or &gt; belongs to a redirection.</summary>
    private static string Operator(string line, int at)
    {
        var next = at + 1 < line.Length ? line[at + 1] : '\0';
        return line[at] switch
        {
            ';' => ";",
            '&' when next == '&' => "&&",
            '|' when next == '|' => "||",
            '&' when next == '>' || (at > 0 && line[at - 1] is '>' or '<') => "",
            '|' when at > 0 && line[at - 1] == '>' => "",
            '&' => "&",
            '|' => "|",
            _ => "",
        };
    }

    private static (string Command, string? Writes) WithoutRedirections(string command)
    {
        string? writes = null;
        while (s_redirection.Match(command) is { Success: true } last && !s_socket.IsMatch(last.Groups["file"].Value))
        {
            if (last.Groups["file"].Value is { Length: > 0 } file and not "/dev/null")
                writes = file;
            command = command[..last.Index].TrimEnd();
        }

        return (command, writes);
    }

    /// <summary>bash's own, which are no files.</summary>
    private static readonly Regex s_socket = new("^/dev/(tcp|udp)/");

    /// <summary>The last one; a digit is part of it only where it is no part of a word.</summary>
    private static readonly Regex s_redirection = new(
        @"((?<=\s)[012])?((&>>?|>>|>\||>)[ \t]*(&[012-]|(?<file>[^\s<>&;|]+))|<[ \t]*/dev/null)\z",
        RegexOptions.ExplicitCapture);
}
