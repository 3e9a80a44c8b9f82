namespace FlipAgent.Core;

/// <summary>When the guard is asked (rule E6), and what its answers say of its own path while nothing depends on them.</summary>
internal static class GuardRules
{
    public static void Take(in Turn t, Input.GuardAnswered answered)
    {
        if (!t.Guard.Answered() || !t.Settings.Guard)
            return;
        if (answered.CannotTell)
        {
            TakeBlind(t, answered.Detail);
            return;
        }
        if (t.Guard.Sees())
            t.Announce(new Event(EventKind.GuardPathMended, Severity.Info) { Blind = true, Alert = true });
        t.Guard.Take(answered.Alive, answered.Detail, t.Interval, t.Now);
        if (IsNeeded(t))
            return;
        t.Guard.Watch(t.Interval);
        if (t.Role == Role.Backup)
            JudgePath(t);
    }

    /// <summary>Where the floating IP is also an address of this machine a probe reaches this node's own HAProxy and never the master's: it counts as `guard: off`.</summary>
    private static void TakeBlind(in Turn t, string detail)
    {
        t.Guard.TakeBlind(detail, pause: IsNeeded(t) ? t.Interval : Guard.SlowPace);
        // A master may well have the address; it asks nobody.
        if (t.Guard.BlindAnnounced || t.IsMaster)
            return;
        t.Guard.AnnounceBlind();
        t.Announce(new Event(EventKind.GuardIsLocal, Severity.Warning) { Detail = detail });
    }

    /// <summary>While a fit master is heard that holds the address, a failing guard tells of its own path, not of the master.</summary>
    private static void JudgePath(in Turn t)
    {
        if (t.Guard.Alive == true)
        {
            if (t.Guard.ProvePath())
                t.Announce(new Event(EventKind.GuardPathMended, Severity.Info) { Alert = true });
            return;
        }
        t.Guard.DoubtPath();
        var master = Rank.LivingMaster(t.State, t.Now);
        if (t.Guard.PathBroken || !t.Guard.SaysDead || master < 0 || t.Lookup.Known.NodeId != t.Settings.Nodes[master].Id
            || !t.Peers[master].Fit || t.Now - t.Peers[master].MasterHeardAt > 1.5 * t.Interval)
            return;
        t.Guard.BreakPath();
        t.Announce(new Event(EventKind.GuardPathBroken, Severity.Warning) { Subject = t.NameOf(master), Detail = t.Guard.Detail });
    }

    /// <summary>The guard's word is needed now: the holder is silent, or this node was superseded.</summary>
    private static bool IsNeeded(in Turn t)
    {
        if (!t.Settings.Guard || t.Role is not (Role.Backup or Role.Starting))
            return false;
        if (t.Ip.Supersession.On)
            return true;
        if (!SilenceRules.Suspects(t) || SuccessionRules.ReleaseCounts(t) || t.Lookup.Own.Kind != HolderKind.Node)
            return false;
        var holder = t.Settings.IndexOf(t.Lookup.Own.NodeId);
        return t.Peers.IsPeer(holder) && !SilenceRules.HolderIsHeard(t, holder);
    }

    public static void Probe(in Turn t)
    {
        if (!t.Settings.Guard || t.Guard.InFlight || t.State.Quarantine.On || t.State.Lifecycle.Stopping)
            return;
        var needed = IsNeeded(t);
        if (!needed && SilenceRules.Suspects(t))
            return;
        // A probe planned for the slow watch is due at once when the guard is needed; only answers from then on count.
        var isFirst = needed && t.Guard.SentAt < (t.Ip.Supersession.On ? t.Ip.Supersession.At : t.Peers.SuspectAt());
        if (!isFirst && t.Now < t.Guard.NextAt)
        {
            t.WakeAt(t.Guard.NextAt);
            return;
        }
        if (isFirst)
            t.Guard.CountAnew();
        t.Guard.Send(t.Now);
        t.Do(new Effect.ProbeGuard());
    }
}
