using System.Collections.Immutable;
using System.Net;
using System.Text.RegularExpressions;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// Looks into a notify script for what FlipAgent does itself: move a floating IP, tell Slack. It takes from it which address and which cloud;
/// tokens and webhook URLs it only sees, and never copies.
/// </summary>
internal static class NotifyScript
{
    /// <param name="Provider">digitalocean, another cloud's name in small letters, or null when the script moves no floating IP that we know of.</param>
    /// <param name="Cloud">The cloud as people call it.</param>
    /// <param name="FloatingIp">Null when the script moves none that is seen, or several.</param>
    /// <param name="HasToken">A token stands in the script itself.</param>
    internal readonly record struct Seen(string? Provider, string? Cloud, IPAddress? FloatingIp, bool HasToken, bool TellsSlack)
    {
        /// <summary>All that it moves, where it moves several; otherwise empty.</summary>
        public ImmutableArray<IPAddress> Several { get; init; }

        /// <summary>Addresses that stand in it, where none or too many of them are seen to be moved.</summary>
        public ImmutableArray<IPAddress> Candidates { get; init; }

        /// <summary>It is seen to move all the candidates, but the cloud gives a server one of each family.</summary>
        public bool AreTooMany { get; init; }

        /// <summary>The server that it gives them to, not where another node is to have them; null: it does not say. Whether that is the one it runs on depends on when it is run.</summary>
        public long? Server { get; init; }

        /// <summary>What else it does there that is no floating IP, as it stands in the script; null: nothing is seen.</summary>
        public string? Besides { get; init; }

        /// <summary>Why the cloud is a guess, for a sentence about the script; null: it calls this cloud, and no other.</summary>
        public string? Doubt { get; init; }
    }

    private sealed record CloudSign(string Provider, string Cloud, string Pattern);

