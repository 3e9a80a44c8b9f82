using System.Collections.Immutable;
using System.Net;
using System.Text.RegularExpressions;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// Looks into a notify script for what FlipAgent does itself: move a floating IP, tell Slack. It takes from it which address and which cloud;
/// tokens and webhook URLs it only sees, and never copies.
/// </summary>
internal static class NotifyScript
{
    /// <param name="Provider">digitalocean, another cloud's name in small letters, or null when the script moves no floating IP that we know of.</param>
    /// <param name="Cloud">The cloud as people call it.</param>
    /// <param name="FloatingIp">Null when the script names none, or several.</param>
    /// <param name="HasToken">A token stands in the script itself.</param>
    internal readonly record struct Seen(string? Provider, string? Cloud, IPAddress? FloatingIp, bool HasToken, bool TellsSlack)
    {
        /// <summary>All that it moves, where it names several; otherwise empty.</summary>
        public ImmutableArray<IPAddress> Several { get; init; }

        /// <summary>The server that it gives them to, which is the one it runs on; null: it does not say.</summary>
        public long? Server { get; init; }
    }

    /// <summary>How each cloud's tools and addresses look; the first that is found counts.</summary>
    private static readonly ImmutableArray<(string Provider, string Cloud, string Pattern)> s_clouds =
    [
        ("digitalocean", "DigitalOcean", @"(?<![\w-])assign-ip\b|\bdoctl\b|api\.digitalocean\.com|digitalocean"),
        ("hetzner-robot", "Hetzner Robot", @"robot-ws\.your-server\.de|robot\.hetzner"),
        ("hetzner", "Hetzner", @"\bhcloud\b(?! vpc)|api\.hetzner\.cloud|hetzner"),
        ("vultr", "Vultr", @"api\.vultr\.com|vultr"),
        ("aws", "AWS", @"\baws\b[^\n]{0,80}\bec2\b|\bec2-(associate|assign)|associate[-_]address|\bboto3?\b|amazonaws\.com|assign[-_]private[-_]ip|\beipalloc-"),
        ("gcp", "Google Cloud", @"\bgcloud\b|googleapis\.com|metadata\.google|Metadata-Flavor"),
        ("azure", "Azure", @"(^|[\s;&|(])az (network|vm|login|rest)\b|management\.azure\.com|azure"),
        ("ovh", "OVH", @"\bovh|api\.(us|ca)\.ovhcloud\.com|eu\.api\.ovh\.com"),
        ("scaleway", "Scaleway", @"\bscw\b|api\.scaleway\.com|api\.online\.net|scaleway"),
        ("cloudscale", "cloudscale.ch", @"cloudscale"),
        ("linode", "Linode", @"\blinode|api\.linode\.com"),
        ("upcloud", "UpCloud", @"\bupctl\b|api\.upcloud\.com|upcloud"),
        ("exoscale", "Exoscale", @"\bexo (compute|vm|eip|ip|elastic)|exoscale"),
        ("oracle", "Oracle Cloud", @"\boci (network|compute|iaas)|oraclecloud\.com"),
        ("alibaba", "Alibaba Cloud", @"\baliyun|\baliyuncli|aliyuncs\.com|\bhavip\b"),
        ("tencent", "Tencent Cloud", @"\btccli\b|tencent|qcloud"),
        ("huawei", "Huawei Cloud", @"\bhcloud vpc|myhuaweicloud\.com|\bhuaweicloud"),
        ("otc", "Open Telekom Cloud", @"otc\.t-systems\.com"),
        ("yandex", "Yandex Cloud", @"(^|[\s;&|(])yc (vpc|compute|load)|api\.cloud\.yandex"),
        ("selectel", "Selectel", @"selectel"),
        ("equinix", "Equinix Metal", @"api\.(equinix\.com/metal|packet\.(net|com))|\bpacket-cli\b|\bmetal (ip|device)\b"),
        ("ionos", "IONOS", @"\bionosctl\b|api\.ionos\.com|profitbricks"),
        ("gridscale", "gridscale", @"gridscale"),
        ("brightbox", "Brightbox", @"\bbrightbox"),
        ("netcup", "netcup", @"netcup|servercontrolpanel\.de"),
        ("contabo", "Contabo", @"\bcntb\b|contabo"),
        ("ibm", "IBM Cloud", @"\bibmcloud\b|cloud\.ibm\.com|softlayer"),
        ("openstack", "OpenStack", @"\bopenstack\b|\b(nova|neutron)\b[^\n]{0,60}\b(floating|port|associate)|/v2\.0/floatingips|OS_AUTH_URL|allowed.address.pairs"),
        ("cloudstack", "CloudStack", @"\bcloudmonkey\b|\bcmk\b|command=(enableStaticNat|associateIpAddress|addIpToNic)"),
        ("proxmox", "Proxmox", @"\bpvesh\b"),
    ];

