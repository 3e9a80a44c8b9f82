namespace FlipAgent.Core;

/// <summary>
/// Rule S1: are clients served. Role and holder say who should serve; only a connection through the floating IP says that somebody does. Every node's guard asks, every
/// advert tells the result, and every node judges by all of them.
/// </summary>
internal static class ServiceRules
{
    /// <summary>So long after a start nothing is held against anybody.</summary>
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(10);

    /// <summary>So long after a move of the address.</summary>
    private static readonly TimeSpan s_settleMove = TimeSpan.FromSeconds(8);

    /// <summary>So long is nobody served in a failover that takes its course, a slow one of the cloud's too.</summary>
    private static readonly TimeSpan s_failingOver = TimeSpan.FromSeconds(25);

    /// <summary>What <paramref name="node"/>'s guard saw, as far as this node knows.</summary>
    public static Sighting Of(ElectionState s, int node, TimeSpan now) =>
        node == s.Settings.Me ? Own(s, now) : s.Peers.IsHeard(node, now) ? s.Peers[node].Sighting : Sighting.None;

    /// <summary>What this node's own guard saw.</summary>
    public static Sighting Own(ElectionState s, TimeSpan now) => s.Settings.Guard ? s.Ip.Guard.Sighting(GuardRules.Pace(s, now)) : Sighting.None;

    /// <summary>The verdict of all who can tell. What was seen before the address came to its present holder says nothing of that one.</summary>
    public static ServiceState Judge(ElectionState s, TimeSpan now)
    {
        var heldSince = s.Ip.Lookup.KnownSince;
        var (witnesses, answers, deadSince) = (0, false, Moment.Never);
        for (var i = 0; i < s.Peers.Count; i++)
        {
            var seen = Of(s, i, now);
            if (!seen.CanTell(now) || seen.At < heldSince || (s.Ip.Lookup.KnownIs(s.Settings.Nodes[i]) && !SpeaksOfItself(seen, heldSince)))
                continue;
            witnesses++;
            answers |= seen.Sight == Sight.Answers;
            deadSince = Moment.Max(deadSince, Moment.Max(seen.FailingSince, heldSince));
        }
        if (answers)
            return new(ServiceVerdict.Answers, Moment.Never, witnesses);
        if (witnesses > 0)
            return new(now - deadSince >= ServiceState.DeadAfter ? ServiceVerdict.Dead : ServiceVerdict.Failing, deadSince, witnesses);
        return new(WithoutWitness(s, now), Moment.Never, 0);
    }

    /// <summary>A machine may have no way to an address that leads back to it: that the holder does not see itself counts only when it has, since it got the address.</summary>
    private static bool SpeaksOfItself(Sighting seen, TimeSpan heldSince) => seen.Sight == Sight.Answers || seen.SeenAt >= heldSince;

    private static ServiceVerdict WithoutWitness(ElectionState s, TimeSpan now)
    {
        if (now < s.Lifecycle.StartedAt + s_settle || now < s.Ip.Lookup.KnownSince + s_settleMove)
            return ServiceVerdict.Early;
        var (guards, proven, refused, timedOut) = (0, false, 0, 0);
        for (var i = 0; i < s.Peers.Count; i++)
        {
            var seen = Of(s, i, now);
            if (seen.Sight is Sight.Off or Sight.Blind)
                continue;
            guards++;
            proven |= seen.Proven;
            refused += seen.IsFresh(now) && seen.Sight == Sight.Refused ? 1 : 0;
            timedOut += seen.IsFresh(now) && seen.Sight == Sight.TimedOut && !s.Ip.Lookup.KnownIs(s.Settings.Nodes[i]) ? 1 : 0;
        }
        if (guards == 0)
            return ServiceVerdict.Off;
        if (proven || refused + timedOut == 0)
            return ServiceVerdict.NobodyTells;
        return timedOut == 0 ? ServiceVerdict.NeverAnswered : ServiceVerdict.NeverReached;
    }

