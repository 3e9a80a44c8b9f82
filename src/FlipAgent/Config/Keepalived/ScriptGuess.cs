using System.Net;
using System.Text.RegularExpressions;
using FlipAgent.Config.Sections;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// Guesses what a check script asks, from the one-liners that people write: is the process there, does the port answer, does the page come. A
/// built-in check asks the same without a fork, with a time limit, and sees an exit at once. What it does not recognise stays a script.
/// </summary>
internal static partial class ScriptGuess
{
    private const int LongestLine = 1000;

    /// <summary>The check without its name and rhythm, and a remark when it needs one.</summary>
    /// <param name="command">As in keepalived: a shell line.</param>
    /// <param name="read">Text of a script file, or null.</param>
    public static (CheckConfig Check, string? Remark) Of(string command, Func<string, string?> read)
    {
        var line = command.Trim();
        if (BuiltIn(line) is { } check)
            return check;
        if (!line.Contains(' ') && read(line) is { } script && OnlyLine(script) is { } only && BuiltIn(only) is { } inside)
            return (inside.Check, inside.Remark ?? $"taken from the one line of {line}");
        return (Exec(line), null);
    }

    private static (CheckConfig Check, string? Remark)? BuiltIn(string line)
    {
        if (line.Length > LongestLine)
            return null;
        var pidFile = PidFile().Match(line);
        if (pidFile.Success)
            return (new CheckConfig.PidFile(pidFile.Groups["file"].Value) { Name = "" }, null);
        var unit = Unit().Match(line);
        if (unit.Success)
            return (new CheckConfig.Unit(WithType(unit.Groups["unit"].Value), CheckKinds.DefaultRestartGrace, false) { Name = "" }, null);
        var process = Process().Match(line);
        if (process.Success)
            return Named(process.Groups["name"].Value);
        var port = DevTcp().Match(line) is { Success: true } dev ? dev : Netcat().Match(line);
        if (port.Success && int.TryParse(port.Groups["port"].Value, out var number) && number is > 0 and < 65536)
            return (new CheckConfig.Tcp(new DnsEndPoint(port.Groups["host"].Value, number)) { Name = "" }, null);
        return Page(line);
    }

    /// <summary>A process by its name; with systemd the unit would be better, but keepalived's file does not say that there is one.</summary>
    private static (CheckConfig Check, string? Remark) Named(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        // The kernel keeps 15 bytes of it.
        return (new CheckConfig.ProcessName(name.Length > 15 ? name[..15] : name) { Name = "" },
            $"became process: {{name: {name}}}; where systemd runs it, process: {{unit: {name}.service}} is better: it understands restarts");
    }

    private static (CheckConfig Check, string? Remark)? Page(string line)
    {
        if (!Fetch().IsMatch(line) || Url().Match(line) is not { Success: true } found || !Uri.TryCreate(found.Value, UriKind.Absolute, out var url))
            return null;
        if (Urls.Web(found.Value, out _) is not null)
            return null;
        var host = HostHeader().Match(line) is { Success: true } header ? header.Groups["host"].Value : null;
        var anyCertificate = Insecure().IsMatch(line);
        var remark = line.Contains('|') || line.Contains("grep")
            ? "became an http check, which looks at the status code and not at the text of the page"
            : line.Contains("--haproxy-protocol") ? "curl sent a PROXY header; add proxy_protocol: v2 to the check" : null;
        return (new CheckConfig.Http(url, [], host, null, !anyCertificate, false) { Name = "" }, remark);
    }

    private static CheckConfig.Exec Exec(string line)
    {
        var plain = line.StartsWith('/') && line.IndexOfAny(['|', '&', ';', '<', '>', '$', '`', '*', '?', '(', ')', '\'', '"', '\\', '~', '#']) < 0;
        string[] argv = plain ? line.Split(' ', StringSplitOptions.RemoveEmptyEntries) : ["/bin/sh", "-c", line];
        return new CheckConfig.Exec([.. argv]) { Name = "" };
    }

    /// <summary>The one line of a script that does something; null when there are more.</summary>
    private static string? OnlyLine(string script)
    {
        var lines = script.Split('\n')
            .Select(l => l.Trim())
            .Where(l => l.Length > 0 && !Idle.Any(word => l.StartsWith(word, StringComparison.Ordinal)))
            .ToArray();
        return lines.Length == 1 ? lines[0] : null;
    }

    private static string WithType(string unit) => unit.Contains('.') ? unit : unit + ".service";

    private static readonly string[] Idle = ["#", "exit", "set "];

    private const string Start = @"^(sudo )?(timeout \S+ )?((/usr)?/bin/(ba|da)?sh -c |(ba|da)?sh -c )?[""']?\s*";

    private const string Quiet = @"(\s*[12&]?>>?\s*[^\s>]+)*\s*[""']?\s*(\|\|\s*exit 1\s*)?$";

    [GeneratedRegex(
        Start + @"(\S*/)?(kill -(s )?0 (\$\(cat |`cat |\$\(<\s*)(?<file>/[\w./-]+)[)`]|pgrep -F (?<file>/[\w./-]+))" + Quiet,
        RegexOptions.ExplicitCapture)]
    private static partial Regex PidFile();

    [GeneratedRegex(
        Start + @"(\S*/)?(systemctl (-q |--quiet )*(is-active|status) (-q |--quiet )*(?<unit>[\w@.:-]+)|service (?<unit>[\w@.-]+) status)" + Quiet,
        RegexOptions.ExplicitCapture)]
    private static partial Regex Unit();

    [GeneratedRegex(Start + @"(\S*/)?(pidof|pgrep|killall -(s )?0|pkill -0) (-[xsfcq]+ )*(?<name>[\w./-]*\w)" + Quiet, RegexOptions.ExplicitCapture)]
    private static partial Regex Process();

    [GeneratedRegex(Start + @"(echo |:|true|exec \d+)?\s*[<>&]*\s*/dev/tcp/(?<host>[\w.:-]+)/(?<port>\d+)" + Quiet, RegexOptions.ExplicitCapture)]
    private static partial Regex DevTcp();

    [GeneratedRegex(
        Start + @"(\S*/)?(nc|ncat|netcat)( -w ?\d+| -[a-vx-z]+)* (?<host>[\w.:-]+) (?<port>\d+)( -w ?\d+| -z)*(\s*<\s*/dev/null)?" + Quiet,
        RegexOptions.ExplicitCapture)]
    private static partial Regex Netcat();

    [GeneratedRegex(@"(^|[\s/""'])(curl|wget)\s", RegexOptions.ExplicitCapture)]
    private static partial Regex Fetch();

    [GeneratedRegex(@"https?://[^\s""'|;<>&]+")]
    private static partial Regex Url();

    [GeneratedRegex(@"[""']Host:\s*(?<host>[\w.:-]+)[""']", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex HostHeader();

    [GeneratedRegex(@"\s(-[a-zA-Z]*k[a-zA-Z]*|--insecure|--no-check-certificate)(\s|$)", RegexOptions.ExplicitCapture)]
    private static partial Regex Insecure();
}
