using System.Collections.Immutable;

namespace FlipAgent.Sim;

/// <summary>
/// What is fixed for the whole life of a simulated world: the configuration of the cluster and the habits of its surroundings. Chance draws one
/// from the seed (<see cref="Swarm"/>); a scenario writes one down.
/// </summary>
internal sealed record Plan
{
    public const long ForeignDroplet = 999;

    public required ImmutableArray<Node> Nodes { get; init; }

    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    public bool Guard { get; init; } = true;

    public bool Preempt { get; init; }

    public TimeSpan PreemptDelay { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan StartupDelay { get; init; }

    public bool ReclaimForeign { get; init; }

    /// <summary>Weight of the third check (backends); 0: there is none.</summary>
    public int BackendsWeight { get; init; }

    /// <summary>How many floating IPs there are; all but the first follow the master (rule C12).</summary>
    public int Addresses { get; init; } = 1;

    /// <summary>The metadata service speaks of the first alone.</summary>
    public bool OnlyFirstWitnessed { get; init; }

    /// <summary>How long the lease lasts that a master needs (rule E15); zero: it needs none.</summary>
    public TimeSpan Ttl { get; init; }

    /// <summary>How much too fast each node's clock is, in millionths; empty: none is.</summary>
    public ImmutableArray<int> Drift { get; init; } = [];

    /// <summary>The same of the store's clock.</summary>
    public int StoreDrift { get; init; }

    /// <summary>No chance in delays: every datagram, request and check takes the shortest time. For scenarios.</summary>
    public bool Exact { get; init; }

    /// <summary>From the decision to assign to the moment at which the POST leaves, at most.</summary>
    public TimeSpan AssignLag { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>How long the cloud takes for a move.</summary>
    public TimeSpan MoveShortest { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan MoveLongest { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How much later than the move the packets follow, and the metadata service says so, at most.</summary>
    public TimeSpan DataLag { get; init; } = TimeSpan.FromMilliseconds(300);

    public TimeSpan MetadataLag { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How late the loop may wake, at most.</summary>
    public TimeSpan WakeLag { get; init; }

    /// <summary>Adverts are encoded and decoded on their way; slower, so only some seeds do.</summary>
    public bool OnTheWire { get; init; }

    /// <summary>Index of the node whose agent is of the next version; -1: all are of one (F33). Only seen on the wire.</summary>
    public int Newer { get; init; } = -1;

    /// <summary>The term that each node remembers when it is first started; 0, and empty: nothing is remembered.</summary>
    public ImmutableArray<uint> Terms { get; init; } = [];

    /// <summary>Which droplet each node is in truth, as its metadata service says; empty: what the file says, and the metadata services say nothing.</summary>
    public ImmutableArray<long> Droplets { get; init; } = [];

    /// <summary>The file has the droplet of this node for no node (S2), so the node must not be master once it has proven what it is.</summary>
    public bool IsUnknown(int node) => !Droplets.IsEmpty && !Nodes.Any(n => n.DropletId == Droplets[node]);

    /// <summary>Nobody's: neither a node is this droplet, nor does the file say so of one.</summary>
    public bool IsForeign(long? droplet) => droplet is { } id && !Droplets.Contains(id) && !Nodes.Any(n => n.DropletId == id);

    /// <summary>Node names and droplets as the tests use them: n1 is droplet 101.</summary>
    public static ImmutableArray<Node> MakeNodes(params int[] priorities) =>
        [.. priorities.Select((priority, i) => new Node($"n{i + 1}", 101 + i, priority))];

    public ClusterSettings SettingsOf(int me) => new()
    {
        Cluster = "sim",
        Nodes = Nodes,
        Me = me,
        AddressIds = Addresses == 1 ? [AddressId.Only] : [.. Enumerable.Range(1, Addresses).Select(n => (uint)(n * 1000))],
        Interval = Interval,
        Guard = Guard,
        Preempt = Preempt,
        PreemptDelay = PreemptDelay,
        StartupDelay = StartupDelay,
        ReclaimForeign = ReclaimForeign,
        Lease = Ttl > TimeSpan.Zero ? new LeaseTerms(Ttl) : null,
        Checks = BackendsWeight == 0
            ? [new CheckWeight("haproxy", 0), new CheckWeight("site", 0)]
            : [new CheckWeight("haproxy", 0), new CheckWeight("site", 0), new CheckWeight("backends", BackendsWeight)],
        AgentVersion = me == Newer ? new Version(1, 2, 0) : new Version(1, 1, 0),
    };

    /// <summary>The plan in one line, for the head of a replay.</summary>
    public override string ToString() =>
        $"{Nodes.Length} nodes, priorities {string.Join(",", Nodes.Select(n => n.Priority))}, T {Interval.TotalMilliseconds} ms, " +
        $"guard {(Guard ? "on" : "off")}, preempt {(Preempt ? $"after {PreemptDelay.TotalSeconds:0.#} s" : "off")}, " +
        $"startup delay {StartupDelay.TotalSeconds:0.#} s, foreign {(ReclaimForeign ? "reclaim" : "alert")}, backends {BackendsWeight}, " +
        $"assign lag {AssignLag.TotalMilliseconds:0} ms, move {MoveShortest.TotalSeconds:0.#}-{MoveLongest.TotalSeconds:0.#} s{(Addresses == 1 ? "" : $", {Addresses} addresses{(OnlyFirstWitnessed ? ", one of them witnessed" : "")}")}{(Ttl == TimeSpan.Zero ? "" : $", lease of {Ttl.TotalSeconds:0} s, clocks {string.Join(",", Drift)} and {StoreDrift} ppm")}{(Terms.IsEmpty ? "" : $", terms {string.Join(",", Terms)}")}{(Droplets.IsEmpty ? "" : $", droplets {string.Join(",", Droplets)}")}{(OnTheWire ? $", on the wire{(Newer < 0 ? "" : $", n{Newer + 1} is newer")}" : "")}";
}
