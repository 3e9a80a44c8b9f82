using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>Terms at the end of their range: the election goes on behind the last one, and a wild number in one advert does not spread.</summary>
public sealed class TermRangeTests
{
    [Fact]
    public void The_master_after_the_last_term_is_of_term_1_and_assigns()
    {
        var state = Restarted(new Remembered { Term = uint.MaxValue });
        var effects = TakeOver(state);
        Assert.Equal((Role.Master, 1u), (state.Role, state.Term));
        Assert.Contains(effects, e => e is Effect.Assign { Term: 1 });
        Assert.True(Election.MayAssign(state, 1));
    }

    [Fact]
    public void A_backup_of_the_last_term_follows_the_master_of_term_1()
    {
        var state = Restarted(new Remembered { Term = uint.MaxValue });
        Take(state, new Input.AdvertHeard(1, Make(state, Role.Master, uint.MaxValue)), 0.1);
        Take(state, new Input.AdvertHeard(2, Make(state, Role.Master, 1, peer: 2)), 0.2);
        Assert.Equal(1u, state.Term);
        Assert.Equal(2, Election.LivingMaster(state, Then + TimeSpan.FromSeconds(0.3)));
    }

    [Theory]
    [InlineData(101)]
    [InlineData(102)]
    public void A_wild_term_in_an_advert_is_earlier_than_the_present_one(long holder)
    {
        var state = Grow(holder, fit: true);
        var (role, term) = (state.Role, state.Term);
        Take(state, new Input.AdvertHeard(2, Make(state, Role.Backup, uint.MaxValue, peer: 2)), 0.1);
        Take(state, new Input.Deadline(), 0.2);
        Assert.Equal((role, term), (state.Role, state.Term));
    }

    [Fact]
    public void Behind_the_last_sequence_a_new_session_begins()
    {
        var schedule = new AdvertSchedule(700, Then, sequence: uint.MaxValue - 1);
        Assert.Equal((uint.MaxValue, 700UL), (schedule.TakeSequence(Then), schedule.Session));
        Assert.Equal((1u, 701UL), (schedule.TakeSequence(Then), schedule.Session));
    }

    /// <summary>Nobody is heard and nobody holds the address, until this node is master and sends its assign.</summary>
    private static List<Effect> TakeOver(ElectionState state)
    {
        List<Effect> all = [];
        Take(state, new Input.CheckChanged(0, true, "up"), 0.05);
        Take(state, new Input.CheckChanged(1, true, "up"), 0.05);
        for (var second = 0.1; second < 15; second += 0.5)
        {
            all.AddRange(Step(state, new Input.Deadline(), second));
            all.AddRange(Step(state, Read(null, second + 0.1), second + 0.2));
        }
        return all;
    }
}
