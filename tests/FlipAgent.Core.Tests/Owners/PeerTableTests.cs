using FlipAgent.Core.Tests.Sim;

namespace FlipAgent.Core.Tests.Owners;

/// <summary>All peers together: who is master, since when nobody is heard, and whose mastership a release ends (rules E3, E4, E6, E12). The node itself is n1 of three.</summary>
public sealed class PeerTableTests
{
    private static readonly TimeSpan s_start = TimeSpan.FromSeconds(50);
    private static readonly TimeSpan s_now = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_tick = TimeSpan.FromTicks(1);
    private static readonly ClusterSettings s_settings = GrownNode.Pair() with { Nodes = [new Node("n1", 1, 150), new Node("n2", 2, 140), new Node("n3", 3, 130)], Me = 0 };
    private readonly PeerTable _peers = new(s_settings, s_start);

    [Fact]
    public void A_release_that_somebody_tells_on_ends_the_mastership_of_its_term_when_it_is_one_nodes()
    {
        _peers[1].SeeMaster(4, s_now);
        _peers[2].SeeMaster(5, s_now);
        _peers.EndOnlyMasterOf(3, s_now);
        Assert.Equal((true, true, s_start), (_peers.IsMaster(1), _peers.IsMaster(2), _peers.SilenceSince));
        _peers.EndOnlyMasterOf(4, s_now);
        Assert.Equal((false, true, s_now), (_peers.IsMaster(1), _peers.IsMaster(2), _peers.SilenceSince));
        // What is over is not ended again.
        _peers.EndOnlyMasterOf(4, s_now + s_second);
        Assert.Equal(s_now, _peers.SilenceSince);
    }

    [Fact]
    public void A_release_that_somebody_tells_on_ends_nothing_when_two_nodes_are_master_of_its_term()
    {
        _peers[1].SeeMaster(4, s_now);
        _peers[2].SeeMaster(4, s_now);
        _peers.EndOnlyMasterOf(4, s_now);
        Assert.Equal((true, true, s_start), (_peers.IsMaster(1), _peers.IsMaster(2), _peers.SilenceSince));
    }

    [Fact]
    public void The_last_master_is_the_one_of_the_latest_term_that_is_not_over()
    {
        Assert.Equal((-1, s_start), (_peers.LastMaster(), _peers.SilentSince()));
        _peers[1].SeeMaster(5, s_now);
        _peers[2].SeeMaster(4, s_now + s_second);
        Assert.Equal((1, s_now), (_peers.LastMaster(), _peers.SilentSince()));
        _peers.EndMaster(1, 5, s_now + 2 * s_second);
        Assert.Equal((2, s_now + 2 * s_second), (_peers.LastMaster(), _peers.SilentSince()));
    }

    [Fact]
    public void The_node_itself_is_no_peer_and_no_master_among_them()
    {
        _peers[0].SeeMaster(4, s_now);
        Assert.Equal((false, -1, false), (_peers.IsMaster(0), _peers.LastMaster(), _peers.IsPeer(0)));
        Assert.Equal((true, true, false, false), (_peers.IsPeer(1), _peers.IsPeer(2), _peers.IsPeer(3), _peers.IsPeer(-1)));
    }

    [Fact]
    public void E6_a_silence_is_a_suspicion_after_one_and_a_half_intervals_and_a_failure_at_D()
    {
        _peers[1].SeeMaster(4, s_now);
        var down = s_settings.MasterDown;
        Assert.Equal((s_now + 1.5 * s_second, s_now + 1.5 * s_second, s_now + down), (_peers.SuspectAt(), _peers.FreshMasterUntil(), _peers.DownAt()));
        Assert.Equal((true, false), (_peers.IsLivingMaster(1, s_now + down - s_tick), _peers.IsLivingMaster(1, s_now + down)));
        // Another that was heard later and is of an earlier term keeps D from ending.
        _peers[2].SeeMaster(3, s_now + s_second);
        Assert.Equal((s_now + 1.5 * s_second, s_now + 2.5 * s_second, s_now + s_second + down), (_peers.SuspectAt(), _peers.FreshMasterUntil(), _peers.DownAt()));
    }

    [Fact]
    public void E6_with_no_master_the_silence_began_when_the_node_did_or_listens_anew()
    {
        Assert.Equal((Moment.Never, s_start + s_settings.MasterDown), (_peers.FreshMasterUntil(), _peers.DownAt()));
        _peers.ListenAnew(s_now);
        Assert.Equal((s_now, s_now + 1.5 * s_second), (_peers.SilentSince(), _peers.SuspectAt()));
    }

