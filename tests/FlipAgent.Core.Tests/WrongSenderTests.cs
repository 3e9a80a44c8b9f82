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

    /// <summary>A peer with another key: one alert when it begins, which says all there is, and one when it is believed again.</summary>
    [Fact]
    public void F25_a_wrong_key_is_told_once_and_so_is_its_end()
    {
        HearEcho(1, after: 1);
        HearEcho(1, after: 1);
        List<Event> told = [];
        for (var second = 0; second < 30; second++)
            told.AddRange(All(new Input.AdvertRejected(1, Rejection.BadMac, "key 1"), after: 1));
        Assert.Equal(EventKind.PeerRejected, Assert.Single(told, e => e.Severity >= Severity.Warning && e.Peer == "haproxy-2").Kind);
        Assert.Contains(told, e => e is { Kind: EventKind.PeerSilent, Severity: Severity.Info, Rejection: Rejection.BadMac });
        told = [];
        for (var second = 0; second < 200; second++)
            told.AddRange(AllOf(1, after: 1));
        Assert.Equal(EventKind.PeerHeard, Assert.Single(told, e => e.Alert && e.Peer == "haproxy-2").Kind);
    }

    /// <summary>Datagrams that somebody sends in the name of a peer which is heard all the time: over when none has come for a minute.</summary>
    [Fact]
    public void F25_forgeries_that_stop_are_told_to_be_over()
    {
        HearEcho(1, after: 1);
        Assert.Single(Refuse(Rejection.Flooded, 0.5));
        List<Event> told = [];
        for (var second = 0; second < 59; second++)
            told.AddRange(AllOf(1, after: 1));
        Assert.DoesNotContain(told, e => e.Ended);
        for (var second = 0; second < 60; second++)
            told.AddRange(AllOf(1, after: 1));
        Assert.Single(told, e => e is { Kind: EventKind.PeerRejected, Ended: true, Alert: true, Severity: Severity.Info, Peer: "haproxy-2" });
    }

    /// <summary>Anybody may send with its address while it is heard; that it then falls silent is another matter.</summary>
    [Fact]
    public void F25_a_peer_that_dies_while_others_send_with_its_address_is_told()
    {
        HearEcho(1, after: 1);
        HearEcho(1, after: 1);
        List<Event> told = [];
        for (var second = 0; second < 20; second++)
        {
            told.AddRange(AllOf(1, after: 0.9));
            told.AddRange(All(new Input.AdvertRejected(1, Rejection.Flooded, "another port"), after: 0.1));
        }
        Assert.Contains(told, e => e.Kind == EventKind.PeerRejected);
        for (var second = 0; second < 30; second++)
            told.AddRange(All(new Input.AdvertRejected(1, Rejection.Flooded, "another port"), after: 1));
        Assert.Contains(told, e => e is { Kind: EventKind.PeerSilent, Severity: Severity.Warning, Peer: "haproxy-2" });
    }

    /// <summary>The clone's agent was stopped: nothing comes from there any more.</summary>
    [Fact]
    public void F32_a_cloned_machine_that_falls_silent_is_told_to_be_over()
    {
        Assert.Single(Hear("haproxy-1", 2));
        List<Event> told = [];
        for (var second = 0; second < 120; second++)
            told.AddRange(AllOf(1, after: 1));
        Assert.Single(told, e => e is { Kind: EventKind.DuplicateNode, Ended: true, Alert: true, Severity: Severity.Info, Peer: "haproxy-3" });
    }

    private Event[] AllOf(int from, double after) => All(Echo(from, _now + TimeSpan.FromSeconds(after)), after);

    private Event[] All(Input input, double after)
    {
        List<Effect> effects = [];
        Election.Step(_state, input, _now += TimeSpan.FromSeconds(after), effects);
        return [.. effects.OfType<Effect.Announce>().Select(a => a.Event)];
    }

    /// <summary>An advert that counts, for it echoes the session of this node.</summary>
    private Event[] HearEcho(int from, double after)
    {
        _now += TimeSpan.FromSeconds(after);
        return Step(Echo(from, _now));
    }

    private Input.AdvertHeard Echo(int from, TimeSpan at) => new(from, Adverts.Simple with
    {
        Node = s_settings.Nodes[from].Name,
        Session = 1000,
        Sequence = (uint)at.TotalSeconds,
        Peers = [new PeerReport(s_settings.Self.Id, _state.Adverts.Session, TimeSpan.Zero, TimeSpan.Zero, Role.Backup, true, true, false, false, 150)],
    });

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
