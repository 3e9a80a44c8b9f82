namespace FlipAgent.Core;

/// <summary>
/// Silence (rule E6): the master is not heard. Silence alone proves little, so two witnesses are asked before anything moves: the cloud says who
/// holds the IP, and the guard asks the service itself through the floating IP. Like a neighbour who rings the bell before calling the fire brigade.
/// </summary>
public static partial class Election
{
    private static readonly TimeSpan GuardWatch = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SupersededFirst = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan SupersededMost = TimeSpan.FromMinutes(80);

    /// <summary>When the silence began: the last that was heard of a master whose mastership is not over, or the end of the last one.</summary>
    private static TimeSpan SilentSince(ElectionState s)
    {
        var last = LastMaster(s);
        return last >= 0 ? Max(s.SilenceSince, s.Peers[last].MasterHeardAt) : s.SilenceSince;
    }

    private static TimeSpan SuspectAt(ElectionState s) => SilentSince(s) + 1.5 * s.Settings.Interval;

    /// <summary>Nothing from a master for 1.5T, and none whose release would say why.</summary>
    private static bool Suspects(ElectionState s, TimeSpan now) => s.Role is Role.Backup or Role.Starting && now >= SuspectAt(s);

    /// <summary>Until then some master whose mastership is not over is no suspect.</summary>
    private static TimeSpan FreshMasterUntil(ElectionState s)
    {
        var until = ElectionState.Never;
        for (var i = 0; i < s.Peers.Length; i++)
            if (IsMaster(s, i))
                until = Max(until, s.Peers[i].MasterHeardAt + 1.5 * s.Settings.Interval);
        return until;
    }

    /// <summary>D after the silence began, and until then no master lives: D of each of them, stretched by a hold that it asked for (rule E12).</summary>
    private static TimeSpan DownAt(ElectionState s)
    {
        var at = SilentSince(s) + s.Settings.MasterDown;
        for (var i = 0; i < s.Peers.Length; i++)
            if (IsMaster(s, i))
                at = Max(at, Max(s.Peers[i].MasterHeardAt + s.Settings.MasterDown, s.Peers[i].HoldUntil));
        return at;
    }

    private enum Verdict
    {
        Wait,
        AtDown,
        AtOnce,
    }

    private static void TakeOverOnSilence(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        var suspectAt = SuspectAt(s);
        if (now < suspectAt)
        {
            Wake(s, suspectAt);
            s.ReadySince = ElectionState.Forever;
            return;
        }
        var verdict = s.SupersededBy != 0 ? Verdict.Wait : AskTheHolder(s, suspectAt, now, fx);
        var downAt = DownAt(s);
        if (verdict == Verdict.Wait || (verdict == Verdict.AtDown && now < downAt))
        {
            s.ReadySince = ElectionState.Forever;
            if (verdict == Verdict.AtDown)
                Wake(s, downAt);
            return;
        }
        if (s.ReadySince == ElectionState.Forever)
            s.ReadySince = now;
        var silent = LastMaster(s);
        var turn = s.ReadySince + PlaceInTurn(s, silent >= 0 && !Heard(s, silent, 1.5 * s.Settings.Interval, now) ? silent : -1, now) * s.Settings.Interval / 2;
        if (now < turn)
        {
            Wake(s, turn);
            return;
        }
        // Its last advert may be younger than D and call it fit; the service was asked since.
        if (verdict == Verdict.AtOnce)
            s.Peers[s.Settings.IndexOf(s.Look.NodeId)].DoubtedAt = now;
        TakeOver(s, postAtOnce: false, planned: false,
            silent >= 0 ? $"{NameOf(s, silent)} is silent{(s.GuardFailures >= 2 ? " and the service is down" : "")}" : "there is no master",
            now - SilentSince(s), now, fx);
    }

    /// <summary>The table of rule E6. The API must have answered since the silence was noticed.</summary>
    private static Verdict AskTheHolder(ElectionState s, TimeSpan suspectAt, TimeSpan now, List<Effect> fx)
    {
        if (s.LookSentAt < suspectAt || now - s.LookSentAt > Max(FreshLook, s.Settings.MasterDown))
            return Verdict.Wait;
        switch (s.Look.Kind)
        {
            case HolderKind.Nobody:
                return Verdict.AtDown;
            case HolderKind.Foreign:
                return s.Settings.ReclaimForeign ? Verdict.AtDown : Verdict.Wait;
            case HolderKind.Node:
                var holder = s.Settings.IndexOf(s.Look.NodeId);
                if (holder == s.Settings.Me)
                    return Verdict.AtDown;
                if (holder >= 0 && holder != s.Settings.Me && HolderIsHeard(s, holder, now))
                    return s.Peers[holder].Role == Role.Starting ? Verdict.Wait : Verdict.AtDown;
                return AskTheGuard(s, suspectAt, now, fx);
            case HolderKind.Unknown:
                return Verdict.Wait;
            default:
                throw new InvalidOperationException($"holder {s.Look.Kind}");
        }
    }

