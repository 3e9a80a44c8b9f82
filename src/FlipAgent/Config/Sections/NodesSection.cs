using System.Collections.Immutable;
using System.Net;
using FlipAgent.Config.Values;
using FlipAgent.Config.Yaml;
using FlipAgent.Core;
using FlipAgent.Naming;

namespace FlipAgent.Config.Sections;

/// <summary>The list <c>nodes</c>: who is in the cluster. No name, address or server id may be in it twice.</summary>
internal static class NodesSection
{
    /// <summary>More make no sense for one floating IP, and every node sends to every other.</summary>
    private const int MaxNodes = 16;

    /// <param name="vendor">Whose servers they are.</param>
    public static ImmutableArray<NodeConfig> Read(Section root, CloudVendor vendor)
    {
        var items = root.Sections("nodes", true, $"{{name: haproxy-1, address: 10.110.0.2, {vendor.IdKey}: 3164444, priority: 150}}");
        if (items.Length > MaxNodes)
            root.Diagnostics.Error(root.Of("nodes"), $"nodes has {items.Length} nodes; expected at most {MaxNodes}");
        var nodes = ImmutableArray.CreateBuilder<NodeConfig>();
        foreach (var item in items)
        {
            var node = One(item, vendor);
            foreach (var other in nodes)
                Differ(item, node, other, vendor);
            nodes.Add(node);
        }

        return nodes.ToImmutable();
    }

    /// <summary>What `holder` says when no node has the floating IP, in the status and in metrics.</summary>
    private static readonly string[] s_taken = ["other", "nobody", "unknown"];

    private static NodeConfig One(Section item, CloudVendor vendor)
    {
        var node = new NodeConfig(
            item.Required<string>("name", "a name, unique in the cluster", Scalars.Name, ""),
            item.Required("address", "the private address that the other nodes reach it at", Scalars.Address, IPAddress.None),
            Server(item, vendor),
            item.Required("priority", "1 to 254, higher is preferred", Scalars.Number(1, 254), 0));
        if (s_taken.Contains(node.Name))
            item.Error("name", $"{node.Name} is what the status says of a floating IP that no node holds; expected another name");
        item.Done();
        return node;
    }

    /// <summary>The key of the cloud, or the other one: both name the same thing. 0: neither, which is reported.</summary>
    private static long Server(Section item, CloudVendor vendor)
    {
        var (byText, byNumber) = (item.Has("server_id"), item.Has("droplet_id"));
        if (byText && byNumber)
            item.Error("server_id", "droplet_id is there too; expected one of them, for they are two names of one thing");
        if (byNumber || (!byText && vendor.IdKey == "droplet_id"))
            return item.Required("droplet_id", $"the {vendor.Server}'s number {vendor.HowToLook}".TrimEnd(), Number(vendor), 0);
        var what = vendor.NumericIds ? $"the {vendor.Server}'s number {vendor.HowToLook}".TrimEnd() : "the server's id, as the cloud names it";
        return item.Required("server_id", what, vendor.NumericIds ? Number(vendor) : Name, 0);
    }

    /// <summary>How the number of a server is read, also where it is typed.</summary>
    public static Parse<long> Number(CloudVendor vendor) => (string text, out long value) =>
        Scalars.Whole(1, long.MaxValue)(text, out value) is null ? null : $"is no number of a {vendor.Server}; expected 1 or more {vendor.HowToLook}".TrimEnd();

    private static string? Name(string text, out long value)
    {
        var complaint = ServerId.IsName(text) ? null : $"is no server id; expected 1 to {ServerId.Longest} letters, digits and - . _ : /, such as i-0abc or a UUID";
        value = complaint is null ? ServerId.NumberOf(text) : 0;
        return complaint;
    }

    /// <summary>Values that stand in for wrong ones ("", none, 0) are left alone: they have their own error.</summary>
    private static void Differ(Section item, NodeConfig node, NodeConfig other, CloudVendor vendor)
    {
        if (node.Name.Length > 0 && node.Name == other.Name)
            item.Error("name", $"{node.Name} is there twice; expected a different name for each node");
        else if (node.Name.Length > 0 && other.Name.Length > 0 && NodeId.Of(node.Name) == NodeId.Of(other.Name))
            item.Error("name", $"{node.Name} and {other.Name} have the same short form in adverts by chance; expected another name for one of them");
        if (node.DropletId > 0 && node.DropletId == other.DropletId)
            item.Error(item.Has("server_id") ? "server_id" : "droplet_id", $"{node.Server} is also that of {other.Name}; expected another {vendor.Server} for each node");
        if (node.Address.Equals(IPAddress.None) || other.Address.Equals(IPAddress.None))
            return;
        if (node.Address.Equals(other.Address))
            item.Error("address", $"{node.Address} is also that of {other.Name}; expected a different address for each node");
        else if (node.Address.AddressFamily != other.Address.AddressFamily)
            item.Error("address", $"{node.Address} and {other.Address} of {other.Name} are not of one family; expected all IPv4 or all IPv6");
    }
}
