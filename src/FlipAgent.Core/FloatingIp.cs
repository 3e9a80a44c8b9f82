namespace FlipAgent.Core;

/// <summary>A move of the floating IP with its times, for <c>last_move</c>.</summary>
public sealed record Move(uint Term, TimeSpan At, string From, string To, string Cause, TimeSpan? Detect, TimeSpan? Assign, TimeSpan? Verify);

/// <summary>
/// All that belongs to one floating IP: who holds it, whether it serves, this node's work to get it, and what keeps it from moving too often. A second address would be
/// a second object of this type.
/// </summary>
public sealed class FloatingIp
{
    public HolderLookup Lookup { get; } = new();

    public MetadataWitness Metadata { get; } = new();

    public Guard Guard { get; } = new();

    public Claim Claim { get; } = new();

    public MoveBudget Budget { get; } = new();

    public Supersession Supersession { get; } = new();

    /// <summary>The last move that this node made or saw; null: none in this run.</summary>
    public Move? LastMove { get; private set; }

    /// <summary>Only lookups since the claim's last change of the world count.</summary>
    internal bool IsLookedUp => Lookup.OwnAt >= Claim.LookupsCountFrom;

    internal void NoteMove(Move move) => LastMove = move;

    /// <summary>An assign of this node moved it.</summary>
    internal void CountMove(TimeSpan now)
    {
        Budget.CountOwn(now);
        Claim.Assign.Counted();
    }
}
