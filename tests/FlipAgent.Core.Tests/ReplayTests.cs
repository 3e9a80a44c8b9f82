using System.Collections.Immutable;

namespace FlipAgent.Core.Tests;

/// <summary>What was recorded while we ran is no sign of life, whichever session it belongs to.</summary>
public sealed class ReplayTests
{
    private static readonly ClusterSettings s_settings = new()
    {
        Cluster = "web-lb",
        Nodes = [new Node("haproxy-1", 1, 150), new Node("haproxy-2", 2, 100)],
        Me = 1,
        Checks = [],
    };

    private ElectionState _state = Election.Start(s_settings, null, 500_000, TimeSpan.FromSeconds(1000));
    private TimeSpan _now = TimeSpan.FromSeconds(1000);

    [Fact]
    public void F25_recordings_of_two_sessions_replayed_in_turn_do_not_count()
    {
        Assert.True(Counts(1000, 1));
        Assert.True(Counts(1000, 2));
        Assert.True(Counts(2000, 1)); // the peer started anew, and dies
        foreach (var (session, sequence) in new (ulong, uint)[] { (1000, 1), (1000, 2), (1000, 99), (2000, 1), (1000, 100), (2000, 1) })
            Assert.False(Counts(session, sequence), $"session {session}, sequence {sequence}");
        Assert.True(Counts(2000, 2));
        Assert.True(Counts(3000, 1));
    }

    [Fact]
    public void F78_a_lower_session_that_never_counted_does_when_it_echoes_ours()
    {
        Assert.True(Counts(2000, 1));
        Assert.False(Counts(1000, 1)); // somebody with a higher one is alive
        Assert.True(Counts(1000, 2, after: 10)); // a snapshot from before we ran
        Assert.True(Counts(1000, 3));
        Assert.True(Counts(2001, 1));
        Assert.False(Counts(1000, 4, after: 10));
    }

    [Fact]
    public void F24_a_late_copy_of_a_session_that_never_counted_does_not_end_the_living_one()
    {
        Assert.True(Counts(2000, 1));
        Assert.False(Counts(1000, 9)); // late
        Assert.True(Counts(2000, 2));
        Assert.True(Counts(1000, 9, after: 10)); // so late that the living one was not heard meanwhile
        Assert.False(Counts(2000, 2)); // heard before
        Assert.True(Counts(2000, 3));
        Assert.False(Counts(1000, 10, after: 10));
        Assert.True(Counts(2000, 4));
    }

    [Fact]
    public void F73_a_session_known_from_the_last_run_is_uncounted_until_it_echoes_ours_and_an_older_one_is_stale()
    {
        var last = new LastRun(new Remembered { PeerSessions = new Dictionary<string, ulong> { ["haproxy-1"] = 1000 }.ToImmutableDictionary() }, true, TimeSpan.FromMinutes(1));
        var state = Election.Start(s_settings, last, 500_000, _now);
        void Hear(ulong session) => Election.Step(state, new Input.AdvertHeard(0, Adverts.Simple with { Session = session }), _now += TimeSpan.FromSeconds(1), []);
        Hear(1000);
        Assert.Equal((1, 0), (state.Dropped[(int)Rejection.Uncounted], state.Dropped[(int)Rejection.Stale]));
        Assert.Equal(1000UL, Assert.Single(Election.BuildAdvert(state, _now).Peers).Session); // echoed, so that it will count
        Hear(999);
        Assert.Equal((1, 1), (state.Dropped[(int)Rejection.Uncounted], state.Dropped[(int)Rejection.Stale]));
        Assert.Equal(Moment.Never, state.Peers[0].HeardAt);
        Hear(1001);
        Assert.Equal((2, 1), (state.Dropped[(int)Rejection.Uncounted], state.Dropped[(int)Rejection.Stale])); // above the last one, but from before this run
        Hear(500_001);
        Assert.Equal(_now, state.Peers[0].HeardAt);
    }

