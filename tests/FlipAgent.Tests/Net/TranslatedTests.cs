using System.Collections.Concurrent;
using System.Net;
using FlipAgent.Core;
using FlipAgent.Harness;
using FlipAgent.Net;

namespace FlipAgent.Tests.Net;

/// <summary>Adverts of a peer behind address translation: they are right, and come from another address than the peer has in the configuration.</summary>
public class TranslatedTests
{
    private static readonly IPAddress[] s_nodes = [IPAddress.Parse("10.110.0.2"), IPAddress.Parse("10.110.0.3"), IPAddress.Parse("10.110.0.4")];

    private readonly ConcurrentQueue<(int Node, Rejection Reason, string Detail)> _reported = new();
    private readonly ConcurrentQueue<Advert> _heard = new();

    [Fact]
    public void F26_from_an_address_of_nobody_it_is_put_down_to_its_node()
    {
        Assert.True(Intake().TakeStranger(IPAddress.Parse("192.0.2.9"), Sealed(s_nodes[1]), WireSample.Keys, WireSample.Advert.Cluster));
        Assert.Equal((1, Rejection.Translated, "192.0.2.9 instead of 10.110.0.3"), Assert.Single(_reported));
        Assert.Empty(_heard);
    }

    [Fact]
    public void F26_the_socket_hands_it_on_and_calls_it_no_stranger()
    {
        var here = new Neighbours();
        var intake = new AdvertIntake(here.Nodes(2), (_, _) => { }, (node, reason, detail) => _reported.Enqueue((node, reason, detail)), _ => { }, me: 0);
        var opening = AdvertSocket.Open(here.Settings(0, 2), new AdvertSocketCallbacks(
            (_, _, _) => false, (node, reason, detail) => _reported.Enqueue((node, reason, detail)), _ => { })
        {
            Stranger = (source, datagram) => intake.TakeStranger(source, datagram, WireSample.Keys, WireSample.Advert.Cluster),
        });
        using var socket = opening.Socket!;
        using var translated = here.Stranger(7);
        translated.SendTo(Sealed(here.Address(1)), here.EndPoint(0));
        Until.True(() => !_reported.IsEmpty, "it is reported");
        Assert.Equal((1, Rejection.Translated, $"{here.Address(7)} instead of {here.Address(1)}"), _reported.First());
    }

    [Fact]
    public void F26_from_the_address_of_another_node_it_is_no_differing_key()
    {
        var intake = Intake();
        Assert.False(intake.Take(2, s_nodes[2], Sealed(s_nodes[1]), WireSample.Keys, WireSample.Advert.Cluster));
        Assert.Equal((1, Rejection.Translated, "10.110.0.4 instead of 10.110.0.3"), Assert.Single(_reported));
    }

    [Fact]
    public void A_stranger_stays_one()
    {
        var intake = Intake();
        var from = IPAddress.Parse("192.0.2.9");
        Assert.False(intake.TakeStranger(from, [1, 2, 3], WireSample.Keys, WireSample.Advert.Cluster));
        Assert.False(intake.TakeStranger(from, Sealed(IPAddress.Parse("10.110.0.99")), WireSample.Keys, WireSample.Advert.Cluster));
        Assert.False(intake.TakeStranger(from, Sealed(s_nodes[1]), WireSample.Keys, "another cluster"));
        // This node's own, which came back.
        Assert.False(intake.TakeStranger(from, Sealed(s_nodes[0]), WireSample.Keys, WireSample.Advert.Cluster));
        Assert.Empty(_reported);
        Assert.False(intake.Take(1, s_nodes[1], Sealed(IPAddress.Parse("10.110.0.99")), WireSample.Keys, WireSample.Advert.Cluster));
        Assert.Equal((1, Rejection.BadMac), (_reported.Single().Node, _reported.Single().Reason));
    }

    private AdvertIntake Intake() =>
        new(s_nodes, (_, advert) => _heard.Enqueue(advert), (node, reason, detail) => _reported.Enqueue((node, reason, detail)), _ => { }, me: 0);

    private static byte[] Sealed(IPAddress by)
    {
        var buffer = new byte[AdvertCodec.MaxBytes];
        return buffer[..AdvertCodec.Encode(WireSample.Advert, WireSample.Keys, by, buffer)];
    }
}
