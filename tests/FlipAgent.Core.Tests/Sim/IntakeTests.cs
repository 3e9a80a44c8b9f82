using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>What is recorded of an input, and what people are told of it at once.</summary>
public sealed class IntakeTests
{
    [Fact]
    public void A_check_that_changes_is_told_with_what_it_said_and_its_fault_is_dated_back()
    {
        var state = Grow(holder: 102, fit: true);
        Assert.DoesNotContain(Announced(state, new Input.CheckChanged(1, true, "200"), 0.1), e => e.Kind is EventKind.CheckUp or EventKind.CheckDown);
        Assert.Contains(new Event(EventKind.CheckDown, Severity.Info) { Term = 3, Node = "n1", Subject = "site", Detail = "503" },
            Announced(state, new Input.CheckChanged(1, false, "503", TimeSpan.FromSeconds(2)), 5));
        Assert.Equal(At(3), state.Fitness.FaultAt);
        Assert.Contains(new Event(EventKind.CheckUp, Severity.Info) { Term = 3, Node = "n1", Subject = "site", Detail = "200" }, Announced(state, new Input.CheckChanged(1, true, "200"), 6));
        Assert.Equal(At(3), state.Fitness.FaultAt);
    }

    /// <summary>A cold standby's service is down on purpose until it is master.</summary>
    [Theory]
    [InlineData(102L, false)]
    [InlineData(101L, true)]
    public void E14_a_check_that_goes_down_on_a_cold_standby_is_a_fault_only_while_it_is_master(long holder, bool fault)
    {
        var state = Grow(holder, fit: true);
        state.Apply(state.Settings with { ColdStandby = true }, TimeSpan.Zero);
        Take(state, new Input.CheckChanged(0, false, "stopped"), 1);
        Assert.Equal(fault ? At(1) : Moment.Never, state.Fitness.FaultAt);
    }

    [Fact]
    public void E2_the_second_failure_is_told_as_a_hold_down_and_two_checks_of_one_failure_are_one()
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, new Input.CheckChanged(0, false, "gone"), 1);
        Assert.DoesNotContain(Announced(state, new Input.CheckChanged(1, false, "gone"), 1.1), e => e.Kind == EventKind.HoldDown);
        Take(state, new Input.CheckChanged(0, true, "up"), 2);
        Take(state, new Input.CheckChanged(1, true, "up"), 2);
        Assert.Contains(new Event(EventKind.HoldDown, Severity.Warning) { Term = 3, Node = "n1", Count = 2, Duration = TimeSpan.FromSeconds(10) },
            Announced(state, new Input.CheckChanged(0, false, "gone"), 3));
        Assert.Equal((2, At(13)), (state.HoldDown.Failures, state.HoldDown.Until));
    }

    [Fact]
    public void E2_a_hold_down_doubles_up_to_5_minutes_while_each_failure_comes_within_10_minutes()
    {
        var holdDown = new HoldDown();
        var now = Then;
        foreach (var seconds in (double?[])[null, 10, 20, 40, 80, 160, 300, 300])
        {
            Assert.Equal(seconds, holdDown.Fail(now)?.TotalSeconds);
            Assert.Equal(seconds is not null, holdDown.IsOn(now));
            now += TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1);
        }
        now += TimeSpan.FromTicks(1);
        Assert.Null(holdDown.Fail(now));
        Assert.Equal(1, holdDown.Failures);
    }

    [Fact]
    public void A_unit_that_cannot_be_started_is_told_once()
    {
        var state = Grow(holder: 102, fit: true);
        Assert.Contains(new Event(EventKind.UnitFailed, Severity.Critical) { Term = 3, Node = "n1", Detail = "masked" }, Announced(state, new Input.UnitChanged(false, false, "masked"), 0.1));
        Assert.DoesNotContain(Announced(state, new Input.UnitChanged(false, false, "masked"), 0.2), e => e.Kind == EventKind.UnitFailed);
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(1, true)]
    public void A_reload_is_told_and_that_nobody_else_is_there_as_well(int nodes, bool alone)
    {
        var state = Grow(holder: 102, fit: true);
        var told = Announced(state, new Input.SettingsChanged(state.Settings with { Nodes = state.Settings.Nodes[..nodes] }), 0.1);
        Assert.Contains(told, e => e is { Kind: EventKind.Reloaded, Severity: Severity.Info });
        Assert.Equal(alone, told.Exists(e => e is { Kind: EventKind.NotRedundant, Severity: Severity.Warning }));
    }

    [Fact]
    public void The_end_of_a_reload_that_failed_is_the_next_that_works()
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, new Input.Noticed(new Event(EventKind.ReloadFailed, Severity.Warning) { Detail = "unknown key" }), 0.1);
        Assert.Contains(Announced(state, new Input.SettingsChanged(state.Settings), 0.2), e => e is { Kind: EventKind.Reloaded, Ended: true, Alert: true });
        Assert.Contains(Announced(state, new Input.SettingsChanged(state.Settings), 0.3), e => e is { Kind: EventKind.Reloaded, Ended: false, Alert: false });
    }

    /// <summary>The token may be another one. What only failed keeps its wait.</summary>
    [Theory]
    [InlineData(ApiStatus.Unauthorized, true)]
    [InlineData(ApiStatus.RateLimited, false)]
    public void F43_after_a_reload_what_was_refused_is_tried_again_at_once(ApiStatus status, bool atOnce)
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, Unread(status, 0), 0.1);
        Assert.True(state.Ip.Claim.Assign.NotBefore > At(1));
        var effects = Step(state, new Input.SettingsChanged(state.Settings), 1);
        Assert.Equal((atOnce, atOnce), (effects.Exists(e => e is Effect.ReadHolder), state.Ip.Claim.Assign.NotBefore == At(1)));
    }

    [Fact]
    public void A_reload_replaces_the_guard_only_when_it_asks_something_else_or_is_switched()
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, new Input.SettingsChanged(state.Settings), 0.1);
        Assert.True(state.Ip.Guard.Alive);
        Take(state, new Input.SettingsChanged(state.Settings, OtherGuard: true), 0.2);
        Assert.Null(state.Ip.Guard.Alive);
        var switched = Grow(holder: 102, fit: true);
        Take(switched, new Input.SettingsChanged(switched.Settings with { Guard = false }), 0.1);
        Assert.Null(switched.Ip.Guard.Alive);
    }

    [Fact]
    public void F59_a_reload_with_a_shorter_interval_sends_the_next_advert_sooner()
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, new Input.SettingsChanged(state.Settings with { Interval = TimeSpan.FromMilliseconds(100) }), 0.01);
        Assert.True(state.NextDeadline <= At(0.111));
    }
}
