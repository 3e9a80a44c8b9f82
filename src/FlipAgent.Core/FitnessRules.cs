namespace FlipAgent.Core;

/// <summary>Is this node fit (rule E1), and does its cold standby's unit run where it should (rule E14).</summary>
internal static class FitnessRules
{
    public static void Judge(in Turn t)
    {
        var (maintenance, holdDown) = (t.State.Maintenance, t.State.HoldDown);
        if (maintenance.On && t.Now >= maintenance.Until)
        {
            maintenance.End();
            t.Announce(new Event(EventKind.Maintenance, Severity.Info) { Ended = true, TimeUp = true, Alert = true });
        }
        if (maintenance.On)
            t.WakeAt(maintenance.Until);
        if (holdDown.IsOn(t.Now))
            t.WakeAt(holdDown.Until);
        var off = ServiceIsOffOnPurpose(t);
        var first = maintenance.On ? new Cause.InMaintenance(maintenance.Reason) : IdentityRules.Unfit(t);
        var last = off && !t.State.Unit.Startable ? new Cause.UnitNotStartable() : null;
        // A check that a reload added says nothing before its first verdict; a start waits for it.
        if (t.Fitness.Judge(t.Role is Role.Starting or Role.Fault, off, first, last))
            t.Peers.ListenAnew(t.Now); // Who could not hear listens like at a start before it trusts the silence.
    }

    /// <summary>Rule E14: a cold standby that is not master keeps its service stopped.</summary>
    private static bool ServiceIsOffOnPurpose(in Turn t) => t.Settings.ColdStandby && !t.IsMaster;

    /// <summary>Rule E14: a cold master has 5 s for its checks to come up.</summary>
    public static bool IsWarmingUp(in Turn t)
    {
        var end = t.Standing.Since + StandbyUnit.WarmUp;
        if (!t.Settings.ColdStandby || t.State.Maintenance.On || t.Now >= end || t.Claim.IsHeld || t.Claim.Assign.SentThisTime)
            return false;
        t.WakeAt(end);
        return true;
    }

    /// <summary>Rule E14: the unit runs on the master; it is stopped only when the API shows the address elsewhere.</summary>
    public static void SwitchUnit(in Turn t)
    {
        if (!t.Settings.ColdStandby || t.State.Lifecycle.Stopping)
            return;
        if (t.IsMaster && t.State.Unit.AskStart(t.Now))
            t.Do(new Effect.StartUnit());
        if (t.Role is Role.Backup or Role.Fault && IsElsewhere(t) && t.State.Unit.AskStop())
            t.Do(new Effect.StopUnit());
    }

    /// <summary>A cold standby that still runs its unit waits for a lookup that shows the address elsewhere.</summary>
    public static bool WaitsToStopUnit(in Turn t) =>
        t.Settings.ColdStandby && (t.Role is Role.Backup or Role.Fault) && t.State.Unit.Active && !IsElsewhere(t);

    private static bool IsElsewhere(in Turn t) => t.Lookup.Own.Kind is HolderKind.Node && !t.Lookup.OwnIs(t.Self) && t.Lookup.OwnAt > t.Standing.Since;
}
