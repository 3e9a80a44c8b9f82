using System.Collections.Concurrent;
using System.Net.Sockets;
using FlipAgent.Core;
using FlipAgent.Harness;
using FlipAgent.Kernel;
using FlipAgent.Net;
using Xunit.Abstractions;

namespace FlipAgent.Tests.Net;

/// <summary>
/// Somebody sends 10,000 datagrams a second with the address of a peer, evenly, so that any limit by address would be used up before the peer's own
/// advert comes. The peer must be heard all the same. Without other tests beside it, for the receive buffer holds 50 ms of such a flood.
/// </summary>
[Collection("alone")]
// What gets through in a second of a real flood.
[Trait("Category", "RealTime")]
public sealed class FloodTests(ITestOutputHelper output)
{
    private const int PerSecond = 10_000;
    private const int Adverts = 100;
    private static readonly TimeSpan s_between = TimeSpan.FromMilliseconds(25);

    private readonly Neighbours _here = new();
    private readonly ConcurrentQueue<Advert> _heard = new();
    private readonly ConcurrentQueue<(int Node, Rejection Reason, string Detail)> _reported = new();
    private readonly ConcurrentQueue<Rejection> _counted = new();

    [Theory]
    [InlineData(5u, 7u, 2L)]
    [InlineData(uint.MaxValue, 2u, 3L)]
    [InlineData(5u, null, 0L)]
    [InlineData(null, 7u, 0L)]
    [InlineData(null, null, 0L)]
    public void What_the_kernel_dropped_is_counted_across_its_wrap_and_only_where_it_said_both_counts(uint? before, uint? now, long dropped) =>
        Assert.Equal(dropped, SourcePortFilter.Since(before, now));

    [Fact]
    public void F25_a_flood_from_another_port_of_the_peers_machine_costs_no_advert()
    {
        using var a = Open();
        using var b = _here.Listen(1, 2);
        using var flooder = _here.Stranger(1);
        var sent = During(Flood(flooder, i => [(byte)i]), () => EachTurn(number => b.Socket.Send(Sealed(number))), out var seconds);
        Until.True(() => b.Socket.Counts is var counts && counts.Sent + counts.Replaced == Adverts, "each is sent, or replaced by the next");
        Assert.True(a.Drain(TimeSpan.FromSeconds(20)));
        Assert.Equal(b.Socket.Counts.Sent, _heard.Count);
        Assert.InRange(_heard.Count, Adverts * 9 / 10, Adverts);
        Until.True(() => a.Counts.WrongPort > sent * 9 / 10, "the flood is counted, what the kernel drops included");
        Assert.All(_reported, r => Assert.Equal((1, Rejection.WrongPort), (r.Node, r.Reason)));
        Assert.InRange(_reported.Count, 1, seconds + 1);
        output.WriteLine($"{sent} datagrams in {seconds:0.0} s; {a.Counts.WrongPort} dropped; {_heard.Count} of {Adverts} adverts heard");
    }

    [Fact]
    public void F25_a_flood_of_forgeries_from_the_peers_own_port_costs_hardly_an_advert()
    {
        using var a = Open();
        using var peer = _here.InPlaceOf(1);
        var forged = Sealed(1_000_000);
        forged[^1] ^= 1;
        var sent = During(Flood(peer, _ => forged), () => EachTurn(number => peer.SendTo(Sealed(number), _here.EndPoint(0))), out var seconds);
        Assert.True(a.Drain(TimeSpan.FromSeconds(20)));
        Assert.InRange(_heard.Count, Adverts * 95 / 100, Adverts);
        Assert.InRange(_counted.Count(r => r == Rejection.BadMac) + a.Counts.Flooded, sent * 9 / 10, sent);
        Assert.All(_reported, r => Assert.Equal(1, r.Node));
        Assert.InRange(_reported.Count(r => r.Reason == Rejection.BadMac), 1, seconds + 1);
        output.WriteLine($"{sent} datagrams in {seconds:0.0} s; {_counted.Count} refused after the HMAC, {a.Counts.Flooded} before; {_heard.Count} of {Adverts} adverts heard");
    }

    [Fact]
    public void F25_a_flood_of_recorded_adverts_costs_hardly_a_new_one()
    {
        using var a = Open();
        using var peer = _here.InPlaceOf(1);
        // Of the living session and of older ones: all authentic.
        var recorded = Enumerable.Range(0, 200).Select(i => Sealed((uint)(1 + i % 2), WireSample.Advert.Session - (ulong)(i / 2))).ToArray();
        var sent = During(
            Flood(peer, i => recorded[i % recorded.Length]),
            () => EachTurn(number => peer.SendTo(Sealed(number + 10), _here.EndPoint(0))), out var seconds);
        Assert.True(a.Drain(TimeSpan.FromSeconds(20)));
        Assert.InRange(_heard.Count(advert => advert.Sequence > 10), Adverts * 95 / 100, Adverts);
        Assert.InRange(_heard.Count(advert => advert.Sequence <= 10), 0, 210 + (AdvertSocket.DatagramsPerSecond * seconds));
        Assert.InRange(_counted.Count(r => r == Rejection.Flooded), sent / 2, sent);
    }

