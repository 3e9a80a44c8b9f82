using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using FlipAgent.Config.Sections;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <param name="Check">Without its name and rhythm.</param>
/// <param name="Remarks">What is different from the script.</param>
/// <param name="Timeout">That the command line sets itself.</param>
internal sealed record Guess(CheckConfig Check, ImmutableArray<string> Remarks, TimeSpan? Timeout)
{
    /// <summary>What the line makes of the answer of the one command in it, where there is one.</summary>
    public Verdict Verdict { get; init; }

    public string? Remark => Remarks.IsEmpty ? null : string.Join("; ", Remarks);
}

/// <summary>
/// Guesses what a check script asks, from the one-liners that people write: is the process there, does the port answer, does the page come. A
/// built-in check asks the same without a fork, with a time limit, and sees an exit at once. What it does not recognise stays a script.
/// </summary>
internal static class ScriptGuess
{
    private const int LongestLine = 1000;
    private const int DeepestShell = 4;
    private const int MostLines = 8;

    /// <param name="command">In keepalived's quoting (<see cref="CommandLine"/>).</param>
    /// <param name="read">Text of a script file, or null.</param>
    public static Guess Of(string command, Func<string, string?> read)
    {
        var peeled = Peeled.Of(command, staysHere: true);
        var asked = Ask(peeled.Text, false);
        if (asked.Guess is { } guess)
            return guess with { Timeout = Shorter(peeled.Timeout, guess.Timeout) };
        if (ScriptFiles.ProgramOf(peeled.Text) is { Arguments: 0 } program && read(program.Path) is { } script && Commands(script) is { } commands && !CommandSecrets.AreIn(commands))
        {
            asked = Ask(commands, s_stopsAtFailure.IsMatch(script));
            if (asked.Guess is { } inside)
                return inside with
                {
                    Remarks = [$"taken from the one line of {program.Path}", .. inside.Remarks],
                    Timeout = Shorter(peeled.Timeout, inside.Timeout),
                };
        }

        // keepalived asks no shell, so ; and & in an address are part of it.
        if (!peeled.IsShell && asked is { Verdict: Verdict.Same, WhyNot: null } && peeled.Text.Length <= LongestLine && PageGuess.Of(peeled.Text) is { } page)
            return page with { Timeout = Shorter(peeled.Timeout, page.Timeout) };
        return new Guess(Exec(command, peeled, out var remark), [.. new[] { remark, asked.WhyNot }.OfType<string>()], null) { Verdict = asked.Verdict };
    }

    /// <summary>The check that asks what the line asks, or why there is none, where it comes near to one.</summary>
    private static (Guess? Guess, Verdict Verdict, string? WhyNot) Ask(string line, bool stopsAtFailure)
    {
        TimeSpan? timeout = null;
        string? writes = null;
        for (var n = 0; n < DeepestShell && line.Length <= LongestLine && ShellLine.Of(line, stopsAtFailure) is { } shell; n++)
        {
            if (shell.Verdict != Verdict.Same)
                return (null, shell.Verdict, null);
            writes ??= shell.Writes;
            var peeled = Peeled.Of(shell.Command, staysHere: true);
            timeout = Shorter(timeout, peeled.Timeout);
            if (peeled.Text != shell.Command)
            {
                (line, stopsAtFailure) = (peeled.Text, false);
                continue;
            }

            var guess = BuiltIn(shell.Command, out var whyNot);
            if (guess is null || !IsAllowed(guess.Check))
                return (null, Verdict.Same, whyNot);
            var remarks = writes is null ? guess.Remarks : guess.Remarks.Add($"the command wrote to {Echo.Mask(writes)}; the check writes no file");
            return (guess with { Remarks = remarks, Timeout = Shorter(timeout, guess.Timeout) }, Verdict.Same, null);
        }

        return (null, Verdict.Same, null);
    }

