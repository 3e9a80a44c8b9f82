namespace FlipAgent.Core.Tests.Owners;

/// <summary>What is known of one peer (rules E3, E7, E12): its own word first, hearsay when it is newer, and masterships that end for good.</summary>
public sealed class PeerStateTests
{
    private static readonly TimeSpan s_now = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_tick = TimeSpan.FromTicks(1);
    private readonly Peer _peer = new();

    [Fact]
    public void An_advert_of_its_own_is_believed_whole()
    {
        _peer.Reject(Rejection.Uncounted, "session 4", s_second, s_now - s_second);
        Assert.Equal((Rejection.Uncounted, "session 4", s_now - s_second), (_peer.Rejected, _peer.RejectedDetail, _peer.RejectedAt));
        var advert = Sent(1) with { Role = Role.Fault, Fit = false, ApiReachable = true, HoldDown = true, Demoted = true, Maintenance = true, Leaving = true, EffectivePriority = 77 };
        Assert.True(_peer.Take(advert, hearsMe: true, s_second, s_now));
        Assert.Same(advert, _peer.Advert);
        Assert.Equal((s_now, s_now, s_now), (_peer.HeardAt, _peer.KnownAt, _peer.InfoAt));
        Assert.Equal((null, true, Role.Fault, false, true), (_peer.Rejected, _peer.HearsMe, _peer.Role, _peer.Fit, _peer.ApiReachable));
        Assert.Equal((true, true, true, true, 77), (_peer.HoldDown, _peer.Demoted, _peer.Maintenance, _peer.Leaving, _peer.EffectivePriority));
        Assert.False(_peer.Take(Sent(2), hearsMe: false, s_second, s_now + s_second));
        Assert.Equal((false, false, true), (_peer.HearsMe, _peer.Leaving, _peer.Fit));
    }

    [Fact]
    public void E12_a_restart_hold_is_granted_up_to_the_longest_and_ends_with_the_next_session()
    {
        _peer.Take(Sent(1), true, s_second, s_now);
        Assert.Equal(Moment.Never, _peer.RestartHoldUntil);
        _peer.Take(Sent(2) with { Hold = s_second / 2 }, true, s_second, s_now);
        Assert.Equal(s_now + s_second / 2, _peer.RestartHoldUntil);
        _peer.Take(Sent(3) with { Hold = 9 * s_second }, true, s_second, s_now);
        Assert.Equal(s_now + s_second, _peer.RestartHoldUntil);
        _peer.Take(Sent(4), true, s_second, s_now);
        Assert.Equal(s_now + s_second, _peer.RestartHoldUntil);
        Assert.True(_peer.Take(Sent(1) with { Session = 6 }, true, s_second, s_now));
        Assert.Equal(Moment.Never, _peer.RestartHoldUntil);
    }

    [Fact]
    public void E3_hearsay_counts_when_it_is_newer_than_what_is_known()
    {
        _peer.Take(Sent(1), true, s_second, s_now);
        _peer.Take(Report(), s_now);
        Assert.Equal((Role.Backup, true, s_now), (_peer.Role, _peer.Fit, _peer.KnownAt));
        _peer.Take(Report(), s_now + s_tick);
        Assert.Equal((s_now, s_now + s_tick, s_now + s_tick), (_peer.HeardAt, _peer.KnownAt, _peer.InfoAt));
        Assert.Equal((Role.Fault, false, true, true), (_peer.Role, _peer.Fit, _peer.ApiReachable, _peer.HoldDown));
        Assert.Equal((true, true, 33), (_peer.Demoted, _peer.Maintenance, _peer.EffectivePriority));
    }

    [Theory]
    [InlineData(5UL, true)]
    [InlineData(6UL, false)]
    public void F64_only_hearsay_of_another_session_ends_a_goodbye(ulong session, bool leaving)
    {
        _peer.Take(Sent(1) with { Leaving = true }, true, s_second, s_now);
        _peer.Take(Report() with { Session = session }, s_now + s_tick);
        Assert.Equal(leaving, _peer.Leaving);
    }

    [Fact]
    public void A_mastership_is_as_fresh_as_the_last_that_was_heard_of_it()
    {
        Assert.Null(_peer.SeeMaster(3, s_now));
        Assert.Equal((3u, s_now, true), (_peer.MasterTerm, _peer.MasterHeardAt, _peer.IsMaster));
        Assert.Null(_peer.SeeMaster(3, s_now));
        Assert.Null(_peer.SeeMaster(3, s_now - s_tick));
        Assert.Equal(s_second, _peer.SeeMaster(3, s_now + s_second));
        Assert.Equal((s_now + s_second, s_now), (_peer.MasterHeardAt, _peer.MasterSince));
        Assert.Null(_peer.SeeMaster(2, s_now + 2 * s_second));
        Assert.Equal((3u, s_now + s_second), (_peer.MasterTerm, _peer.MasterHeardAt));
        // A later mastership, though it is older news.
        Assert.Null(_peer.SeeMaster(4, s_now + s_tick));
        Assert.Equal((4u, s_now + s_tick, s_now + s_tick), (_peer.MasterTerm, _peer.MasterHeardAt, _peer.MasterSince));
    }

    [Fact]
    public void A_mastership_that_ended_does_not_come_back_and_takes_its_restart_hold_along()
    {
        _peer.Take(Sent(1) with { Hold = s_second }, true, s_second, s_now);
        _peer.SeeMaster(3, s_now);
        Assert.True(_peer.EndMaster(3));
        Assert.Equal((3u, false, Moment.Never), (_peer.EndedTerm, _peer.IsMaster, _peer.RestartHoldUntil));
        Assert.False(_peer.EndMaster(3));
        Assert.False(_peer.EndMaster(2));
        Assert.Null(_peer.SeeMaster(3, s_now + s_second));
        Assert.Equal((s_now, false), (_peer.MasterHeardAt, _peer.IsMaster));
        _peer.SeeMaster(4, s_now);
        Assert.True(_peer.IsMaster);
    }

    private static Advert Sent(uint sequence) => Adverts.Simple with { Session = 5, Sequence = sequence, Role = Role.Backup, Fit = true, Hold = TimeSpan.Zero, Leaving = false };

    private static PeerReport Report() =>
        new(1, 5, s_second, s_second, Role.Fault, Fit: false, ApiReachable: true, HoldDown: true, Maintenance: true, 33) { Demoted = true };
}
