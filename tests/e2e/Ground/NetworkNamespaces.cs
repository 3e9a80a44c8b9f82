using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace FlipAgent.E2E.Ground;

/// <summary>
/// The network of the test ground: one namespace for the cloud with a switch in it, one for each node with one cable. All names begin with the
/// process id of the tests, like tools with the owner's mark. Cables are cut by nftables inside a node.
/// </summary>
internal sealed partial class NetworkNamespaces : IDisposable
{
    private const int CloneNewNet = 0x40000000;
    private readonly string _prefix = $"fa{Environment.ProcessId}";

    public NetworkNamespaces(int nodes)
    {
        Dispose(); // Left behind by a process that had this number and was killed.
        Make(Cloud);
        In(Cloud, "ip", "link", "add", "br0", "type", "bridge");
        foreach (var address in new[] { CloudAddress, FloatingIp })
            In(Cloud, "ip", "addr", "add", $"{address}/24", "dev", "br0");
        In(Cloud, "ip", "link", "set", "br0", "up");
        for (var n = 1; n <= nodes; n++)
        {
            Make(Node(n));
            Shell.Must("ip", "-n", Cloud, "link", "add", $"port{n}", "type", "veth", "peer", "name", "eth1", "netns", Node(n));
            In(Cloud, "ip", "link", "set", $"port{n}", "master", "br0", "up");
            In(Node(n), "ip", "addr", "add", $"{Address(n)}/24", "dev", "eth1");
            In(Node(n), "ip", "link", "set", "eth1", "up");
        }
    }

    public static IPAddress CloudAddress { get; } = IPAddress.Parse("10.77.0.1");

    public static IPAddress FloatingIp { get; } = IPAddress.Parse("10.77.0.100");

    public string Cloud => $"{_prefix}-cloud";

    public static IPAddress Address(int node) => IPAddress.Parse($"10.77.0.{10 + node}");

    public string Node(int node) => $"{_prefix}-{node}";

    public static string In(string network, params string[] command) => Shell.Must("nsenter", [$"--net=/run/netns/{network}", .. command]);

    /// <summary>The rules of one node, in the place of those before: each is what follows <c>add rule inet cut in</c> (or <c>out</c>).</summary>
    public void Rules(int node, IEnumerable<string> input, IEnumerable<string> output)
    {
        var text = $$"""
            table inet cut
            delete table inet cut
            table inet cut {
              chain in { type filter hook input priority 0; {{string.Join("; ", input)}}
              }
              chain out { type filter hook output priority 0; {{string.Join("; ", output)}}
              }
            }
            """;
        var ran = Shell.Run("nsenter", [$"--net=/run/netns/{Node(node)}", "nft", "-f", "-"], text);
        Assert.True(ran.Code == 0, $"nft: {ran.All}{text}");
    }

    /// <summary>
    /// Adverts leave this node from another port than the agent sends them from. Each packet is rewritten by itself: connection tracking would go on with
    /// what it remembers of an earlier test between the same ports.
    /// </summary>
    public void TranslatePort(int node, bool on)
    {
        var rules = on
            ? "table ip translate { chain out { type filter hook output priority 0; ip protocol udp udp sport 5112 udp sport set 40112; }\n}"
            : "table ip translate\ndelete table ip translate";
        var ran = Shell.Run("nsenter", [$"--net=/run/netns/{Node(node)}", "nft", "-f", "-"], rules);
        Assert.True(ran.Code == 0, $"nft: {ran.All}{rules}");
    }

    /// <summary>The floating IP is also an address of the node itself, as some set-ups and some clouds want it.</summary>
    public void OwnFloatingIp(int node, bool on)
    {
        var has = In(Node(node), "ip", "-o", "addr", "show", "dev", "lo", "to", $"{FloatingIp}").Length > 0;
        if (on != has)
            In(Node(node), "ip", "addr", on ? "add" : "del", $"{FloatingIp}/32", "dev", "lo");
    }

    public void Link(int node, bool up) => In(Node(node), "ip", "link", "set", "eth1", up ? "up" : "down");

    /// <summary>A connection that begins inside a namespace. A socket belongs for ever to the network in which it was made.</summary>
    public static async ValueTask<Stream> Connect(string network, EndPoint target, CancellationToken cancel)
    {
        var socket = Enter(network, () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });
        try
        {
            await socket.ConnectAsync(target, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var line in Shell.Run("ip", "netns", "list").Output.Split('\n'))
        {
            var name = line.Split(' ')[0];
            if (name.StartsWith(_prefix + "-", StringComparison.Ordinal))
                _ = Shell.Run("ip", "netns", "del", name);
        }
    }

    private static void Make(string name)
    {
        Shell.Must("ip", "netns", "add", name);
        In(name, "ip", "link", "set", "lo", "up");
    }

    /// <summary>On a thread of its own, which ends there: no other work may ever run on it.</summary>
    private static T Enter<T>(string network, Func<T> body)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var file = File.OpenHandle($"/run/netns/{network}");
                if (SetNs(file.DangerousGetHandle().ToInt32(), CloneNewNet) != 0)
                    throw new InvalidOperationException($"setns {network}: {Marshal.GetLastPInvokeErrorMessage()}");
                result = body();
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNs(int file, int kind);
}
