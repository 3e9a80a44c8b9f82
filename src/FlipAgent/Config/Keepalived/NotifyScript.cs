using System.Net;
using System.Text.RegularExpressions;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// Looks into a notify script for what FlipAgent does itself: move a floating IP, tell Slack. It takes from it which address and which cloud;
/// tokens and webhook URLs it only sees, and never copies.
/// </summary>
internal static partial class NotifyScript
{
    /// <param name="Provider">digitalocean, hetzner, or null when the script moves no floating IP that we know of.</param>
    /// <param name="FloatingIp">Null when the script names none, or several.</param>
    /// <param name="HasToken">A token stands in the script itself.</param>
    internal readonly record struct Seen(string? Provider, IPAddress? FloatingIp, bool HasToken, bool TellsSlack);

    public static Seen Look(string text, Func<IPAddress, bool> isNode)
    {
        var provider = DigitalOcean().IsMatch(text) ? "digitalocean" : Hetzner().IsMatch(text) ? "hetzner" : null;
        return new Seen(
            provider,
            provider is null ? null : Address(text, isNode),
            Token().IsMatch(text),
            text.Contains("hooks.slack.com", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The address beside "assign" or in a variable named after it; failing that the only public one in the script.</summary>
    private static IPAddress? Address(string text, Func<IPAddress, bool> isNode)
    {
        var near = Addresses(Assigned().Matches(text), isNode);
        if (near.Length == 1)
            return near[0];
        var all = Addresses(AnyAddress().Matches(text), isNode);
        return near.Length == 0 && all.Length == 1 ? all[0] : null;
    }

    private static IPAddress[] Addresses(IEnumerable<Match> matches, Func<IPAddress, bool> isNode) =>
        matches.Select(m => m.Groups["ip"].Value)
            .Where(ip => Scalars.Address(ip, out _) is null)
            .Select(IPAddress.Parse)
            .Where(ip => !isNode(ip) && !IsPrivate(ip))
            .Distinct()
            .ToArray();

    /// <summary>RFC 1918, loopback, link-local (which is where the metadata service is).</summary>
    private static bool IsPrivate(IPAddress address) => address.GetAddressBytes() is
        [10, ..] or [127, ..] or [192, 168, ..] or [172, >= 16 and < 32, ..] or [169, 254, ..];

    [GeneratedRegex(@"assign-ip|\bdoctl\b|api\.digitalocean\.com|digitalocean", RegexOptions.IgnoreCase)]
    private static partial Regex DigitalOcean();

    [GeneratedRegex(@"\bhcloud\b|api\.hetzner\.cloud|robot-ws\.your-server\.de|hetzner", RegexOptions.IgnoreCase)]
    private static partial Regex Hetzner();

    [GeneratedRegex(@"do[por]_v1_\w+|\b[0-9a-f]{64}\b|TOKEN\s*=\s*[""']?\w{16,}", RegexOptions.IgnoreCase)]
    private static partial Regex Token();

    [GeneratedRegex(
        @"(\b(\w*_)?(IP|FLIP|FIP|VIP|ADDRESS)\s*=\s*[""']?|actions? assign |assign-ip[""']? |(floating|reserved)_ips/)(?<ip>\d{1,3}(\.\d{1,3}){3})\b",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex Assigned();

    [GeneratedRegex(@"(?<![\d.])(?<ip>\d{1,3}(\.\d{1,3}){3})(?![\d.])", RegexOptions.ExplicitCapture)]
    private static partial Regex AnyAddress();
}
