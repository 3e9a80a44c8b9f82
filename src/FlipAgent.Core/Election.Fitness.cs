namespace FlipAgent.Core;

/// <summary>
/// Fitness and rank: may this node serve at all (rule E1), and who comes first among those that may (rule E2). Checks of weight 0 are gates;
/// checks with a weight push the priority up or down. Hold-down is a memory of failures: it ranks last, it does not unfit.
/// </summary>
public static partial class Election
{
    private static readonly TimeSpan HoldDownFirst = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HoldDownMost = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan HoldDownWindow = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    private static void TakeVerdict(ElectionState s, Input.CheckChanged changed, TimeSpan now, List<Effect> fx)
    {
        if (changed.Check < 0 || changed.Check >= s.Checks.Length)
            return;
        var check = s.Checks[changed.Check];
        var settings = s.Settings.Checks[changed.Check];
        var was = check.Remembered ? null : check.Up;
        (check.Up, check.Remembered, check.Detail) = (changed.Up, false, changed.Detail);
        s.Dirty = true;
        if (was == changed.Up)
            return;
        if (!changed.Up && !s.Settings.ColdStandby)
            s.FaultAt = now - changed.FaultAge;
        else if (!changed.Up)
            s.FaultAt = s.Role == Role.Master ? now - changed.FaultAge : s.FaultAt;
        Tell(fx, changed.Up
            ? new Event(EventKind.CheckUp, Severity.Info, s.Term, $"check {settings.Name} is up: {changed.Detail}") { Cause = changed.Detail }
            : new Event(EventKind.CheckDown, Severity.Info, s.Term, $"check {settings.Name} is down: {changed.Detail}")
            { Cause = changed.Detail });
        // One failure of the node, however many checks see it.
        if (!changed.Up && was == true && settings.Weight == 0 && s.Fit)
            CountFailure(s, now, fx);
    }

    /// <summary>Hold-down: none for the first failure, from the second within 10 minutes 10 s, doubling to 5 min (DESIGN section 4).</summary>
    private static void CountFailure(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        s.Failures = now - s.LastFailureAt < HoldDownWindow ? s.Failures + 1 : 1;
        s.LastFailureAt = now;
        if (s.Failures < 2)
            return;
        var hold = HoldDownFirst;
        for (var i = 2; i < s.Failures && hold < HoldDownMost; i++)
            hold *= 2;
        hold = Min(hold, HoldDownMost);
        s.HoldDownUntil = now + hold;
        Tell(fx, new Event(EventKind.HoldDown, Severity.Warning, s.Term, $"{s.Failures} failures within 10 minutes: ranks last for {hold.TotalSeconds:0} s")
        { Duration = hold });
    }

    private static void JudgeFitness(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        if (s.Maintenance && now >= s.MaintenanceUntil)
        {
            SetMaintenance(s, false, null, null, now);
            Tell(fx, new Event(EventKind.Maintenance, Severity.Info, s.Term, $"maintenance of {s.Settings.Self.Name} is over: its time is up") { Alert = true });
        }
        if (s.Maintenance)
            Wake(s, s.MaintenanceUntil);
        if (now < s.HoldDownUntil)
            Wake(s, s.HoldDownUntil);
        var priority = s.Settings.Self.Priority;
        string? because = s.Maintenance ? "in maintenance" + (s.MaintenanceReason is { Length: > 0 } r ? $": {r}" : "") : null;
        string? mute = null;
        for (var i = 0; i < s.Checks.Length; i++)
        {
            if (s.Settings.Checks[i].OfKey)
            {
                mute = s.Checks[i].Up == false ? s.Checks[i].Detail : mute;
                continue;
            }
            var (check, weight) = (s.Checks[i], s.Settings.Checks[i].Weight);
            if (ServiceIsOffOnPurpose(s) && s.Settings.Checks[i].OfService)
                continue;
            // A check that a reload added says nothing before its first verdict; a start waits for it.
            if (weight == 0 && (check.Up is not null || s.Role is Role.Starting or Role.Fault))
                because ??= check.Up == true ? null : $"check {s.Settings.Checks[i].Name} is {(check.Up is null ? "not answered yet" : $"down: {check.Detail}")}";
            else if (weight != 0 && weight > 0 == (check.Up == true))
                priority += check.Up is null ? 0 : weight;
        }
        if (ServiceIsOffOnPurpose(s) && !s.UnitStartable)
            because ??= "its unit cannot be started";
        // Who could not hear is to listen like at a start before it trusts the silence.
        if (s.Mute && mute is null)
            s.SilenceSince = now;
        s.Mute = mute is not null && because is null;
        because ??= mute;
        s.UnfitBecause = because;
        s.Fit = because is null;
        s.EffectivePriority = Math.Clamp(priority, 1, 254);
    }

