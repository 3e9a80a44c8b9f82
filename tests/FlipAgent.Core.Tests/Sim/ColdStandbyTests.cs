using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>Rule E14 step by step: a successor whose HAProxy is off on purpose is asked to be master.</summary>
public sealed class ColdStandbyTests
{
    private static readonly Release ToMe = new(3, 1, Planned: false, AtSuccessor: false, "check haproxy is down", 12);

    [Fact]
    public void E14_a_named_successor_starts_its_unit_and_claims_when_the_checks_are_up_and_not_before()
    {
        var state = Standby();
        Assert.True(state.Fit);
        var effects = Step(state, Advert(state, Role.Fault, 0, ToMe with { Term = state.Term, Successor = state.Settings.Self.Id }), 0.6);
        Assert.Equal(Role.Master, state.Role);
        Assert.Contains(effects, e => e is Effect.StartUnit);
        Assert.DoesNotContain(effects, e => e is Effect.Assign);

        effects = Step(state, new Input.UnitChanged(true, true, "active (running)"), 0.8);
        effects.AddRange(Step(state, new Input.CheckChanged(0, true, "active (running)"), 0.8));
        Assert.DoesNotContain(effects, e => e is Effect.Assign);
        effects = Step(state, new Input.CheckChanged(1, true, "200"), 1.0);
        Assert.Contains(effects, e => e is Effect.Assign);
    }

    [Fact]
    public void E14_a_unit_that_does_not_come_up_in_five_seconds_costs_the_mastership_and_no_move()
    {
        var state = Standby();
        var effects = Step(state, Advert(state, Role.Fault, 0, ToMe with { Term = state.Term, Successor = state.Settings.Self.Id }), 0.6);
        for (var second = 0.7; second < 5.4; second += 0.5)
        {
            effects.AddRange(Step(state, new Input.Deadline(), second));
            Assert.Equal(Role.Master, state.Role);
        }

        effects.AddRange(Step(state, new Input.Deadline(), 5.7));
        Assert.NotEqual(Role.Master, state.Role);
        Assert.DoesNotContain(effects, e => e is Effect.Assign);
        Assert.Contains(effects, e => e is Effect.Announce { Event.Kind: EventKind.Released });
    }

    /// <summary>A backup of n2, which has the address; its own unit is stopped, and so both of its checks are down.</summary>
    private static ElectionState Standby()
    {
        var state = Grow(102, fit: true);
        Take(state, new Input.SettingsChanged(state.Settings with { ColdStandby = true }), 0);
        Take(state, new Input.UnitChanged(true, false, "inactive (dead)"), 0.1);
        Take(state, new Input.CheckChanged(0, false, "inactive (dead)"), 0.1);
        Take(state, new Input.CheckChanged(1, false, "connection refused"), 0.1);
        Assert.Equal(Role.Backup, state.Role);
        return state;
    }

    private static List<Effect> Step(ElectionState state, Input input, double second)
    {
        var effects = new List<Effect>();
        Election.Step(state, input, Then + TimeSpan.FromSeconds(second), effects);
        return effects;
    }
}
