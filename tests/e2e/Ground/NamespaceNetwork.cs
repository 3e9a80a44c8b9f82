using System.Net;
using FlipAgent.Harness;

namespace FlipAgent.E2E.Ground;

/// <summary>
/// The network of the test ground: one namespace for the cloud with a bridge in it, one for each node with one cable. Cables are cut by nftables inside a
/// node.
/// </summary>
internal sealed class NamespaceNetwork : IDisposable
{
    public const int ApiPort = 8080, MetadataPort = 8081, SlackPort = 8082, ServicePort = 8001;

    /// <summary>Where the members of the lease's store listen, beside the cloud.</summary>
    public static IReadOnlyList<int> StorePorts { get; } = [2379, 2479, 2579];

    /// <summary>A droplet that is no node of the cluster.</summary>
    public const long ForeignDroplet = 999;

    private readonly List<NetworkNamespace> _nodes = [];

    public NamespaceNetwork(int nodes)
    {
        NetworkNamespace.DeleteLeftovers();
        Cloud = new("cloud");
        Cloud.Ip("link", "add", "br0", "type", "bridge");
        foreach (var address in new[] { CloudAddress, FloatingIp })
            Cloud.Ip("addr", "add", $"{address}/24", "dev", "br0");
        Cloud.Ip("link", "set", "br0", "up");
        for (var n = 1; n <= nodes; n++)
        {
            var node = new NetworkNamespace($"{n}");
            _nodes.Add(node);
            Cloud.Ip("link", "add", $"port{n}", "type", "veth", "peer", "name", "eth1", "netns", node.Name);
            Cloud.Ip("link", "set", $"port{n}", "master", "br0", "up");
            node.Ip("addr", "add", $"{Address(n)}/24", "dev", "eth1");
            node.Ip("link", "set", "eth1", "up");
        }
    }

    public static IPAddress CloudAddress { get; } = IPAddress.Parse("10.77.0.1");

    public static IPAddress FloatingIp { get; } = IPAddress.Parse("10.77.0.100");

    /// <summary>Two more, at nobody when a test begins. No packets go to them: what the cloud says of them is all there is.</summary>
    public static IReadOnlyList<IPAddress> Further { get; } = [IPAddress.Parse("2001:db8::1"), IPAddress.Parse("2001:db8:1::2")];

    public NetworkNamespace Cloud { get; }

    public static IPAddress Address(int node) => IPAddress.Parse($"10.77.0.{10 + node}");

    public static long Droplet(int node) => 100 + node;

    public NetworkNamespace Node(int node) => _nodes[node - 1];

    /// <summary>The stand-in cloud at its addresses, with a droplet for each node; the first one holds the floating IP.</summary>
    /// <param name="folder">For its log and a token.</param>
    public LabProgram StartLab(string folder)
    {
        var token = Path.Combine(folder, "boot.token");
        File.WriteAllText(token, "dop_v1_boot");
        string[] listen = [.. new[] { ApiPort, MetadataPort, SlackPort }.SelectMany(p => new[] { "--listen", $"{CloudAddress}:{p}" })];
        string[] droplets = [.. Enumerable.Range(1, _nodes.Count).SelectMany(n => new[] { "--droplet", $"{Droplet(n)},haproxy-{n},{Address(n)}" })];
        return new(Cloud, Path.Combine(folder, "lab.log"), [
            .. listen, .. droplets, "--droplet", $"{ForeignDroplet},foreign,10.77.0.99", "--floating-ip", $"{FloatingIp},{Droplet(1)}",
            .. Further.SelectMany(ip => new[] { "--floating-ip", $"{ip}" }),
            "--forward", $"{ServicePort}", "--token", $"boot,{token}"]);
    }

    /// <summary>The rules of one node, in the place of those before: each is what follows <c>add rule inet cut in</c> (or <c>out</c>).</summary>
    public void Rules(int node, IEnumerable<string> input, IEnumerable<string> output) => Node(node).Nft($$"""
        table inet cut
        delete table inet cut
        table inet cut {
          chain in { type filter hook input priority 0; {{string.Join("; ", input)}}
          }
          chain out { type filter hook output priority 0; {{string.Join("; ", output)}}
          }
        }
        """);

    /// <summary>
    /// Adverts leave this node from another port than the agent sends them from. Each packet is rewritten by itself: connection tracking would go on with
    /// what it remembers of an earlier test between the same ports.
    /// </summary>
    public void TranslatePort(int node, bool on) => Node(node).Nft(on
        ? "table ip translate { chain out { type filter hook output priority 0; ip protocol udp udp sport 5112 udp sport set 40112; }\n}"
        : "table ip translate\ndelete table ip translate");

    /// <summary>Adverts leave this node with another source address, 10.77.0.2NN, each packet rewritten by itself.</summary>
    public void TranslateAddress(int node, bool on) => Node(node).Nft(on
        ? $"table ip translate {{ chain out {{ type filter hook output priority 0; ip protocol udp udp sport 5112 ip saddr set 10.77.0.{210 + node}; }}\n}}"
        : "table ip translate\ndelete table ip translate");

    /// <summary>The floating IP is also an address of the node itself, as some set-ups and some clouds want it.</summary>
    public void OwnFloatingIp(int node, bool on)
    {
        var has = Node(node).Ip("-o", "addr", "show", "dev", "lo", "to", $"{FloatingIp}").Length > 0;
        if (on != has)
            Node(node).Ip("addr", on ? "add" : "del", $"{FloatingIp}/32", "dev", "lo");
    }

    public void Link(int node, bool up) => Node(node).Ip("link", "set", "eth1", up ? "up" : "down");

    public void Dispose()
    {
        _nodes.ForEach(n => n.Dispose());
        Cloud.Dispose();
    }
}
