using FlipAgent.Config;

namespace FlipAgent.Cloud;

/// <summary>Which droplet this machine is, asked once: for people who check a file, not for the agent, which wants to hear it three times (docs/rules.md, S2).</summary>
internal static class OwnDroplet
{
    private const string Vendor = "/sys/class/dmi/id/sys_vendor";

    /// <summary>The firmware of a droplet names the vendor. Elsewhere the usual address of the metadata service is another cloud's, or nobody's.</summary>
    public static bool IsDroplet
    {
        get
        {
            try
            {
                return File.ReadAllText(Vendor).Trim() == "DigitalOcean";
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    /// <summary>Whether the metadata service of this configuration can be asked from here: one was configured, or this is a droplet.</summary>
    public static bool CanAsk(AgentConfig config) => config.FloatingIp.MetadataUrl != FloatingIpConfig.UsualMetadataUrl || IsDroplet;

    /// <summary>Above 0; null: it cannot be asked from here, or did not say within 1 s.</summary>
    public static long? Ask(AgentConfig config)
    {
        if (!CanAsk(config))
            return null;
        using var metadata = new MetadataClient(config.FloatingIp.MetadataUrl, config.FloatingIp.Address, config.Self.Address);
        return metadata.ReadId().GetAwaiter().GetResult();
    }

    /// <summary>The same on a droplet that has no configuration yet.</summary>
    public static long? Ask()
    {
        if (!IsDroplet)
            return null;
        using var metadata = new MetadataClient(FloatingIpConfig.UsualMetadataUrl, System.Net.IPAddress.None, System.Net.IPAddress.Any);
        return metadata.ReadId().GetAwaiter().GetResult();
    }
}