    /// <summary>A call that moves an address somewhere, although it is not known where.</summary>
    public static bool MovesSomething(string text) => s_moves.IsMatch(text);

    /// <summary>Sets up an address on an interface, which keepalived can do itself.</summary>
    public static bool SetsAddress(string text) => s_interface.IsMatch(text);

    public static Seen Look(string text, Func<IPAddress, bool> isNode)
    {
        var cloud = s_clouds.FirstOrDefault(c => Regex.IsMatch(text, c.Pattern, RegexOptions.IgnoreCase, TimeSpan.FromSeconds(1)));
        return new Seen(
            cloud.Provider,
            cloud.Cloud,
            cloud.Provider is null && !MovesSomething(text) ? null : Address(text, isNode),
            s_token.IsMatch(text),
            text.Contains("hooks.slack.com", StringComparison.OrdinalIgnoreCase))
        {
            Several = cloud.Provider is not null && Addresses(s_assigned.Matches(text), isNode) is { Length: > 1 } several ? [.. several] : [],
            Server = cloud.Provider is not null && s_server.Matches(text).Select(m => m.Groups["id"].Value).Distinct().ToArray() is [var id] && long.TryParse(id, out var number) ? number : null,
        };
    }

    /// <summary>The address beside "assign" or in a variable named after it; failing that the only public one in the script.</summary>
    private static IPAddress? Address(string text, Func<IPAddress, bool> isNode)
    {
        var near = Addresses(s_assigned.Matches(text), isNode);
        if (near.Length == 1)
            return near[0];
        var all = Addresses(s_anyAddress.Matches(text), isNode);
        return near.Length == 0 && all.Length == 1 ? all[0] : null;
    }

    private static IPAddress[] Addresses(IEnumerable<Match> matches, Func<IPAddress, bool> isNode) =>
        matches.Select(m => m.Groups["ip"].Value)
            .Where(ip => Scalars.Address(ip, out _) is null)
            .Select(IPAddress.Parse)
            .Where(ip => !isNode(ip) && !IsPrivate(ip))
            .Distinct()
            .ToArray();

    /// <summary>RFC 1918, RFC 6598, loopback, link-local (which is where the metadata service is), and what is no address of a host.</summary>
    public static bool IsPrivate(IPAddress address) => address.GetAddressBytes() is
        [10, ..] or [127, ..] or [192, 168, ..] or [172, >= 16 and < 32, ..] or [169, 254, ..] or [100, >= 64 and < 128, ..] or [0, ..] or [>= 224, _, _, _];

    private static readonly Regex s_moves = new(@"\b(re)?(assign|associate|attach)\w*\b|floating[-_]?ips?|reserved[-_]?ips?|\bfailover\b|elastic[-_]?ip", RegexOptions.IgnoreCase);

    private static readonly Regex s_interface = new(@"\bip\s+(-\S+\s+)*a(ddr|ddress)?\s+(add|replace|change)\b|\bifconfig\s+\S+\s+(add|\d)|\bifup\b");

    private static readonly Regex s_token = new(@"do[por]_v1_\w+|\b[0-9a-f]{64}\b|TOKEN\s*=\s*[""']?\w{16,}|(API_?KEY|SECRET|PASSWORD)\w*[""']?\s*[=:]\s*[""']?\w{8,}", RegexOptions.IgnoreCase);

    private static readonly Regex s_assigned = new(
        @"(\b(\w*_)?(IP|FLIP|FIP|VIP|EIP|ADDRESS)\s*=\s*[""']?|actions? assign |assign-ip[""']? |(floating|reserved)_ips/|floating-ips/|[""'](floating|reserved)[-_]ip[""']\s*:\s*[""'])" +
        @"(?<ip>\d{1,3}(\.\d{1,3}){3})\b",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture);

    private static readonly Regex s_server = new(@"[""']?\b(server|droplet)[-_]?id[""']?\s*[=:]\s*[""']?(?<id>[1-9]\d{0,18})\b", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture);

    private static readonly Regex s_anyAddress = new(@"(?<![\d.])(?<ip>\d{1,3}(\.\d{1,3}){3})(?![\d.])", RegexOptions.ExplicitCapture);
}