    /// <summary>Rule E14: a cold standby that is not master keeps its service stopped.</summary>
    private static bool ServiceIsOffOnPurpose(ElectionState s) => s.Settings.ColdStandby && s.Role != Role.Master;

    /// <summary>Rule E14: a cold master has 5 s for its checks to come up.</summary>
    private static bool WarmingUp(ElectionState s, TimeSpan now)
    {
        if (!s.Settings.ColdStandby || s.Maintenance || now - s.RoleSince >= WarmUp || s.Claim == ClaimState.Held || s.PostedSinceMaster)
            return false;
        Wake(s, s.RoleSince + WarmUp);
        return true;
    }

    private static void SetMaintenance(ElectionState s, bool on, TimeSpan? length, string? reason, TimeSpan now)
    {
        s.Maintenance = on;
        s.MaintenanceReason = on ? reason : null;
        s.MaintenanceUntil = on && length is { } l ? now + l : ElectionState.Forever;
        s.Dirty = true;
    }

    /// <summary>Rule E2: not in hold-down, can reach the API, holds the IP, effective priority, place in the file.</summary>
    private static bool Outranks(ElectionState s, int a, int b, TimeSpan now) => RankOf(s, a, now).CompareTo(RankOf(s, b, now)) < 0;

    private static (bool HoldDown, bool NoApi, bool NotHolder, int Priority, int Place) RankOf(ElectionState s, int node, TimeSpan now)
    {
        var holds = s.Holder.Kind == HolderKind.Node && s.Holder.NodeId == s.Settings.Nodes[node].Id;
        if (node == s.Settings.Me)
            return (now < s.HoldDownUntil, s.ApiOk != true, !holds, -s.EffectivePriority, node);
        var p = s.Peers[node];
        return (p.HoldDown, !p.ApiReachable, !holds, -p.EffectivePriority, node);
    }

    /// <summary>A peer that could be master now: heard, fit and not on its way out.</summary>
    private static bool IsCandidate(ElectionState s, int node, TimeSpan now) =>
        node != s.Settings.Me && Heard(s, node, now) && s.Peers[node].KnownAt > s.Peers[node].DoubtedAt && s.Peers[node] is { Fit: true, Leaving: false, Role: not Role.Starting };

    /// <summary>How many candidates come before this node; the place in the turn (DESIGN section 2).</summary>
    private static int PlaceInTurn(ElectionState s, int except, TimeSpan now)
    {
        var place = 0;
        for (var i = 0; i < s.Peers.Length; i++)
            if (i != except && IsCandidate(s, i, now) && Outranks(s, i, s.Settings.Me, now))
                place++;
        return place;
    }

    /// <summary>The best-ranked fit peer, or -1.</summary>
    private static int BestSuccessor(ElectionState s, TimeSpan now, bool withApi = false)
    {
        var best = -1;
        for (var i = 0; i < s.Peers.Length; i++)
            if (IsCandidate(s, i, now) && (!withApi || s.Peers[i].ApiReachable) && (best < 0 || Outranks(s, i, best, now)))
                best = i;
        return best;
    }

    private static void TakeUnit(ElectionState s, Input.UnitChanged changed, List<Effect> fx)
    {
        var was = s.UnitStartable;
        (s.UnitStartable, s.UnitActive) = (changed.Startable, changed.Active);
        if (!changed.Active)
            s.UnitStopAsked = false;
        if (was && !changed.Startable)
            Tell(fx, new Event(EventKind.UnitFailed, Severity.Critical, s.Term, $"the unit of the cold standby cannot be started: {changed.Detail}")
            { Cause = changed.Detail, Next = "systemctl status of the unit, and the polkit rule of the package." });
    }

    /// <summary>Rule E14: the unit runs on the master; it is stopped only when the API shows the IP elsewhere.</summary>
    private static void DecideUnit(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        if (!s.Settings.ColdStandby || s.Stopping)
            return;
        if (s.Role == Role.Master && !s.UnitActive && now - s.UnitStartAskedAt >= WarmUp)
        {
            s.UnitStartAskedAt = now;
            fx.Add(new Effect.StartUnit());
        }
        var elsewhere = s.Look.Kind is HolderKind.Node && s.Look.NodeId != s.Settings.Self.Id && s.LookSentAt > s.RoleSince;
        if (s.Role is Role.Backup or Role.Fault && s.UnitActive && !s.UnitStopAsked && elsewhere)
        {
            s.UnitStopAsked = true;
            fx.Add(new Effect.StopUnit());
        }
    }
}
