using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>Who asks the master to hand over, and when (rule E9).</summary>
public sealed class PreemptionTests
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(1);

    [Theory]
    [InlineData(149, true, false, true)]
    [InlineData(150, true, false, true)] // equal, but later in the file
    [InlineData(151, true, false, false)]
    [InlineData(151, false, false, true)] // cannot reach the API
    [InlineData(151, true, true, true)] // in hold-down
    public void E9_only_the_best_of_those_that_outrank_the_master_asks_after_the_delay(int priority, bool api, bool holdDown, bool asks)
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, new Input.SettingsChanged(state.Settings with { Preempt = true, PreemptDelay = TimeSpan.FromSeconds(2) }), 0);
        for (var second = 0.1; second < 2.1; second += 0.4)
            HearBoth(second);
        Assert.False(Election.BuildAdvert(state, Then + TimeSpan.FromSeconds(2.1) - s_tick).WantsToPreempt);
        HearBoth(2.2);
        Assert.Equal(asks, Election.BuildAdvert(state, Then + TimeSpan.FromSeconds(2.2)).WantsToPreempt);

        void HearBoth(double second)
        {
            Hear(state, 1, Role.Master, second);
            Take(state, new Input.AdvertHeard(2, Make(state, Role.Backup, 3, 2) with { EffectivePriority = (byte)priority, ApiReachable = api, HoldDown = holdDown }), second);
        }
    }

    [Fact]
    public void E9_the_wish_begins_anew_after_a_break()
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, new Input.SettingsChanged(state.Settings with { Preempt = true, PreemptDelay = TimeSpan.FromSeconds(2) }), 0);
        foreach (var (second, priority, asks) in new[] { (0.1, 100, false), (1.1, 100, false), (2.0, 150, false), (2.2, 100, false), (3.2, 100, false), (4.1, 100, false), (4.2, 100, true), (4.3, 150, false) })
        {
            Take(state, new Input.AdvertHeard(1, Make(state, Role.Master, 3) with { EffectivePriority = (byte)priority }), second);
            Assert.Equal(asks, Election.BuildAdvert(state, Then + TimeSpan.FromSeconds(second)).WantsToPreempt);
        }
    }
}
