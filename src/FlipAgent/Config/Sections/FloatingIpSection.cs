using System.Collections.Immutable;
using System.Net;
using FlipAgent.Config.Secrets;
using FlipAgent.Config.Values;
using FlipAgent.Config.Yaml;
using FlipAgent.Naming;

namespace FlipAgent.Config.Sections;

/// <summary>The mapping <c>floating_ip</c>, or the list <c>floating_ips</c>: the addresses that follow the master, and the cloud that moves them.</summary>
internal static class FloatingIpSection
{
    public static readonly TimeSpan DefaultGuardTimeout = TimeSpan.FromMilliseconds(400);
    public static readonly TimeSpan DefaultCommandTimeout = TimeSpan.FromSeconds(30);

    private static readonly Parse<TimeSpan> s_guardTimeoutRange = Duration.Between(TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(10));
    private static readonly Parse<TimeSpan> s_commandTimeoutRange = Duration.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));

    /// <summary>Clouds with a movable address that somebody may well ask for; named so that the answer is "by a program" and not "what?".</summary>
    private static readonly ImmutableArray<string> s_otherProviders =
    [
        "hetzner-robot", "vultr", "linode", "akamai", "upcloud", "ovh", "openstack", "aws", "gcp", "azure", "scaleway", "exoscale", "ibm", "cloudscale",
    ];

    /// <summary>What every block of the list must have in common, when it says it.</summary>
    private static readonly ImmutableArray<string> s_common =
        ["provider", "token_file", "command", "command_timeout", "api_url", "metadata_url", "https_proxy", "guard", "guard_timeout", "on_foreign_move"];

    /// <summary>The cloud of a file, before anything else of it is read: what the ids of the nodes look like depends on it.</summary>
    public static CloudVendor VendorOf(Section root) =>
        CloudVendor.Of(root.Peek("floating_ip", "provider") ?? root.Peek("floating_ips", "provider")) ?? CloudVendor.DigitalOcean;

    /// <param name="keyFile">The file with the cluster's keys, which is no token.</param>
    public static FloatingIpConfig Read(Section root, ImmutableArray<NodeConfig> nodes, ImmutableArray<CheckConfig> checks, string keyFile)
    {
        var blocks = Blocks(root);
        var section = blocks.IsEmpty ? root.Child("floating_ip") : blocks[0];
        if (section.Broken)
            return new FloatingIpConfig(IPAddress.None, "", null, default, CloudVendor.DigitalOcean.Api!, FloatingIpConfig.UsualMetadataUrl, false);
        var vendor = CloudVendor.Of(section.Required<string>("provider", Names, Provider, "")) ?? CloudVendor.DigitalOcean;
        var addresses = AddressList.Read(section, blocks, nodes, vendor);
        var timeout = section.Optional("guard_timeout", s_guardTimeoutRange, DefaultGuardTimeout);
        var guard = GuardSetting.Read(section, addresses[0], checks, timeout);
        var config = new FloatingIpConfig(
            addresses[0],
            TokenFile(section, vendor, keyFile),
            guard.Url,
            timeout,
            Api(section, vendor),
            section.Optional("metadata_url", Urls.Base, vendor.Metadata ?? FloatingIpConfig.UsualMetadataUrl),
            section.Optional<bool>("on_foreign_move", OnForeignMove, false))
        {
            GuardCheck = guard.Check,
            HttpsProxy = section.Optional<Uri?>("https_proxy", Proxy, null),
            Vendor = vendor,
            Others = new(addresses[1..]),
            Command = new(Command(section, vendor)),
            CommandTimeout = section.Optional("command_timeout", s_commandTimeoutRange, DefaultCommandTimeout),
        };
        Misplaced(section, vendor);
        section.Done();
        foreach (var block in blocks.Skip(1))
            Further(block, section);
        return config;
    }

    private static string Names => string.Join(", ", CloudVendor.All.Select(v => v.Name));

    /// <summary>Empty: the file has the one mapping.</summary>
    private static ImmutableArray<Section> Blocks(Section root)
    {
        if (!root.Has("floating_ips"))
            return [];
        if (root.Has("floating_ip"))
            root.Error("floating_ips", "floating_ip is there too; expected one of them");
        return root.Sections("floating_ips", true, "{provider: digitalocean, address: 203.0.113.10, token_file: /etc/flipagent/do-token}");
    }

    private static string TokenFile(Section section, CloudVendor vendor, string keyFile)
    {
        var file = vendor.NeedsToken
            ? section.Required<string>("token_file", "the file with the API token", SecretName.Parse, "")
            : section.Optional<string>("token_file", SecretName.Parse, "");
        if (file.Length > 0 && file == keyFile)
            section.Error("token_file", $"{Echo.Of(file)} is election.key_file too, and the cluster's key would be sent to the cloud; expected a file with the API token alone");
        return file;
    }

    private static Uri Api(Section section, CloudVendor vendor)
    {
        var usual = vendor.Api ?? CloudVendor.DigitalOcean.Api!;
        var url = section.Optional("api_url", Urls.Base, usual);
        if (url.AbsolutePath.TrimEnd('/') is var path && (path.EndsWith("/v1", StringComparison.Ordinal) || path.EndsWith("/v2", StringComparison.Ordinal)))
            section.Error("api_url", $"ends with the version of the API; expected it without {path[^3..]}, such as {usual.GetLeftPart(UriPartial.Authority)}");
        return url;
    }

    private static ImmutableArray<string> Command(Section section, CloudVendor vendor)
    {
        if (vendor == CloudVendor.Exec && !section.Has("command"))
            section.Diagnostics.Error(section.KeyOf("provider"),
                $"{section.PathOf("command")} is missing; expected the program that asks the cloud, such as [/usr/lib/flipagent/providers/hcloud]");
        return section.Argv("command");
    }

    /// <summary>Keys that mean nothing for this cloud: whoever wrote them expects something that does not happen.</summary>
    private static void Misplaced(Section section, CloudVendor vendor)
    {
        var askedByTheAgent = string.Join(" or ", CloudVendor.All.Where(v => v.Api is not null).Select(v => v.Name));
        (string Key, bool Fits, string For)[] keys =
        [
            ("command", vendor == CloudVendor.Exec, "exec"),
            ("command_timeout", vendor == CloudVendor.Exec, "exec"),
            ("api_url", vendor.Api is not null, askedByTheAgent),
            ("metadata_url", vendor.Metadata is not null, askedByTheAgent),
            ("https_proxy", vendor.Api is not null, askedByTheAgent),
        ];
        foreach (var (key, fits, with) in keys)
            if (!fits && section.Has(key))
                section.Diagnostics.Error(section.KeyOf(key), $"{section.PathOf(key)} goes with provider {with} only; expected it left out here");
    }

    /// <summary>A block after the first has an address of its own and nothing else: one provider and one token move them all.</summary>
    private static void Further(Section block, Section first)
    {
        foreach (var key in s_common)
            if (block.Has(key) && block.Plain(key) != first.Plain(key))
                block.Error(key, $"is not what the first block says; expected the same, or the key left out: one provider and one token move all addresses");
        block.Done();
    }

    private static string? Provider(string text, out string value)
    {
        value = text;
        if (CloudVendor.Of(text) is not null)
            return null;
        var meant = text.ToLowerInvariant() switch
        {
            "hcloud" or "hetzner-cloud" => CloudVendor.Hetzner,
            "do" or "digital-ocean" => CloudVendor.DigitalOcean,
            var name => CloudVendor.Of(name),
        };
        if (meant is not null)
            return $"is called {meant.Name} here; expected {Names}";
        return s_otherProviders.Contains(text)
            ? $"is not built in; expected {Names}: exec runs a program for any other cloud (docs/providers.md)"
            : $"is no provider; expected {Names}";
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
