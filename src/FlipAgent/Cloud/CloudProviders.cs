using System.Net;
using FlipAgent.Cloud.Api;
using FlipAgent.Cloud.DigitalOcean;
using FlipAgent.Cloud.Exec;
using FlipAgent.Cloud.Hetzner;
using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Naming;

namespace FlipAgent.Cloud;

/// <summary>The providers that are built in: the one place that knows all of them (docs/providers.md, "Adding a cloud").</summary>
internal static class CloudProviders
{
    /// <param name="ownServer">The server that this node is.</param>
    public static IFloatingIpProvider Make(AgentConfig config, long ownServer, ProviderGround ground)
    {
        var floatingIp = config.FloatingIp;
        return floatingIp.Vendor.Name switch
        {
            "digitalocean" => new DigitalOceanClient(floatingIp, ownServer, ground),
            "hetzner" => new HetznerClient(floatingIp, ground),
            "exec" => new ExecProvider(floatingIp, floatingIp.TokenFile is { Length: > 0 } file ? Path.GetFullPath(SecretFile.PathOf(file, config.Directory)) : null, ground),
            var name => throw new ArgumentOutOfRangeException(nameof(config), name, "a cloud without a provider"),
        };
    }

    /// <summary>What the account has, for a first configuration; null: this cloud cannot be asked by the agent itself.</summary>
    public static AccountReader? Account(CloudVendor vendor, Uri api, ProviderGround ground) => vendor.Name switch
    {
        "digitalocean" => new DigitalOceanAccount(api, ground),
        "hetzner" => new HetznerAccount(api, ground),
        _ => null,
    };

    /// <summary>The metadata service of this machine; null: this cloud has none.</summary>
    public static IMachineMetadata? Metadata(CloudVendor vendor, Uri url, IPAddress ownAddress) => vendor.Name switch
    {
        "digitalocean" => new DigitalOceanMetadata(url, ownAddress),
        "hetzner" => new HetznerMetadata(url, ownAddress),
        _ => null,
    };
}
