using System.Net;
using System.Net.Sockets;
using FlipAgent.Config.Values;
using FlipAgent.Config.Yaml;
using FlipAgent.Outbound;

namespace FlipAgent.Config.Sections;

/// <summary>What is allowed but seldom meant.</summary>
internal static class ConfigWarnings
{
    public static void Look(AgentConfig config, DiagnosticBag diagnostics)
    {
        foreach (var same in config.Nodes.GroupBy(n => n.Priority).Where(g => g.Count() > 1))
            diagnostics.Warn($"nodes: {string.Join(" and ", same.Select(n => n.Name))} have the same priority {same.Key}; " +
                "the holder of the floating IP comes first, then the order in the file");
        if (config.Nodes.Length == 1)
            diagnostics.Warn($"nodes: {config.Self.Name} is the only node, so there is nowhere to fail over to");
        if (config.Election.Multicast is not null)
            diagnostics.Warn("election.multicast: DigitalOcean networks carry no multicast; leave it out to send to the nodes' addresses");
        if (Urls.IsOpenToOthers(config.FloatingIp.ApiUrl))
            diagnostics.Warn($"floating_ip.api_url is http:// to {config.FloatingIp.ApiUrl.Host}: the API token can be read on the way");
        if (Urls.IsOpenToOthers(config.FloatingIp.MetadataUrl) && config.FloatingIp.MetadataUrl.Host != FloatingIpConfig.UsualMetadataUrl.Host)
            diagnostics.Warn($"floating_ip.metadata_url is http:// to {config.FloatingIp.MetadataUrl.Host}: who is on the way can say where the address is");
        OnMachine(config.FloatingIp, diagnostics);
        foreach (var address in config.FloatingIp.Addresses)
            FloatingIp(address, diagnostics);
        if (config.Nodes.FirstOrDefault(n => IPAddress.IsLoopback(n.Address) != IPAddress.IsLoopback(config.Self.Address)) is { } apart)
            diagnostics.Warn($"nodes: {config.Self.Address} of {config.Self.Name} and {apart.Address} of {apart.Name} cannot reach each other, for one of them is a loopback address");
        foreach (var node in config.Nodes.Where(n => IsIn(n.Address, 169, 254, 16)))
            diagnostics.Warn($"nodes: {node.Address} of {node.Name} is a link-local address: it can change with each start, and reaches no further than one network");
        if (config.ControlHttp is { Address: var listens } && !listens.Equals(IPAddress.Any) && !listens.Equals(IPAddress.IPv6Any) && !diagnostics.Surroundings.IsMine(listens))
            diagnostics.Warn($"control.http listens on {listens}, which is no address of this machine: the agent does not start here");
        Proxy(config, diagnostics);
        Checks(config, diagnostics);
        Programs(config, diagnostics);
        if (config.ControlHttp is { } http && !IPAddress.IsLoopback(http.Address))
            diagnostics.Warn($"control.http listens on {http}: whoever reaches that address can read the state of the cluster");
    }

    /// <summary>Where the cloud does not translate, a machine drops packets for an address that is not its own.</summary>
    private static void OnMachine(FloatingIpConfig ip, DiagnosticBag diagnostics)
    {
        if (!ip.Vendor.AddressOnServer)
            return;
        foreach (var address in ip.Addresses.Where(a => !a.Equals(IPAddress.None) && !diagnostics.Surroundings.IsMine(a)))
            diagnostics.Warn($"floating_ip.address: {address} is not on this machine: {ip.Vendor.Title} delivers packets for it as they are, so it must be on every node, for ever " +
                $"(ip address add {address}/{(address.AddressFamily == AddressFamily.InterNetworkV6 ? 128 : 32)} dev lo; docs/providers.md has the lines for netplan and ifupdown)");
        foreach (var network in ip.Addresses.Where(a => ip.Vendor.MovesNetworks && a.AddressFamily == AddressFamily.InterNetworkV6 && !a.GetAddressBytes().AsSpan(8).ContainsAnyExcept((byte)0)))
            diagnostics.Warn($"floating_ip.address: {network} is the name of a /64 and seldom the address that clients connect to; expected that one, such as {network}1");
    }

    /// <summary>
    /// An address that no client on the Internet can reach is seldom the floating IP, rather the node's private or anchor address. The ranges for documentation
    /// stand for a real one in examples and tests, and a loopback address means a cluster on one machine.
    /// </summary>
    private static void FloatingIp(IPAddress address, DiagnosticBag diagnostics)
    {
        var what = IsIn(address, 10, 0, 8) || IsIn(address, 172, 16, 12) || IsIn(address, 192, 168, 16) ? "a private address (RFC 1918)"
            : IsIn(address, 100, 64, 10) ? "an address shared by a provider's customers (RFC 6598)"
            : IsIn(address, 169, 254, 16) ? "a link-local address"
            : address.GetAddressBytes()[0] >= 240 ? "a reserved address" : null;
        if (what is not null)
            diagnostics.Warn($"floating_ip.address: {address} is {what}, and no public one that the cloud could move; expected the reserved IP that clients connect to");
    }

