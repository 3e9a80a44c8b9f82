using System.Net;
using System.Net.Sockets;
using FlipAgent.Core;
using FlipAgent.Harness;
using FlipAgent.Kernel;
using FlipAgent.Net;

namespace FlipAgent.Tests.Net;

/// <summary>Adverts between real sockets on the loopback interface.</summary>
public sealed class AdvertSocketTests
{
    private readonly Neighbours _here = new();

    [Fact]
    public void Three_nodes_hear_each_other_and_not_themselves()
    {
        using var a = _here.Listen(0, 3);
        using var b = _here.Listen(1, 3);
        using var c = _here.Listen(2, 3);
        a.Socket.Send([1]);
        b.Socket.Send([2]);
        c.Socket.Send([3]);
        Until.True(() => a.HasHeard(1, 2) && a.HasHeard(2, 3), "a hears b and c");
        Until.True(() => b.HasHeard(0, 1) && b.HasHeard(2, 3), "b hears a and c");
        Until.True(() => c.HasHeard(0, 1) && c.HasHeard(1, 2), "c hears a and b");
        Assert.Equal([2, 2, 2], new[] { a, b, c }.Select(node => node.Heard.Count));
        Assert.Equal(2, a.Socket.Counts.Sent);
        Assert.Equal(2, a.Socket.Counts.Received);
        Assert.Empty(a.Network);
        Assert.Empty(a.Rejected);
    }

    [Fact]
    public void What_the_codec_sealed_is_opened_at_the_other_end()
    {
        using var a = _here.Listen(0, 2);
        using var b = _here.Listen(1, 2);
        var buffer = new byte[AdvertCodec.MaxBytes];
        a.Socket.Send(buffer.AsSpan(0, AdvertCodec.Encode(WireSample.Advert, WireSample.Keys, _here.Address(0), buffer)));
        Until.True(() => !b.Heard.IsEmpty, "the advert arrives");
        Assert.True(b.Heard.TryPeek(out var heard));
        var result = AdvertCodec.Decode(heard.Datagram, WireSample.Keys, WireSample.Advert.Cluster, heard.Source);
        Assert.Equal("", result.Detail);
        Assert.Equal("haproxy-1", result.Advert!.Node);
    }

    [Fact]
    public void An_address_that_is_in_use_is_a_named_failure()
    {
        using var first = _here.Listen(0, 2);
        var second = AdvertSocket.Open(_here.Settings(0, 2), new AdvertSocketCallbacks((_, _, _) => true, (_, _, _) => { }, _ => { }));
        Assert.Null(second.Socket);
        Assert.Equal(OpenFailure.AddressInUse, second.Failure);
        Assert.Equal($"{_here.EndPoint(0)}/udp is in use by another program; is another flipagent running?", second.Text);
    }

    [Theory]
    [InlineData("127.0.0.1 fd00::1", null, "fd00::1 and 127.0.0.1: the addresses of all nodes must be IPv4, or all IPv6")]
    [InlineData("127.0.0.1 127.0.0.2", "10.0.0.1", "10.0.0.1 is no multicast group, expected 224.0.0.0 to 239.255.255.255")]
    [InlineData("127.0.0.1 127.0.0.2", "ff02::1", "multicast group ff02::1 with node 127.0.0.1: multicast works with IPv4 only")]
    [InlineData("::1 fd00::2", "239.1.1.1", "multicast group 239.1.1.1 with node ::1: multicast works with IPv4 only")]
    public void Settings_that_contradict_each_other_are_a_named_failure(string nodes, string? multicast, string text)
    {
        var settings = new AdvertSocketSettings(
            [.. nodes.Split(' ').Select(IPAddress.Parse)], 0, _here.Port, multicast is null ? null : IPAddress.Parse(multicast));
        var opening = AdvertSocket.Open(settings, new AdvertSocketCallbacks((_, _, _) => true, (_, _, _) => { }, _ => { }));
        Assert.Equal((OpenFailure.Unusable, text), (opening.Failure, opening.Text));
    }

