using FlipAgent.Harness;

namespace FlipAgent.SystemTests.Host;

/// <summary>
/// A network namespace with the cloud's addresses (API, metadata service, floating IP) and a bridge, and one namespace per droplet, connected to that
/// bridge.
/// </summary>
internal sealed class MachineNetwork : IDisposable
{
    public const string CloudAddress = "10.110.0.1";
    public const string MetadataAddress = "169.254.169.254";
    public const string FloatingIp = "203.0.113.10";

    /// <summary>For a pair with two addresses. No packets go to it: what the cloud says of it is all there is.</summary>
    public const string FloatingIpv6 = "2001:db8::1";
    public const int ServicePort = 8001;

    private static int s_count;
    private readonly int _number = Interlocked.Increment(ref s_count);
    private readonly List<NetworkNamespace> _droplets = [];

    public MachineNetwork()
    {
        NetworkNamespace.DeleteLeftovers();
        Cloud = new NetworkNamespace($"{_number}-cloud");
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
        var droplet = new NetworkNamespace($"{_number}-{name}");
        _droplets.Add(droplet);
        Cloud.Ip("link", "add", $"v-{name}", "type", "veth", "peer", "name", "eth0", "netns", droplet.Name);
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
}