    /// <summary>The silent master itself is not heard from 1.5T on, though it is not down before D.</summary>
    private static bool HolderIsHeard(ElectionState s, int holder, TimeSpan now) =>
        Heard(s, holder, holder == LastMaster(s) ? 1.5 * s.Settings.Interval : s.Settings.MasterDown, now);

    private static Verdict AskTheGuard(ElectionState s, TimeSpan suspectAt, TimeSpan now, List<Effect> fx)
    {
        if (!s.Settings.Guard)
            return Verdict.AtDown;
        if (s.GuardAnsweredFor < suspectAt)
            return Verdict.Wait;
        if (s.GuardAlive == true)
        {
            TellSilence(s, now, fx);
            return Verdict.Wait;
        }
        if (s.GuardFailures < 2)
            return Verdict.Wait;
        return s.GuardProven && !s.GuardBroken ? Verdict.AtOnce : Verdict.AtDown;
    }

    private static void TellSilence(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        var last = LastMaster(s);
        if (s.SilenceTold || now < DownAt(s))
            return;
        s.SilenceTold = true;
        var who = last >= 0 ? NameOf(s, last) : NameOfHolder(s, s.Look);
        Tell(fx, new Event(EventKind.ServiceAliveMasterSilent, Severity.Critical, s.Term,
            $"agent of {who} silent, service alive: the service answers through the floating IP, so nothing moves")
        {
            Peer = who,
            Holder = NameOfHolder(s, s.Look),
            Cause = s.GuardDetail,
            Next = $"Look at flipagent on {who}, and at the network between the nodes (flipagentctl doctor).",
        });
    }

    private static void TakeGuardAnswer(ElectionState s, Input.GuardAnswered answered, TimeSpan now, List<Effect> fx)
    {
        var previous = s.GuardAlive;
        s.GuardInFlight = false;
        s.GuardAlive = answered.Alive;
        s.GuardDetail = answered.Detail;
        s.GuardAnsweredFor = s.GuardSentAt;
        if (answered.Alive)
        {
            s.GuardFailures = 0;
            s.GuardFailingSince = ElectionState.Never;
        }
        else
        {
            s.GuardFailures = previous == false || s.GuardFailures > 0 ? s.GuardFailures + 1 : 1;
            if (s.GuardFailingSince == ElectionState.Never)
                s.GuardFailingSince = s.GuardSentAt;
        }
        // The next when that one ends, after a success or a second failure T later.
        s.NextGuardAt = answered.Alive || s.GuardFailures >= 2 ? s.GuardSentAt + s.Settings.Interval : now;
        if (!GuardNeeded(s, now))
            JudgeGuardPath(s, now, fx);
    }

    /// <summary>While a fit master is heard that holds the IP, a failing guard tells of its own path, not of the master.</summary>
    private static void JudgeGuardPath(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        s.NextGuardAt = s.GuardSentAt + (s.GuardAlive == true || s.GuardFailures >= 2 ? GuardWatch : s.Settings.Interval);
        if (s.Role != Role.Backup)
            return;
        if (s.GuardAlive == true)
        {
            s.GuardProven = true;
            if (s.GuardBroken)
                Tell(fx, new Event(EventKind.GuardPathMended, Severity.Info, s.Term, "the guard reaches the service through the floating IP again") { Alert = true });
            s.GuardBroken = false;
            return;
        }
        s.GuardProven = false;
        var master = BestLivingMaster(s, now);
        if (s.GuardBroken || s.GuardFailures < 2 || master < 0 || s.Holder.NodeId != s.Settings.Nodes[master].Id
            || !s.Peers[master].Fit || now - s.Peers[master].MasterHeardAt > 1.5 * s.Settings.Interval)
            return;
        s.GuardBroken = true;
        Tell(fx, new Event(EventKind.GuardPathBroken, Severity.Warning, s.Term,
            $"{NameOf(s, master)} is heard, fit and holds the IP, but the guard fails: {s.GuardDetail}")
        { Cause = s.GuardDetail, Next = "Check floating_ip.guard and the firewall from this node to the floating IP; take-over after silence is slower until then." });
    }

