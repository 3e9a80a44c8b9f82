using FlipAgent.Config;
using FlipAgent.Naming;

namespace FlipAgent.Cloud;

/// <summary>Which server this machine is, asked once: for people who check a file, not for the agent, which wants to hear it three times (docs/rules.md, S2).</summary>
internal static class OwnServer
{
    private const string Firmware = "/sys/class/dmi/id/sys_vendor";

    /// <summary>The cloud whose machine this is, by its firmware; null: none that is known. Elsewhere the usual address of a metadata service is another cloud's, or nobody's.</summary>
    public static CloudVendor? Cloud
    {
        get
        {
            try
            {
                var name = File.ReadAllText(Firmware).Trim();
                return CloudVendor.All.FirstOrDefault(vendor => vendor.Firmware == name);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    /// <summary>Whether the metadata service of this configuration can be asked from here: one was configured, or this is a machine of that cloud.</summary>
    public static bool CanAsk(AgentConfig config) =>
        config.FloatingIp is { Vendor.Metadata: { } usual, MetadataUrl: var url } && (url != usual || Cloud == config.FloatingIp.Vendor);

    /// <summary>Above 0; null: it cannot be asked from here, or did not say within 1 s.</summary>
    public static long? Ask(AgentConfig config)
    {
        if (!CanAsk(config))
            return null;
        using var metadata = CloudProviders.Metadata(config.FloatingIp.Vendor, config.FloatingIp.MetadataUrl, config.Self.Address);
        return metadata?.ReadId().GetAwaiter().GetResult();
    }
}
