using System.Collections.Immutable;

namespace FlipAgent.Core;

/// <summary>One load balancer node as the configuration names it (docs/configuration.md, <c>nodes</c>).</summary>
/// <param name="Name">Unique in the cluster, 1 to 32 characters.</param>
/// <param name="DropletId">The droplet's id at the cloud; the holder of the floating IP is told by it. Exceeds 32 bits some day: long.</param>
/// <param name="Priority">1 to 254, higher is preferred.</param>
public sealed record Node(string Name, long DropletId, int Priority)
{
    /// <summary>How the node is named inside adverts: 32 bits that depend on its name alone, so that the order in the file does not matter.</summary>
    public uint Id { get; } = NodeId.Of(Name);
}

/// <summary>A check as the election sees it: it only needs to know the name and the weight.</summary>
/// <param name="Weight">0: the node is unfit while the check is down. Above 0: added to the priority while up. Below 0: added while down. -253 to 253.</param>
/// <param name="OfService">False: a check of the agent itself, which counts on a cold standby too, where the service is down on purpose (rule E14).</param>
/// <param name="OfKey">
/// The check that there is a key at all. A node whose only fault is that it can neither speak nor believe anybody stands by as a backup that takes no
/// part, and says so (docs/configuration.md, F61).
/// </param>
public sealed record CheckWeight(string Name, int Weight, bool OfService = true, bool OfKey = false)
{
    /// <summary>The same check in two configurations. A check of the file may have the name of one of the agent's own.</summary>
    public bool IsSameAs(CheckWeight other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Name == other.Name && OfService == other.OfService;
    }
}

/// <summary>
/// What the election needs to know of the configuration, and nothing else: no address, no path, no secret.
/// A reload makes a new one; the state is kept.
/// </summary>
public sealed record ClusterSettings
{
    /// <summary>So many floating IPs move together at most.</summary>
    public const int MostAddresses = 16;

    /// <summary>Name of the cluster, the same on all nodes.</summary>
    public required string Cluster { get; init; }

    /// <summary>All nodes in order of preference; the order breaks ties (rule E2).</summary>
    public required ImmutableArray<Node> Nodes { get; init; }

    /// <summary>Index of this node in <see cref="Nodes"/>.</summary>
    public required int Me { get; init; }

    /// <summary>
    /// The floating IPs by their ids (<see cref="AddressId.Of"/>), each once, 1 to <see cref="MostAddresses"/>. The first leads: roles, guard and service go by it; the others
    /// follow the master (rule C12).
    /// </summary>
    public ImmutableArray<uint> AddressIds { get; init; } = [AddressId.Only];

    /// <summary>How many floating IPs there are.</summary>
    public int Addresses => AddressIds.Length;

    /// <summary>T: time between two adverts, 10 ms to 40 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Rule E9: a node of higher effective priority asks the master for the mastership.</summary>
    public bool Preempt { get; init; }

    /// <summary>How long a node must outrank the master before it asks.</summary>
    public TimeSpan PreemptDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Rule C10: how long nobody sees the service answer at its new holder before the move is taken back. 1 s to 10 min.</summary>
    public TimeSpan TakebackDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Listen at least this long after a start (rule E11).</summary>
    public TimeSpan StartupDelay { get; init; }

    /// <summary>Ask the service through the floating IP before taking it over on silence (rule E6).</summary>
    public bool Guard { get; init; } = true;

    /// <summary>How long one probe of the guard may take.</summary>
    public TimeSpan GuardTimeout { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary><c>on_foreign_move: reclaim</c>: take the IP back from a droplet that is no node of the cluster (rule E8c).</summary>
    public bool ReclaimForeign { get; init; }

    /// <summary><c>standby: cold</c>: the checked unit runs on the master only (rule E14).</summary>
    public bool ColdStandby { get; init; }

    /// <summary>Rule E15: a node is master only while it has this lease; null: there is none.</summary>
    public LeaseTerms? Lease { get; init; }

    /// <summary>The checks in the order of the file.</summary>
    public required ImmutableArray<CheckWeight> Checks { get; init; }

    /// <summary>First 64 bits of the hash over the parts of the file that must agree on all nodes; carried in adverts to show drift.</summary>
    public ulong ConfigHash { get; init; }

    /// <summary>Version of the agent as three numbers; carried in adverts.</summary>
    public Version AgentVersion { get; init; } = new(1, 0, 0);

    /// <summary>This node.</summary>
    public Node Self => Nodes[Me];

    /// <summary>skew = (256 - priority)/256 * T (RFC 9568 section 6.1, with the configured priority).</summary>
    public TimeSpan Skew => Interval * ((256 - Self.Priority) / 256.0);

    /// <summary>D: the master-down interval, 3T + skew (Active_Down_Interval of RFC 9568 section 6.1, but with this node's own T).</summary>
    public TimeSpan MasterDown => 3 * Interval + Skew;

    /// <summary>Index of the node with this id in adverts, or -1.</summary>
    public int IndexOf(uint id)
    {
        for (var i = 0; i < Nodes.Length; i++)
            if (Nodes[i].Id == id)
                return i;
        return -1;
    }

    /// <summary>Index of the floating IP with this id, or -1.</summary>
    public int IndexOfAddress(uint id) => AddressIds.IndexOf(id);

    /// <summary>Index of the node with this name, or -1.</summary>
    public int IndexOfName(string name)
    {
        for (var i = 0; i < Nodes.Length; i++)
            if (Nodes[i].Name == name)
                return i;
        return -1;
    }

    /// <summary>Index of the node that is this droplet, or -1 when it is none of the cluster's.</summary>
    public int IndexOfDroplet(long dropletId)
    {
        for (var i = 0; i < Nodes.Length; i++)
            if (Nodes[i].DropletId == dropletId)
                return i;
        return -1;
    }
}
