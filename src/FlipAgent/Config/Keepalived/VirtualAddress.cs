using System.Net;
using System.Net.Sockets;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// A line of virtual_ipaddress, or of virtual_ipaddress_excluded: that one only means "not in the advert", and keepalived adds and removes these addresses
/// like the others.
/// </summary>
/// <param name="Block">The keyword of the block it stands in.</param>
/// <param name="Address">Null: there is none that a machine can have.</param>
internal sealed record VirtualAddress(Statement At, string Block, IPAddress? Address)
{
    /// <summary>An advert of one family cannot list addresses of the other, so keepalived ignores them; excluded ones are in no advert.</summary>
    public bool IsIgnored { get; private init; }

    public static bool IsBlock(string keyword) => keyword is "virtual_ipaddress" or "virtual_ipaddress_excluded";

    /// <summary>In the order of the file.</summary>
    public static List<VirtualAddress> Of(Statement instance)
    {
        var found = new List<VirtualAddress>();
        AddressFamily? family = null;
        foreach (var block in instance.Block.Where(b => IsBlock(b.Keyword)))
            foreach (var line in block.Block)
            {
                var text = line.Keyword.Split('/')[0];
                var isListed = block.Keyword == "virtual_ipaddress";
                if (isListed && IPAddress.TryParse(text, out var any))
                    family ??= any.AddressFamily;
                var address = PeerImport.Address(text);
                found.Add(new VirtualAddress(line, block.Keyword, address) { IsIgnored = isListed && address is not null && address.AddressFamily != family });
            }
        return found;
    }

    /// <summary>Those that may be floating IPs of a cloud, each once.</summary>
    public static IPAddress[] Public(IEnumerable<VirtualAddress> lines) =>
        lines.Where(v => !v.IsIgnored).Select(v => v.Address).OfType<IPAddress>().Where(IsPublic).Distinct().ToArray();

    /// <summary>An address that the whole internet can reach: with IPv6 one of 2000::/3.</summary>
    public static bool IsPublic(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6
        ? address.GetAddressBytes()[0] is >= 0x20 and < 0x40
        : !NotifyScript.IsPrivate(address);
}
