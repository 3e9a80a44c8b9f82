using System.Net;
using System.Net.NetworkInformation;

namespace FlipAgent.Config;

/// <summary>What the reader needs to know besides the file: the environment and who this machine is. A test gives others.</summary>
/// <param name="Variable">Value of an environment variable, null when it is not set.</param>
/// <param name="IsMine">Whether an address belongs to this machine.</param>
/// <param name="HostName">Without the domain.</param>
public sealed record Surroundings(Func<string, string?> Variable, Func<IPAddress, bool> IsMine, string HostName)
{
    /// <summary>This process on this machine. The interfaces are looked at once, when the first address is asked about.</summary>
    public static Surroundings OfThisMachine()
    {
        var addresses = new Lazy<HashSet<IPAddress>>(OwnAddresses);
        return new Surroundings(
            Environment.GetEnvironmentVariable,
            // All of 127.0.0.0/8 is this machine, though only 127.0.0.1 is on an interface.
            address => IPAddress.IsLoopback(address) || addresses.Value.Contains(address),
            Environment.MachineName.Split('.')[0]);
    }

    private static HashSet<IPAddress> OwnAddresses()
    {
        try
        {
            return [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(a => a.Address)];
        }
        catch (NetworkInformationException)
        {
            // No netlink in this sandbox: the host name, `node:` and --node still tell who we are.
            return [];
        }
    }
}
