namespace FlipAgent.SystemTests.Host;

/// <summary>
/// The data centre: a network namespace with the cloud's addresses (API, metadata service, floating IP) and a bridge, and one namespace per
/// droplet, wired to that bridge.
/// </summary>
internal sealed class TestNetwork : IDisposable
{
    public const string CloudAddress = "10.110.0.1";
    public const string MetadataAddress = "169.254.169.254";
    public const string FloatingIp = "203.0.113.10";

    private static int _count;
    private readonly string _prefix = $"fa{Environment.ProcessId}-{Interlocked.Increment(ref _count)}";
    private readonly List<NetworkNamespace> _droplets = [];

    public TestNetwork()
    {
        RemoveLeftovers();
        Cloud = new NetworkNamespace($"{_prefix}-cloud");
        Cloud.Ip("link", "add", "br0", "type", "bridge");
        Cloud.Ip("link", "set", "br0", "up");
        foreach (var address in (string[])[CloudAddress + "/24", MetadataAddress + "/32", FloatingIp + "/32"])
        {
            Cloud.Ip("address", "add", address, "dev", "br0");
        }
    }

    public NetworkNamespace Cloud { get; }

    /// <summary>A namespace with one interface, <c>eth0</c>, that has this address.</summary>
    public NetworkNamespace AddDroplet(string name, string address)
    {
        var droplet = new NetworkNamespace($"{_prefix}-{name}");
        _droplets.Add(droplet);
        Shell.Run("ip", "link", "add", $"v-{name}", "netns", Cloud.Name, "type", "veth", "peer", "name", "eth0", "netns", droplet.Name);
        Cloud.Ip("link", "set", $"v-{name}", "master", "br0", "up");
        droplet.Ip("address", "add", address + "/24", "dev", "eth0");
        droplet.Ip("link", "set", "eth0", "up");
        droplet.Ip("route", "add", "default", "via", CloudAddress);
        return droplet;
    }

    public void Dispose()
    {
        _droplets.ForEach(d => d.Dispose());
        Cloud.Dispose();
    }

    /// <summary>Namespaces of test runs that were killed.</summary>
    private static void RemoveLeftovers()
    {
        if (!Directory.Exists("/run/netns"))
        {
            return;
        }

        foreach (var name in Directory.GetFiles("/run/netns").Select(Path.GetFileName).OfType<string>())
        {
            if (name.StartsWith("fa", StringComparison.Ordinal) && int.TryParse(name[2..].Split('-')[0], out var pid) && !Directory.Exists($"/proc/{pid}"))
            {
                Shell.Try("ip", "netns", "delete", name);
            }
        }
    }
}
