using System.Collections.Immutable;

namespace FlipAgent.Core;

/// <summary>
/// Start, stall, reload and stop (rules E10 to E12): the moments at which a node cannot trust what it remembers. It listens before it speaks.
/// </summary>
public static partial class Election
{
    /// <summary>How long a restart may take before silence counts (rule E12).</summary>
    private static readonly TimeSpan HoldTime = Remembered.MaxHold;
    private static readonly TimeSpan StartMost = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ExitMost = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PreparedFor = TimeSpan.FromSeconds(60);

    private static void Recall(ElectionState s, LastRun? last, Remembered remembered, TimeSpan now)
    {
        s.PeerSessions = remembered.PeerSessions;
        for (var i = 0; i < s.Peers.Length; i++)
            if (remembered.PeerSessions.TryGetValue(s.Settings.Nodes[i].Name, out var session))
                s.Peers[i].Session = s.Peers[i].HighestSession = session;
        if (last is null)
            return;
        var age = last.SameBoot ? last.Age : TimeSpan.Zero;
        var maintenanceLeft = remembered.MaintenanceFor is { } m ? m - age : (TimeSpan?)null;
        if (remembered.Maintenance && maintenanceLeft is not { Ticks: <= 0 })
            SetMaintenance(s, true, maintenanceLeft, remembered.MaintenanceReason, now);
        if (remembered.SupersededBy is { } by && s.Settings.Nodes.FirstOrDefault(n => n.Name == by) is { } node)
        {
            (s.SupersededBy, s.SupersededAt, s.SupersededCount) = (node.Id, now, remembered.SupersededCount);
            s.SupersededUntil = s.Settings.Guard ? ElectionState.Forever : now + Max(remembered.SupersededFor - age, TimeSpan.Zero);
        }
        var resumable = last.SameBoot && remembered.Role == Role.Master && (last.Age < s.Settings.MasterDown || last.Age < remembered.Hold);
        if (!resumable)
            return;
        s.ResumeTerm = remembered.MasterTerm;
        s.ResumeUntil = now + s.Settings.MasterDown;
        for (var i = 0; i < s.Checks.Length; i++)
            if (remembered.Verdicts.TryGetValue(s.Settings.Checks[i].Name, out var up))
                (s.Checks[i].Up, s.Checks[i].Remembered, s.Checks[i].Detail) = (up, true, "as before the restart");
    }

    /// <summary>Rule E11: listen, or go on where the last run stopped when the IP is still here.</summary>
    private static void DecideStart(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        if (Resume(s, now, fx))
            return;
        var listenUntil = s.StartedAt + Max(s.Settings.MasterDown, s.Settings.StartupDelay);
        var mostUntil = Max(listenUntil, s.StartedAt + StartMost);
        var until = now < mostUntil && (SomePeerUncounted(s, now) || (s.UnfitBecause is not null && s.Checks.Any(c => c.Up is null))) ? mostUntil : listenUntil;
        if (now < until)
        {
            Wake(s, Max(listenUntil, now + s.Settings.Interval / 4));
            return;
        }
        (s.ResumeTerm, s.ResumeUntil) = (0, ElectionState.Never);
        foreach (var check in s.Checks)
            if (check.Remembered)
                (check.Up, check.Remembered) = (null, false);
        JudgeFitness(s, now, fx);
        if (s.Fit || s.Mute)
            Become(s, Role.Backup, EventKind.BecameBackup, Severity.Info, s.Fit ? "listened long enough after the start" : "stands by without a key", now, fx);
        else
            Become(s, Role.Fault, EventKind.BecameFault, Severity.Warning, s.UnfitBecause!, now, fx);
    }