    private static Guess? BuiltIn(string line, out string? whyNot)
    {
        whyNot = null;
        var pidFile = s_pidFile.Match(line);
        if (pidFile.Success)
            return new Guess(new CheckConfig.PidFile(pidFile.Groups["file"].Value) { Name = "" }, [], null);
        var unit = s_unit.Match(line);
        if (unit.Success)
            return Unit(unit.Groups["unit"].Value, out whyNot);
        if (s_commandLine.Match(line) is { Success: true } full && !IsDaemon(full.Groups["name"].Value))
        {
            whyNot = "-f compares whole command lines, and the process check the name that the kernel has, which may be another: it stays a script";
            return null;
        }

        var process = s_process.Match(line);
        if (process.Success)
            return Named(process.Groups["name"].Value, process.Groups["part"].Success);
        if (s_udp.IsMatch(line))
            whyNot = "it asks by UDP, and the tcp check cannot: it stays a script";
        var port = s_devTcp.Match(line) is { Success: true } dev ? dev : s_netcat.Match(line);
        if (port.Success && int.TryParse(port.Groups["port"].Value, out var number) && number is > 0 and < 65536)
            return new Guess(new CheckConfig.Tcp(new DnsEndPoint(port.Groups["host"].Value, number)) { Name = "" }, [], Timeout(port));
        return PageGuess.Of(line);
    }

    /// <summary>systemctl takes any type of unit, the check a service.</summary>
    private static Guess? Unit(string name, out string? whyNot)
    {
        var type = s_unitTypes.FirstOrDefault(t => name.EndsWith(t, StringComparison.Ordinal));
        whyNot = type is null ? null : $"the process check knows services, and this is a {type[1..]}: it stays a script";
        var service = name.EndsWith(".service", StringComparison.Ordinal) ? name : name + ".service";
        return type is null ? new Guess(new CheckConfig.Unit(service, CheckKinds.DefaultRestartGrace, false) { Name = "" }, [], null) : null;
    }

