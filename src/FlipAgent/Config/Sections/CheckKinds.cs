using System.Collections.Immutable;
using System.Net;
using System.Text;
using FlipAgent.Config.Values;
using FlipAgent.Config.Yaml;

namespace FlipAgent.Config.Sections;

/// <summary>
/// What a check asks: exactly one of process, tcp, http, haproxy and exec, with the options that go with that one. An option beside the wrong
/// kind is an error, because it would silently do nothing.
/// </summary>
internal static class CheckKinds
{
    public static readonly TimeSpan DefaultRestartGrace = TimeSpan.FromSeconds(1);

    private static readonly ImmutableArray<string> s_kinds = ["process", "tcp", "http", "haproxy", "exec"];

    private static readonly (string Option, string Kind)[] s_options =
    [
        ("restart_grace", "process"), ("standby", "process"),
        ("expect", "http"), ("host", "http"), ("sni", "http"), ("tls_verify", "http"), ("proxy_protocol", "http"),
    ];

    private static readonly ImmutableArray<string> s_processes = ["unit", "pid_file", "name"];

    // systemd.unit(5).
    private static readonly ImmutableArray<string> s_otherUnits = ["socket", "target", "timer", "mount", "automount", "path", "scope", "slice", "device", "swap"];

    private static readonly ImmutableArray<string> s_unitOptions = ["restart_grace", "standby"];

    // The kernel keeps 16 bytes of a process name, the last one a NUL (TASK_COMM_LEN, proc(5)).
    private const int LongestComm = 15;

    /// <summary>Without its name and rhythm.</summary>
    public static CheckConfig Read(Section item)
    {
        var given = s_kinds.Where(item.Has).ToArray();
        if (given.Length == 0)
            item.Diagnostics.Error(item.At, $"checks: the check does not say what to ask; expected one of {string.Join(", ", s_kinds)}");
        else if (given.Length > 1)
            item.Diagnostics.Error(item.KeyOf(given[1]), $"checks: {given[1]} beside {given[0]}; expected one of them for each check");
        foreach (var (option, kind) in s_options)
            if (item.Has(option) && given.Length == 1 && given[0] != kind)
                item.Diagnostics.Error(item.KeyOf(option), $"{item.PathOf(option)} goes with {kind} checks only; expected it left out here");
        if (item.Has("fast_interval") && given is ["process"])
            item.Diagnostics.Error(item.KeyOf("fast_interval"), $"{item.PathOf("fast_interval")} goes with tcp, http, haproxy and exec checks only; expected it left out here, " +
                "for the exit of a process is seen at once");
        return given.FirstOrDefault() switch
        {
            "process" => Process(item),
            "tcp" => new CheckConfig.Tcp(item.Required("tcp", "host:port", Scalars.HostAndPort, new DnsEndPoint("localhost", 1))) { Name = "" },
            "http" => Http(item),
            "haproxy" => HaProxy(item),
            "exec" => new CheckConfig.Exec(item.Argv("exec")) { Name = "" },
            _ => new CheckConfig.Exec([]) { Name = "" },
        };
    }

    private static CheckConfig Process(Section item)
    {
        if (item.HasText("process"))
            return ShortProcess(item);
        var process = item.Child("process");
        var grace = item.Optional("restart_grace", Duration.Between(TimeSpan.Zero, TimeSpan.FromMinutes(1)), DefaultRestartGrace);
        var cold = item.Optional<bool>("standby", Standby, false);
        var unit = process.Optional<string>("unit", UnitName, "");
        var pidFile = process.Optional<string>("pid_file", Scalars.AbsolutePath, "");
        var name = process.Optional<string>("name", Comm, "");
        var given = s_processes.Where(process.Has).ToArray();
        if (given.Length != 1 && !process.Broken)
        {
            var found = given.Length == 0 ? "nothing to look for" : string.Join(" and ", given);
            process.Diagnostics.Error(process.At, $"checks.process has {found}; expected one of unit, pid_file, name");
        }

        foreach (var option in s_unitOptions)
            if (item.Has(option) && given.Length == 1 && given[0] != "unit")
                item.Diagnostics.Error(item.KeyOf(option), $"{item.PathOf(option)} goes with process: {{unit: ...}} only; expected it left out here");
        process.Done();
        return given.FirstOrDefault() switch
        {
            "pid_file" => new CheckConfig.PidFile(pidFile) { Name = "" },
            "name" => new CheckConfig.ProcessName(name) { Name = "" },
            _ => new CheckConfig.Unit(unit, grace, cold) { Name = "" },
        };
    }

