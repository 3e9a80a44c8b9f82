using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using FlipAgent.Config.Values;
using FlipAgent.Config.Yaml;
using FlipAgent.Naming;

namespace FlipAgent.Config.Sections;

/// <summary>The floating IPs: <c>address</c>, <c>addresses</c>, or one in each block of <c>floating_ips</c>. The first leads.</summary>
internal static class AddressList
{
    /// <summary>All fit into one advert, and no cloud gives a pair of load balancers more.</summary>
    public const int Most = 16;

    private sealed record Place(Section Section, string Key, IPAddress Address);

    private const string Several = "expected one address; several that move together are a list, addresses";

    private const string What = "the floating IP, such as 203.0.113.10";

    /// <summary>One at least; a stand-in where the file has none, which is reported.</summary>
    public static ImmutableArray<IPAddress> Read(Section section, ImmutableArray<Section> blocks, ImmutableArray<NodeConfig> nodes, CloudVendor vendor)
    {
        var found = new List<Place>();
        if (section.Has("addresses"))
        {
            if (section.Has("address"))
                section.Error("addresses", "address is there too; expected one of them");
            found.AddRange(section.OneOrMore<IPAddress>("addresses", Address, IPAddress.None).Select(address => new Place(section, "addresses", address)));
        }
        else if (section.Has("address") && !section.HasText("address"))
        {
            section.Error("address", $"is not one value; {Several}");
            found.Add(new(section, "address", IPAddress.None));
        }
        else
        {
            found.Add(new(section, "address", section.Required("address", What, Address, IPAddress.None)));
        }
        foreach (var block in blocks.Skip(1))
            found.Add(new(block, "address", block.Required("address", What, Address, IPAddress.None)));
        if (found.Count == 0)
            section.Error("addresses", $"is empty; expected {What}");
        Check(found, nodes, vendor);
        return found.Count == 0 ? [IPAddress.None] : [.. found.Select(one => one.Address)];
    }

    private static void Check(List<Place> found, ImmutableArray<NodeConfig> nodes, CloudVendor vendor)
    {
        for (var i = 0; i < found.Count; i++)
        {
            var (section, key, address) = found[i];
            if (address.Equals(IPAddress.None))
                continue;
            if (nodes.FirstOrDefault(n => n.Address.Equals(address)) is { } node)
                section.Error(key, $"{address} is the address of {node.Name}; expected the floating IP, which belongs to no node");
            var before = found.Take(i).Where(other => !other.Address.Equals(IPAddress.None)).ToArray();
            if (before.Any(other => other.Address.Equals(address)))
                section.Error(key, $"{address} is there twice; expected each floating IP once");
            else if (vendor.MovesNetworks && before.FirstOrDefault(other => InOneNetwork(other.Address, address)) is { Address: { } same })
                section.Error(key, $"{same} and {address} are in one /64, which is one {vendor.Address} of {vendor.Title} and moves as a whole; expected one address of it");
            else if (vendor.OneForEachServer && before.FirstOrDefault(other => other.Address.AddressFamily == address.AddressFamily) is { Address: { } first })
                section.Error(key, $"{first} and {address} are of one family, and a {vendor.Server} can have one {vendor.Address} of each; expected one IPv4 address and one IPv6 address at most");
        }
        if (found.Count > Most)
            found[^1].Section.Error(found[^1].Key, $"there are {found.Count} floating IPs; expected at most {Most}");
    }

    /// <summary>They are in one /64.</summary>
    internal static bool InOneNetwork(IPAddress a, IPAddress b) =>
        a.AddressFamily == AddressFamily.InterNetworkV6 && b.AddressFamily == AddressFamily.InterNetworkV6 && a.GetAddressBytes().AsSpan(0, 8).SequenceEqual(b.GetAddressBytes().AsSpan(0, 8));

    private static string? Address(string text, out IPAddress value)
    {
        value = IPAddress.None;
        if (text.Contains(',') || text.Trim().Contains(' '))
            return $"is no IP address; {Several}";
        if (text.Contains('/'))
            return IPNetwork.TryParse(text.Trim(), out var network) && network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6
                ? "is a network; expected the one address in it that clients connect to, such as 2001:db8::1"
                : "is a network; expected an address, such as 203.0.113.10";
        return Scalars.Address(text, out value);
    }
}
