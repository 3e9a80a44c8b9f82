using FlipAgent.Core;
using FlipAgent.Harness;
using FlipAgent.Net;

namespace FlipAgent.Tests.Net;

/// <summary>Any user of a node can send datagrams that have its own address and the port of the adverts as their source. They come from nobody, and cost little.</summary>
[Collection("alone")]
[Trait("Category", "RealTime")]
public sealed class OwnNameTests
{
    private readonly Neighbours _here = new();

    [Fact]
    public void F25_a_flood_in_this_nodes_own_name_is_counted_reported_and_dropped_by_the_kernel()
    {
        using var a = _here.Listen(0, 2);
        using var b = _here.Listen(1, 2);
        using var flooder = _here.InPlaceOf(7);
        const int Flooded = 100_000;
        var taken = 0;
        for (var i = 0; i < Flooded; i++)
            taken += _here.SendInTheNameOf(0, flooder, [1, 2, 3], to: 0) ? 1 : 0;
        Assert.Equal(Flooded, taken);
        Until.True(() => a.Socket.Counts.WrongPort > Flooded / 2, "it is counted");
        Assert.Equal((-1, Rejection.WrongPort), (a.Rejected.First().Node, a.Rejected.First().Reason));
        Assert.StartsWith($"a program on this node sends to it from port {_here.Port} ", a.Rejected.First().Detail);
        Assert.Equal(0, a.Socket.Counts.Received);
        b.Socket.Send([7]);
        Until.True(() => a.HasHeard(1, 7), "the peer is heard");
    }

    [Fact]
    public void F25_the_kernel_drops_what_comes_from_this_nodes_own_address_and_nothing_of_a_peer()
    {
        using var b = _here.Listen(1, 2);
        var socket = BoundSockets.TryOpen(_here.Settings(0, 2), null, out _, out _)!;
        using var stranger = _here.Stranger(1);
        using var flooder = _here.InPlaceOf(7);
        var filter = new SourcePortFilter(_here.Port, _here.Address(0));
        filter.Attach(socket);
        Assert.True(filter.On);
        Assert.True(_here.SendInTheNameOf(0, flooder, [1], to: 0));
        stranger.SendTo([2], _here.EndPoint(0));
        b.Socket.Send([3, 3]);
        Assert.True(_here.SendInTheNameOf(1, flooder, [4, 4, 4], to: 0));
        var source = new byte[NodeTable.SocketAddressBytes];
        var lengths = new List<int>();
        Until.True(
            () =>
            {
                if (BoundSockets.Receive(socket.OwnFd, new byte[100], source) is > 0 and var length)
                    lengths.Add(length);
                return lengths.Count == 2;
            },
            "what has the address and port of the peer comes through");
        Assert.Equal([2, 3], lengths);
        Assert.Equal(2, filter.Detach(socket));
        socket.Dispose();
    }
}