    [Fact]
    public void F25_a_flood_as_fast_as_can_be_is_dropped_by_the_kernel_and_the_filter_goes_when_it_ends()
    {
        using var a = Open();
        using var b = _here.Listen(1, 2);
        using var flooder = _here.Stranger(1);
        const int Flooded = 200_000;
        for (var i = 0; i < Flooded; i++)
            flooder.SendTo([1, 2, 3], _here.EndPoint(0));
        Until.True(() => a.Counts.WrongPort > Flooded / 2, "it is counted");
        // Each of them is seen again, so the filter is off; and adverts pass whether it is on or not.
        Until.True(
            () =>
            {
                var before = a.Counts.WrongPort;
                flooder.SendTo([1], _here.EndPoint(0));
                return a.Drain(TimeSpan.FromSeconds(20)) && a.Counts.WrongPort == before + 1;
            },
            "the next one is read");
        b.Socket.Send(Sealed(1));
        Until.True(() => !_heard.IsEmpty, "the peer is heard");
    }

    [Fact]
    public void F26_a_peer_behind_address_translation_is_reported_and_each_of_its_datagrams_counted()
    {
        using var a = Open();
        using var peer = _here.Stranger(1);
        for (uint number = 1; number <= 50; number++)
            peer.SendTo(Sealed(number), _here.EndPoint(0));
        Until.True(() => a.Counts.WrongPort == 50, "all are counted");
        Assert.Empty(_heard);
        var (node, reason, detail) = _reported.First();
        Assert.Equal((1, Rejection.WrongPort), (node, reason));
        var port = ((System.Net.IPEndPoint)peer.LocalEndPoint!).Port;
        Assert.Equal($"port {port}, adverts come from {_here.Port}; 1 such datagrams so far", detail);
    }

    [Fact]
    public void F25_a_program_on_this_node_that_sends_to_it_is_reported_as_no_peer()
    {
        using var a = Open();
        using var here = _here.Stranger(0);
        here.SendTo([1], _here.EndPoint(0));
        Until.True(() => !_reported.IsEmpty, "it is reported");
        Assert.Equal((-1, Rejection.WrongPort), (_reported.First().Node, _reported.First().Reason));
        Assert.StartsWith("a program on this node sends to it from port ", _reported.First().Detail);
        Assert.Equal(1, a.Counts.WrongPort);
    }

    [Fact]
    public void F25_a_peer_that_runs_wild_with_the_key_is_cut_to_200_a_second()
    {
        var intake = Intake();
        var start = Clocks.Monotonic;
        for (uint number = 1; number <= 2000; number++)
            Assert.True(intake.Take(1, _here.Address(1), Sealed(number), WireSample.Keys, WireSample.Advert.Cluster));
        Assert.InRange(_heard.Count, 200, 201 + (200 * (Clocks.Monotonic - start).TotalSeconds));
        Assert.Equal(2000, _heard.Count + _counted.Count);
        Assert.Equal((1, Rejection.Flooded, "more than 200 adverts a second"), _reported.First());
    }

    private AdvertIntake Intake() => new(
        _here.Nodes(2), (_, advert) => _heard.Enqueue(advert), (node, reason, detail) => _reported.Enqueue((node, reason, detail)), _counted.Enqueue);

    /// <summary>The first node as the agent has it: socket, HMAC, limits.</summary>
    private AdvertSocket Open()
    {
        var intake = Intake();
        var opening = AdvertSocket.Open(_here.Settings(0, 2) with { RealTime = true }, new AdvertSocketCallbacks(
            (node, source, datagram) => intake.Take(node, source, datagram, WireSample.Keys, WireSample.Advert.Cluster),
            (node, reason, detail) => _reported.Enqueue((node, reason, detail)),
            _ => { }));
        Assert.Equal("", opening.Text);
        return opening.Socket!;
    }

    private byte[] Sealed(uint sequence, ulong session = 0)
    {
        var buffer = new byte[AdvertCodec.MaxBytes];
        var advert = WireSample.Advert with { Session = session == 0 ? WireSample.Advert.Session : session, Sequence = sequence };
        return buffer[..AdvertCodec.Encode(advert, WireSample.Keys, _here.Address(1), buffer)];
    }

    private static void EachTurn(Action<uint> send)
    {
        using var waiter = new LoopWaiter();
        var at = Clocks.Monotonic;
        for (uint number = 1; number <= Adverts; number++)
        {
            waiter.Wait(at += s_between);
            send(number);
        }
    }

    /// <summary>Adverts from this thread while another one floods; the flood begins before and ends after.</summary>
    private static int During(Func<Func<bool>, int> flood, Action adverts, out double seconds)
    {
        var over = false;
        var sent = 0;
        var start = Clocks.Monotonic;
        var thread = new Thread(() => sent = flood(() => Volatile.Read(ref over)));
        thread.Start();
        Thread.Sleep(200);
        adverts();
        Volatile.Write(ref over, true);
        thread.Join();
        seconds = (Clocks.Monotonic - start).TotalSeconds;
        Assert.True(sent > PerSecond / 2 * seconds, $"{sent} datagrams in {seconds:0.0} s are no flood, so this proved nothing");
        return sent;
    }

    /// <summary>One each 100 microseconds, for 30 s at most.</summary>
    private Func<Func<bool>, int> Flood(Socket from, Func<int, byte[]> datagram) => isOver =>
    {
        using var waiter = new LoopWaiter();
        var (start, sent) = (Clocks.Monotonic, 0);
        for (; sent < 30 * PerSecond && !isOver(); sent++)
        {
            waiter.Wait(start + (sent * TimeSpan.FromSeconds(1) / PerSecond));
            from.SendTo(datagram(sent), _here.EndPoint(0));
        }
        return sent;
    };
}
