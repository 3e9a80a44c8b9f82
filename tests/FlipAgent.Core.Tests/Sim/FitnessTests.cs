using FlipAgent.Sim;
using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>Fit, priority, hold-down (rules E1, E2; docs/checks.md): who may serve at all, and what a node that fails again and again is worth.</summary>
public sealed class FitnessTests
{
    [Fact]
    public void F50_hold_down_begins_with_the_second_failure_and_doubles_from_10_s_to_5_min()
    {
        var state = Grow(holder: 102, fit: true);
        var second = 0.0;
        foreach (var seconds in new[] { 0, 10, 20, 40, 80, 160, 300, 300 })
        {
            second += 20;
            var told = Fail(state, second);
            if (seconds == 0)
                Assert.DoesNotContain(told, e => e.Kind == EventKind.HoldDown);
            else
                Assert.Equal(TimeSpan.FromSeconds(seconds), Assert.Single(told, e => e.Kind == EventKind.HoldDown).Duration);
            Assert.Equal(seconds > 0 ? Then + TimeSpan.FromSeconds(second + seconds) : Moment.Never, state.HoldDown.Until);
        }
    }

    [Theory]
    [InlineData(599.999, true)]
    [InlineData(600, false)]
    public void A_failure_is_forgotten_after_10_minutes(double later, bool counts)
    {
        var state = Grow(holder: 102, fit: true);
        Fail(state, 0);
        Assert.Equal(counts, Fail(state, later).Any(e => e.Kind == EventKind.HoldDown));
    }

    [Fact]
    public void Two_checks_that_see_one_crash_are_one_failure()
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, new Input.CheckChanged(0, false, "exited"), 0.1);
        Take(state, new Input.CheckChanged(1, false, "refused"), 0.9);
        Take(state, new Input.CheckChanged(0, true, "up"), 1);
        Take(state, new Input.CheckChanged(1, true, "up"), 2);
        Assert.Equal(Moment.Never, state.HoldDown.Until);
        // The same verdict again is no news.
        Take(state, new Input.CheckChanged(0, false, "exited"), 3);
        Assert.Equal(Then + TimeSpan.FromSeconds(13), state.HoldDown.Until);
        Take(state, new Input.CheckChanged(0, false, "exited"), 4);
        Assert.Equal(Then + TimeSpan.FromSeconds(13), state.HoldDown.Until);
    }

    [Theory]
    [InlineData(40, true, 190)]
    [InlineData(40, false, 150)]
    [InlineData(-40, true, 150)]
    [InlineData(-40, false, 110)]
    [InlineData(200, true, 254)]
    [InlineData(-200, false, 1)]
    public void A_weight_above_0_counts_while_its_check_is_up_and_one_below_while_it_is_down(int weight, bool up, int priority)
    {
        var state = Weighted(weight);
        Assert.Equal(150, state.Fitness.EffectivePriority); // not answered yet
        Take(state, new Input.CheckChanged(1, up, "?"), 1);
        Assert.Equal(priority, state.Fitness.EffectivePriority);
        Assert.True(state.Fitness.Fit);
        Assert.Equal(priority, Election.BuildAdvert(state, Then + TimeSpan.FromSeconds(1)).EffectivePriority);
        Assert.Equal(150, Election.BuildAdvert(state, Then + TimeSpan.FromSeconds(1)).Priority);
        Assert.Equal(Moment.Never, state.HoldDown.Until);
    }

    [Fact]
    public void A_start_waits_for_the_first_answer_of_each_check_and_a_reload_does_not()
    {
        var plan = new Plan { Nodes = Plan.MakeNodes(150, 140), Exact = true };
        var state = Election.Start(plan.SettingsOf(0), null, 1, Then);
        Take(state, new Input.CheckChanged(0, true, "up"), 0.1);
        Assert.Equal((false, new Cause.Unanswered("site")), (state.Fitness.Fit, state.Fitness.UnfitBecause));
        Take(state, new Input.CheckChanged(1, true, "up"), 0.2);
        Assert.True(state.Fitness.Fit);
        Assert.Null(state.Fitness.UnfitBecause);
        var master = Grow(holder: 101, fit: true);
        Fail(master, -8);
        Take(master, new Input.SettingsChanged(master.Settings with { Checks = [.. master.Settings.Checks, new CheckWeight("new", 0)] }), 0.1);
        Assert.Equal((Role.Master, true), (master.Role, master.Fitness.Fit));
        Take(master, new Input.CheckChanged(2, false, "no"), 0.2);
        Assert.Equal((false, new Cause.CheckDown("new", "no")), (master.Fitness.Fit, master.Fitness.UnfitBecause));
        Assert.NotEqual(Role.Master, master.Role);
        Assert.Equal(Moment.Never, master.HoldDown.Until); // a first verdict is no failure
    }

    /// <summary>n1, fit by one check, and a second one with a weight.</summary>
    private static ElectionState Weighted(int weight)
    {
        var plan = new Plan { Nodes = Plan.MakeNodes(150, 140, 130), Exact = true };
        var state = Election.Start(plan.SettingsOf(0) with { Checks = [new CheckWeight("haproxy", 0), new CheckWeight("backends", weight)] }, null, 1, Then);
        Take(state, new Input.CheckChanged(0, true, "up"), 0.1);
        Assert.True(state.Fitness.Fit);
        return state;
    }

    /// <summary>Down for five seconds.</summary>
    private static List<Event> Fail(ElectionState state, double second)
    {
        var effects = new List<Effect>();
        Election.Step(state, new Input.CheckChanged(0, false, "down"), Then + TimeSpan.FromSeconds(second), effects);
        Take(state, new Input.CheckChanged(0, true, "up"), second + 5);
        return [.. effects.OfType<Effect.Announce>().Select(a => a.Event)];
    }
}
