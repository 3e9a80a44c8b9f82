using System.Collections.Immutable;

namespace FlipAgent.Core;

/// <summary>What a node is in the election (docs/rules.md). The values are those on the wire (docs/wire.md).</summary>
public enum Role
{
    /// <summary>It listens and does not take part yet (docs/rules.md, E11).</summary>
    Starting = 0,
    /// <summary>Fit, and ready to take over.</summary>
    Backup = 1,
    /// <summary>It has the mastership of a term and sees to it that the floating IP is here.</summary>
    Master = 2,
    /// <summary>It cannot serve (E1).</summary>
    Fault = 3,
}

/// <summary>Who has the floating IP, as the cloud says it.</summary>
public enum HolderKind
{
    /// <summary>Not known: no answer yet, or none that can be believed. Never the same as <see cref="Nobody"/>.</summary>
    Unknown = 0,
    /// <summary>The floating IP is assigned to no server.</summary>
    Nobody = 1,
    /// <summary>A node of the cluster.</summary>
    Node = 2,
    /// <summary>A droplet that is no node of the cluster.</summary>
    Foreign = 3,
}

/// <summary>A holder with the droplet it stands for.</summary>
/// <param name="NodeId">The wire id of the node (<see cref="Core.NodeId"/>) when <see cref="HolderKind.Node"/>, else 0.</param>
/// <param name="DropletId">The droplet when it is known, else 0.</param>
public readonly record struct Holder(HolderKind Kind, uint NodeId = 0, long DropletId = 0);

/// <summary>
/// One advert: everything that its sender knows, sent once each interval: first what it says of itself, then what it saw of the floating IP, then whom it
/// takes for the master, then what it last heard of each peer. Whoever hears it knows the whole cluster as its sender does. Layout on the wire:
/// docs/wire.md.
/// </summary>
public sealed record Advert
{
    /// <summary>Name of the cluster; an advert of another one is refused.</summary>
    public required string Cluster { get; init; }

    /// <summary>Name of the sender.</summary>
    public required string Node { get; init; }

    /// <summary>The sender's milliseconds since the epoch at its start, at least its last session plus one.</summary>
    public required ulong Session { get; init; }

    /// <summary>Grows by one with each advert of the session; starts at 1.</summary>
    public required uint Sequence { get; init; }

    /// <summary>The master's own term, or the highest term that the sender knows.</summary>
    public required uint Term { get; init; }

    /// <summary>What the sender is.</summary>
    public required Role Role { get; init; }

    /// <summary>The configured priority.</summary>
    public required byte Priority { get; init; }

    /// <summary>The priority with the weights of the checks, 1 to 254.</summary>
    public required byte EffectivePriority { get; init; }

    /// <summary>The sender may serve (E1).</summary>
    public bool Fit { get; init; }

    /// <summary>A person took the sender out of service.</summary>
    public bool Maintenance { get; init; }

    /// <summary>The cloud API answered the last request.</summary>
    public bool ApiReachable { get; init; }

    /// <summary>The store of the lease answered the last request (rule E15); null: the sender has no lease, or is of a version before 1.3.0.</summary>
    public bool? StoreReachable { get; init; }

    /// <summary>In hold-down after repeated failures: ranks last (rule E2).</summary>
    public bool HoldDown { get; init; }

    /// <summary>The floating IP came to it in vain: it ranks last, and its wish for the mastership is ignored (rule C10).</summary>
    public bool Demoted { get; init; }

    /// <summary>Asks the master to release to it (rule E9).</summary>
    public bool WantsToPreempt { get; init; }

    /// <summary>A person asked for the mastership on the sender (`promote`): the master releases to it, whatever the priorities.</summary>
    public bool AsksByCommand { get; init; }

    /// <summary>The sender is stopping and will not be there for the next advert.</summary>
    public bool Leaving { get; init; }

    /// <summary>Version of the agent, three numbers of at most 65535.</summary>
    public Version AgentVersion { get; init; } = new(0, 0, 0);

    /// <summary>Hash over the parts of the configuration that must agree; 0: not said.</summary>
    public ulong ConfigHash { get; init; }

    /// <summary>Who holds the floating IP: the freshest answer that the sender knows.</summary>
    public Holder Holder { get; init; }

    /// <summary>The droplet that the sender has proven to be (rule S2); 0: none; null: it does not say, as versions before 1.1.0.</summary>
    public long? Identity { get; init; }

    /// <summary>How long ago the request was sent whose answer showed <see cref="Holder"/>. Wire: whole milliseconds, at most 2^32-2.</summary>
    public TimeSpan HolderAge { get; init; }

    /// <summary>Wire id of the sender's master, itself included; 0 when it knows none.</summary>
    public uint Master { get; init; }

    /// <summary>Term of <see cref="Master"/>; 0 when there is none.</summary>
    public uint MasterTerm { get; init; }

    /// <summary>How long ago the master was heard by whoever heard it, summed over the relays; zero when the sender is it.</summary>
    public TimeSpan MasterAge { get; init; }

    /// <summary>The last release that the sender made or believes in, repeated for as long as it holds; null when there is none.</summary>
    public Release? Release { get; init; }

    /// <summary>The sender asks for patience: how much longer (rule E12). Zero when it does not.</summary>
    public TimeSpan Hold { get; init; }

