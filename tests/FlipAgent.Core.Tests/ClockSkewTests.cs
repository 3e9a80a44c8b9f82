namespace FlipAgent.Core.Tests;

/// <summary>Clocks that differ are told of, because they spoil the logs, and decide nothing (fault F18).</summary>
public sealed class ClockSkewTests
{
    private const ulong Noon = 1_800_000_000_000;

    private static readonly ClusterSettings s_settings = new()
    {
        Cluster = "web-lb",
        Nodes = [new Node("haproxy-1", 1, 150), new Node("haproxy-2", 2, 100)],
        Me = 1,
        Checks = [],
    };

    private readonly ElectionState _state = Election.Start(s_settings, null, Noon, TimeSpan.FromSeconds(1000));

    [Theory]
    [InlineData(600)]
    [InlineData(-600)]
    public void F18_a_peer_that_starts_with_a_clock_that_differs_by_ten_minutes_counts_and_is_told_of(int seconds)
    {
        // It starts 100 s after this node.
        var told = Assert.Single(Hear(Session(100 + seconds), sequence: 1, Role.Starting));
        Assert.Equal((EventKind.ClockSkew, Severity.Warning, "haproxy-1"), (told.Kind, told.Severity, told.Peer));
        Assert.Equal((TimeSpan.FromSeconds(seconds), TimeSpan.FromMinutes(10)), (told.Skew, told.Duration));
        Assert.True(_state.Peers[0].Session.Counted);
        Assert.Empty(Hear(Session(100 + seconds), sequence: 2, Role.Backup));
    }

    [Theory]
    [InlineData(59, 1, Role.Starting)] // as clocks are
    [InlineData(600, 4, Role.Starting)] // it has been running for a while
    [InlineData(600, 1, Role.Backup)] // a new session is no start
    public void F18_what_is_no_sign_of_a_wrong_clock_is_not_told(int seconds, uint sequence, Role role)
    {
        Assert.Empty(Hear(Session(100 + seconds), sequence, role));
        Assert.True(_state.Peers[0].Session.Counted);
    }

    private static ulong Session(int seconds) => Noon + (ulong)(seconds + 10_000) * 1000 - 10_000_000;

    private List<Event> Hear(ulong session, uint sequence, Role role)
    {
        List<Effect> effects = [];
        var advert = Adverts.Simple with
        {
            Session = session,
            Sequence = sequence,
            Role = role,
            Peers =
            [
                new PeerReport(
                    s_settings.Self.Id, _state.Adverts.Session, TimeSpan.Zero, TimeSpan.Zero, Role.Backup, Fit: true, ApiReachable: true, HoldDown: false,
                    Maintenance: false, EffectivePriority: 100),
            ],
        };
        Election.Step(_state, new Input.AdvertHeard(0, advert), TimeSpan.FromSeconds(1100), effects);
        return [.. effects.OfType<Effect.Announce>().Select(a => a.Event).Where(e => e.Kind == EventKind.ClockSkew)];
    }
}
