using System.Diagnostics;

namespace FlipAgent.Core;

/// <summary>
/// What is always true between two steps, over all owners together; what is true within one owner stands there. Builds for debugging, which the tests use, stop at the
/// first step that breaks one; the simulator asks after every step of every build.
/// </summary>
public static class Invariants
{
    /// <summary>The first invariant that does not hold, as a sentence; null when all do.</summary>
    public static string? Violation(ElectionState state, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (OfRole(state, now) is { } ofRole)
            return ofRole;
        foreach (var ip in state.Ips)
            if ((OfClaim(state, ip) ?? OfLookup(ip)) is { } ofAddress)
                return ofAddress;
        return OfKnowledge(state, now);
    }

    [Conditional("DEBUG")]
    internal static void Check(ElectionState state, TimeSpan now)
    {
        if (Violation(state, now) is { } violation)
            throw new InvalidOperationException($"invariant broken: {violation}");
    }

    private static string? OfRole(ElectionState s, TimeSpan now)
    {
        var (master, stopping) = (s.Standing.IsMaster, s.Lifecycle.Stopping);
        if (master && !s.Fitness.Fit && !stopping && !s.Settings.ColdStandby)
            return "a master is fit, warming up, or stopping";
        if (master && s.Ip.Supersession.On && !stopping)
            return "a master is not superseded";
        if (master && s.Settings.Lease is not null && !s.Lease.IsValid(now))
            return "a master holds the lease";
        if (master && s.Releases.Last is not null)
            return "a master knows of no release that counts";
        if (!master && s.Standing.TermHeard != 0)
            return "only a master hears of a term without taking it";
        if (s.Fitness.ListenOnly && s.Fitness.Fit)
            return "a node without a key is not fit";
        if (s.Fitness.EffectivePriority is < 1 or > 254)
            return "the effective priority is 1 to 254";
        return s.Lifecycle is { Exited: true, Stopping: false } ? "only a node that stops exits" : null;
    }

    private static string? OfClaim(ElectionState s, FloatingIp ip)
    {
        var (master, claim) = (s.Standing.IsMaster, ip.Claim);
        if (master != (claim.State != ClaimState.None))
            return "there is a claim exactly while this node is master";
        if (!master && claim.Action.IsOpen)
            return "an action is open only while this node is master";
        if (!master && (claim.Planned || claim.Override || claim.AssignFirst))
            return "a claim's orders end with the mastership";
        // Rule E8a is the exception: with its own API away a node believes the peer that handed over and had seen the address here, so no lookup counts yet.
        var contradicted = claim.IsIdle && ip.IsLookedUp && !ip.Lookup.OwnIs(s.Settings.Self);
        if (claim.IsHeld && contradicted && !s.Lifecycle.Stopping && !s.Quarantine.On)
            return "a claim is held only while the last lookup that counts shows this node";
        return null;
    }

    private static string? OfLookup(FloatingIp ip)
    {
        if (ip.Lookup.OwnAt > ip.Lookup.KnownAt)
            return "the freshest answer in the cluster is at least as fresh as this node's own";
        return ip.Lookup.Own.Kind == HolderKind.Unknown && ip.Lookup.OwnAt != Moment.Never ? "an answer that says nothing is not the last answer" : null;
    }

    private static string? OfKnowledge(ElectionState s, TimeSpan now)
    {
        if (s.NextDeadline <= now && !s.Lifecycle.Exited)
            return "the next deadline lies ahead";
        for (var i = 0; i < s.Peers.Count; i++)
            if (s.Peers[i].HeardAt > s.Peers[i].KnownAt)
                return "a peer that is heard is known to live";
        return null;
    }
}
