namespace FlipAgent.Core;

/// <summary>When the guard is asked (rules E6, S1), and what its answers say of its own path while nothing depends on them.</summary>
internal static class GuardRules
{
    private static readonly TimeSpan s_leastPace = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_slowPace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_failingPace = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How often the guard asks while nothing depends on it: the first backup in rank every T/4 (250 ms to 5 s), the others every 5 s, or every second while
    /// the service does not answer them or they have not looked since the address came to its present holder.
    /// </summary>
    public static TimeSpan Pace(ElectionState s, TimeSpan now)
    {
        if ((s.Role == Role.Starting || (s.Role == Role.Backup && s.Fitness.Fit)) && Rank.PlaceInTurn(s, Rank.LivingMaster(s, now), now) == 0)
            return Moment.Min(Moment.Max(s.Settings.Interval / 4, s_leastPace), s_slowPace);
        var looksAgain = s.Ip.Guard.Alive == false || s.Ip.Guard.AnsweredFor < s.Ip.Lookup.KnownSince;
        return looksAgain ? s_failingPace : s_slowPace;
    }

    public static void Take(in Turn t, Input.GuardAnswered answered)
    {
        if (answered.Number > 0)
        {
            t.State.Inquiry.Answered(answered.Number, silent: answered.CannotTell || (!answered.Alive && answered.TimedOut), t.Now);
            return;
        }
        if (!t.Guard.Answered() || !t.Settings.Guard)
            return;
        if (answered.CannotTell)
        {
            TakeBlind(t, answered.Detail);
            return;
        }
        if (t.Guard.Sees() | t.State.Open.Has(EventKind.GuardIsLocal))
            t.Announce(new Event(EventKind.GuardPathMended, Severity.Info) { Blind = true, Alert = true });
        t.Guard.Take(answered.Alive, answered.TimedOut, answered.Detail, t.Interval, t.Now);
        if (answered.Alive && t.Role == Role.Backup && !IsNeeded(t) && (t.Guard.ProvePath() | t.State.Open.HasAny(EventKind.GuardPathBroken)))
            t.Announce(new Event(EventKind.GuardPathMended, Severity.Info) { Alert = true });
    }

    /// <summary>Where the floating IP is also an address of this machine a probe reaches this node's own HAProxy and never the master's: it counts as `guard: off`.</summary>
    private static void TakeBlind(in Turn t, string detail)
    {
        t.Guard.TakeBlind(detail, pause: t.Interval);
        // A master may well have the address; it asks nobody.
        if (t.Guard.BlindAnnounced || t.IsMaster)
            return;
        t.Guard.AnnounceBlind();
        t.Announce(new Event(EventKind.GuardIsLocal, Severity.Warning) { Detail = detail });
    }

    /// <summary>
    /// While a fit master is heard that holds the address, a failing guard tells of its own path, not of the master. It has to be heard after the failure: a machine that
    /// dies answers no probe from then on, and is missed only an advert later.
    /// </summary>
    private static void JudgePath(in Turn t)
    {
        if (t.Guard.Alive != false || t.Role != Role.Backup || IsNeeded(t))
            return;
        var master = Rank.LivingMaster(t.State, t.Now);
        var holds = master >= 0 && t.Lookup.KnownIs(t.Settings.Nodes[master]) && t.Peers[master].Fit;
        if (holds && t.Peers[master].HeardAt <= t.Guard.AnsweredAt)
            return;
        t.Guard.DoubtPath();
        if (holds)
            t.Guard.CountLoss(t.Now);
        if (!holds || t.Guard.PathBroken || !t.Guard.SaysDead || t.Now - t.Peers[master].MasterHeardAt > 1.5 * t.Interval)
            return;
        if (t.Now < t.Guard.FailingSince + ServiceState.DeadAfter)
        {
            t.WakeAt(t.Guard.FailingSince + ServiceState.DeadAfter);
            return;
        }
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
        if (!t.Settings.Guard && (t.State.Open.Has(EventKind.GuardIsLocal) || t.State.Open.HasAny(EventKind.GuardPathBroken)))
            t.Announce(new Event(EventKind.GuardPathMended, Severity.Info) { Ended = true, Alert = true });
        if (!t.Settings.Guard || t.State.Quarantine.On || t.State.Lifecycle.Stopping)
            return;
        JudgePath(t);
        if (t.Guard.InFlight)
            return;
        var needed = IsNeeded(t);
        if (!needed && SilenceRules.IsLate(t))
            return; // Only a probe from the suspicion on counts, and one that is under way would hold it up.
        // A probe planned for later is due at once when the guard is needed; only answers from then on count.
        var isFirst = needed && t.Guard.SentAt < (t.Ip.Supersession.On ? t.Ip.Supersession.At : t.Peers.SuspectAt());
        var at = needed ? t.Guard.NextAt : t.Guard.SentAt + Pace(t.State, t.Now);
        if (!isFirst && t.Now < at)
        {
            t.WakeAt(at);
            return;
        }
        if (isFirst)
            t.Guard.CountAnew();
        t.Guard.Send(t.Now);
        InquiryRules.Sent(t);
        t.Do(new Effect.ProbeGuard());
    }
}
