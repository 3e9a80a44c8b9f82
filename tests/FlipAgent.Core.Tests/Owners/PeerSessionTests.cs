namespace FlipAgent.Core.Tests.Owners;

/// <summary>Which adverts of a peer count (docs/wire.md): within a session by the sequence, across sessions by the echo, and no session twice.</summary>
public sealed class PeerSessionTests
{
    private const int Kept = 256;
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private readonly PeerSession _session = new();

    [Fact]
    public void Within_a_session_the_sequence_grows()
    {
        Assert.True(_session.Take(Sent(5, 10)));
        Assert.Equal((Rejection.Replay, Rejection.Replay, null), (Judge(5, 9), Judge(5, 10), Judge(5, 11)));
        Assert.False(_session.Take(Sent(5, 11)));
        Assert.Equal((5UL, 5UL, 11u, true), (_session.Current, _session.Highest, _session.Sequence, _session.Counted));
    }

    [Fact]
    public void What_is_remembered_of_the_last_run_counts_no_advert_by_itself()
    {
        _session.Recall(5);
        Assert.Equal((5UL, 5UL, 5UL, false), (_session.Current, _session.Highest, _session.Echo, _session.Counted));
        Assert.Equal(Rejection.Uncounted, Judge(5, 10, echoes: false));
        Assert.Equal(Rejection.Stale, Judge(4, 10, echoes: false));
        Assert.Null(Judge(5, 10));
        Assert.Null(Judge(4, 10));
        Assert.Null(Judge(6, 1, ours: 5, echoes: false));
        Assert.Equal(Rejection.Uncounted, Judge(6, 1, ours: 6, echoes: false));
        Assert.True(_session.Take(Sent(5, 10)));
    }

    [Fact]
    public void With_nothing_remembered_only_an_echo_counts()
    {
        Assert.Equal(Rejection.Uncounted, Judge(5, 1, ours: 4, echoes: false));
        Assert.Null(Judge(5, 1, ours: 4));
    }

    [Fact]
    public void A_lower_session_counts_only_when_the_higher_one_is_no_longer_heard()
    {
        _session.Take(Sent(9, 10));
        Assert.Equal(Rejection.Stale, Judge(5, 1, heardLately: true));
        Assert.Null(Judge(5, 1));
        Assert.True(_session.Take(Sent(5, 1)));
        Assert.Equal((5UL, 9UL), (_session.Current, _session.Highest));
    }

    [Fact]
    public void A_higher_session_that_was_left_goes_on_behind_its_last_sequence_of_all()
    {
        _session.Take(Sent(9, 10));
        _session.Take(Sent(5, 1));
        Assert.Equal((Rejection.Replay, null), (Judge(9, 10), Judge(9, 11)));
        _session.Take(Sent(9, 20));
        Assert.Equal(Rejection.Stale, Judge(5, 2));
        _session.Take(Sent(3, 1));
        Assert.Equal((Rejection.Replay, Rejection.Replay, null), (Judge(9, 15), Judge(9, 20), Judge(9, 21)));
    }

    /// <summary>A peer that restarts for ever costs a bounded memory: the oldest session that was left is forgotten first.</summary>
    [Fact]
    public void So_many_sessions_that_were_left_are_remembered_and_no_more()
    {
        const int Last = Kept + 45;
        for (var session = 1UL; session <= Last; session++)
            _session.Take(Sent(session, 1));
        Assert.Null(Judge(Last - Kept - 1, 2));
        Assert.Equal(Rejection.Stale, Judge(Last - Kept, 2));
        Assert.Equal(Rejection.Stale, Judge(Last - 1, 2));
    }

    [Fact]
    public void So_many_sessions_that_do_not_count_are_remembered_and_no_more()
    {
        for (var session = 1UL; session <= Kept + 1; session++)
            Assert.True(_session.Await(Sent(session, 7)));
        Assert.Equal(Kept + 1UL, _session.Pending);
        Assert.False(_session.Await(Sent(2, 7)));
        Assert.True(_session.Await(Sent(1, 7)));
        Assert.False(_session.Await(Sent(3, 7)));
        Assert.True(_session.Await(Sent(2, 7)));
    }

    [Fact]
    public void A_recording_that_is_repeated_takes_the_echo_from_nobody()
    {
        Assert.True(_session.Await(Sent(4, 7)));
        Assert.True(_session.Await(Sent(6, 7)));
        Assert.Equal(6UL, _session.Echo);
        Assert.False(_session.Await(Sent(4, 7)));
        Assert.False(_session.Await(Sent(4, 6)));
        Assert.Equal(6UL, _session.Echo);
        Assert.True(_session.Await(Sent(4, 8)));
        Assert.Equal(4UL, _session.Echo);
        Assert.False(_session.Await(Sent(4, 8)));
        _session.Take(Sent(6, 8));
        Assert.Equal((0UL, 6UL), (_session.Pending, _session.Echo));
    }

    [Fact]
    public void The_highest_session_of_ours_that_the_peer_heard_and_no_number_that_no_clock_gives()
    {
        _session.HearEcho(Report(7, s_second), ours: 9, s_second);
        _session.HearEcho(Report(6, s_second), ours: 9, s_second);
        _session.HearEcho(null, ours: 9, s_second);
        Assert.Equal(7UL, _session.EchoedOurs);
        _session.HearEcho(Report(long.MaxValue, s_second), ours: 9, s_second);
        Assert.Equal(7UL, _session.EchoedOurs);
        _session.HearEcho(Report(long.MaxValue - 1, s_second), ours: 9, s_second);
        Assert.Equal(long.MaxValue - 1UL, _session.EchoedOurs);
    }

    /// <summary>Ages are told in milliseconds, so one that is longer by more than that was heard before the session began.</summary>
    [Theory]
    [InlineData(9UL, 1001, false)]
    [InlineData(9UL, 1002, true)]
    [InlineData(8UL, 1002, false)]
    public void E10_a_peer_that_heard_our_session_before_it_began_shows_that_it_is_used_twice(ulong session, int age, bool reused)
    {
        _session.HearEcho(Report(session, TimeSpan.FromMilliseconds(age)), ours: 9, s_second);
        Assert.Equal(reused, _session.EchoedReused);
    }

    private Rejection? Judge(ulong session, uint sequence, ulong ours = ulong.MaxValue, bool echoes = true, bool heardLately = false) =>
        _session.Judge(Sent(session, sequence), ours, echoes, heardLately);

    private static Advert Sent(ulong session, uint sequence) => Adverts.Simple with { Session = session, Sequence = sequence };

    private static PeerReport Report(ulong session, TimeSpan age) => new(1, session, age, age, Role.Backup, true, true, false, false, 100);
}
