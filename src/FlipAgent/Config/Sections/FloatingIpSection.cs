using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using FlipAgent.Config.Secrets;
using FlipAgent.Config.Values;
using FlipAgent.Config.Yaml;

namespace FlipAgent.Config.Sections;

/// <summary>The mapping <c>floating_ip</c>: the address that follows the master, and the cloud that moves it.</summary>
internal static class FloatingIpSection
{
    public static readonly Uri DefaultApi = new("https://api.digitalocean.com");
    public static readonly TimeSpan DefaultGuardTimeout = TimeSpan.FromMilliseconds(400);

    private static readonly Parse<TimeSpan> s_guardTimeoutRange = Duration.Between(TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(10));

    /// <summary>Clouds with a movable address that somebody may well ask for; named so that the answer is "not yet" and not "what?".</summary>
    private static readonly ImmutableArray<string> s_otherProviders =
    [
        "hetzner", "hcloud", "hetzner-robot", "vultr", "linode", "akamai", "upcloud", "ovh", "aws", "gcp", "azure", "scaleway", "exoscale",
    ];

    public static FloatingIpConfig Read(Section root, ImmutableArray<NodeConfig> nodes, ImmutableArray<CheckConfig> checks)
    {
        var section = root.Child("floating_ip");
        if (section.Broken)
            return new FloatingIpConfig(IPAddress.None, "", null, default, DefaultApi, FloatingIpConfig.UsualMetadataUrl, false);
        section.Required<string>("provider", "digitalocean", Provider, "");
        var address = section.Required("address", "the floating IP, such as 203.0.113.10", Address, IPAddress.None);
        if (nodes.FirstOrDefault(n => n.Address.Equals(address)) is { } node && !address.Equals(IPAddress.None))
            section.Error("address", $"{address} is the address of {node.Name}; expected the floating IP, which belongs to no node");
        var tokenFile = section.Required<string>("token_file", "the file with the API token", SecretName.Parse, "");
        var timeout = section.Optional("guard_timeout", s_guardTimeoutRange, DefaultGuardTimeout);
        var guard = GuardSetting.Read(section, address, checks, timeout);
        var config = new FloatingIpConfig(
            address,
            tokenFile,
            guard.Url,
            timeout,
            section.Optional("api_url", Urls.Base, DefaultApi),
            section.Optional("metadata_url", Urls.Base, FloatingIpConfig.UsualMetadataUrl),
            section.Optional<bool>("on_foreign_move", OnForeignMove, false))
        { GuardCheck = guard.Check, HttpsProxy = section.Optional<Uri?>("https_proxy", Proxy, null) };
        section.Done();
        return config;
    }

    private static string? Provider(string text, out string value)
    {
        value = text;
        if (text == "digitalocean")
            return null;
        return (s_otherProviders.Contains(text) ? "is not built in this version" : "is no provider") + "; expected digitalocean";
    }

    private static string? Address(string text, out IPAddress value)
    {
        if (Scalars.Address(text, out value) is { } complaint)
            return complaint;
        return value.AddressFamily == AddressFamily.InterNetwork
            ? null
            : "is an IPv6 address, which is not built in this version; expected an IPv4 address";
    }

    private static string? Proxy(string text, out Uri? value)
    {
        var complaint = Urls.Proxy(text, out var url);
        value = url;
        return complaint;
    }

    private static string? OnForeignMove(string text, out bool reclaim)
    {
        reclaim = text == "reclaim";
        return text is "alert" or "reclaim" ? null : "is neither alert nor reclaim; expected one of the two";
    }
}
