namespace FlipAgent.Core;

/// <summary>A move of the floating IP with its times, for <c>last_move</c>.</summary>
/// <param name="Term">The term in which it was made or seen.</param>
/// <param name="At">When, on the clock of the steps.</param>
/// <param name="From">Who held it before, by name.</param>
/// <param name="To">Who holds it since, by name.</param>
/// <param name="Cause">Why.</param>
/// <param name="Detect">From the fault to the promotion; null: this node did not make the move.</param>
/// <param name="Assign">From the request to the move being completed; null likewise.</param>
/// <param name="Verify">From there to the address being seen here; null likewise.</param>
public sealed record Move(uint Term, TimeSpan At, string From, string To, Cause Cause, TimeSpan? Detect, TimeSpan? Assign, TimeSpan? Verify)
{
    /// <summary>The whole claim until then, with all that it had to wait for; null likewise.</summary>
    public TimeSpan? Claim { get; init; }
}

/// <summary>
/// All that belongs to one floating IP: who holds it, whether it serves, this node's work to get it, and what keeps it from moving too often. Each address has an object of
/// this type; the parts that say whether it serves, what the token may do and who superseded this node are used in the first one only (rule C12).
/// </summary>
public sealed class FloatingIp
{
    /// <summary>Who holds it, as the API says.</summary>
    public HolderLookup Lookup { get; } = new();

    /// <summary>Who holds it, as the metadata service says.</summary>
    public MetadataWitness Metadata { get; } = new();

    /// <summary>Does it serve.</summary>
    public Guard Guard { get; private set; } = new();

    /// <summary>What people were told of the service behind it.</summary>
    public ServiceNotices Service { get; private set; } = new();

    /// <summary>A master's work to get it.</summary>
    public Claim Claim { get; } = new();

    /// <summary>Would the cloud take an assign from this node.</summary>
    public WriteAccess Write { get; private set; } = new();

    /// <summary>How often it may still move.</summary>
    public MoveBudget Budget { get; } = new();

    /// <summary>Somebody who is not heard took it.</summary>
    public Supersession Supersession { get; private set; } = new();

    /// <summary>How the API is for requests about this address, when it is not the first: what is refused for one of them says nothing of the others.</summary>
    public ApiHealth Api { get; } = new();

    /// <summary>People were told that the API fails for this address alone.</summary>
    internal bool ApiAnnounced { get; set; }

    /// <summary>The last move that this node made or saw; null: none in this run.</summary>
    public Move? LastMove { get; private set; }

    /// <summary>This node's last lookup is recent enough to count: it was sent since the claim last changed the world.</summary>
    internal bool IsLookedUp => Lookup.OwnAt >= Claim.LookupsCountFrom;

    /// <summary>This master has it, or the cloud has taken its request for it.</summary>
    public bool IsOnItsWay => Claim.IsHeld || Claim.Action.IsOpen || Claim.Action.CompletedAt != Moment.Never;

    /// <summary>A reload put this address first: what only the first one uses comes along.</summary>
    internal void LeadInsteadOf(FloatingIp former)
    {
        (Guard, former.Guard) = (former.Guard, Guard);
        (Service, former.Service) = (former.Service, Service);
        (Write, former.Write) = (former.Write, Write);
        (Supersession, former.Supersession) = (former.Supersession, Supersession);
    }

    internal void NoteMove(Move move) => LastMove = move;

    /// <summary>An assign of this node moved it.</summary>
    internal void CountMove(TimeSpan now)
    {
        Budget.CountOwn(now);
        Claim.Assign.Counted();
    }
}
