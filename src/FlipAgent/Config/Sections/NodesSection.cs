using System.Collections.Immutable;
using System.Net;
using FlipAgent.Config.Values;
using FlipAgent.Config.Yaml;
using FlipAgent.Core;

namespace FlipAgent.Config.Sections;

/// <summary>The list <c>nodes</c>: who is in the cluster. No name, address or server id may be in it twice.</summary>
internal static class NodesSection
{
    /// <summary>More make no sense for one floating IP, and every node sends to every other.</summary>
    private const int MaxNodes = 16;

    private const string HowToLook = "(curl http://169.254.169.254/metadata/v1/id on that node)";

    public static ImmutableArray<NodeConfig> Read(Section root)
    {
        var items = root.Sections("nodes", true, "{name: haproxy-1, address: 10.110.0.2, droplet_id: 3164444, priority: 150}");
        if (items.Length > MaxNodes)
            root.Diagnostics.Error(root.Of("nodes"), $"nodes has {items.Length} nodes; expected at most {MaxNodes}");
        var nodes = ImmutableArray.CreateBuilder<NodeConfig>();
        foreach (var item in items)
        {
            var node = One(item);
            foreach (var other in nodes)
                Differ(item, node, other);
            nodes.Add(node);
        }

        return nodes.ToImmutable();
    }

    /// <summary>What `holder` says when no node has the floating IP, in the status and in metrics.</summary>
    private static readonly string[] s_taken = ["other", "nobody", "unknown"];

    private static NodeConfig One(Section item)
    {
        var node = new NodeConfig(
            item.Required<string>("name", "a name, unique in the cluster", Scalars.Name, ""),
            item.Required("address", "the private address that the other nodes reach it at", Scalars.Address, IPAddress.None),
            item.Required<long>("droplet_id", $"the droplet's number {HowToLook}", DropletId, 0),
            item.Required("priority", "1 to 254, higher is preferred", Scalars.Number(1, 254), 0));
        if (s_taken.Contains(node.Name))
            item.Error("name", $"{node.Name} is what the status says of a floating IP that no node holds; expected another name");
        item.Done();
        return node;
    }

    private static string? DropletId(string text, out long value) =>
        Scalars.Whole(1, long.MaxValue)(text, out value) is null ? null : $"is no number of a droplet; expected 1 or more {HowToLook}";

    /// <summary>Values that stand in for wrong ones ("", none, 0) are left alone: they have their own error.</summary>
    private static void Differ(Section item, NodeConfig node, NodeConfig other)
    {
        if (node.Name.Length > 0 && node.Name == other.Name)
            item.Error("name", $"{node.Name} is there twice; expected another name for each node");
        else if (node.Name.Length > 0 && other.Name.Length > 0 && NodeId.Of(node.Name) == NodeId.Of(other.Name))
            item.Error("name", $"{node.Name} and {other.Name} have the same short form in adverts by chance; expected another name for one of them");
        if (node.DropletId > 0 && node.DropletId == other.DropletId)
            item.Error("droplet_id", $"{node.DropletId} is also that of {other.Name}; expected another droplet for each node");
        if (node.Address.Equals(IPAddress.None) || other.Address.Equals(IPAddress.None))
            return;
        if (node.Address.Equals(other.Address))
            item.Error("address", $"{node.Address} is also that of {other.Name}; expected another address for each node");
        else if (node.Address.AddressFamily != other.Address.AddressFamily)
            item.Error("address", $"{node.Address} and {other.Address} of {other.Name} are not of one family; expected all IPv4 or all IPv6");
    }
}
