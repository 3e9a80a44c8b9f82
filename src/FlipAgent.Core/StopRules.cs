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
        t.Announce(new Event(EventKind.Stopping, Severity.Info, t.Term, restarts ? "the agent is restarted" : "the agent stops"));
        if (restarts)
            t.Announce(new Event(EventKind.HoldAsked, Severity.Info, t.Term, $"asks the peers for {Lifecycle.RestartHold.TotalSeconds:0} s of patience") { Duration = Lifecycle.RestartHold });
        else if (t.IsMaster)
            RoleRules.GiveUp(t, Rank.BestSuccessor(t.State, t.Now), planned: false, "the agent was stopped");
        t.State.Adverts.Repeat();
        life.PlanExit(requestInFlight: t.Claim.Assign.InFlight, t.Now);
    }

    public static void Exit(in Turn t)
    {
        var life = t.State.Lifecycle;
        if (!life.Stopping)
            return;
        if (t.Claim.Assign.InFlight && t.Now < life.ExitAt)
        {
            t.WakeAt(life.ExitAt);
            return;
        }
        Memory.Save(t);
        life.Exit();
        t.Do(new Effect.Exit());
    }
}