    /// <summary>What the sender's guard sees of the service (rule S1); null: it has none, or is of a version that does not say.</summary>
    public ServiceReport? Service { get; init; }

    /// <summary>How many requests the account has left, as far as the sender knows; null: it does not.</summary>
    public QuotaReport? Quota { get; init; }

    /// <summary>
    /// Who holds each floating IP, by its id, the first included; empty: there is only the one that <see cref="Holder"/> is about, or the sender is of a version before
    /// 1.2.0.
    /// </summary>
    public ImmutableArray<AddressReport> Addresses { get; init; } = [];

    /// <summary>The sender wants an advert at once from the node with this wire id, or from everybody (0); null: it asks nothing. The question's number is its <see cref="Sequence"/>.</summary>
    public uint? Asks { get; init; }

    /// <summary>The questions that this advert answers: the last one of each node that asked within the last 250 ms.</summary>
    public ImmutableArray<Answer> Answers { get; init; } = [];

    /// <summary>What the sender says of itself for people; null: nothing in this advert. Left out where there is no room for it.</summary>
    public Particulars? Particulars { get; init; }

    /// <summary>One entry for each configured peer that the sender has ever heard of.</summary>
    public ImmutableArray<PeerReport> Peers { get; init; } = [];
}

/// <summary>What the sender of an advert knows of the holder of one floating IP (rule C12).</summary>
/// <param name="Address">Id of the address (<see cref="AddressId"/>), never 0.</param>
/// <param name="Holder">The freshest answer that the sender knows.</param>
/// <param name="Age">How long ago the request was sent that it answered. Wire: whole milliseconds, at most 2^32-2.</param>
public readonly record struct AddressReport(uint Address, Holder Holder, TimeSpan Age);

/// <summary>A master gave up (rules E4, E5).</summary>
/// <param name="Term">The term that ends.</param>
/// <param name="Successor">Wire id of the node that is master next, or 0 for nobody in particular.</param>
/// <param name="Planned">The successor claims first, though the IP is at a fit node (rule E8a): preempt, promote, release --to.</param>
/// <param name="AtSuccessor">The IP is at the successor already: it looks before it claims (rule C2).</param>
/// <param name="Cause">Why, for people: at most 48 bytes of UTF-8.</param>
/// <param name="DetectMs">Milliseconds from the fault to the release, as far as the releaser knows; 0 when planned.</param>
public sealed record Release(uint Term, uint Successor, bool Planned, bool AtSuccessor, string Cause, uint DetectMs)
{
    /// <summary>The move to the sender did not help and is taken back (rule C10): the successor does not take it back again.</summary>
    public bool TakenBack { get; init; }
}

/// <summary>An advert was made in answer to another (rule E3).</summary>
/// <param name="Node">Wire id of the node that asked.</param>
/// <param name="Sequence">Of the advert by which it asked.</param>
public readonly record struct Answer(uint Node, uint Sequence);

/// <summary>What the sender of an advert knows of one peer.</summary>
/// <param name="Node">Wire id of the peer.</param>
/// <param name="Session">The last session that the sender heard from it itself; 0 when it never did. This is the echo of docs/wire.md.</param>
/// <param name="DirectAge">How long ago it heard that peer itself; null when never in this run.</param>
/// <param name="Age">How long ago it, or somebody it hears, heard that peer; null when never.</param>
public sealed record PeerReport(
    uint Node,
    ulong Session,
    TimeSpan? DirectAge,
    TimeSpan? Age,
    Role Role,
    bool Fit,
    bool ApiReachable,
    bool HoldDown,
    bool Maintenance,
    byte EffectivePriority)
{
    /// <summary>The peer ranks last (rule C10).</summary>
    public bool Demoted { get; init; }

    /// <summary>The peer reaches the store of the lease (rule E15).</summary>
    public bool StoreReachable { get; init; }
}

/// <summary>Why a datagram did not count. Every reason has a counter, and is shown beside the peer it came from (docs/wire.md).</summary>
public enum Rejection
{
    /// <summary>It cannot be read as an advert.</summary>
    Malformed,
    /// <summary>Another version of the protocol.</summary>
    WrongVersion,
    /// <summary>Another cluster's.</summary>
    WrongCluster,
    /// <summary>Its key id is none of ours.</summary>
    UnknownKey,
    /// <summary>Its authentication code does not match: another key under the same id, or forged.</summary>
    BadMac,
    /// <summary>It came from an address or port that is no node's.</summary>
    UnknownSender,
    /// <summary>The name inside is no node's.</summary>
    WrongNode,
    /// <summary>The name inside is another node's than the one that has this address, perhaps our own (a cloned droplet).</summary>
    DuplicateNode,
    /// <summary>A sequence that was already heard in this session.</summary>
    Replay,
    /// <summary>A session that is older than the last known and does not echo ours.</summary>
    Stale,
    /// <summary>A new session that does not echo ours yet; it is answered at once.</summary>
    Uncounted,
    /// <summary>More datagrams a second from its address than any node sends.</summary>
    Flooded,
    /// <summary>From a node's address, but not from the port that adverts leave from.</summary>
    WrongPort,
    /// <summary>A node's own, by its authentication code, but from another address than the node's: address translation on the way.</summary>
    Translated,
    /// <summary>The sender says that it hears this node and answers none of its questions: it was made long ago and held back on the way.</summary>
    Late,
}
