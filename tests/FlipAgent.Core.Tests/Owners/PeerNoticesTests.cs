namespace FlipAgent.Core.Tests.Owners;

/// <summary>What people have been told of a peer: each thing once, and how often again, to the tick.</summary>
public sealed class PeerNoticesTests
{
    private static readonly TimeSpan s_now = TimeSpan.FromSeconds(10_000);
    private static readonly TimeSpan s_tick = TimeSpan.FromTicks(1);
    private readonly PeerNotices _notices = new();

    [Fact]
    public void Each_reason_of_a_rejection_is_told_once_in_10_minutes()
    {
        Assert.True(_notices.TakeRejection(Rejection.Stale, s_now));
        Assert.True(_notices.TakeRejection(Rejection.Replay, s_now));
        Assert.False(_notices.TakeRejection(Rejection.Stale, s_now + TimeSpan.FromMinutes(10) - s_tick));
        Assert.True(_notices.TakeRejection(Rejection.Stale, s_now + TimeSpan.FromMinutes(10)));
    }

    [Fact]
    public void A_clock_that_is_wrong_is_told_once_an_hour()
    {
        Assert.True(_notices.MayAnnounceClock(s_now));
        _notices.AnnounceClock(s_now);
        Assert.False(_notices.MayAnnounceClock(s_now + TimeSpan.FromHours(1) - s_tick));
        Assert.True(_notices.MayAnnounceClock(s_now + TimeSpan.FromHours(1)));
    }

    [Fact]
    public void That_it_does_not_hear_this_node_is_told_once_a_minute_and_not_while_it_is_so()
    {
        Assert.True(_notices.MayAnnounceOneWay(s_now));
        _notices.AnnounceOneWay(s_now);
        Assert.False(_notices.MayAnnounceOneWay(s_now + TimeSpan.FromHours(1)));
        _notices.HearsMe(surely: false);
        Assert.True(_notices.OneWay);
        _notices.HearsMe(surely: true);
        Assert.False(_notices.MayAnnounceOneWay(s_now + TimeSpan.FromMinutes(1) - s_tick));
        Assert.True(_notices.MayAnnounceOneWay(s_now + TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public void An_advert_leaves_at_once_for_its_sake_once_in_a_gap()
    {
        var gap = TimeSpan.FromMilliseconds(200);
        Assert.True(_notices.TakeAdvert(gap, s_now));
        Assert.False(_notices.TakeAdvert(gap, s_now + gap - s_tick));
        Assert.True(_notices.TakeAdvert(gap, s_now + gap));
    }

    [Fact]
    public void A_session_that_does_not_count_begins_anew_after_a_gap()
    {
        var gap = TimeSpan.FromSeconds(3);
        _notices.Uncounted(gap, s_now);
        _notices.Uncounted(gap, s_now + gap - s_tick);
        Assert.Equal(s_now, _notices.NotHearingMeSince);
        Assert.True(_notices.IsUncounted(gap, s_now + gap));
        Assert.False(_notices.IsUncounted(gap, s_now + gap - s_tick + gap));
        _notices.Uncounted(gap, s_now + gap + gap);
        Assert.Equal(s_now + gap + gap, _notices.NotHearingMeSince);
    }
}