    [Fact]
    public void F25_a_replayed_datagram_of_an_older_session_does_not_keep_the_echo_from_a_peer_that_lives()
    {
        Assert.True(Counts(900, 1));
        Assert.True(Counts(1000, 1));
        Assert.False(Counts(900, 1, after: 10)); // the peer is silent, and somebody repeats what it said
        Assert.True(Counts(1000, 2));
        Assert.Equal(1000UL, Echo());
    }

    [Fact]
    public void F25_a_recording_that_is_repeated_does_not_take_the_echo_from_a_session_that_waits_for_it()
    {
        var last = new LastRun(new Remembered { PeerSessions = new Dictionary<string, ulong> { ["haproxy-1"] = 1000 }.ToImmutableDictionary() }, true, TimeSpan.FromMinutes(1));
        _state = Election.Start(s_settings, last, 500_000, _now);
        Assert.False(Counts(900, 7, echo: 0));
        Assert.False(Counts(1000, 50, echo: 0));
        for (var i = 0; i < 3; i++)
            Assert.False(Counts(900, 7, echo: 0));
        Assert.Equal(1000UL, Echo());
        Assert.True(Counts(1000, 51));
        Assert.False(Counts(900, 7, after: 10, echo: 0));
        Assert.Equal(1000UL, Echo());
    }

    [Fact]
    public void F25_a_recording_from_while_this_node_was_down_does_not_count_and_the_living_peer_does_after_one_echo()
    {
        var last = new LastRun(new Remembered { PeerSessions = new Dictionary<string, ulong> { ["haproxy-1"] = 1000 }.ToImmutableDictionary() }, true, TimeSpan.FromMinutes(1));
        _state = Election.Start(s_settings, last, 500_000, _now);
        for (var sequence = 1u; sequence < 20; sequence++)
            Assert.False(Counts(2000, sequence, echo: 0), "a session that is unknown and older than this run");
        Assert.Equal(2000UL, Echo());
        Assert.True(Counts(2000, 20));
        Assert.True(Counts(500_001, 1, echo: 0), "a session that began after this run");
    }

    [Fact]
    public void F73_a_peer_that_does_not_hear_this_node_from_the_start_is_announced_once_and_a_repeated_recording_is_not()
    {
        var last = new LastRun(new Remembered { PeerSessions = new Dictionary<string, ulong> { ["haproxy-1"] = 1000 }.ToImmutableDictionary() }, true, TimeSpan.FromMinutes(1));
        _state = Election.Start(s_settings, last, 500_000, _now);
        List<Event> told = [];
        void Hear(uint sequence)
        {
            List<Effect> effects = [];
            Election.Step(_state, new Input.AdvertHeard(0, Adverts.Simple with { Session = 2000, Sequence = sequence }), _now += TimeSpan.FromSeconds(1), effects);
            told.AddRange(effects.OfType<Effect.Announce>().Select(a => a.Event).Where(e => e.Kind == EventKind.OneWayLink));
        }
        for (var times = 0; times < 20; times++)
            Hear(1);
        Assert.Empty(told);
        for (var sequence = 2u; sequence < 22; sequence++)
            Hear(sequence);
        Assert.Equal(("haproxy-1", Severity.Warning), (Assert.Single(told).Peer, told[0].Severity));
    }

    private ulong Echo() => Assert.Single(Election.BuildAdvert(_state, _now).Peers).Session;

    /// <summary>Every advert echoes our session, as one that was made while we ran does, or <paramref name="echo"/>.</summary>
    private bool Counts(ulong session, uint sequence, int after = 1, ulong? echo = null)
    {
        _now += TimeSpan.FromSeconds(after);
        var advert = Adverts.Simple with
        {
            Session = session,
            Sequence = sequence,
            Peers =
            [
                new PeerReport(
                    s_settings.Self.Id, echo ?? _state.Adverts.Session, TimeSpan.Zero, TimeSpan.Zero, Role.Backup, Fit: true, ApiReachable: true, HoldDown: false,
                    Maintenance: false, EffectivePriority: 100),
            ],
        };
        Election.Step(_state, new Input.AdvertHeard(0, advert), _now, []);
        return _state.Peers[0].HeardAt == _now;
    }
}
