using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>What one run leaves for the next (rules E8b, E11): maintenance and supersession, with the time that is left of them.</summary>
public sealed class RestartMemoryTests
{
    [Fact]
    public void Maintenance_and_superseded_outlive_a_restart()
    {
        var state = Restarted(new Remembered { Maintenance = true, MaintenanceReason = "kernel", MaintenanceBy = "alice", SupersededBy = "n2", SupersededCount = 2 });
        Assert.Equal((true, "kernel", "alice"), (state.Maintenance.On, state.Maintenance.Reason, state.Maintenance.By));
        Assert.Equal((state.Settings.Nodes[1].Id, 2), (state.Ip.Supersession.By, state.Ip.Supersession.Count));
        Assert.Equal(0u, Restarted(new Remembered { SupersededBy = "n9" }).Ip.Supersession.By);
        var timed = new Remembered { Maintenance = true, MaintenanceFor = TimeSpan.FromMinutes(5) };
        Assert.True(Restarted(timed, age: 299).Maintenance.On);
        Assert.False(Restarted(timed, age: 300).Maintenance.On);
    }

    [Fact]
    public void What_is_left_of_superseded_and_of_maintenance_outlives_a_restart()
    {
        var settings = Pair() with { Guard = false };
        var last = new LastRun(new Remembered { SupersededBy = "a", SupersededFor = TimeSpan.FromSeconds(600), SupersededCount = 1 }, true, TimeSpan.FromSeconds(100));
        Assert.Equal(Then + TimeSpan.FromSeconds(500), Election.Start(settings, last, 1, Then).Ip.Supersession.EndAt(withGuard: false));
        Assert.Equal(Moment.Forever, Election.Start(settings with { Guard = true }, last, 1, Then).Ip.Supersession.EndAt(withGuard: true));

        var effects = new List<Effect>();
        var state = Alone();
        Election.Step(state, new Input.Commanded(new Command.Maintenance(true, TimeSpan.FromSeconds(300), null)), Then, effects);
        Assert.Equal(TimeSpan.FromSeconds(300), effects.OfType<Effect.SaveState>().Last().Remembered.MaintenanceFor);
        effects.Clear();
        Election.Step(state, new Input.Commanded(new Command.Maintenance(true, null, null)), Then, effects);
        Assert.Null(effects.OfType<Effect.SaveState>().Last().Remembered.MaintenanceFor);
    }
}
