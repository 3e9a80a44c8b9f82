using System.Collections.Immutable;
using System.Net;
using System.Text.RegularExpressions;
using FlipAgent.Config.Sections;

namespace FlipAgent.Config.Keepalived;

/// <param name="Check">Without its name and rhythm.</param>
/// <param name="Remarks">What is different from the script.</param>
/// <param name="Timeout">That the command line sets itself.</param>
internal sealed record Guess(CheckConfig Check, ImmutableArray<string> Remarks, TimeSpan? Timeout)
{
    public string? Remark => Remarks.IsEmpty ? null : string.Join("; ", Remarks);
}

/// <summary>
/// Guesses what a check script asks, from the one-liners that people write: is the process there, does the port answer, does the page come. A
/// built-in check asks the same without a fork, with a time limit, and sees an exit at once. What it does not recognise stays a script.
/// </summary>
internal static class ScriptGuess
{
    private const int LongestLine = 1000;

    /// <param name="command">In keepalived's quoting (<see cref="CommandLine"/>).</param>
    /// <param name="read">Text of a script file, or null.</param>
    public static Guess Of(string command, Func<string, string?> read)
    {
        var peeled = Peeled.Of(command);
        if (BuiltIn(peeled.Text) is { } guess)
            return guess with { Timeout = Shorter(peeled.Timeout, guess.Timeout) };
        if (ScriptFiles.ProgramOf(peeled.Text) is { Arguments: 0 } program && read(program.Path) is { } script && OnlyLine(script) is { } only)
        {
            var inner = Peeled.Of(only);
            if (BuiltIn(inner.Text) is { } inside)
                return inside with
                {
                    Remarks = [$"taken from the one line of {program.Path}", .. inside.Remarks],
                    Timeout = Shorter(Shorter(peeled.Timeout, inner.Timeout), inside.Timeout),
                };
        }

        return new Guess(Exec(command, out var remark), remark is null ? [] : [remark], null);
    }

    private static Guess? BuiltIn(string line)
    {
        if (line.Length > LongestLine)
            return null;
        var pidFile = s_pidFile.Match(line);
        if (pidFile.Success)
            return new Guess(new CheckConfig.PidFile(pidFile.Groups["file"].Value) { Name = "" }, [], null);
        var unit = s_unit.Match(line);
        if (unit.Success)
            return new Guess(new CheckConfig.Unit(WithType(unit.Groups["unit"].Value), CheckKinds.DefaultRestartGrace, false) { Name = "" }, [], null);
        var process = s_process.Match(line);
        if (process.Success)
            return Named(process.Groups["name"].Value, process.Groups["part"].Success);
        var port = s_devTcp.Match(line) is { Success: true } dev ? dev : s_netcat.Match(line);
        if (port.Success && int.TryParse(port.Groups["port"].Value, out var number) && number is > 0 and < 65536)
            return new Guess(new CheckConfig.Tcp(new DnsEndPoint(port.Groups["host"].Value, number)) { Name = "" }, [], Timeout(port));
        return PageGuess.Of(s_tail.Replace(line, ""));
    }

    private static TimeSpan? Timeout(Match match) =>
        int.TryParse(match.Groups["wait"].Value, out var seconds) && seconds > 0 ? TimeSpan.FromSeconds(seconds) : null;

    private static TimeSpan? Shorter(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other : one;

    /// <summary>A process by its name; with systemd the unit would be better, but keepalived's file does not say that there is one.</summary>
    private static Guess Named(string path, bool isPart)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        var comm = Comm(name);
        List<string> remarks =
            [$"became process: {{name: {comm}}}; where systemd runs it, process: {{unit: {name}.service}} is better: it understands restarts"];
        if (isPart)
            remarks.Add($"pgrep also takes names that only contain {name}, the check does not");
        return new Guess(new CheckConfig.ProcessName(comm) { Name = "" }, [.. remarks], null);
    }

    /// <summary>The kernel keeps 15 bytes of it.</summary>
    public static string Comm(string name) => name.Length > 15 ? name[..15] : name;