    private static bool Resume(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        if (s.ResumeTerm == 0 || now >= s.ResumeUntil)
            return false;
        var other = BestLivingMaster(s, now);
        var here = s.Metadata == Witness.Here || (s.Look.Kind == HolderKind.Node && s.Look.NodeId == s.Settings.Self.Id);
        if (s.Term > s.ResumeTerm || other >= 0 || (s.Look.Kind != HolderKind.Unknown && !here) || !s.Fit)
        {
            s.ResumeTerm = 0;
            return false;
        }
        if (!here)
        {
            Wake(s, s.ResumeUntil);
            return false;
        }
        s.Term = s.ResumeTerm - 1;
        TakeOver(s, postAtOnce: false, planned: false, "resumed after a restart of the agent", TimeSpan.Zero, now, fx);
        s.ResumeTerm = 0;
        Tell(fx, new Event(EventKind.Resumed, Severity.Warning, s.Term, $"{s.Settings.Self.Name} was restarted and is master of term {s.Term} as before; nothing moved")
        { Holder = s.Settings.Self.Name, RoleTo = Role.Master });
        return true;
    }

    private static bool SomePeerUncounted(ElectionState s, TimeSpan now)
    {
        foreach (var p in s.Peers)
            if (p.Rejected is Rejection.Uncounted or Rejection.Stale && now - p.RejectedAt < s.Settings.MasterDown)
                return true;
        return false;
    }

    /// <summary>Rule E10, after the shell drained its socket.</summary>
    private static void TakeStall(ElectionState s, TimeSpan late, TimeSpan now, List<Effect> fx)
    {
        Tell(fx, new Event(EventKind.Stalled, Severity.Warning, s.Term, $"the agent was not running for {late.TotalSeconds:0.0} s") { Duration = late });
        s.LookWanted = true;
        var fresh = false;
        foreach (var p in s.Peers)
            fresh |= p.HeardAt > now - late;
        if (now - s.LastAdvertAt < 3 * s.Settings.Interval || fresh)
            return;
        (s.QuietUntil, s.QuietLooking) = (now + s.Settings.Interval, false);
    }

    private static void EndQuiet(ElectionState s, TimeSpan now)
    {
        if (!s.Quiet)
            return;
        if (now < s.QuietUntil)
        {
            Wake(s, s.QuietUntil);
            return;
        }
        if (s.QuietLooking)
        {
            if (now < s.QuietUntil + ExitMost + s.Settings.Interval)
            {
                Wake(s, s.QuietUntil + ExitMost + s.Settings.Interval);
                return;
            }
            (s.QuietUntil, s.QuietLooking) = (ElectionState.Never, false); // The API gives no answer at all: C7, it stays what it is.
            return;
        }
        s.QuietLooking = true;
        s.LookWanted = true;
        s.ReadNotBefore = Min(s.ReadNotBefore, now);
        s.ReadSentAt = ElectionState.Never;
    }

    private static void TakeSettings(ElectionState s, Input.SettingsChanged changed, TimeSpan now, List<Effect> fx)
    {
        var settings = changed.Settings;
        var otherGuard = changed.OtherGuard || settings.Guard != s.Settings.Guard;
        s.WithSettings(settings);
        (s.Look, s.Holder) = (HolderNow(s, s.Look), HolderNow(s, s.Holder));
        if (otherGuard)
            ForgetGuard(s, now);
        s.EffectivePriority = Math.Clamp(s.EffectivePriority, 1, 254);
        s.OutranksSince = ElectionState.Forever; // F59: no instant steal.
        s.NextAdvertAt = Min(s.NextAdvertAt, now + settings.Interval);
        s.LookWanted = true;
        // The token may be another one: what was refused is tried again now, not in 30 s.
        if (s.ApiStatus is ApiStatus.Unauthorized or ApiStatus.Forbidden or ApiStatus.NotFound)
            (s.ReadNotBefore, s.NextPostAt) = (now, now);
        s.Dirty = true;
        Tell(fx, new Event(EventKind.Reloaded, Severity.Info, s.Term, "the configuration was reloaded"));
        if (settings.Nodes.Length == 1)
            TellNotRedundant(s, fx);
    }

