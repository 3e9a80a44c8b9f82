using System.Net;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Kernel;

namespace FlipAgent.Cloud;

/// <summary>
/// Does this machine listen where traffic for the floating IP arrives? On DigitalOcean packets come with the droplet's anchor address as destination, elsewhere with the
/// floating IP itself; a bind to loopback or to one other address never sees them.
/// </summary>
internal static class ServiceArrival
{
    /// <summary>The addresses that a TCP port is open on.</summary>
    public static List<IPAddress> Binds(int port, IEnumerable<IPEndPoint> listening) =>
        [.. listening.Where(one => one.Port == port).Select(one => one.Address.IsIPv4MappedToIPv6 ? one.Address.MapToIPv4() : one.Address).Distinct()];

    /// <param name="anchor">The anchor address that the metadata service names; null: it did not answer, or this is no droplet.</param>
    public static Listening Judge(FloatingIpConfig ip, List<IPAddress> binds, IPAddress? anchor)
    {
        var arrival = ip.Vendor.AddressOnServer ? ip.Address : anchor;
        if (binds.Count == 0)
            return Listening.Nowhere;
        if (binds.Exists(address => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) || address.Equals(arrival)))
            return Listening.Arrival;
        return arrival is null && !binds.TrueForAll(IPAddress.IsLoopback) ? Listening.Unknown : Listening.Elsewhere;
    }

    /// <summary>Looks at the sockets of this network namespace, which takes no right; the metadata service is asked only when it matters what it says.</summary>
    /// <returns>
    /// Unknown where there is no guard, which names the port, where the service is to run on the master only (rule E14) and does not run, and where the sockets cannot all be
    /// looked at.
    /// </returns>
    public static async Task<Listening> Look(AgentConfig config)
    {
        if (config.FloatingIp.Guard is not { } guard)
            return Listening.Unknown;
        return await Look(config, guard.Port, Sockets.ListeningTcp());
    }

    internal static async Task<Listening> Look(AgentConfig config, int port, SocketList listening)
    {
        var binds = Binds(port, listening.Found);
        var found = Judge(config.FloatingIp, binds, anchor: null);
        if (found != Listening.Arrival && listening.Problem is not null)
            return Listening.Unknown;
        if (found == Listening.Nowhere && config.Checks.Any(check => check is CheckConfig.Unit { ColdStandby: true }))
            return Listening.Unknown;
        return found == Listening.Unknown ? Judge(config.FloatingIp, binds, await AnchorAddress.Read(config)) : found;
    }
}
