using System.Net;
using FlipAgent.Cloud.Api;
using FlipAgent.Config;

namespace FlipAgent.Cloud;

/// <summary>
/// The address that traffic for a floating IP has as its destination when it reaches the machine, where a cloud has one (docs.digitalocean.com, Reserved IPs, anchor IP). It is taken from
/// 10.0.0.0/8, as private addresses may be; which one it is only the metadata service knows.
/// </summary>
internal static class AnchorAddress
{
    /// <summary>Null when the service does not answer within a second, or names none.</summary>
    public static IPAddress? Ask(AgentConfig config) => Read(config).GetAwaiter().GetResult();

    /// <summary>As <see cref="Ask"/>.</summary>
    public static async Task<IPAddress?> Read(AgentConfig config)
    {
        if (config.FloatingIp.Vendor.AnchorPath is not { } path)
            return null;
        using var line = new MetadataLine(config.FloatingIp.MetadataUrl, config.Self.Address, MetadataLine.UsualLimit);
        return await line.Run(get => IPAddress.TryParse(MetadataLine.Value(get(path))?.Trim(), out var anchor) ? anchor : null, () => null).ConfigureAwait(false);
    }
}