    [Fact]
    public void F32_an_address_that_is_no_node_is_counted_and_dropped()
    {
        using var a = _here.Listen(0, 2);
        using var stranger = _here.Stranger(9);
        var start = Clocks.Monotonic;
        Until.True(
            () =>
            {
                Burst(stranger);
                return a.Socket.Counts.UnknownSender >= 500;
            },
            "the datagrams are counted");
        using var b = _here.Listen(1, 2);
        b.Socket.Send([7]);
        Until.True(() => a.HasHeard(1, 7), "the node is heard all the same");
        Assert.Single(a.Heard);
        Assert.InRange(a.Rejected.Count, 1, (Clocks.Monotonic - start).TotalSeconds + 1);
        Assert.All(a.Rejected, rejected => Assert.Equal((-1, Rejection.UnknownSender), (rejected.Node, rejected.Reason)));
        Assert.StartsWith($"{_here.Address(9)} is not a node of this cluster", a.Rejected.First().Detail);
    }

    [Fact]
    public void A_datagram_longer_than_any_advert_is_refused()
    {
        using var a = _here.Listen(0, 2);
        using var sender = _here.InPlaceOf(1);
        sender.SendTo(new byte[AdvertCodec.MaxBytes + 1], _here.EndPoint(0));
        sender.SendTo(new byte[60_000], _here.EndPoint(0));
        sender.SendTo(new byte[AdvertCodec.MaxBytes], _here.EndPoint(0));
        sender.SendTo([], _here.EndPoint(0));
        Until.True(() => a.Heard.Count == 2, "the last two arrive");
        Assert.Equal([AdvertCodec.MaxBytes, 0], a.Heard.Select(heard => heard.Datagram.Length));
        Assert.Equal(2, a.Socket.Counts.TooLong);
        Assert.Equal((1, Rejection.Malformed), a.Rejected.Select(rejected => (rejected.Node, rejected.Reason)).First());
        Assert.Throws<ArgumentException>(() => a.Socket.Send(new byte[AdvertCodec.MaxBytes + 1]));
    }

    [Fact]
    public void F28_a_closed_port_of_one_peer_hinders_nobody_and_is_counted()
    {
        using var a = _here.Listen(0, 3);
        using var c = _here.Listen(2, 3);
        for (byte i = 1; i <= 100; i++)
        {
            a.Socket.Send([i]);
            Until.True(() => c.HasHeard(0, i), $"datagram {i} reaches the peer that is there");
        }
        Until.True(() => a.Socket.Counts.Unreachable > 0, "the refusals are counted");
        Assert.Equal(0, a.Socket.Counts.SendErrors);
        Assert.Empty(a.Network);
        Assert.Null(a.Socket.NetworkFault);
        using var b = _here.Listen(1, 3);
        Until.True(
            () =>
            {
                a.Socket.Send([200]);
                return b.HasHeard(0, 200);
            },
            "the peer is heard when it comes");
    }

    [Fact]
    public void F28_ICMP_errors_do_not_keep_a_node_from_hearing()
    {
        using var a = _here.Listen(0, 3);
        using var b = _here.Listen(1, 3);
        for (byte i = 1; i <= 100; i++)
        {
            a.Socket.Send([i]); // node 2 refuses each of them
            b.Socket.Send([i]);
            Until.True(() => a.HasHeard(1, i), $"datagram {i} is heard");
        }
    }

    [Fact]
    public void F66_nodes_come_and_go_without_a_restart()
    {
        using var a = _here.Listen(0, 1);
        using var c = new Listener(new AdvertSocketSettings([_here.Address(2), _here.Address(0)], 0, _here.Port));
        c.Socket.Send([1]);
        Until.True(() => a.Socket.Counts.UnknownSender == 1, "not a node yet");
        a.Socket.ChangeNodes(_here.Nodes(3), 0);
        c.Socket.Send([2]);
        a.Socket.Send([3]);
        Until.True(() => a.HasHeard(2, 2) && c.HasHeard(1, 3), "they hear each other");
        Assert.Throws<ArgumentException>(() => a.Socket.ChangeNodes(_here.Nodes(3), 1));
    }