    /// <summary>The guard's word is needed now: the holder is silent, or this node was superseded.</summary>
    private static bool GuardNeeded(ElectionState s, TimeSpan now)
    {
        if (!s.Settings.Guard || s.Role is not (Role.Backup or Role.Starting))
            return false;
        if (s.SupersededBy != 0)
            return true;
        if (!Suspects(s, now) || ReleaseCounts(s, now))
            return false;
        if (s.Look.Kind != HolderKind.Node)
            return false;
        var holder = s.Settings.IndexOf(s.Look.NodeId);
        return holder >= 0 && holder != s.Settings.Me && !HolderIsHeard(s, holder, now);
    }

    private static void DecideGuard(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        if (!s.Settings.Guard || s.GuardInFlight || s.Quiet || s.Stopping)
            return;
        var needed = GuardNeeded(s, now);
        // A probe planned for the slow watch is due at once when the guard is needed; only answers from then on count.
        var since = s.SupersededBy != 0 ? s.SupersededAt : SuspectAt(s);
        var at = needed && s.GuardSentAt < since ? now : s.NextGuardAt;
        if (!needed && Suspects(s, now))
            return;
        if (now < at)
        {
            Wake(s, at);
            return;
        }
        if (needed && s.GuardSentAt < since)
            s.GuardFailures = 0;
        s.GuardInFlight = true;
        s.GuardSentAt = now;
        fx.Add(new Effect.ProbeGuard());
    }

    /// <summary>Rule E8b: the IP arrived at a peer that is not heard; somebody there is alive.</summary>
    private static void Supersede(ElectionState s, int by, TimeSpan now, List<Effect> fx)
    {
        var id = s.Settings.Nodes[by].Id;
        if (s.SupersededBy == id)
            return;
        s.SupersededBy = id;
        s.SupersededAt = now;
        s.SupersededCount++;
        var wait = SupersededFirst;
        for (var i = 1; i < s.SupersededCount && wait < SupersededMost; i++)
            wait *= 2;
        s.SupersededUntil = s.Settings.Guard ? ElectionState.Forever : now + Min(wait, SupersededMost);
        s.Dirty = true;
        var name = NameOf(s, by);
        Tell(fx, new Event(EventKind.Superseded, Severity.Critical, s.Term,
            $"the floating IP moved to {name}, which is not heard: it is alive and believes to be master, so {s.Settings.Self.Name} stays backup")
        { Peer = name, Holder = name, Next = "Repair the network between the nodes (flipagentctl doctor); nothing moves until they hear each other." });
    }

    private static bool YieldToSuperseder(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        if (s.SupersededBy == 0)
            return false;
        Become(s, Role.Backup, EventKind.BecameBackup, Severity.Info, $"superseded by {NameOf(s, s.Settings.IndexOf(s.SupersededBy))}", now, fx);
        return true;
    }

    /// <summary>It may be master again when it hears the peer, when two guard probes fail, or with no guard after a while.</summary>
    private static void DecideSuperseded(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        if (s.SupersededBy == 0)
            return;
        var by = s.Settings.IndexOf(s.SupersededBy);
        if (by < 0 || Heard(s, by, now))
            EndSuperseded(s, by < 0 ? "it is no node of the cluster any more" : "it is heard again", fx);
        else if (s.Settings.Guard && s.GuardFailures >= 2 && s.GuardFailingSince >= s.SupersededAt)
            EndSuperseded(s, "two guard probes failed: its service is down", fx);
        else if (now >= s.SupersededUntil)
            EndSuperseded(s, "the waiting time is over", fx);
        else
            Wake(s, s.SupersededUntil);
        if (s.SupersededBy == 0 && by >= 0 && Heard(s, by, now))
            s.SupersededCount = 0;
    }

    private static void EndSuperseded(ElectionState s, string why, List<Effect> fx)
    {
        if (s.SupersededBy == 0)
            return;
        var by = s.Settings.IndexOf(s.SupersededBy);
        var name = by >= 0 ? NameOf(s, by) : "a former node";
        (s.SupersededBy, s.SupersededUntil, s.Dirty) = (0, ElectionState.Forever, true);
        Tell(fx, new Event(EventKind.SupersededEnded, Severity.Info, s.Term, $"no longer superseded by {name}: {why}") { Peer = name, Cause = why, Alert = true });
    }
}
