namespace FlipAgent.Core;

/// <summary>Rule E9: a node that outranks the master asks for the mastership, and the master releases it: one planned move.</summary>
internal static class PreemptRules
{
    /// <summary>The asking side. The wish must have held without a break.</summary>
    public static void Wish(in Turn t)
    {
        var wish = t.State.Preemption;
        var master = Rank.LivingMaster(t.State, t.Now);
        if (!t.Settings.Preempt || master < 0 || !MayAsk(t) || t.Fitness.EffectivePriority <= t.Peers[master].EffectivePriority || SomebodyBetterAsks(t, master))
        {
            wish.StopWanting();
            return;
        }
        if (wish.Outranks(t.Settings.PreemptDelay, t.Now))
            t.Announce(new Event(EventKind.Preempting, Severity.Info)
            { Peer = t.NameOf(master), Priority = t.Fitness.EffectivePriority, PeerPriority = t.Peers[master].EffectivePriority });
        if (!wish.Wants)
            t.WakeAt(wish.OutranksSince + t.Settings.PreemptDelay);
    }

    /// <summary>Nothing speaks against a move to this node.</summary>
    private static bool MayAsk(in Turn t) =>
        t.Fitness.Fit && Rank.CouldMove(t.State) && !t.State.HoldDown.IsOn(t.Now) && !t.State.Demotion.IsOn(t.Now) && !t.Ip.Budget.FlapHold && !t.Ip.Supersession.On
        && t.Now - t.Ip.Budget.LastMoveAt >= MoveBudget.Gap;

    /// <summary>Of several that outrank the master only the best asks: one planned move, not a staircase.</summary>
    private static bool SomebodyBetterAsks(in Turn t, int master)
    {
        var mine = t.Fitness.EffectivePriority;
        for (var i = 0; i < t.Peers.Count; i++)
            if (i != master && Rank.IsCandidate(t.State, i, t.Now) && t.Peers[i] is { ApiReachable: true, HoldDown: false, Demoted: false } p
                && (p.EffectivePriority > mine || (p.EffectivePriority == mine && i < t.Settings.Me)))
                return true;
        return false;
    }

    /// <summary>The master's side: a peer asks by command, or by rank, while nothing of its own is open.</summary>
    public static bool Grant(in Turn t)
    {
        if (!t.Claim.IsIdle)
            return false;
        for (var i = 0; i < t.Peers.Count; i++)
        {
            if (!Rank.IsCandidate(t.State, i, t.Now) || t.Peers[i] is not { Advert: { } advert, ApiReachable: true } p || t.Now - p.HeardAt > t.Settings.MasterDown)
                continue;
            // What it asked of the master before this one was granted or refused by that one. Its release may have come by way of others.
            if (p.HeardAt <= t.Standing.Since)
                continue;
            var asked = advert.AsksByCommand;
            if (!asked && !(t.Settings.Preempt && advert.WantsToPreempt && !p.Demoted && p.EffectivePriority > t.Fitness.EffectivePriority))
                continue;
            RoleRules.GiveUp(t, i, planned: true, asked ? new Cause.PromoteOrdered(advert.Node) : new Cause.Outranked(advert.Node, p.EffectivePriority));
            return true;
        }
        return false;
    }
}
