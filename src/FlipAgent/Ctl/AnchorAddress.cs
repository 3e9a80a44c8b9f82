using System.Net;
using FlipAgent.Cloud;
using FlipAgent.Config;

namespace FlipAgent.Ctl;

/// <summary>
/// The address that traffic for a floating IP has as its destination when it reaches the droplet (docs.digitalocean.com, Reserved IPs, anchor IP). It is taken from
/// 10.0.0.0/8, as private addresses may be; which one it is only the metadata service knows.
/// </summary>
internal static class AnchorAddress
{
    /// <summary>Null when the service does not answer within a second, or names none.</summary>
    public static IPAddress? Ask(AgentConfig config)
    {
        using var metadata = new MetadataClient(config.FloatingIp.MetadataUrl, config.FloatingIp.Address, config.Self.Address);
        return metadata.ReadAnchor().GetAwaiter().GetResult();
    }
}
