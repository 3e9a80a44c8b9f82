using FlipAgent.Systemd;

namespace FlipAgent.Tests;

/// <summary>The table of docs/checks.md for units, in systemd's own words.</summary>
public class UnitStateTests
{
    [Theory]
    // Running, whatever is planned.
    [InlineData("active", "running", null, UnitCondition.Up)]
    [InlineData("active", "exited", null, UnitCondition.Up)]
    [InlineData("active", "running", "restart", UnitCondition.Up)]
    [InlineData("active", "running", "stop", UnitCondition.Up)]
    [InlineData("reloading", "reload", "reload", UnitCondition.Up)]
    [InlineData("refreshing", "refresh", null, UnitCondition.Up)]
    // Gone, and nobody means to start it.
    [InlineData("inactive", "dead", null, UnitCondition.Down)]
    [InlineData("failed", "failed", null, UnitCondition.Down)]
    [InlineData("failed", "failed", "stop", UnitCondition.Down)]
    [InlineData("inactive", "dead", "nop", UnitCondition.Down)]
    [InlineData("deactivating", "stop-sigterm", "stop", UnitCondition.Down)]
    [InlineData("maintenance", "cleaning", null, UnitCondition.Down)]
    [InlineData("a word of the future", "", null, UnitCondition.Down)]
    // On its way back, or not decided yet.
    [InlineData("activating", "auto-restart", null, UnitCondition.Restarting)]
    [InlineData("activating", "auto-restart-queued", "restart", UnitCondition.Restarting)]
    [InlineData("failed", "failed-before-auto-restart", null, UnitCondition.Restarting)]
    [InlineData("inactive", "dead-before-auto-restart", null, UnitCondition.Restarting)]
    [InlineData("inactive", "dead", "start", UnitCondition.Restarting)]
    [InlineData("inactive", "dead", "restart", UnitCondition.Restarting)]
    [InlineData("failed", "failed", "start", UnitCondition.Restarting)]
    [InlineData("deactivating", "stop-sigterm", "restart", UnitCondition.Restarting)]
    [InlineData("deactivating", "stop-sigterm", "try-restart", UnitCondition.Restarting)]
    [InlineData("deactivating", "stop-sigterm", null, UnitCondition.Restarting)]
    [InlineData("activating", "start-pre", "start", UnitCondition.Restarting)]
    [InlineData("activating", "start", null, UnitCondition.Restarting)]
    public void The_condition_follows_the_table(string active, string sub, string? job, UnitCondition expected) =>
        Assert.Equal(expected, UnitState.Judge(active, sub, job));

    [Fact]
    public void The_text_names_what_a_person_looks_for()
    {
        var running = new UnitState { Load = "loaded", Active = "active", Sub = "running", MainPid = 812 };
        Assert.Equal("pid 812, active (running)", running.Text);
        Assert.Equal("failed (failed), result oom-kill", new UnitState { Load = "loaded", Active = "failed", Sub = "failed", Result = "oom-kill" }.Text);
        Assert.Equal("inactive (dead), no such unit", new UnitState { Load = "not-found", Active = "inactive", Sub = "dead" }.Text);
        Assert.Equal("inactive (dead), start job pending, masked", new UnitState { Load = "masked", Active = "inactive", Sub = "dead", Job = "start" }.Text);
        Assert.True((running with { ReloadResult = "exit-code" }).ReloadFailed);
        Assert.True((running with { StatusText = "Reload failed!" }).ReloadFailed);
        Assert.False((running with { StatusText = "Ready." }).ReloadFailed);
    }
}
