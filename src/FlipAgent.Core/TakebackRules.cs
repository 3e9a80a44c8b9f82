namespace FlipAgent.Core;

/// <summary>
/// Rule C10: a move that did not help is taken back. The checks of the new master are up, yet nobody sees the service answer through the floating IP since it came here,
/// and everybody had seen it answer at the former holder: the mastership goes back to that one, once.
/// </summary>
internal static class TakebackRules
{
    /// <summary>Packets may go to the former holder for so long after the API shows the address here.</summary>
    private static readonly TimeSpan s_dataLag = TimeSpan.FromSeconds(1);

    /// <summary>The service was seen at this node: whatever was held against it is over.</summary>
    public static void Forgive(in Turn t)
    {
        if (t.State.Demotion.Count > 0 && t.IsMaster && t.Claim.IsHeld && AnybodySawIt(t, t.Claim.HeldSince))
            t.State.Demotion.End();
        if (t.State.Demotion.IsOn(t.Now))
            t.WakeAt(t.State.Demotion.Until);
    }

    /// <returns>True when the mastership was given back.</returns>
    public static bool GiveBack(in Turn t)
    {
        var claim = t.Claim;
        if (!t.Settings.Guard || !claim.IsHeld || !claim.MayTakeBack || !claim.IsIdle || t.Lookup.Locked || AnybodySawIt(t, claim.HeldSince))
            return false;
        var former = t.Settings.IndexOf(claim.FormerHolder);
        if (!t.Peers.IsPeer(former) || !Rank.IsCandidate(t.State, former, t.Now) || t.Peers[former] is not { ApiReachable: true, Demoted: false })
            return false;
        if (DeadHereSince(t) is not { } since || t.Ip.Budget.IsSpent(t.Now))
            return false;
        if (t.Now < since + t.Settings.TakebackDelay)
        {
            t.WakeAt(since + t.Settings.TakebackDelay);
            return false;
        }
        t.State.Demotion.Begin(t.Now);
        t.Announce(new Event(EventKind.TakenBack, Severity.Critical)
        { Peer = t.NameOf(former), Holder = t.Self.Name, Duration = t.Now - claim.HeldSince });
        RoleRules.GiveUp(t, former, planned: true, new Cause.MoveDidNotHelp(), takenBack: true);
        return true;
    }

    private static bool AnybodySawIt(in Turn t, TimeSpan heldSince)
    {
        for (var i = 0; i < t.Peers.Count; i++)
            if (ServiceRules.Of(t.State, i, t.Now).SeenAt >= heldSince + s_dataLag)
                return true;
        return false;
    }

    /// <summary>Since when everybody who can tell sees nothing here; null while the word of those who can tell does not suffice.</summary>
    private static TimeSpan? DeadHereSince(in Turn t)
    {
        var claim = t.Claim;
        var since = claim.HeldSince;
        // This node was a witness while the former holder had the address. Of itself it is none: it may have no way to an address that leads back to it.
        var sawItThere = ServiceRules.Own(t.State, t.Now).SeenAt >= claim.FormerSince;
        var secondWitness = false;
        for (var i = 0; i < t.Peers.Count; i++)
        {
            var seen = ServiceRules.Of(t.State, i, t.Now);
            if (i == t.Settings.Me || !seen.CanTell(t.Now))
                continue;
            // Somebody else who never saw it at the former holder may have a path of his own that is broken, and then the move is not to blame.
            var saw = seen.SeenAt >= claim.FormerSince;
            // One that has not looked here, or saw the service right after the move, when packets may still go to the former holder, looks again before it says anything.
            if (seen.At < claim.HeldSince || seen.FailingSince == Moment.Never || !(saw || t.Settings.Nodes[i].Id == claim.FormerHolder))
                return null;
            sawItThere |= saw;
            since = Moment.Max(since, seen.FailingSince);
            secondWitness |= Rank.IsCandidate(t.State, i, t.Now);
        }
        return sawItThere && secondWitness ? since : null;
    }
}