    /// <summary>The short form: <c>haproxy.service</c> is a unit, a path is a pid file, anything else the name of a process.</summary>
    private static CheckConfig ShortProcess(Section item)
    {
        var text = item.Required<string>("process", "a unit, the path of a pid file or the name of a process", Scalars.Line, "");
        var grace = item.Optional("restart_grace", Duration.Between(TimeSpan.Zero, TimeSpan.FromMinutes(1)), DefaultRestartGrace);
        var cold = item.Optional<bool>("standby", Standby, false);
        if (text.EndsWith(".service", StringComparison.Ordinal))
            return new CheckConfig.Unit(item.Required<string>("process", "a unit", UnitName, text), grace, cold) { Name = "" };
        foreach (var option in s_unitOptions)
            if (item.Has(option))
                item.Diagnostics.Error(item.KeyOf(option), $"{item.PathOf(option)} goes with process: {{unit: ...}} only; expected it left out here");
        if (!text.Contains('/') && text.LastIndexOf('.') is > 0 and var dot && (s_otherUnits.Contains(text[(dot + 1)..]) || NearestName.Of(text[(dot + 1)..], ["service"]) is not null))
            item.Error("process", $"{Echo.Of(text)} is no service; expected {text[..dot]}.service, or {{name: {text}}} for a process that is called so");
        return text.Contains('/')
            ? new CheckConfig.PidFile(item.Required<string>("process", "a pid file", Scalars.AbsolutePath, text)) { Name = "" }
            : new CheckConfig.ProcessName(item.Required<string>("process", "a process", Comm, text)) { Name = "" };
    }

    private static CheckConfig.Http Http(Section item) => new(
        item.Required("http", "a URL such as http://127.0.0.1:8001/haproxy_check", Urls.Web, new Uri("http://localhost")),
        item.OneOrMore("expect", Scalars.Number(100, 599), 200),
        item.Optional<string?>("host", HostHeader.Parse, null),
        item.Optional<string?>("sni", ServerName, null),
        item.Optional<bool>("tls_verify", Scalars.Bool, true),
        item.Optional<bool>("proxy_protocol", ProxyV2, false))
    { Name = "" };

    private static CheckConfig.HaProxy HaProxy(Section item)
    {
        var section = item.Child("haproxy");
        var socket = section.Broken
            ? "/"
            : section.Required<string>("socket", "HAProxy's stats socket, such as /run/haproxy/admin.sock", Scalars.SocketPath, "/");
        section.Done();
        return new CheckConfig.HaProxy(socket) { Name = "" };
    }

    /// <summary>A name without a type is a service, as for systemctl. Allowed characters: systemd.unit(5).</summary>
    private static string? UnitName(string text, out string value)
    {
        value = text.Contains('.') ? text : text + ".service";
        if (text.Length is 0 or > 247 || !text.All(c => char.IsAsciiLetterOrDigit(c) || ":-_.\\@".Contains(c)))
            return "is no name of a unit; expected one such as haproxy.service";
        return value.EndsWith(".service", StringComparison.Ordinal) ? null : "is not a service; expected one such as haproxy.service";
    }

    private static string? Comm(string text, out string value)
    {
        if (Scalars.Line(text, out value) is { } complaint)
            return complaint;
        if (text.Contains('/'))
            return "is a path; expected the bare name of the process, such as haproxy";
        return Encoding.UTF8.GetByteCount(text) > LongestComm
            ? $"is too long; expected at most {LongestComm} bytes, which is what the kernel keeps of a process name"
            : null;
    }

    private static string? Standby(string text, out bool cold)
    {
        cold = text == "cold";
        return text is "cold" or "hot" ? null : "is neither hot nor cold; expected one of the two";
    }

    private static string? ProxyV2(string text, out bool v2)
    {
        v2 = text == "v2";
        return v2 ? null : "is not supported; expected v2";
    }

    /// <summary>What TLS calls a server name is a name in the DNS (RFC 6066 section 3): no port, no brackets. An address is sent as none.</summary>
    private static string? ServerName(string text, out string? value)
    {
        value = text;
        return text.All(char.IsAscii) && !text.Contains('[') && Urls.IsHost(text) ? null : "is no host name; expected one such as www.example.com";
    }
}
