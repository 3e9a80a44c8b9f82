namespace FlipAgent.Core;

/// <summary>The mastership changes hands in good order: a release and its successor (rules E4, E5), and following the address where it already is (rule E8a).</summary>
internal static class SuccessionRules
{
    /// <summary>A release of the highest term known counts while no master of that term or a later one lives.</summary>
    public static bool ReleaseCounts(in Turn t)
    {
        var releases = t.State.Releases;
        if (releases.Last is not { } release || release.Term != t.Term)
            return false;
        var isNamed = release.Successor == t.Self.Id;
        // Following (E8a) says nothing against the node that has the address: nobody else takes it without asking the guard.
        if (release.AtSuccessor && !isNamed)
            return false;
        // Somebody whom nobody hears has the address: it was not the one that gave up, so the guard is asked (rule E6), unless a person wants the move.
        if (!(isNamed && release.Planned) && HolderIsSilent(t))
            return false;
        if (t.Now - releases.At > t.Settings.MasterDown + t.Settings.Nodes.Length * t.Interval / 2)
            return false; // Too long ago: what is silent since is judged by rule E6, guard included.
        return !t.Peers.HasLivingMasterSince(release.Term, t.Now);
    }

    private static bool HolderIsSilent(in Turn t)
    {
        var known = t.Lookup.Known;
        return known.Kind == HolderKind.Node && known.NodeId != t.Self.Id && t.Settings.IndexOf(known.NodeId) is var holder and >= 0 && !t.Peers.IsHeard(holder, t.Now);
    }

    /// <summary>Rule E5: the named peer at once, the others in their turn, with no guard. True while a release counts.</summary>
    public static bool TakeOverOnRelease(in Turn t)
    {
        if (!ReleaseCounts(t))
            return false;
        var release = t.State.Releases.Last!;
        var begun = FirstOf(t, release, t.Lookup.Known, t.Lookup.KnownSince);
        var detect = TimeSpan.FromMilliseconds((begun ?? release).DetectMs) + (begun is null ? TimeSpan.Zero : t.Now - t.State.Releases.OfHolderAt);
        if (release.Successor == t.Self.Id)
        {
            SupersededRules.End(t, new Cause.NamedSuccessor());
            RoleRules.Promote(t, assignFirst: !release.AtSuccessor, release.Planned, CauseOf(t, release, t.Lookup.Known, t.Lookup.KnownSince), detect, release.TakenBack);
            return true;
        }
        if (t.Ip.Supersession.On)
            return true;
        var named = t.Settings.IndexOf(release.Successor);
        var place = Rank.PlaceInTurn(t.State, named, t.Now) + (named >= 0 ? 1 : 0);
        var turn = t.State.Releases.At + place * t.Interval / 2;
        if (t.Now < turn)
            t.WakeAt(turn);
        else
            RoleRules.Promote(t, assignFirst: false, planned: false, CauseOf(t, release, t.Lookup.Known, t.Lookup.KnownSince), detect);
        return true;
    }

    /// <summary>
    /// Why the address moves, for people. A successor that gives up before it has the address says why of itself, and not of the node that has it: that one's own release
    /// counts, or it is said who gave up.
    /// </summary>
    /// <param name="from">Who has, or had, the address.</param>
    /// <param name="since">Since when.</param>
    public static Cause.Heard CauseOf(in Turn t, Release release, Holder from, TimeSpan since)
    {
        var (holder, by) = (from.Kind == HolderKind.Node ? t.Settings.IndexOf(from.NodeId) : -1, t.State.Releases.IsMine ? t.Settings.Me : t.Peers.OnlyMasterOf(release.Term));
        if (holder < 0 || by < 0 || by == holder || holder == t.Settings.Me)
            return new Cause.Heard(release.Cause);
        return FirstOf(t, release, from, since) is { } first ? new Cause.Heard(first.Cause) : new Cause.Heard(release.Cause) { By = t.NameOf(by) };
    }

    /// <summary>The release with which the move began that a later one goes on with: that of the node which has the address, and has not been master since. Null: there is none but this.</summary>
    private static Release? FirstOf(in Turn t, Release release, Holder from, TimeSpan since)
    {
        var (first, holder) = (t.State.Releases.OfHolder, from.Kind == HolderKind.Node ? t.Settings.IndexOf(from.NodeId) : -1);
        return first is not null && first.Term != release.Term && t.State.Releases.OfHolderAt >= since && t.Peers.IsPeer(holder) && t.Peers[holder].MasterTerm == first.Term ? first : null;
    }

    /// <summary>Rule E8a: the address is at a fit peer that is heard: the mastership goes there, and nothing moves.</summary>
    public static bool Follow(in Turn t)
    {
        var (claim, lookup) = (t.Claim, t.Lookup);
        if (claim.Planned || claim.Override || !claim.IsIdle || lookup.Locked || !t.Ip.IsLookedUp)
            return false;
        if (lookup.Own.Kind != HolderKind.Node || lookup.OwnIs(t.Self))
            return false;
        var holder = t.Settings.IndexOf(lookup.Own.NodeId);
        if (holder < 0 || !Rank.IsCandidate(t.State, holder, t.Now) || t.Now - lookup.OwnAt > LookupRules.Fresh
            || t.Now - claim.Action.CompletedAt < LookupRules.Fresh)
            return false;
        var name = t.NameOf(holder);
        t.Announce(new Event(EventKind.Followed, Severity.Info) { Peer = name, Holder = name, Alert = true });
        RoleRules.GiveUp(t, holder, planned: false, new Cause.HolderIs(name), atSuccessor: true);
        return true;
    }
}
