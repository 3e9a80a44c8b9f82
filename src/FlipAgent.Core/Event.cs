namespace FlipAgent.Core;

/// <summary>How much of a person's attention an event needs. Warnings and critical ones are alerts; so are informational ones marked <see cref="Event.Alert"/>.</summary>
public enum Severity
{
    /// <summary>For the record.</summary>
    Info,

    /// <summary>Somebody should look at it today.</summary>
    Warning,

    /// <summary>Somebody must look at it now.</summary>
    Critical,
}

/// <summary>
/// Something that happened, as data. The shell makes the sentences of it, once for all who show it, and adds the wall-clock time. <see cref="EventKind"/> says which
/// fields a kind sets. Nodes are named as in the configuration; a holder may also be "nobody", "unknown" or "other" (a droplet that is no node).
/// </summary>
/// <param name="Kind">What happened.</param>
/// <param name="Severity">How much of a person's attention it needs.</param>
public sealed record Event(EventKind Kind, Severity Severity)
{
    /// <summary>The term in which it happened, as this node knew it; 0: none yet. Set when it is announced.</summary>
    public uint Term { get; init; }

    /// <summary>The node that speaks, by name. Set when it is announced.</summary>
    public string Node { get; init; } = "";

    /// <summary>Index of the floating IP that it is about, in <see cref="ClusterSettings.AddressIds"/>; 0, the first: also what is about none. Set when it is announced.</summary>
    public int Address { get; init; }

    /// <summary>An alert although it is only informational: a recovery that closes the loop, a move that worked.</summary>
    public bool Alert { get; init; }

    /// <summary>The role before it.</summary>
    public Role? RoleFrom { get; init; }

    /// <summary>The role after it.</summary>
    public Role? RoleTo { get; init; }

    /// <summary>The other node it is about.</summary>
    public string? Peer { get; init; }

    /// <summary>Who holds the floating IP, as known at that moment.</summary>
    public string? Holder { get; init; }

    /// <summary>Who held it before.</summary>
    public string? From { get; init; }

    /// <summary>The cloud's number of a droplet: one that is no node, the one that this machine is, or the one that the cloud does not know.</summary>
    public long? DropletId { get; init; }

    /// <summary>The <c>droplet_id</c> that the configuration has for this node.</summary>
    public long? FileDropletId { get; init; }

    /// <summary>Why.</summary>
    public Cause? Cause { get; init; }

    /// <summary>Why adverts do not count.</summary>
    public Rejection? Rejection { get; init; }

    /// <summary>How the agent stops.</summary>
    public StopKind? Stop { get; init; }

    /// <summary>How the cloud API answered.</summary>
    public ApiStatus? Api { get; init; }

    /// <summary>What it is about, by its name, when that is no peer: a check, a unit, a secret, a sink, a part of the agent, a version, the master that the guard does not reach.</summary>
    public string? Subject { get; init; }

    /// <summary>Text that came from outside: what a check, the cloud, the system or a person said, or what was odd about a datagram.</summary>
    public string? Detail { get; init; }

    /// <summary>What the kind names is over.</summary>
    public bool Ended { get; init; }

    /// <summary>It ended by itself, at the time that was set.</summary>
    public bool TimeUp { get; init; }

    /// <summary>Can this node serve.</summary>
    public bool? Fit { get; init; }

    /// <summary>Of a claim: the cloud, or the way to it, does not accept the assign. Of the service: every connection was refused, none timed out.</summary>
    public bool Refused { get; init; }

    /// <summary>The address is claimed back from the droplet that is no node.</summary>
    public bool Reclaimed { get; init; }

    /// <summary>The guard could not tell until now.</summary>
    public bool Blind { get; init; }

    /// <summary>How many: failures, moves, alerts, requests.</summary>
    public int? Count { get; init; }

    /// <summary>Of how many.</summary>
    public int? Limit { get; init; }

    /// <summary>The effective priority of this node, 1 to 254.</summary>
    public int? Priority { get; init; }

    /// <summary>The effective priority of the peer, 1 to 254.</summary>
    public int? PeerPriority { get; init; }

    /// <summary>A term beside the event's own.</summary>
    public uint? OtherTerm { get; init; }

    /// <summary>The cloud's number of the action that this is about.</summary>
    public long? ActionId { get; init; }

    /// <summary>The cloud's own number for the request that this is about.</summary>
    public string? RequestId { get; init; }

    /// <summary>From the fault to the release or promotion.</summary>
    public TimeSpan? Detect { get; init; }

    /// <summary>From the request to its acceptance, or to the move being completed.</summary>
    public TimeSpan? Assign { get; init; }

    /// <summary>From the completed move to the address being seen here.</summary>
    public TimeSpan? Verify { get; init; }

    /// <summary>How long it took, takes or may take; for an event with a limit, the limit.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>How far the clock of the peer is ahead of the one here; negative: behind.</summary>
    public TimeSpan? Skew { get; init; }
}
