using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>Which peer counts as the living master (rules E2, E3).</summary>
public sealed class LivingMasterTests
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(1);

    [Fact]
    public void E3_a_master_lives_for_less_than_D_after_it_was_heard_and_the_highest_term_counts()
    {
        var state = Grow(holder: 102, fit: true);
        var down = state.Settings.MasterDown;
        Hear(state, 1, Role.Master, 0.1);
        var heard = Then + TimeSpan.FromSeconds(0.1);
        Assert.Equal(1, Election.LivingMaster(state, heard + down - s_tick));
        Assert.Equal(-1, Election.LivingMaster(state, heard + down));
        Take(state, new Input.AdvertHeard(2, Make(state, Role.Master, 4, 2)), 0.2);
        Assert.Equal(2, Election.LivingMaster(state, heard));
        Take(state, new Input.AdvertHeard(1, Make(state, Role.Master, 5, 1)), 0.3);
        Assert.Equal(1, Election.LivingMaster(state, heard));
        // One term, two masters: the better rank.
        Take(state, new Input.AdvertHeard(2, Make(state, Role.Master, 5, 2) with { EffectivePriority = 101, Holder = default }), 0.4);
        Assert.Equal(1, Election.LivingMaster(state, heard)); // holds the address
        Take(state, Read(null, 0.45), 0.5);
        Assert.Equal(2, Election.LivingMaster(state, heard));
    }
}