    /// <summary>How calls of each cloud's tools and interface look; the first that is found counts.</summary>
    private static readonly ImmutableArray<CloudSign> s_clouds =
    [
        new("digitalocean", "DigitalOcean", @"\bdoctl\b(?![-/]|\.\w)|api\.digitalocean\.com|\bimport digitalocean\b"),
        new("hetzner-robot", "Hetzner Robot", @"robot-ws\.your-server\.de|robot\.hetzner"),
        new("hetzner", "Hetzner", @"\bhcloud\b(?![-/]|\.(sh|py|env|conf|cfg|ya?ml|json|toml|token|service)\b|\s+(vpc\b|(?-i:[A-Z]{2})))|api\.hetzner\.cloud"),
        new("vultr", "Vultr", @"api\.vultr\.com|\bvultr(-cli)?[""']?\s"),
        new("oracle", "Oracle Cloud", @"\boci[""']?\s+(-\S+\s+([^-\s]\S*\s+)?){0,8}(network|compute|iaas)|oraclecloud\.com"),
        new("aws", "AWS", @"\baws\b[^\n]{0,80}\bec2\b|\bec2-(associate|assign)|\bassociate[-_]address|\bboto3?\b|amazonaws\.com|assign[-_]private[-_]ip[-_]address|\beipalloc-"),
        new("gcp", "Google Cloud", @"\bgcloud\b|googleapis\.com|metadata\.google|Metadata-Flavor"),
        new("azure", "Azure", @"(?<![\w.-])az[""',]*\s+[""']*(-\S+\s+([^-\s]\S*\s+)?){0,8}(network|vm|vmss|login|rest)\b|management\.azure\.com|\bazure\.mgmt\b"),
        new("ovh", "OVH", @"\bovh[\w.-]*[""']?\s+(GET|POST|PUT|DELETE)\b|\bimport ovh\b|/ip/[^/\s]+/move\b|api\.(us|ca)\.ovhcloud\.com|\bapi\.ovh\.com"),
        new("scaleway", "Scaleway", @"\bscw\b|api\.scaleway\.com|api\.online\.net"),
        new("cloudscale", "cloudscale.ch", @"\bapi\.cloudscale\.ch|\bcloudscale[""']?\s"),
        new("linode", "Linode", @"\blinode-cli\b|api\.linode\.com"),
        new("upcloud", "UpCloud", @"\bupctl\b|api\.upcloud\.com"),
        new("exoscale", "Exoscale", @"\bexo[""']? (compute|vm|eip|ip|elastic)|api[\w.-]*\.exoscale"),
        new("alibaba", "Alibaba Cloud", @"\baliyun[""']?\s|\baliyuncli|aliyuncs\.com|\bhavip\b"),
        new("tencent", "Tencent Cloud", @"\btccli\b|tencentcloudapi|\bqcloudapi"),
        new("huawei", "Huawei Cloud", @"\bhcloud\s+(vpc\b|(?-i:[A-Z]{2}))|myhuaweicloud\.com|\bhuaweicloudsdk"),
        new("otc", "Open Telekom Cloud", @"otc\.t-systems\.com"),
        new("yandex", "Yandex Cloud", @"(?<![\w.-])yc[""',]*\s+[""']*(-\S+\s+([^-\s]\S*\s+)?){0,8}(vpc|compute|load)|api\.cloud\.yandex"),
        new("selectel", "Selectel", @"\bapi[\w.-]*\.selectel"),
        new("equinix", "Equinix Metal", @"api\.(equinix\.com/metal|packet\.(net|com))|\bpacket-cli\b|\bmetal[""']? (ip|device)\b"),
        new("ionos", "IONOS", @"\bionosctl\b|api\.ionos\.com|api\.profitbricks\.com"),
        new("gridscale", "gridscale", @"\bgscloud\b|api\.gridscale\.io"),
        new("brightbox", "Brightbox", @"\bbrightbox(-cloudips)?[""']?\s|api[\w.-]*\.brightbox\.com"),
        new("netcup", "netcup", @"servercontrolpanel\.de"),
        new("contabo", "Contabo", @"\bcntb\b|api\.contabo\.com"),
        new("ibm", "IBM Cloud", @"\bibmcloud\b|cloud\.ibm\.com|api\.softlayer\.com"),
        new("openstack", "OpenStack", @"\bopenstack\b|\b(nova|neutron)\b[^\n]{0,60}\b(floating|port|associate)|/v2\.0/floatingips|OS_AUTH_URL|allowed.address.pairs"),
        new("cloudstack", "CloudStack", @"\bcloudmonkey\b|\bcmk\b|command=(enableStaticNat|associateIpAddress|addIpToNic)"),
        new("proxmox", "Proxmox", @"\bpvesh\b"),
        // The script of DigitalOcean's own guide; other people call theirs so too.
        new("digitalocean", "DigitalOcean", @"(?<![\w-])assign-ip(\.py)?[""']?[ \t]+[""']?[$\d]"),
    ];

    /// <summary>Names alone: of a host, a directory, a variable. With a call that moves an address they are a guess.</summary>
    private static readonly ImmutableArray<CloudSign> s_names =
    [
        new("digitalocean", "DigitalOcean", "digitalocean|doctl"), new("hetzner", "Hetzner", "hetzner|hcloud"), new("vultr", "Vultr", "vultr"), new("azure", "Azure", "azure"),
        new("ovh", "OVH", @"\bovh"), new("scaleway", "Scaleway", "scaleway"), new("cloudscale", "cloudscale.ch", "cloudscale"), new("linode", "Linode", @"\blinode"),
        new("upcloud", "UpCloud", "upcloud"), new("exoscale", "Exoscale", "exoscale"), new("alibaba", "Alibaba Cloud", @"\baliyun"),
        new("tencent", "Tencent Cloud", "tencent|qcloud"), new("huawei", "Huawei Cloud", @"\bhuaweicloud"), new("selectel", "Selectel", "selectel"),
        new("ionos", "IONOS", "profitbricks|ionos"), new("gridscale", "gridscale", "gridscale"), new("brightbox", "Brightbox", @"\bbrightbox"),
        new("netcup", "netcup", "netcup"), new("contabo", "Contabo", "contabo"), new("ibm", "IBM Cloud", "softlayer"),
    ];

