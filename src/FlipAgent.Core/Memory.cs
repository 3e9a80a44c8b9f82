using System.Collections.Immutable;

namespace FlipAgent.Core;

/// <summary>What one run leaves for the next (<see cref="Remembered"/>), and what the next makes of it.</summary>
internal static class Memory
{
    public static void Recall(ElectionState s, LastRun? last, Remembered remembered, TimeSpan now)
    {
        s.Peers.Recall(remembered.PeerSessions);
        if (last is null)
            return;
        s.Open.Recall(remembered.Told, s.Settings);
        if (last.SameBoot)
        {
            s.Identity.Recall(remembered.ProvenDroplet);
            s.Lease.Recall(remembered.LeaseId);
        }
        var age = last.SameBoot ? last.Age : TimeSpan.Zero;
        var maintenanceLeft = remembered.MaintenanceFor - age;
        if (remembered.Maintenance && maintenanceLeft is not { Ticks: <= 0 })
            s.Maintenance.Begin(maintenanceLeft, remembered.MaintenanceReason, now, remembered.MaintenanceBy);
        if (remembered.SupersededBy is { } by && s.Settings.IndexOfName(by) is var node and >= 0)
            s.Ip.Supersession.Recall(
                s.Settings.Nodes[node].Id, remembered.SupersededCount, remembered.SupersededFor, age, now);
        if (!last.SameBoot || remembered.Role != Role.Master || (last.Age >= s.Settings.MasterDown && last.Age >= remembered.Hold))
            return;
        s.Lifecycle.MayResume(remembered.MasterTerm, now + s.Settings.MasterDown);
        s.Fitness.Recall(remembered.Verdicts);
    }

    public static void Save(in Turn t)
    {
        if (t.State.TakeUnsaved())
            t.Do(new Effect.SaveState(Remember(t.State, t.Now)));
    }

    private static Remembered Remember(ElectionState s, TimeSpan now)
    {
        var superseded = s.Ip.Supersession;
        var by = s.Settings.IndexOf(superseded.By);
        var verdicts = ImmutableDictionary.CreateBuilder<string, bool>();
        for (var i = 0; i < s.Fitness.Checks.Count; i++)
            if (s.Fitness.Checks[i].Up is { } up)
                verdicts[s.Settings.Checks[i].Name] = up;
        return new Remembered
        {
            Term = s.Term,
            Session = s.Adverts.Session,
            Role = s.Role,
            MasterTerm = s.Role == Role.Master ? s.Term : 0,
            Hold = Moment.Max(s.Lifecycle.RestartHoldUntil - now, TimeSpan.Zero),
            PeerSessions = s.Peers.Sessions,
            Verdicts = verdicts.ToImmutable(),
            SupersededBy = by >= 0 ? s.Settings.Nodes[by].Name : null,
            SupersededFor = by >= 0 && !s.Settings.Guard ? Moment.Max(superseded.EndAt(withGuard: false) - now, TimeSpan.Zero) : TimeSpan.Zero,
            SupersededCount = superseded.Count,
            Maintenance = s.Maintenance.On,
            MaintenanceReason = s.Maintenance.Reason,
            MaintenanceBy = s.Maintenance.By,
            MaintenanceFor = s.Maintenance.Until == Moment.Forever ? null : s.Maintenance.Until - now,
            ProvenDroplet = s.Identity.Proven,
            LeaseId = s.Lease.Id,
            Told = s.Open.Remember(s.Settings),
            AssignUnderWay = s.Ips.Any(ip => !ip.Claim.IsIdle),
        };
    }
}