    /// <summary>Whether <c>config check</c> takes it.</summary>
    private static bool IsAllowed(CheckConfig check) => check switch
    {
        CheckConfig.PidFile pidFile => Scalars.AbsolutePath(pidFile.File, out _) is null,
        CheckConfig.Unit unit => unit.UnitName.All(c => char.IsAsciiLetterOrDigit(c) || ":-_.@".Contains(c)),
        CheckConfig.ProcessName process => process.Comm.All(char.IsAscii),
        CheckConfig.Tcp { Target: { Host: var host, Port: var port } } =>
            Scalars.HostAndPort(string.Create(CultureInfo.InvariantCulture, $"{(host.Contains(':') ? $"[{host}]" : host)}:{port}"), out _) is null,
        _ => true,
    };

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
            remarks.Add($"pgrep and pkill also take names that only contain {name}, the check does not");
        return new Guess(new CheckConfig.ProcessName(comm) { Name = "" }, [.. remarks], null);
    }

    /// <summary>Its process has its name, whatever stands on the command line.</summary>
    public static bool IsDaemon(string name) => name is "haproxy" or "keepalived" or "nginx";

    /// <summary>The kernel keeps 15 bytes of it.</summary>
    public static string Comm(string name) => name.Length > 15 ? name[..15] : name;

    private static CheckConfig.Exec Exec(string line, Peeled peeled, out string? remark)
    {
        remark = null;
        var argv = Words.OfCommand(line) ?? [line];
        if (ShellSyntax.NeedsShell(line))
        {
            var ofBash = ShellSyntax.OfBash(peeled.Text);
            var shell = ofBash is null ? "/bin/sh" : "/bin/bash";
            remark = $"is written for a shell, and keepalived has run none since 2.0; in the draft {shell} runs it" + (ofBash is null ? "" : $", for {ofBash} is bash's");
            argv = [shell, "-c", line];
        }
        else
        {
            if (peeled.IsShell && s_plainShell.IsMatch(line) && ShellSyntax.OfBash(peeled.Text) is { } ofBash)
                remark = $"{ofBash} is bash's, and sh is asked to run it: where that is another shell (dash on Debian and Ubuntu), the check is always up or always " +
                    "down; write /bin/bash in place of it";
            if (!argv[0].StartsWith('/'))
                argv = ["/usr/bin/env", .. argv];
        }

        return new CheckConfig.Exec(argv) { Name = "" };
    }

    /// <summary>The lines of a script that do something, as one; what does not belong to one command is found out by <see cref="ShellLine"/>.</summary>
    private static string? Commands(string script)
    {
        var lines = script.Split('\n')
            .Select(l => l.Trim())
            .Where(l => l.Length > 0 && !s_idle.Any(word => l.StartsWith(word, StringComparison.Ordinal)))
            .Take(MostLines)
            .ToArray();
        return lines.Length < MostLines ? string.Join("; ", lines.Select(l => l.TrimEnd(';', ' '))) : null;
    }

    private static readonly string[] s_idle = ["#", "set ", "export PATH=", "PATH="];

    private static readonly string[] s_unitTypes =
        [".socket", ".target", ".timer", ".mount", ".automount", ".swap", ".path", ".slice", ".scope", ".device"];

    private static readonly Regex s_pidFile = Patterns.Safe(
        @"^(\S*/)?(kill (-(s )?0 |-n 0 )[""']?(\$\(cat |`cat |\$\(<\s*)(?<file>/[\w./-]+)[)`][""']?|pgrep -F (?<file>/[\w./-]+))$");

    private static readonly Regex s_unit = Patterns.Safe(
        @"^((\S*/)?(systemctl (-q |--quiet )*(is-active|status) (-q |--quiet )*(?<unit>[\w@.:-]+)|service (?<unit>[\w@.-]+) status)" +
        @"|/etc/(rc\.d/)?init\.d/(?<unit>[\w@.-]+) status)$");

    private static readonly Regex s_process = Patterns.Safe(
        @"^(\S*/)?((pidof|pgrep (-[fcq]+ )*-[fcq]*x[xfcq]*|ps -C|killall (-[qe] )*-(s )?(0|SIGNULL)|pkill -0 -x)|(?<part>pgrep|pkill -0)) " +
        @"(-[xsfcqe]+ |--quiet |--exact )*[""']?(?<name>[\w./-]*\w)[""']?( --?no-?headers?| -o \S+)*$");

    /// <summary>pgrep and pkill by the whole command line.</summary>
    private static readonly Regex s_commandLine = Patterns.Safe(@"^(\S*/)?(pgrep|pkill)( -\S+)* (-[a-zA-Z]*f[a-zA-Z]*|--full)( -\S+)* [""']?(?<name>[^\s""']+)");

    private static readonly Regex s_devTcp = Patterns.Safe(@"^(echo |:|true|exec \d+|cat|\()?\s*[<>&]*\s*/dev/tcp/(?<host>[\w.:-]+)/(?<port>\d+)\s*\)?$");

    /// <summary>Only with options that leave it a connection by TCP to this address.</summary>
    private static readonly Regex s_netcat = Patterns.Safe(
        @"^(\S*/)?(nc|ncat|netcat)( -w ?(?<wait>\d+)| -[zvnd]+w ?(?<wait>\d+)| -[zvndN46]+)* (?<host>[\w.:-]+) (?<port>\d+)( -w ?(?<wait>\d+)| -z)*$");

    private static readonly Regex s_udp = Patterns.Safe(@"^(\S*/)?(nc|ncat|netcat) (.* )?(-[a-zA-Z46]*u[a-zA-Z46]*|--udp)( |$)|/dev/udp/");

    private static readonly Regex s_plainShell = Patterns.Safe(@"(^|[\s/])sh\s+-");

    private static readonly Regex s_stopsAtFailure = new(@"^\s*set\s+-(\w*e|o\s+errexit)|^#!\S+(\s\S+)?\s-\w*e", RegexOptions.Multiline);
}
