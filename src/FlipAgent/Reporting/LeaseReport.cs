namespace FlipAgent.Reporting;

/// <summary>The lease that a master needs (docs/lease.md), as this node sees it.</summary>
/// <param name="Holder">The node that has it, as the store last said; null: nobody, or nothing is known.</param>
/// <param name="Term">The term that it took it for; 0: nobody has it.</param>
/// <param name="SeenS">Seconds since the store was asked; null: it has not answered in this run.</param>
/// <param name="RemainingS">For how many more seconds this node may be master without a renewal; null: it does not have the lease.</param>
/// <param name="TtlS">How long the lease lasts without a renewal, in seconds.</param>
/// <param name="Store">ok, failing, or unknown before the first answer.</param>
/// <param name="Problem">What the store, or the way to it, said when it failed; null: it did not.</param>
public sealed record LeaseReport(string? Holder, uint Term, double? SeenS, double? RemainingS, double TtlS, string Store, string? Problem)
{
    /// <summary>The members of the store.</summary>
    public IReadOnlyList<StoreMemberReport> Members { get; init; } = [];

    /// <summary>The clock of the store less this machine's, in seconds, by whole seconds; null: not known. No rule depends on it.</summary>
    public double? ClockS { get; init; }
}

/// <summary>One member of the store of the lease.</summary>
/// <param name="Up">Whether it answered when it was asked last; null: it was not asked yet.</param>
/// <param name="Problem">Why not, or what is wrong with it; null: nothing.</param>
/// <param name="Version">Null: not known.</param>
/// <param name="Leads">It is the leader of the store.</param>
public sealed record StoreMemberReport(string Url, bool? Up, string? Problem, string? Version, bool Leads);
