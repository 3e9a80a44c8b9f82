namespace FlipAgent.Core;

/// <summary>
/// Silence (rule E6): the master is not heard. Silence alone proves little, so two witnesses are asked before anything moves: the cloud says who holds the floating IP,
/// and the guard asks the service itself through it.
/// </summary>
internal static class SilenceRules
{
    private enum Verdict
    {
        Wait,
        AtDown,
        AtOnce,
    }

    /// <summary>Nothing from a master for 1.5T. Whether a release explains it is the caller's question (<see cref="SuccessionRules.ReleaseCounts"/>).</summary>
    public static bool Suspects(in Turn t) => t.Role is Role.Backup or Role.Starting && t.Now >= t.Peers.SuspectAt();

    /// <summary>The master's next advert is late, and a probe that begins now could last into the suspicion.</summary>
    public static bool IsLate(in Turn t) => t.Role is Role.Backup or Role.Starting
        && t.Now >= t.Peers.SuspectAt() - Moment.Min(Moment.Max(t.Settings.GuardTimeout, t.Interval / 4), t.Interval / 2);

    /// <summary>The silent master itself is not heard from 1.5T on, though it is not down before D.</summary>
    public static bool HolderIsHeard(in Turn t, int holder) =>
        t.Peers.IsHeard(holder, holder == t.Peers.LastMaster() ? 1.5 * t.Interval : t.Settings.MasterDown, t.Now);

    /// <summary>A master whose mastership is not over was heard a moment ago.</summary>
    public static bool MasterIsFresh(in Turn t)
    {
        var until = t.Peers.FreshMasterUntil();
        if (t.Now >= until)
            return false;
        t.State.Silence.Wait();
        t.WakeAt(until);
        return true;
    }

    public static void TakeOver(in Turn t)
    {
        var watch = t.State.Silence;
        var suspectAt = t.Peers.SuspectAt();
        if (t.Now < suspectAt)
        {
            t.WakeAt(suspectAt);
            watch.Wait();
            return;
        }
        var verdict = t.Ip.Supersession.On ? Verdict.Wait : AskTheHolder(t, suspectAt);
        var downAt = t.Peers.DownAt();
        if (verdict == Verdict.Wait || (verdict == Verdict.AtDown && t.Now < downAt))
        {
            watch.Wait();
            if (verdict == Verdict.AtDown)
                t.WakeAt(downAt);
            return;
        }
        var silent = t.Peers.LastMaster();
        var except = silent >= 0 && !t.Peers.IsHeard(silent, 1.5 * t.Interval, t.Now) ? silent : -1;
        var turn = watch.Ready(t.Now) + Rank.PlaceInTurn(t.State, except, t.Now) * t.Interval / 2;
        if (t.Now < turn)
        {
            t.WakeAt(turn);
            return;
        }
        // Its last advert may be younger than D and call it fit; the service was asked since.
        if (verdict == Verdict.AtOnce)
            t.Peers[t.Settings.IndexOf(t.Lookup.Own.NodeId)].Doubt(t.Now);
        RoleRules.Promote(t, assignFirst: false, planned: false,
            silent >= 0 ? new Cause.MasterSilent(t.NameOf(silent), t.Guard.SaysDead) : new Cause.NoMaster(),
            t.Now - t.Peers.SilentSince());
    }

    /// <summary>The table of rule E6. The API must have answered since the silence was noticed.</summary>
    private static Verdict AskTheHolder(in Turn t, TimeSpan suspectAt)
    {
        if (t.Lookup.OwnAt < suspectAt || t.Now - t.Lookup.OwnAt > Moment.Max(LookupRules.Fresh, t.Settings.MasterDown))
            return Verdict.Wait;
        switch (t.Lookup.Own.Kind)
        {
            case HolderKind.Nobody:
                return Verdict.AtDown;
            case HolderKind.Foreign:
                return t.Settings.ReclaimForeign ? Verdict.AtDown : Verdict.Wait;
            case HolderKind.Node:
                var holder = t.Settings.IndexOf(t.Lookup.Own.NodeId);
                if (holder == t.Settings.Me)
                    return Verdict.AtDown;
                if (holder >= 0 && HolderIsHeard(t, holder))
                    return t.Peers[holder].Role == Role.Starting ? Verdict.Wait : Verdict.AtDown;
                return AskTheGuard(t, suspectAt);
            case HolderKind.Unknown:
                return Verdict.Wait;
            default:
                throw new InvalidOperationException($"holder {t.Lookup.Own.Kind}");
        }
    }

    private static Verdict AskTheGuard(in Turn t, TimeSpan suspectAt)
    {
        if (!t.Settings.Guard)
            return Verdict.AtDown;
        if (t.Guard.AnsweredFor < suspectAt)
            return Verdict.Wait;
        if (t.Guard.Blind)
            return Verdict.AtDown;
        if (t.Guard.Alive == true)
        {
            AnnounceAlive(t);
            return Verdict.Wait;
        }
        if (!t.Guard.SaysDead)
            return Verdict.Wait;
        return t.Guard.Proven && !t.Guard.PathBroken ? Verdict.AtOnce : Verdict.AtDown;
    }

    private static void AnnounceAlive(in Turn t)
    {
        if (t.State.Silence.Announced || t.Now < t.Peers.DownAt())
            return;
        t.State.Silence.Announce();
        var last = t.Peers.LastMaster() is >= 0 and var master ? master : t.Settings.IndexOf(t.Lookup.Own.NodeId);
        var holder = t.NameOf(t.Lookup.Own);
        var who = last >= 0 ? t.NameOf(last) : holder;
        if (t.Peers.IsPeer(last))
            t.Peers[last].Notices.TellSilence();
        t.Announce(new Event(EventKind.ServiceAliveMasterSilent, Severity.Critical)
        { Peer = who, Holder = holder, Detail = t.Guard.Detail, Rejection = t.Peers.IsPeer(last) ? t.Peers[last].RefusedLately(t.Settings.MasterDown, t.Now) : null });
    }
}
