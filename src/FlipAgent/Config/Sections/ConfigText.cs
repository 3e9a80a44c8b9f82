using System.Text;
using FlipAgent.Config.Values;
using FlipAgent.Config.Yaml;
using FlipAgent.Naming;

namespace FlipAgent.Config.Sections;

/// <summary>
/// The running configuration as a file again, with every default written out: what <c>config show</c> prints. Reading it back gives the same
/// configuration, so nothing is hidden in it, except secrets: those are in files, and only the files are named.
/// </summary>
public static class ConfigText
{
    public static string Render(AgentConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var text = new StringBuilder();
        text.Append($"# read from {config.Path}, hash {config.Hash:x16}; every default is written out\n");
        text.Append($"cluster: {YamlText.Quote(config.Cluster)}\nnode: {YamlText.Quote(config.Self.Name)}\nnodes:\n");
        foreach (var node in config.Nodes)
            text.Append($"  - {Node(node, config.FloatingIp.Vendor)}\n");
        Election(text, config.Election);
        FloatingIp(text, config.FloatingIp);
        text.Append("\nchecks:\n");
        foreach (var check in config.Checks)
            Check(text, check);
        text.Append(config.Alerts.IsEmpty && config.Heartbeat is null ? "\nalerts: []\n" : "\nalerts:\n");
        foreach (var sink in config.Alerts)
            text.Append($"  - {Sink(sink)}\n{(sink.RunbookUrl is { } url ? $"    runbook_url: {YamlText.Quote(url)}\n" : "")}");
        if (config.Heartbeat is { } heartbeat)
            text.Append($"  - heartbeat: {{{UrlOrFile(heartbeat.Url, heartbeat.UrlFile)}, every: {Duration.Text(heartbeat.Every)}}}\n");
        text.Append($"\ncontrol:\n  socket: {YamlText.Quote(config.ControlSocket)}\n");
        text.Append($"  http: {(config.ControlHttp is { } http ? YamlText.Quote(http.ToString()) : "off")}\n");
        if (!config.ControlHttpHosts.IsEmpty)
            text.Append($"  http_hosts: {YamlText.List(config.ControlHttpHosts)}\n");
        text.Append($"runtime_dir: {YamlText.Quote(config.RuntimeDir)}\nstate_dir: {YamlText.Quote(config.StateDir)}\n");
        return text.ToString();
    }