    /// <summary>A call that moves an address somewhere, although it is not known where.</summary>
    public static bool MovesSomething(string text) => s_moves.IsMatch(WithoutDirectories(text));

    /// <summary>Sets up an address on an interface, which keepalived can do itself.</summary>
    public static bool SetsAddress(string text) => s_interface.IsMatch(text);

    /// <param name="text">Its command line in the first line, then the files behind it.</param>
    /// <param name="isNode">An address that the script may name without meaning the floating IP.</param>
    public static Seen Look(string text, Func<IPAddress, bool> isNode)
    {
        var (provider, cloud, doubt) = Cloud(WithoutDirectories(text));
        var seen = new Seen(provider, cloud, null, s_token.IsMatch(text), text.Contains("hooks.slack.com", StringComparison.OrdinalIgnoreCase))
        {
            Several = [],
            Candidates = [],
            Doubt = doubt,
            Besides = provider is not null && s_noFloatingIp.Match(text) is { Success: true } other ? other.Groups["what"].Value : null,
            Server = provider is not null ? Server(text) : null,
        };
        if (provider is null && !MovesSomething(text))
            return seen;
        var moved = new MovedAddresses(text).Find(a => !isNode(a) && !IsPrivate(a));
        return moved.Moved is [var only] ? seen with { FloatingIp = only }
            : moved.Moved.Length > 1 && CanHave(provider, moved.Moved) ? seen with { Several = moved.Moved }
            : !moved.Moved.IsEmpty ? seen with { Candidates = moved.Moved, AreTooMany = provider == "digitalocean" }
            : seen with { Candidates = moved.Others.IsEmpty ? new MovedAddresses(text).Find(a => !isNode(a)).Moved : moved.Others };
    }

    private static long? Server(string text)
    {
        long? server = null;
        var isOther = false;
        foreach (Match found in s_server.Matches(text))
            if (found.Groups["state"] is { Success: true } state)
                isOther = !state.Value.Equals("master", StringComparison.OrdinalIgnoreCase);
            else if (isOther || !long.TryParse(found.Groups["id"].Value, out var id) || (server ?? id) != id)
                return null;
            else
                server = id;
        return server;
    }

    /// <summary>Where somebody put a program is not what it does: the directories of the command line go.</summary>
    private static string WithoutDirectories(string text)
    {
        var end = text.IndexOf('\n');
        var line = end < 0 ? text : text[..end];
        return s_directories.Replace(line, "${before}") + text[line.Length..];
    }

    private static (string? Provider, string? Cloud, string? Doubt) Cloud(string text)
    {
        // OpenStack and CloudStack are what other clouds are made of.
        var called = s_clouds.Where(c => Matches(text, c.Pattern)).DistinctBy(c => c.Provider).ToArray();
        if (called.Length > 0)
        {
            var other = called.Skip(1).FirstOrDefault(c => c.Provider is not ("openstack" or "cloudstack"))?.Cloud;
            return (called[0].Provider, called[0].Cloud, other is null ? SomethingElse(called[0], text) : $"calls {called[0].Cloud} and {other}");
        }

        return MovesSomething(text) && s_names.FirstOrDefault(c => Matches(text, c.Pattern)) is { } named
            ? (named.Provider, named.Cloud, $"seems to move an address, and names {named.Cloud}, but no call of that cloud's was seen")
            : (null, null, null);
    }

    /// <summary>It asks a cloud of which FlipAgent moves floating IPs and nothing else, for something else; null: that cannot be said.</summary>
    private static string? SomethingElse(CloudSign called, string text) =>
        called.Provider is not ("digitalocean" or "hetzner" or "aws") || MovesSomething(s_noFloatingIp.Replace(text, "")) ? null
        : $"calls {called.Cloud}, but no call that moves a floating IP was seen, and FlipAgent moves nothing else there" +
            (s_noFloatingIp.Match(text) is { Success: true } other ? $" ({other.Groups["what"].Value} does something else)" : "");

