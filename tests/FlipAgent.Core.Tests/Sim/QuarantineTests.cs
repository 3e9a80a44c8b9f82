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
        Step(state, new Input.Deadline(), 10);
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

    private static bool Speaks(Effect effect) => effect is Effect.SendAdvert or Effect.Assign;
}
