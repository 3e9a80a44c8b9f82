namespace FlipAgent.Core.Tests;

/// <summary>Whoever speaks under a name or from an address that is not his is not believed, and people are told (fault F32).</summary>
public sealed class WrongSenderTests
{
    private static readonly ClusterSettings s_settings = new()
    {
        Cluster = "web-lb",
        Nodes = [new Node("haproxy-1", 1, 150), new Node("haproxy-2", 2, 100), new Node("haproxy-3", 3, 50)],
        Me = 0,
        Checks = [],
    };

    private readonly ElectionState _state = Election.Start(s_settings, null, 500_000, TimeSpan.FromSeconds(1000));
    private TimeSpan _now = TimeSpan.FromSeconds(1000);

    [Theory]
    [InlineData("haproxy-1")] // our own name
    [InlineData("haproxy-2")] // that of a third one
    public void F32_a_cloned_machine_is_not_heard_and_is_a_critical_alert(string name)
    {
        var told = Assert.Single(Hear(name, 2));
        Assert.Equal((EventKind.DuplicateNode, Severity.Critical, "haproxy-3"), (told.Kind, told.Severity, told.Peer));
        Assert.Equal((Rejection.DuplicateNode, $"it says that it is {name}"), (told.Rejection, told.Detail));
        Assert.False(_state.Peers[2].Session.Counted);
        Assert.Equal(Rejection.DuplicateNode, _state.Peers[2].Rejected);
        // Not again with each advert; but again while it goes on.
        Assert.Empty(Hear(name, 2, after: 1));
        Assert.Single(Hear(name, 2, after: 600));
    }

    [Fact]
    public void F32_a_name_that_is_no_nodes_is_a_warning()
    {
        var told = Assert.Single(Hear("haproxy-9", 1));
        Assert.Equal((EventKind.PeerRejected, Severity.Warning), (told.Kind, told.Severity));
        Assert.Equal(("haproxy-2", Rejection.WrongNode, "it says that it is haproxy-9"), (told.Peer, told.Rejection, told.Detail));
        Assert.False(_state.Peers[1].Session.Counted);
    }

    [Fact]
    public void F32_an_address_that_is_no_nodes_is_told_once_in_ten_minutes_and_is_no_alert()
    {
        Event[] Reject(double after)
        {
            _now += TimeSpan.FromSeconds(after);
            return Step(new Input.AdvertRejected(-1, Rejection.UnknownSender, "10.0.0.9 is not a node of this cluster (3 such datagrams so far)"));
        }
        var told = Assert.Single(Reject(1));
        Assert.Equal((EventKind.PeerRejected, Severity.Info, false), (told.Kind, told.Severity, told.Alert));
        Assert.Equal((null, Rejection.UnknownSender, "10.0.0.9 is not a node of this cluster (3 such datagrams so far)"), (told.Peer, told.Rejection, told.Detail));
        Assert.Empty(Reject(599));
        Assert.Single(Reject(1));
    }

    [Fact]
    public void F25_forgeries_between_the_adverts_of_a_peer_are_reported_once_in_ten_minutes_each_and_say_nothing_of_the_peer()
    {
        List<Event> told = [];
        for (var second = 0; second < 590; second++)
        {
            told.AddRange(HearEcho(1, after: 0.5));
            told.AddRange(Refuse(Rejection.WrongPort, 0.25));
            told.AddRange(Refuse(Rejection.BadMac, 0.25));
            Assert.Null(_state.Peers[1].Rejected);
        }
        Assert.Equal([Rejection.WrongPort, Rejection.BadMac], told.Select(e => e.Rejection));
        Assert.Equal(("haproxy-2", "any"), (told[0].Peer, told[0].Detail));
        Assert.Single(Refuse(Rejection.WrongPort, 20));
        // Now it is silent itself, and they are all that is known.
        Assert.Equal(Rejection.WrongPort, _state.Peers[1].Rejected);
        HearEcho(1, after: 1);
        Assert.Null(_state.Peers[1].Rejected);
    }

    [Fact]
    public void F25_a_forgery_does_not_hide_that_a_peer_has_not_answered_yet()
    {
        Step(new Input.AdvertHeard(1, Adverts.Simple with { Node = "haproxy-2", Session = 1000, Sequence = 1 }));
        Assert.Equal(Rejection.Uncounted, _state.Peers[1].Rejected);
        Refuse(Rejection.BadMac, 0.5);
        Assert.Equal(Rejection.Uncounted, _state.Peers[1].Rejected);
        Refuse(Rejection.BadMac, 60);
        Assert.Equal(Rejection.BadMac, _state.Peers[1].Rejected);
    }

    /// <summary>An advert that counts, for it echoes the session of this node.</summary>
    private Event[] HearEcho(int from, double after)
    {
        _now += TimeSpan.FromSeconds(after);
        return Step(new Input.AdvertHeard(from, Adverts.Simple with
        {
            Node = s_settings.Nodes[from].Name,
            Session = 1000,
            Sequence = (uint)_now.TotalSeconds,
            Peers = [new PeerReport(s_settings.Self.Id, _state.Adverts.Session, TimeSpan.Zero, TimeSpan.Zero, Role.Backup, true, true, false, false, 150)],
        }));
    }

    private Event[] Refuse(Rejection reason, double after)
    {
        _now += TimeSpan.FromSeconds(after);
        return Step(new Input.AdvertRejected(1, reason, "any"));
    }

    private Event[] Hear(string name, int from, double after = 0)
    {
        _now += TimeSpan.FromSeconds(after);
        return Step(new Input.AdvertHeard(from, Adverts.Simple with { Node = name, Session = 1000, Sequence = (uint)_now.TotalSeconds }));
    }

    private Event[] Step(Input input)
    {
        List<Effect> effects = [];
        Election.Step(_state, input, _now, effects);
        return [.. effects.OfType<Effect.Announce>().Select(a => a.Event).Where(e => e.Kind is EventKind.DuplicateNode or EventKind.PeerRejected)];
    }
}