    private static CheckConfig.Exec Exec(string line, out string? remark)
    {
        remark = null;
        var argv = Words.OfCommand(line) ?? [line];
        if (line.StartsWith('<') || NeedsShell(line))
        {
            remark = "is written for a shell, and keepalived has run none since 2.0; in the draft /bin/sh runs it";
            argv = ["/bin/sh", "-c", line];
        }
        else if (!argv[0].StartsWith('/'))
            argv = ["/usr/bin/env", .. argv];
        return new CheckConfig.Exec(argv) { Name = "" };
    }

    /// <summary>Something that only a shell understands stands outside quotes.</summary>
    private static bool NeedsShell(string line)
    {
        var quote = '\0';
        for (var i = 0; i < line.Length; i++)
            if (line[i] == '\\')
                i++;
            else if (quote != '\0')
                quote = line[i] == quote ? '\0' : quote;
            else if (line[i] is '"' or '\'')
                quote = line[i];
            else if ("|&;<>$`".Contains(line[i]))
                return true;
        return false;
    }

    /// <summary>The one line of a script that does something; null when there are more.</summary>
    private static string? OnlyLine(string script)
    {
        var lines = script.Split('\n')
            .Select(l => l.Trim())
            .Where(l => l.Length > 0 && !s_idle.Any(word => l.StartsWith(word, StringComparison.Ordinal)))
            .ToArray();
        // With "exit 0" at the end the script is content whatever the line says.
        return lines.Length == 1 && !s_alwaysWell.IsMatch(script) ? lines[0] : null;
    }

    private static string WithType(string unit) => unit.Contains('.') ? unit : unit + ".service";

    private static readonly string[] s_idle = ["#", "exit", "set ", "export PATH=", "PATH="];

    private const string Quiet = @"(\s*[12&]?>>?\s*(&[12]|[^\s>&;|]+))*\s*((\|\||&&|;)\s*exit( \d| \$\?)?\s*)*;?$";

    private static readonly Regex s_pidFile = new(
        @"^(\S*/)?(kill (-(s )?0 |-n 0 )[""']?(\$\(cat |`cat |\$\(<\s*)(?<file>/[\w./-]+)[)`][""']?|pgrep -F (?<file>/[\w./-]+))" + Quiet,
        RegexOptions.ExplicitCapture);

    private static readonly Regex s_unit = new(
        @"^(\S*/)?(systemctl (-q |--quiet )*(is-active|status) (-q |--quiet )*(?<unit>[\w@.:-]+)|service (?<unit>[\w@.-]+) status" +
        @"|(?<=/etc/(rc\.d/)?init\.d/)(?<unit>[\w@.-]+) status)" + Quiet,
        RegexOptions.ExplicitCapture);

    private static readonly Regex s_process = new(
        @"^(\S*/)?((pidof|pgrep (-[sfcq]+ )*-[sfcq]*x[xsfcq]*|ps -C|killall (-[qe] )*-(s )?(0|SIGNULL)|pkill -0 -x)|(?<part>pgrep|pkill -0)) " +
        @"(-[xsfcqe]+ |--quiet |--exact )*[""']?(?<name>[\w./-]*\w)[""']?( --?no-?headers?| -o \S+)*" + Quiet,
        RegexOptions.ExplicitCapture);

    private static readonly Regex s_devTcp = new(@"^(echo |:|true|exec \d+|cat|\()?\s*[<>&]*\s*/dev/tcp/(?<host>[\w.:-]+)/(?<port>\d+)\s*\)?" + Quiet, RegexOptions.ExplicitCapture);

    private static readonly Regex s_netcat = new(
        @"^(\S*/)?(nc|ncat|netcat)( -w ?(?<wait>\d+)| -[a-vx-z]+w ?(?<wait>\d+)| -[a-vx-z46]+)* (?<host>[\w.:-]+) (?<port>\d+)" +
        @"( -w ?(?<wait>\d+)| -z)*(\s*<\s*/dev/null)?" + Quiet,
        RegexOptions.ExplicitCapture);

    private static readonly Regex s_tail = new(@"(\s*[12&]?>>?\s*(&[12]|/dev/null))*\s*((\|\||&&|;)\s*exit( 1| \$\?)?\s*)*;?$", RegexOptions.ExplicitCapture);

    private static readonly Regex s_alwaysWell = new(@"^\s*exit 0\s*\z", RegexOptions.Multiline);
}