    /// <summary>Whether an IPv4 address is in a.b.0.0/length.</summary>
    private static bool IsIn(IPAddress address, byte a, byte b, int length)
    {
        if (address.AddressFamily != AddressFamily.InterNetwork)
            return false;
        var bytes = address.GetAddressBytes();
        var mask = 0xFFFF << (16 - length);
        return ((bytes[0] << 8 | bytes[1]) & mask) == ((a << 8 | b) & mask);
    }

    private static void Proxy(AgentConfig config, DiagnosticBag diagnostics)
    {
        var ip = config.FloatingIp;
        if (ip.HttpsProxy is not null && ip.ApiUrl.Scheme != Uri.UriSchemeHttps)
            diagnostics.Warn("floating_ip.https_proxy has no effect, for floating_ip.api_url is not https://");
        if (ip.HttpsProxy is null && ip.ApiUrl.Scheme == Uri.UriSchemeHttps && EnvironmentProxy.For(ip.ApiUrl.IdnHost, diagnostics.Surroundings.Variable) is { } name)
            diagnostics.Warn(EnvironmentProxy.Unused(name));
    }

    private static void Checks(AgentConfig config, DiagnosticBag diagnostics)
    {
        var sees = config.Checks.Any(c => c is CheckConfig.Http or CheckConfig.HaProxy or CheckConfig.Exec);
        if (!sees && config.Checks.Length > 0)
            diagnostics.Warn("checks: process and tcp checks do not see a HAProxy that hangs, since the kernel goes on taking connections for it; " +
                "add an http or haproxy check");
        if (config.Checks.Length > 0 && config.Checks.All(c => c.Weight != 0))
            diagnostics.Warn("checks: every check has a weight, so a dead HAProxy changes the priority and nothing else; " +
                "leave the weight out where a node without it must not be master");
        if (config.Nodes.Length == 1)
            return;
        foreach (var check in config.Checks)
            Target(check, config, diagnostics);
    }

    /// <summary>All nodes have one file, and each is to ask its own service. A cluster on one machine has loopback addresses for nodes.</summary>
    private static void Target(CheckConfig check, AgentConfig config, DiagnosticBag diagnostics)
    {
        var host = check switch
        {
            CheckConfig.Http http => http.Url.DnsSafeHost,
            CheckConfig.Tcp tcp => tcp.Target.Host,
            _ => "",
        };
        var address = IPAddress.TryParse(host, out var literal) ? literal : null;
        var instead = "expected 127.0.0.1, or a variable that has this node's own address on each node";
        if (address is not null && config.FloatingIp.Addresses.Contains(address) && !IPAddress.IsLoopback(address))
            diagnostics.Warn($"checks: {check.Name} asks {host}, the floating IP, so the master's service answers for every node{(check.Weight == 0 ? ", and none is fit when the master is dead" : "")}; {instead}");
        if (config.Nodes.FirstOrDefault(n => n.Address.Equals(address) || string.Equals(n.Name, host, StringComparison.OrdinalIgnoreCase)) is not { } node || IPAddress.IsLoopback(node.Address))
            return;
        var asks = $"checks: {check.Name} asks {(address is null ? "" : $"{host}, which is ")}{node.Name}";
        if (!check.AsksByVariable)
            diagnostics.Warn($"{asks}; with this file on every node all of them ask {node.Name}{(check.Weight == 0 ? ", and none is fit when it is dead" : "")}; {instead}");
        else if (node != config.Self)
            diagnostics.Warn($"{asks} and not {config.Self.Name}: it says nothing about the service here; {instead}");
    }

    /// <summary>The package's unit keeps the calls from its programs that these are made of.</summary>
    private static readonly string[] s_schedulers = ["ionice", "taskset", "chrt", "numactl"];

    private static void Programs(AgentConfig config, DiagnosticBag diagnostics)
    {
        foreach (var check in config.Checks.OfType<CheckConfig.Exec>())
            Program($"check {check.Name}", check.Argv, diagnostics);
        Program("floating_ip.command", config.FloatingIp.Command, diagnostics);
        foreach (var exec in config.Alerts.OfType<SinkConfig.Exec>())
            Program("alerts: exec", exec.Argv, diagnostics);
    }

    private static void Program(string where, IReadOnlyList<string> argv, DiagnosticBag diagnostics)
    {
        if (argv.Count == 0)
            return;
        var line = Path.GetFileName(argv[0]) is "sh" or "bash" or "dash" && argv is [_, "-c", var script, ..] ? script : argv[0];
        var program = Path.GetFileName(line.TrimStart().Split((char[]?)null, 2)[0]);
        if (s_schedulers.Contains(program))
            diagnostics.Warn($"{where}: {program} has no effect under the package's unit (before systemd 248 it fails, and its program does not run); " +
                "leave it out, or permit it (docs/checks.md, exec)");
    }
}