    /// <summary>
    /// Who is in charge tells people, once each: that nobody is served, that it is over, and that no guard has ever worked. While nobody is, the best of those that are heard does: an outage of
    /// all nodes must not be one that nobody hears of.
    /// </summary>
    public static void Announce(in Turn t)
    {
        var notices = t.Ip.Service;
        var holds = t.IsMaster && t.Claim.IsHeld;
        var waited = t.State.Open.Has(EventKind.ServiceDead) || t.State.Open.Has(EventKind.ServiceNeverSeen);
        var speaks = holds || Speaks(t);
        if (t.State.Quarantine.On || t.State.Lifecycle.Stopping || !(speaks || waited))
        {
            notices.Forget();
            return;
        }
        if (speaks)
            notices.Speak(t.Now);
        var state = Judge(t.State, t.Now);
        switch (state.Verdict)
        {
            case ServiceVerdict.Failing or ServiceVerdict.Dead when !speaks || t.State.Open.Has(EventKind.ServiceDead):
                // It was told, perhaps by the run before, or is for somebody else to tell.
                break;
            case ServiceVerdict.Failing or ServiceVerdict.Dead:
                // Who comes to speak in the middle of an outage has 5 s to end it: the one before has told of it, and an end that is near is told once.
                AnnounceDead(t, state, holds ? state.Since + ServiceState.DeadAfter : Moment.Max(state.Since + s_failingOver, notices.SpeaksSince + ServiceState.DeadAfter));
                break;
            case ServiceVerdict.Early when holds:
                t.WakeAt(Moment.Max(t.State.Lifecycle.StartedAt + s_settle, t.Lookup.KnownSince + s_settleMove));
                break;
            case ServiceVerdict.Answers when waited:
                AnnounceEnd(t, EventKind.ServiceAnswers);
                break;
            case ServiceVerdict.Off when t.State.Open.Has(EventKind.ServiceDead) && AllAreOff(t):
                AnnounceEnd(t, EventKind.ServiceUnwatched);
                break;
            case ServiceVerdict.NeverAnswered or ServiceVerdict.NeverReached when holds && notices.NoteNeverSeen():
                t.Announce(new Event(EventKind.ServiceNeverSeen, Severity.Warning)
                { Holder = t.Self.Name, Refused = state.Verdict == ServiceVerdict.NeverAnswered, Detail = t.Guard.Detail });
                break;
            default:
                break;
        }
    }

    /// <summary>Since when nobody was served is not known where an earlier run told of it, or this node stood still meanwhile.</summary>
    private static void AnnounceEnd(in Turn t, EventKind kind)
    {
        var since = t.Ip.Service.NoteEnd();
        t.Announce(new Event(kind, Severity.Info) { Alert = true, Holder = t.NameOf(t.Lookup.Known), Duration = t.Now - since });
    }

    /// <summary>A guard that cannot tell at present may see the end; so may that of a node which is not heard, if it was on when that was heard last.</summary>
    private static bool AllAreOff(in Turn t)
    {
        for (var i = 0; i < t.Peers.Count; i++)
            if ((t.Peers.IsPeer(i) ? t.Peers[i].Sighting : Own(t.State, t.Now)).Sight != Sight.Off)
                return false;
        return true;
    }

    private static void AnnounceDead(in Turn t, ServiceState state, TimeSpan at)
    {
        if (t.Now < at)
            t.WakeAt(at);
        else if (t.Ip.Service.NoteDead(state.Since))
            t.Announce(new Event(EventKind.ServiceDead, Severity.Critical) { Holder = t.NameOf(t.Lookup.Known), Count = state.Witnesses, Duration = t.Now - state.Since });
    }

    /// <summary>This node is master, or nobody is and it comes first among those that are heard.</summary>
    private static bool Speaks(in Turn t)
    {
        if (t.IsMaster)
            return true;
        if (t.Role == Role.Starting || Rank.LivingMaster(t.State, t.Now) >= 0)
            return false;
        for (var i = 0; i < t.State.Peers.Count; i++)
            if (i != t.Settings.Me && t.Peers.IsHeard(i, t.Now) && !t.Peers[i].Leaving && t.Peers[i].Role != Role.Starting && Rank.Outranks(t.State, i, t.Settings.Me, t.Now))
                return false;
        return true;
    }
}
