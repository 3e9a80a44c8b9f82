using System.Collections.Immutable;

namespace FlipAgent.Lease;

/// <summary>How the store stands as this node sees it, at one moment.</summary>
/// <param name="Problem">What is wrong with the last request, or with the store; null: nothing.</param>
/// <param name="ClockDifference">The store's clock less this machine's, in seconds, of the member that answered last; it tells whole seconds only. Null: not known.</param>
internal sealed record LeaseView(ImmutableArray<MemberView> Members, string? Problem, double? ClockDifference);

/// <summary>One member of the store.</summary>
/// <param name="Url">As the file has it; it can hold no user and no password.</param>
/// <param name="Reachable">Whether it answered when it was asked last, as etcd does; null: it was not asked yet.</param>
/// <param name="Problem">Why not, or what is wrong with it; null: nothing.</param>
/// <param name="Version">Such as 3.5.21; null: not known.</param>
/// <param name="Leads">It is the leader of the store.</param>
/// <param name="Age">Since its last answer; null: there was none.</param>
/// <param name="ClockDifference">Its clock less this machine's, in seconds.</param>
internal sealed record MemberView(string Url, bool? Reachable, string? Problem, string? Version, bool Leads, TimeSpan? Age, double? ClockDifference);