    [Fact]
    public void E12_a_restart_hold_keeps_a_master_alive_until_it_ends()
    {
        _peers.Take(1, Sent("n2", 1) with { Hold = 9 * s_second }, hearsMe: true, Lifecycle.RestartHold, s_now);
        _peers[1].SeeMaster(4, s_now);
        Assert.Equal(s_now + 9 * s_second, _peers.DownAt());
        Assert.Equal((true, false), (_peers.IsLivingMaster(1, s_now + 9 * s_second - s_tick), _peers.IsLivingMaster(1, s_now + 9 * s_second)));
    }

    [Fact]
    public void A_living_master_of_this_or_a_later_term_is_told_from_an_earlier_one()
    {
        _peers[2].SeeMaster(4, s_now);
        Assert.Equal((true, true, false), (_peers.HasLivingMasterSince(3, s_now), _peers.HasLivingMasterSince(4, s_now), _peers.HasLivingMasterSince(5, s_now)));
        Assert.False(_peers.HasLivingMasterSince(4, s_now + s_settings.MasterDown));
    }

    [Fact]
    public void A_peer_is_heard_for_D_and_what_was_heard_at_a_moment_was_heard_since()
    {
        Assert.False(_peers.AnybodyHeardSince(s_start));
        _peers.Take(2, Sent("n3", 1), hearsMe: true, Lifecycle.RestartHold, s_now);
        Assert.Equal((true, false), (_peers.IsHeard(2, s_now + s_settings.MasterDown - s_tick), _peers.IsHeard(2, s_now + s_settings.MasterDown)));
        Assert.Equal((true, false), (_peers.AnybodyHeardSince(s_now), _peers.AnybodyHeardSince(s_now + s_tick)));
    }

    /// <summary>n3 says how long ago it heard n2 itself: 1.5 T is too long, and so is never.</summary>
    [Theory]
    [InlineData(null, true)]
    [InlineData(1501.0, true)]
    [InlineData(1500.0, false)]
    public void E3_news_of_the_master_are_told_on_while_a_peer_does_not_hear_it(double? age, bool expected)
    {
        var report = new PeerReport(NodeId.Of("n2"), 5, age is { } ms ? TimeSpan.FromMilliseconds(ms) : null, s_second, Role.Master, true, true, false, false, 140);
        Assert.False(_peers.SomebodyDoesNotHear(1));
        _peers.Take(2, Sent("n3", 1) with { Peers = [report] }, hearsMe: true, Lifecycle.RestartHold, s_now);
        Assert.Equal(expected, _peers.SomebodyDoesNotHear(1));
        Assert.True(_peers.SomebodyDoesNotHear(0)); // Of this node it says nothing at all.
    }

    [Theory]
    [InlineData(Rejection.Uncounted, true)]
    [InlineData(Rejection.Stale, true)]
    [InlineData(Rejection.BadMac, false)]
    public void E11_a_start_waits_for_a_peer_that_wants_to_be_echoed(Rejection why, bool waits)
    {
        _peers[2].Reject(why, "", TimeSpan.FromSeconds(3), s_now);
        Assert.Equal((waits, false), (_peers.SomebodyIsUncounted(s_now + s_settings.MasterDown - s_tick), _peers.SomebodyIsUncounted(s_now + s_settings.MasterDown)));
    }

    [Fact]
    public void A_stranger_is_told_each_10_minutes()
    {
        Assert.True(_peers.TakeStrangerNotice(s_now));
        Assert.False(_peers.TakeStrangerNotice(s_now + TimeSpan.FromMinutes(10) - s_tick));
        Assert.True(_peers.TakeStrangerNotice(s_now + TimeSpan.FromMinutes(10)));
    }

    [Fact]
    public void The_next_run_hears_of_each_session_that_counts()
    {
        _peers.Take(1, Sent("n2", 1), hearsMe: true, Lifecycle.RestartHold, s_now);
        Assert.Equal((1, 5UL), (_peers.Revision, _peers.Sessions["n2"]));
        _peers.Take(1, Sent("n2", 2), hearsMe: true, Lifecycle.RestartHold, s_now);
        Assert.Equal(1, _peers.Revision);
        _peers.Take(1, Sent("n2", 1) with { Session = 6 }, hearsMe: true, Lifecycle.RestartHold, s_now);
        Assert.Equal((2, 6UL), (_peers.Revision, _peers.Sessions["n2"]));
    }

    private static Advert Sent(string node, uint sequence) => Adverts.Simple with { Node = node, Session = 5, Sequence = sequence, Peers = [] };
}
