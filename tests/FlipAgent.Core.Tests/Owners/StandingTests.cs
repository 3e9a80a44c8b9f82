namespace FlipAgent.Core.Tests.Owners;

/// <summary>Role and term of one node: which transition changes which, and that the next run hears of it.</summary>
public sealed class StandingTests
{
    private static readonly TimeSpan s_now = TimeSpan.FromSeconds(7);

    [Fact]
    public void A_node_starts_in_the_term_that_it_remembers()
    {
        var standing = new Standing(5, s_now);
        Assert.Equal((Role.Starting, s_now, 5u, 0u, false), (standing.Role, standing.Since, standing.Term, standing.TermHeard, standing.IsMaster));
    }

    [Fact]
    public void Who_is_not_master_takes_a_later_term_and_no_other()
    {
        var standing = new Standing(5, TimeSpan.Zero);
        standing.HearTerm(5);
        standing.HearTerm(4);
        Assert.Equal((5u, 0), (standing.Term, standing.Revision));
        standing.HearTerm(6);
        Assert.Equal((6u, 1, 0u), (standing.Term, standing.Revision, standing.TermHeard));
    }

    [Fact]
    public void A_master_keeps_its_term_and_remembers_the_latest_that_it_heard_of()
    {
        var standing = new Standing(5, TimeSpan.Zero);
        standing.BecomeMaster(s_now);
        Assert.Equal((Role.Master, s_now, 6u, 1), (standing.Role, standing.Since, standing.Term, standing.Revision));
        standing.HearTerm(9);
        standing.HearTerm(8);
        Assert.Equal((6u, 9u), (standing.Term, standing.TermHeard));
    }

    [Fact]
    public void Who_stops_being_master_takes_the_term_that_it_heard_of()
    {
        var standing = new Standing(5, TimeSpan.Zero);
        standing.BecomeMaster(TimeSpan.Zero);
        standing.HearTerm(9);
        standing.Become(Role.Backup, s_now);
        Assert.Equal((Role.Backup, s_now, 9u, 0u, 2), (standing.Role, standing.Since, standing.Term, standing.TermHeard, standing.Revision));
        standing.Become(Role.Fault, s_now + s_now);
        Assert.Equal((Role.Fault, s_now + s_now, 9u, 3), (standing.Role, standing.Since, standing.Term, standing.Revision));
    }

    [Fact]
    public void The_term_never_goes_back()
    {
        var standing = new Standing(5, TimeSpan.Zero);
        standing.BecomeMaster(TimeSpan.Zero);
        standing.HearTerm(3);
        standing.RaiseTerm(4);
        Assert.Equal((6u, 2), (standing.Term, standing.Revision));
        standing.RaiseTerm(8);
        Assert.Equal((8u, 3), (standing.Term, standing.Revision));
        standing.Become(Role.Backup, s_now);
        Assert.Equal(8u, standing.Term);
        standing.ResumeMaster(7, s_now);
        Assert.Equal((Role.Master, s_now, 8u, 5), (standing.Role, standing.Since, standing.Term, standing.Revision));
    }

    [Fact]
    public void A_master_that_goes_on_is_master_of_the_term_that_it_had()
    {
        var standing = new Standing(5, TimeSpan.Zero);
        standing.ResumeMaster(7, s_now);
        Assert.Equal((7u, true), (standing.Term, standing.IsMaster));
    }
}