    private static bool Matches(string text, string pattern) => Regex.IsMatch(text, pattern, RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture);

    /// <summary>A droplet has one reserved IP of each family; elsewhere there is no such limit.</summary>
    private static bool CanHave(string? provider, ImmutableArray<IPAddress> addresses) =>
        provider is not null && (provider != "digitalocean" || addresses.GroupBy(a => a.AddressFamily).All(g => g.Count() == 1));

    /// <summary>RFC 1918, RFC 6598, RFC 4193, loopback, link-local (which is where the metadata service is), and what is no address of a host.</summary>
    public static bool IsPrivate(IPAddress address) => address.GetAddressBytes() switch
    {
        { Length: 4 } four => four is
            [10, ..] or [127, ..] or [192, 168, ..] or [172, >= 16 and < 32, ..] or [169, 254, ..] or [100, >= 64 and < 128, ..] or [0, ..] or [>= 224, _, _, _],
        var six => six is [0xfc or 0xfd, ..] or [0xfe, >= 0x80, ..] or [0xff, ..] or [0, ..],
    };

    private static readonly Regex s_moves = Patterns.AnyCase(@"\b(re)?(assign|associate|attach)\w*\b|floating[-_]?ips?|reserved[-_]?ips?|\bfailover\b|elastic[-_]?ip");

    /// <summary>What people also call a directory, a host or a variable: it counts where a tool or an interface of a cloud takes it.</summary>
    private const string Thing = @"(?<what>load[-_]balancers?|volumes?|domains?|firewalls?)\b";

    /// <summary>What a cloud gives a server besides a floating IP, to the end of the command.</summary>
    private static readonly Regex s_noFloatingIp = Patterns.AnyCase(
        @"((?<what>change[-_]alias[-_]ips?|\bprimary[-_]ips?\b|\b(un)?assign[-_]private[-_]ip[-_]address(es)?|\battach[-_]network[-_]interface|\b(replace|create|add)[-_]route\b)" +
        @"|\b(hcloud|doctl)[""']?\s+(-\S+\s+([^-\s]\S*\s+)?){0,4}((compute|network)\s+)?" + Thing +
        @"|\baws\s+([^\s;|]+\s+){0,8}?([a-z]+-)*" + Thing +
        @"|/v\d/" + Thing + @"|\.([a-z]+_)*" + Thing + @"[.(])(\\\n|[^\n;|])*");

    private static readonly Regex s_directories = Patterns.Safe(@"(?<before>^|[\s""'=])[~.]{0,2}(/[^\s/""'$]+)*/");

    private static readonly Regex s_interface = Patterns.Safe(@"\bip\s+(-\S+\s+)*a(ddr|ddress)?\s+(add|replace|change)\b|\bifconfig\s+\S+\s+(add|\d)|\bifup\b");

    private static readonly Regex s_token = Patterns.AnyCase(
        @"do[por]_v1_\w+|\b[0-9a-f]{64}\b|TOKEN\s*=\s*[""']?\w{16,}|(API_?KEY|SECRET|PASSWORD)\w*[""']?\s*[=:]\s*[""']?\w{8,}" +
        @"|(PASS|PASSWD|PASSWORD|PASSPHRASE)[""']?\s*[=:]\s*[""']?[^\s""'$`(/]{8,}|\bcurl\s([^\n;|]*\s)?(-u\s*|--user[\s=])[""']?[^\s""'$:]+:[^\s""'$@/]{4,}");

    private static readonly Regex s_server = Patterns.AnyCase(@"\b(?<state>master|backup|fault|stop)\b|[""']?\b(server|droplet)[-_]?id[""']?\s*[=:]\s*[""']?(?<id>[1-9]\d{0,18})\b");
}