    [Fact]
    public void A_drain_ends_when_everything_that_waited_was_handed_on()
    {
        using var gate = new ManualResetEventSlim();
        using var a = new Listener(_here.Settings(0, 2), onHeard: gate.Wait);
        using var sender = _here.InPlaceOf(1);
        for (byte i = 0; i < 100; i++)
            sender.SendTo([i], _here.EndPoint(0));
        Assert.False(a.Socket.Drain(TimeSpan.FromMilliseconds(50)));
        gate.Set();
        Assert.True(a.Socket.Drain(TimeSpan.FromSeconds(20)));
        Assert.Equal(100, a.Heard.Count);
        Assert.True(a.Socket.Drain(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public void A_drain_does_not_end_before_the_datagrams_are_handed_on()
    {
        using var a = new Listener(_here.Settings(0, 2), onHeard: () => Thread.Sleep(1));
        using var sender = _here.InPlaceOf(1);
        for (var round = 1; round <= 60; round++)
        {
            for (byte i = 0; i < 3; i++)
                sender.SendTo([i], _here.EndPoint(0));
            Assert.True(a.Socket.Drain(TimeSpan.FromSeconds(20)));
            Assert.Equal(3 * round, a.Heard.Count);
        }
    }

    [Fact]
    public void What_was_handed_over_last_is_sent_before_the_end()
    {
        using var b = _here.Listen(1, 2);
        for (byte i = 1; i <= 150; i++)
        {
            using var a = _here.Listen(0, 2);
            if (i % 2 == 0)
                Thread.Yield(); // meet the thread at different points of its loop
            a.Socket.Send([i]);
            a.Dispose();
            Until.True(() => b.HasHeard(0, i), $"release {i} arrives");
        }
    }

    [Fact]
    public void A_newer_advert_replaces_one_that_was_not_sent_and_every_one_is_accounted_for()
    {
        using var a = _here.Listen(0, 2);
        using var b = _here.Listen(1, 2);
        for (var i = 0; i < 500; i++)
            a.Socket.Send([(byte)i]);
        Until.True(() => a.Socket.Counts is var counts && counts.Sent + counts.Replaced == 500, "each was sent or replaced");
        Until.True(() => b.HasHeard(0, 243), "the newest arrives"); // 499 & 255
    }

    [Fact]
    public void Both_threads_show_that_they_live()
    {
        using var a = _here.Listen(0, 2);
        for (var i = 0; i < 3; i++)
        {
            var now = Clocks.Monotonic;
            Until.True(() => a.Socket.LastTurn > now, "both threads turn");
        }
    }

    [Fact]
    public void F25_random_bytes_through_the_socket_never_stop_it()
    {
        using var a = _here.Listen(0, 2);
        using var peer = _here.InPlaceOf(1);
        var random = new Random(25);
        for (var i = 0; i < 150; i++)
        {
            var datagram = new byte[random.Next(1500)];
            random.NextBytes(datagram);
            peer.SendTo(datagram, _here.EndPoint(0));
            Assert.True(a.Socket.Drain(TimeSpan.FromSeconds(20)));
        }
        peer.SendTo([42], _here.EndPoint(0));
        Until.True(() => a.HasHeard(1, 42), "all of it was read");
        Assert.Equal(151, a.Heard.Count + a.Socket.Counts.TooLong);
        Assert.All(
            a.Heard, heard => Assert.False(AdvertCodec.Decode(heard.Datagram, WireSample.Keys, WireSample.Advert.Cluster, heard.Source).Accepted));
    }

    private void Burst(Socket from)
    {
        for (var i = 0; i < 50; i++)
            from.SendTo([1, 2, 3], _here.EndPoint(0));
    }
}

/// <summary>An advert and a key for tests that need any.</summary>
internal static class WireSample
{
    public static readonly KeyRing Keys = KeyRing.Parse("1:7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069").Keys!;

    public static readonly Advert Advert = new()
    {
        Cluster = "web-lb",
        Node = "haproxy-1",
        Session = 1_767_225_600_000,
        Sequence = 1,
        Term = 7,
        Role = Role.Backup,
        Priority = 150,
        EffectivePriority = 150,
    };
}
