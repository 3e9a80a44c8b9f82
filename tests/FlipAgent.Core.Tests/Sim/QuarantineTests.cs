using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>What a node does after a stall, to the millisecond (rule E10).</summary>
public sealed class QuarantineTests
{
    [Fact]
    public void E10_a_stalled_master_listens_for_T_looks_and_goes_on_without_an_answer_5_s_and_T_later()
    {
        var state = Grow(holder: 101, fit: true);
        Assert.DoesNotContain(Step(state, new Input.Stalled(TimeSpan.FromSeconds(9)), 9), Speaks);
        Assert.True(state.Quarantine.On);
        Assert.DoesNotContain(Step(state, new Input.Deadline(), 9.999), Speaks);
        Assert.Contains(Step(state, new Input.Deadline(), 10), e => e is Effect.ReadHolder);
        Assert.DoesNotContain(Step(state, new Input.Deadline(), 15.999), Speaks);
        Assert.True(state.Quarantine.On);
        Assert.Contains(Step(state, new Input.Deadline(), 16), Speaks);
        Assert.Equal((Role.Master, false), (state.Role, state.Quarantine.On));
    }

    [Fact]
    public void E10_a_stalled_master_goes_on_with_the_answer_to_the_look_that_it_sent_afterwards()
    {
        var state = Grow(holder: 101, fit: true);
        Step(state, new Input.Stalled(TimeSpan.FromSeconds(9)), 9);
        Step(state, Read(101, 8.9), 9.1); // asked before
        Assert.Contains(Step(state, new Input.Deadline(), 10), e => e is Effect.ReadHolder);
        Assert.True(state.Quarantine.On);
        Assert.Contains(Step(state, Read(101, 10), 10.1), Speaks);
        Assert.Equal((Role.Master, ClaimState.Held), (state.Role, state.Ip.Claim.State));
    }

    [Fact]
    public void E10_a_stall_after_which_something_fresh_was_heard_needs_no_quiet()
    {
        var state = Grow(holder: 101, fit: true);
        Hear(state, 1, Role.Backup, 9);
        Step(state, new Input.Stalled(TimeSpan.FromSeconds(9)), 9);
        Assert.False(state.Quarantine.On);
    }

    /// <summary>What it did not say for 3T, to the tick: by a clock that went on, and by one that stood still with the machine.</summary>
    [Theory]
    [InlineData(false, 2.5, 3)]
    [InlineData(false, 3, 2.5)]
    [InlineData(true, 2.5, 0.5)]
    public void E10_a_node_that_was_silent_for_3_T_must_be_quiet(bool suspended, double late, double afterLastAdvert)
    {
        foreach (var quiet in (bool[])[true, false])
        {
            var state = Grow(holder: 101, fit: true);
            // It speaks once more, and hears nobody meanwhile.
            for (var second = 0.0; second < 1; second += 0.05)
                Step(state, new Input.Deadline(), second);
            var (length, now) = (TimeSpan.FromSeconds(late), state.Adverts.LastAt + TimeSpan.FromSeconds(afterLastAdvert));
            if (!quiet)
                (length, now) = length == TimeSpan.FromSeconds(3) ? (length - TimeSpan.FromTicks(1), now) : (length, now - TimeSpan.FromTicks(1));
            var effects = new List<Effect>();
            Election.Step(state, new Input.Stalled(length) { AwakeAt = suspended ? now : null }, now, effects);
            Assert.Equal(quiet, state.Quarantine.On);
            var told = Assert.Single(effects.OfType<Effect.Announce>(), e => e.Event.Kind == EventKind.Stalled).Event;
            Assert.Equal((Severity.Warning, length), (told.Severity, told.Duration));
        }
    }

    /// <summary>The wait after a failure of the API was for a machine that ran.</summary>
    [Fact]
    public void E10_the_look_after_the_quiet_does_not_wait_for_an_API_that_failed_before()
    {
        var state = Grow(holder: 101, fit: true);
        for (var second = 0.0; second < 8 || state.Api.NotBefore < At(11); second += 0.1)
            Step(state, Unread(ApiStatus.Failed, Math.Min(second, 8)), Math.Min(second, 8));
        Step(state, new Input.Stalled(TimeSpan.FromSeconds(8.2)), 8.1);
        Assert.True(state.Quarantine.On);
        Assert.DoesNotContain(Step(state, new Input.Deadline(), 9), e => e is Effect.ReadHolder);
        Assert.Contains(Step(state, new Input.Deadline(), 9.1), e => e is Effect.ReadHolder);
    }

    private static bool Speaks(Effect effect) => effect is Effect.SendAdvert or Effect.Assign;
}
