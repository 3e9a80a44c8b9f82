using System.Collections.Immutable;

namespace FlipAgent.Core.Tests;

/// <summary>What was recorded while we ran is no sign of life, whichever session it belongs to.</summary>
public sealed class ReplayTests
{
    private static readonly ClusterSettings _settings = new()
    {
        Cluster = "web-lb",
        Nodes = [new Node("haproxy-1", 1, 150), new Node("haproxy-2", 2, 100)],
        Me = 1,
        Checks = [],
    };

    private readonly ElectionState _state = Election.Start(_settings, null, 500_000, TimeSpan.FromSeconds(1000));
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
        var state = Election.Start(_settings, last, 500_000, _now);
        void Hear(ulong session) => Election.Step(state, new Input.AdvertHeard(0, Adverts.Simple with { Session = session }), _now += TimeSpan.FromSeconds(1), []);
        Hear(1000);
        Assert.Equal((1, 0), (state.Dropped[(int)Rejection.Uncounted], state.Dropped[(int)Rejection.Stale]));
        Assert.Equal(1000UL, Assert.Single(Election.BuildAdvert(state, _now).Peers).Session); // echoed, so that it will count
        Hear(999);
        Assert.Equal((1, 1), (state.Dropped[(int)Rejection.Uncounted], state.Dropped[(int)Rejection.Stale]));
        Assert.Equal(Moment.Never, state.Peers[0].HeardAt);
        Hear(1001);
        Assert.Equal(_now, state.Peers[0].HeardAt);
    }

    /// <summary>Every advert echoes our session, as one that was made while we ran does.</summary>
    private bool Counts(ulong session, uint sequence, int after = 1)
    {
        _now += TimeSpan.FromSeconds(after);
        var advert = Adverts.Simple with
        {
            Session = session,
            Sequence = sequence,
            Peers =
            [
                new PeerReport(
                    _settings.Self.Id, _state.Adverts.Session, TimeSpan.Zero, TimeSpan.Zero, Role.Backup, Fit: true, ApiReachable: true, HoldDown: false,
                    Maintenance: false, EffectivePriority: 100),
            ],
        };
        Election.Step(_state, new Input.AdvertHeard(0, advert), _now, []);
        return _state.Peers[0].HeardAt == _now;
    }
}
