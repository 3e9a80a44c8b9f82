namespace FlipAgent.Core;

/// <summary>Rule E12: a restart asks the peers to wait; any other stop releases.</summary>
internal static class StopRules
{
    public static void Take(in Turn t, StopKind kind) => t.State.Lifecycle.AskStop(kind, t.Now);

    /// <summary>The first step after the stop was asked for.</summary>
    public static void Release(in Turn t)
    {
        var life = t.State.Lifecycle;
        if (!life.StopIsNew)
            return;
        var restarts = life.Stop == StopKind.Restart;
        t.Announce(new Event(EventKind.Stopping, Severity.Info) { Stop = life.Stop });
        if (restarts)
            t.Announce(new Event(EventKind.HoldAsked, Severity.Info) { Duration = Lifecycle.RestartHold });
        else if (t.IsMaster)
            RoleRules.GiveUp(t, Rank.BestSuccessor(t.State, t.Now), planned: false, new Cause.Stopped());
        t.State.Adverts.Repeat();
        life.PlanExit(t.Now);
    }

    public static void Exit(in Turn t)
    {
        var life = t.State.Lifecycle;
        if (!life.Stopping)
            return;
        if ((AssignIsInFlight(t) || t.State.Lease.Releasing) && t.Now < life.ExitAt)
        {
            t.WakeAt(life.ExitAt);
            return;
        }
        Memory.Save(t);
        life.Exit();
        t.Do(new Effect.Exit());
    }

    private static bool AssignIsInFlight(in Turn t)
    {
        foreach (var ip in t.State.Ips)
            if (ip.Claim.Assign.InFlight)
                return true;
        return false;
    }
}
