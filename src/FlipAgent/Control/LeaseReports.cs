using System.Globalization;
using FlipAgent.Core;
using FlipAgent.Lease;
using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>How the status tells of the lease that a master needs (docs/rules.md, E15).</summary>
internal static class LeaseReports
{
    /// <summary>How the warnings begin whose rest is what the store said; the first comes after the URL of a member.</summary>
    public const string DoesNotServe = "does not serve: ", StoreFails = "the store of the lease fails: ";

    /// <summary>Null where there is none.</summary>
    public static LeaseReport? Of(ElectionState s, LeaseView? view, TimeSpan now) => s.Settings.Lease is not { } terms ? null : new LeaseReport(
        s.Lease.Holder, s.Lease.HolderTerm, StatusBuilder.Age(s.Lease.HolderAt, now), s.Lease.IsValid(now) ? StatusBuilder.Seconds(s.Lease.ValidUntil - now) : null,
        terms.Ttl.TotalSeconds, Store(s.Lease.Reaches), s.Lease.Problem.Length > 0 ? s.Lease.Problem : null)
    {
        Members = view is null ? [] : [.. view.Members.Select(m => new StoreMemberReport(m.Url, m.Reachable, m.Problem, m.Version, m.Leads))],
        ClockS = view?.ClockDifference,
    };

    /// <summary>Whether node number <paramref name="node"/> reaches the store; null where there is no lease.</summary>
    public static string? StoreOf(ElectionState s, int node) => s.Settings.Lease is null ? null
        : node == s.Settings.Me ? Store(s.Lease.Reaches) : s.Peers[node].KnownAt == Moment.Never ? "unknown" : Store(s.Peers[node].StoreReachable);

    /// <summary>What lowers the verdict.</summary>
    public static IEnumerable<string> Warnings(ElectionState s, LeaseView? view, int master)
    {
        if (s.Settings.Lease is null)
            yield break;
        if (s.Lease.Reaches == false)
            yield return $"{StoreFails}{s.Lease.Problem}";
        else if (view?.Problem is { } problem)
            yield return problem;
        for (var i = 0; i < s.Peers.Count; i++)
            if (i != s.Settings.Me && s.Peers[i].KnownAt != Moment.Never && !s.Peers[i].StoreReachable && s.Peers[i].Role != Role.Starting)
                yield return s.Peers[i].Advert?.StoreReachable is null && s.Peers[i].Advert is not null
                    ? $"{s.Settings.Nodes[i].Name} takes no lease: until it does, two masters are possible"
                    : $"{s.Settings.Nodes[i].Name} does not reach the store of the lease";
        if (view is not null && s.Lease.Reaches == true)
            foreach (var member in view.Members.Where(m => m.Reachable == false))
                yield return $"{member.Url} {DoesNotServe}{member.Problem}";
        if (s.Lease is { Reaches: true, Holder: { } holder } && master >= 0 && holder != s.Settings.Nodes[master].Name)
            yield return $"{holder} has the lease, and {s.Settings.Nodes[master].Name} says that it is master";
    }

    /// <summary>The lease as one line.</summary>
    public static string Line(LeaseReport lease)
    {
        var holder = lease.Holder is null ? lease.SeenS is null ? "not known" : "nobody has it" : $"{lease.Holder} has it, term {lease.Term}";
        var left = lease.RemainingS is { } s ? string.Create(CultureInfo.InvariantCulture, $", {s:0.0} of {lease.TtlS:0} s left") : "";
        var up = lease.Members.Count(m => m.Up == true);
        var members = lease.Members.Count == 0 ? "" : $"; {up} of {lease.Members.Count} members of the store answer";
        return $"{holder}{left}{members}";
    }

    private static string Store(bool? reaches) => reaches switch { true => "ok", false => "failing", null => "unknown" };
}