    /// <summary>After a reload: the droplet may have become a node, or a node of another name, or none.</summary>
    private static Holder HolderNow(ElectionState s, Holder holder)
    {
        if (holder.Kind is not (HolderKind.Node or HolderKind.Foreign))
            return holder;
        var node = holder.DropletId != 0 ? s.Settings.IndexOfDroplet(holder.DropletId) : s.Settings.IndexOf(holder.NodeId);
        return node >= 0 ? new Holder(HolderKind.Node, s.Settings.Nodes[node].Id, holder.DropletId) : new Holder(HolderKind.Foreign, 0, holder.DropletId);
    }

    private static void TellNotRedundant(ElectionState s, List<Effect> fx) =>
        Tell(fx, new Event(EventKind.NotRedundant, Severity.Warning, s.Term, "the cluster has one node: nothing can take over"));

    /// <summary>Rule E12.</summary>
    private static void TakeStop(ElectionState s, StopKind kind, TimeSpan now, List<Effect> fx)
    {
        if (s.Stopping)
            return;
        if (s.RestartPrepared && now < s.RestartPreparedUntil)
            kind = StopKind.Restart;
        var inFlight = s.WriteInFlight;
        Tell(fx, new Event(EventKind.Stopping, Severity.Info, s.Term, kind == StopKind.Restart ? "the agent is restarted" : "the agent stops"));
        if (kind == StopKind.Restart)
        {
            s.HoldUntil = now + HoldTime;
            Tell(fx, new Event(EventKind.HoldAsked, Severity.Info, s.Term, $"asks the peers for {HoldTime.TotalSeconds:0} s of patience") { Duration = HoldTime });
        }
        else if (s.Role == Role.Master)
        {
            GiveUp(s, BestSuccessor(s, now), planned: false, "the agent was stopped", now, fx);
        }
        s.Stop = kind;
        s.Dirty = true; // The next run must know of the hold.
        s.Copies = 3;
        s.ExitAt = inFlight ? now + ExitMost : now;
    }

    private static void DecideExit(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        if (!s.Stopping)
            return;
        if (s.WriteInFlight && now < s.ExitAt)
        {
            Wake(s, s.ExitAt);
            return;
        }
        DecideSave(s, now, fx);
        s.Exited = true;
        fx.Add(new Effect.Exit());
    }

    private static void DecideSave(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        if (!s.Dirty || s.Exited)
            return;
        s.Dirty = false;
        fx.Add(new Effect.SaveState(ToRemember(s, now)));
    }

    /// <summary>What the next run should know.</summary>
    public static Remembered ToRemember(ElectionState state, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        var s = state;
        var by = s.SupersededBy != 0 ? s.Settings.IndexOf(s.SupersededBy) : -1;
        var verdicts = ImmutableDictionary.CreateBuilder<string, bool>();
        for (var i = 0; i < s.Checks.Length; i++)
            if (s.Checks[i].Up is { } up)
                verdicts[s.Settings.Checks[i].Name] = up;
        return new Remembered
        {
            Term = s.Term,
            Session = s.Session,
            Role = s.Role,
            MasterTerm = s.Role == Role.Master ? s.Term : 0,
            Hold = s.HoldUntil > now ? s.HoldUntil - now : TimeSpan.Zero,
            PeerSessions = s.PeerSessions,
            Verdicts = verdicts.ToImmutable(),
            SupersededBy = by >= 0 ? NameOf(s, by) : null,
            SupersededFor = by >= 0 && s.SupersededUntil != ElectionState.Forever ? Max(s.SupersededUntil - now, TimeSpan.Zero) : TimeSpan.Zero,
            SupersededCount = s.SupersededCount,
            Maintenance = s.Maintenance,
            MaintenanceReason = s.MaintenanceReason,
            MaintenanceFor = s.MaintenanceUntil == ElectionState.Forever ? null : Max(s.MaintenanceUntil - now, TimeSpan.Zero),
            AssignUnderWay = s.WriteInFlight || s.ActionId != 0,
        };
    }
}