    internal static string Node(NodeConfig node, CloudVendor vendor) =>
        $"{{name: {YamlText.Quote(node.Name)}, address: {YamlText.Quote(node.Address.ToString())}, " +
        $"{vendor.IdKey}: {(vendor.NumericIds ? node.Server : node.DropletId == 0 ? "\"\"" : YamlText.Quote(node.Server))}, priority: {node.Priority}}}";

    private static void Election(StringBuilder text, ElectionConfig election)
    {
        text.Append("\nelection:\n  transport: udp\n");
        text.Append($"  port: {election.Port}\n");
        if (election.Multicast is { } group)
            text.Append($"  multicast: {YamlText.Quote(group.ToString())}\n");
        text.Append($"  interval: {Duration.Text(election.Interval)}\n");
        text.Append($"  preempt: {Bool(election.Preempt)}\n");
        text.Append($"  preempt_delay: {Duration.Text(election.PreemptDelay)}\n");
        text.Append($"  startup_delay: {Duration.Text(election.StartupDelay)}\n");
        text.Append($"  takeback_delay: {Duration.Text(election.TakebackDelay)}\n");
        text.Append($"  key_file: {YamlText.Quote(election.KeyFile)}\n");
        if (election.Lease is { } lease)
            Lease(text, lease);
    }

    private static void Lease(StringBuilder text, LeaseConfig lease)
    {
        text.Append($"  lease:\n    etcd: {YamlText.List(lease.Endpoints.Select(LeaseSection.Text))}\n");
        text.Append($"    ttl: {Duration.Text(lease.Ttl)}\n    prefix: {YamlText.Quote(lease.Prefix)}\n");
        (string Key, string? Value)[] more =
        [
            ("ca_file", lease.CaFile), ("cert_file", lease.CertFile), ("cert_key_file", lease.CertKeyFile), ("username", lease.Username), ("password_file", lease.PasswordFile),
        ];
        foreach (var (key, value) in more)
            if (value is not null)
                text.Append($"    {key}: {YamlText.Quote(value)}\n");
    }

    private static void FloatingIp(StringBuilder text, FloatingIpConfig ip)
    {
        text.Append($"\nfloating_ip:\n  provider: {ip.Vendor.Name}\n");
        text.Append(ip.Others.Count == 0 ? $"  address: {Address(ip.Address)}\n" : $"  addresses: [{string.Join(", ", ip.Addresses.Select(Address))}]\n");
        if (ip.TokenFile.Length > 0)
            text.Append($"  token_file: {YamlText.Quote(ip.TokenFile)}\n");
        if (ip.Command.Count > 0)
            text.Append($"  command: {YamlText.List(ip.Command)}\n  command_timeout: {Duration.Text(ip.CommandTimeout)}\n");
        text.Append($"  guard: {(ip.Guard is { } guard ? YamlText.Quote(Url(guard)) : "off")}\n");
        text.Append($"  guard_timeout: {Duration.Text(ip.GuardTimeout)}\n");
        if (ip.Vendor.Api is not null)
            text.Append($"  api_url: {YamlText.Quote(Url(ip.ApiUrl))}\n");
        if (ip.Vendor.Metadata is not null)
            text.Append($"  metadata_url: {YamlText.Quote(Url(ip.MetadataUrl))}\n");
        if (ip.HttpsProxy is { } proxy)
            text.Append($"  https_proxy: {YamlText.Quote(Url(proxy))}\n");
        text.Append($"  on_foreign_move: {(ip.ReclaimForeign ? "reclaim" : "alert")}\n");
    }

    /// <summary>An IPv6 address has colons, which need quotes.</summary>
    private static string Address(System.Net.IPAddress address) => YamlText.Quote(address.ToString());

    private sealed record Entry(string Key, string Value, string? Default);

    /// <param name="onlyChanged">Leaves out what has its default.</param>
    internal static void Check(StringBuilder text, CheckConfig check, bool onlyChanged = false)
    {
        text.Append($"  - name: {YamlText.Quote(check.Name)}\n");
        Entry[] rhythm =
        [
            new("interval", Duration.Text(check.Interval), Duration.Text(ChecksSection.DefaultInterval)),
            .. Hurry(check),
            new("timeout", Duration.Text(check.Timeout), Duration.Text(ChecksSection.DefaultTimeout)),
            new("rise", $"{check.Rise}", $"{ChecksSection.DefaultRise}"),
            new("fall", $"{check.Fall}", $"{ChecksSection.DefaultFall}"),
            new("weight", $"{check.Weight}", "0"),
        ];
        foreach (var (key, value, otherwise) in Question(check).Concat(rhythm))
            if (!onlyChanged || value != otherwise)
                text.Append($"    {key}: {value}\n");
    }

    private static IEnumerable<Entry> Hurry(CheckConfig check)
    {
        if (check.Kind != "process")
            yield return new("fast_interval", Duration.Text(check.FastInterval), Duration.Text(CheckConfig.DefaultFastInterval(check.Interval)));
    }

    private static IEnumerable<Entry> Question(CheckConfig check) => check switch
    {
        CheckConfig.Unit unit =>
        [
            new("process", $"{{unit: {YamlText.Quote(unit.UnitName)}}}", null),
            new("restart_grace", Duration.Text(unit.RestartGrace), Duration.Text(CheckKinds.DefaultRestartGrace)),
            new("standby", unit.ColdStandby ? "cold" : "hot", "hot"),
        ],
        CheckConfig.PidFile pidFile => [new("process", $"{{pid_file: {YamlText.Quote(pidFile.File)}}}", null)],
        CheckConfig.ProcessName process => [new("process", $"{{name: {YamlText.Quote(process.Comm)}}}", null)],
        CheckConfig.Tcp tcp => [new("tcp", YamlText.Quote(HostAndPort(tcp.Target)), null)],
        CheckConfig.Http http => Http(http),
        CheckConfig.HaProxy haproxy => [new("haproxy", $"{{socket: {YamlText.Quote(haproxy.Socket)}}}", null)],
        CheckConfig.Exec exec => [new("exec", YamlText.List(exec.Argv), null)],
        _ => throw new ArgumentOutOfRangeException(nameof(check), check.Kind, "a kind of check that cannot be written"),
    };

    private static IEnumerable<Entry> Http(CheckConfig.Http http)
    {
        yield return new("http", YamlText.Quote(Url(http.Url)), null);
        if (!http.Expect.IsEmpty)
            yield return new("expect", YamlText.List(http.Expect.Select(c => c.ToString())), null);
        if (http.Host is not null)
            yield return new("host", YamlText.Quote(http.Host), null);
        if (http.Sni is not null)
            yield return new("sni", YamlText.Quote(http.Sni), null);
        yield return new("tls_verify", Bool(http.VerifyTls), "true");
        if (http.ProxyV2)
            yield return new("proxy_protocol", "v2", null);
    }

    private static string Sink(SinkConfig sink) => sink switch
    {
        SinkConfig.Slack slack => $"slack: {{webhook_url_file: {YamlText.Quote(slack.WebhookUrlFile)}}}",
        SinkConfig.Webhook webhook =>
            $"webhook: {{{UrlOrFile(webhook.Url, webhook.UrlFile)}" +
            $"{(webhook.HmacKeyFile is { } key ? $", hmac_key_file: {YamlText.Quote(key)}" : "")}}}",
        SinkConfig.Email email =>
            $"email: {{to: {YamlText.List(email.To)}{(email.From is { } from ? $", from: {YamlText.Quote(from)}" : "")}, program: {YamlText.Quote(email.Mailer)}}}" +
            $"\n    timeout: {Duration.Text(email.Timeout)}",
        SinkConfig.Exec exec => $"exec: {YamlText.List(exec.Argv)}\n    timeout: {Duration.Text(exec.Timeout)}",
        _ => throw new ArgumentOutOfRangeException(nameof(sink), "a kind of sink that cannot be written"),
    };

    private static string UrlOrFile(Uri? url, string? file) => url is not null ? $"url: {YamlText.Quote(Url(url))}" : $"url_file: {YamlText.Quote(file!)}";

    private static string HostAndPort(System.Net.DnsEndPoint target) =>
        target.Host.Contains(':') ? $"[{target.Host}]:{target.Port}" : $"{target.Host}:{target.Port}";

    /// <summary>Without the slash that <see cref="Uri"/> puts after a bare host.</summary>
    private static string Url(Uri url) => url.AbsolutePath == "/" && url.Query.Length == 0 ? url.GetLeftPart(UriPartial.Authority) : url.AbsoluteUri;

    private static string Bool(bool value) => value ? "true" : "false";
}
