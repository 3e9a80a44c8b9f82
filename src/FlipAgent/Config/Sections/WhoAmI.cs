using System.Collections.Immutable;
using FlipAgent.Config.Values;
using FlipAgent.Config.Yaml;

namespace FlipAgent.Config.Sections;

/// <summary>
/// Finds out which node of the file this machine is, since the file is the same everywhere. The first that applies: --node, <c>node:</c>, the one address
/// that is on this machine, the host name.
/// </summary>
internal static class WhoAmI
{
    /// <summary>Index in <paramref name="nodes"/>, or 0 with an error among the diagnostics.</summary>
    public static int Index(Section root, ImmutableArray<NodeConfig> nodes, string? wanted)
    {
        var given = root.Optional<string>("node", Scalars.Name, "");
        if (nodes.Any(n => n.Name.Length == 0))
            return 0;
        if (wanted is not null)
            return ByName(root, nodes, wanted, root.KeyOf("nodes"), "--node");
        if (given.Length > 0)
            return ByName(root, nodes, given, root.Of("node"), "node");
        var surroundings = root.Diagnostics.Surroundings;
        var local = nodes.Where(n => surroundings.IsMine(n.Address)).ToArray();
        if (local.Length == 1)
            return nodes.IndexOf(local[0]);
        var named = nodes.FirstOrDefault(n => string.Equals(n.Name, surroundings.HostName, StringComparison.OrdinalIgnoreCase));
        if (local.Length == 0 && named is not null)
            return nodes.IndexOf(named);
        // One address given to two nodes has its own error.
        var isClear = local.Select(n => n.Address).Distinct().Count() == local.Length;
        if (nodes.Length > 0 && isClear)
            root.Diagnostics.Error(root.KeyOf("nodes"), local.Length > 1 ? Several(local) : Nobody(nodes, surroundings.HostName));
        return 0;
    }

    /// <summary>A file that was copied with its <c>node:</c>: the address of that node is not on this machine, and another one's is. Null: it is not so.</summary>
    public static string? Wrong(AgentConfig config, Surroundings surroundings) =>
        !surroundings.IsMine(config.Self.Address) && config.Nodes.FirstOrDefault(n => surroundings.IsMine(n.Address)) is { } here
            ? $"this machine has {here.Address}, the address of {here.Name}; `node: {config.Self.Name}` (or --node) is wrong here"
            : null;

    private static int ByName(Section root, ImmutableArray<NodeConfig> nodes, string name, Position at, string source)
    {
        for (var i = 0; i < nodes.Length; i++)
            if (nodes[i].Name == name)
                return i;
        if (nodes.Length > 0)
            root.Diagnostics.Error(at, $"{source} says {Echo.Of(name)}, which is none of the nodes; expected one of {Names(nodes)}");
        return 0;
    }

    private static string Several(NodeConfig[] local) =>
        $"the addresses of {Names(local)} are all on this machine, so it could be any of them; expected --node NAME";

    private static string Nobody(ImmutableArray<NodeConfig> nodes, string hostName) =>
        $"none of the nodes ({string.Join(", ", nodes.Select(n => $"{n.Name} {n.Address}"))}) is this machine: no such address is on it " +
        $"and its host name is {Echo.Of(hostName)}; expected --node NAME, or node: NAME in the file";

    private static string Names(IEnumerable<NodeConfig> nodes) => string.Join(", ", nodes.Select(n => n.Name));
}
