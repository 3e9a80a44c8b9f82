using System.Net;
using FlipAgent.Core;
using FlipAgent.Harness;
using FlipAgent.Net;

namespace FlipAgent.Tests.Net;

/// <summary>Multicast, IPv6, and the network going away under the socket, where it needs a network of the test's own.</summary>
public sealed class AdvertSocketNetworkTests
{
    private static readonly IPAddress s_group = IPAddress.Parse("239.255.51.12");

    private readonly Neighbours _here = new();

    [Fact]
    public void Multicast_on_the_loopback_interface_reaches_all_and_not_oneself()
    {
        using var a = _here.Listen(0, 3, s_group);
        using var b = _here.Listen(1, 3, s_group);
        using var c = _here.Listen(2, 3, s_group);
        a.Socket.Send([1]);
        b.Socket.Send([2]);
        Until.True(() => b.HasHeard(0, 1) && c.HasHeard(0, 1) && a.HasHeard(1, 2) && c.HasHeard(1, 2), "all others hear");
        Assert.Equal([1, 1, 2], new[] { a, b, c }.Select(node => node.Heard.Count));
        Until.True(() => a.Socket.Counts.Sent == 1, "one datagram is counted");
        Assert.Empty(a.Rejected);
    }

    [Fact]
    public void Multicast_carries_the_own_address_so_that_the_MAC_holds()
    {
        using var a = _here.Listen(0, 2, s_group);
        using var b = _here.Listen(1, 2, s_group);
        var buffer = new byte[AdvertCodec.MaxBytes];
        a.Socket.Send(buffer.AsSpan(0, AdvertCodec.Encode(WireSample.Advert, WireSample.Keys, _here.Address(0), buffer)));
        Until.True(() => !b.Heard.IsEmpty, "the advert arrives");
        Assert.True(b.Heard.TryPeek(out var heard));
        Assert.True(AdvertCodec.Decode(heard.Datagram, WireSample.Keys, WireSample.Advert.Cluster, heard.Source).Accepted);
    }

    [Fact]
    public void A_node_with_multicast_still_hears_one_without()
    {
        using var a = _here.Listen(0, 2, s_group);
        using var b = _here.Listen(1, 2);
        b.Socket.Send([1]);
        Until.True(() => a.HasHeard(1, 1), "the mistake in the configuration does not look like silence");
    }

    [Fact]
    public void With_multicast_too_a_second_agent_on_the_same_address_is_a_named_failure()
    {
        using var first = _here.Listen(0, 2, s_group);
        var second = AdvertSocket.Open(_here.Settings(0, 2, s_group), new AdvertSocketCallbacks((_, _, _) => true, (_, _, _) => { }, _ => { }));
        Assert.Equal(OpenFailure.AddressInUse, second.Failure);
    }

    [NamespaceFact]
    public void Ipv6_nodes_hear_each_other() => NetworkNamespace.RunInNew(() =>
    {
        Shell.Must("ip", "-6", "addr", "add", "fd00:5112::1/128", "dev", "lo", "nodad");
        Shell.Must("ip", "-6", "addr", "add", "fd00:5112::2/128", "dev", "lo", "nodad");
        IPAddress[] nodes = [IPAddress.Parse("fd00:5112::1"), IPAddress.Parse("fd00:5112::2")];
        using var a = new Listener(new AdvertSocketSettings([.. nodes], 0, 5112));
        SendUntil(a, () => a.Socket.Counts.Unreachable > 0, "refused, for nobody is there yet: F28 with ICMPv6");
        using var b = new Listener(new AdvertSocketSettings([.. nodes], 1, 5112));
        b.Socket.Send([2]);
        SendUntil(a, () => a.HasHeard(1, 2) && b.HasHeard(0, 1), "they hear each other");
        Assert.Equal(nodes[1], a.Heard.Single().Source);
    });

    [NamespaceFact]
    public void F27_an_address_that_vanishes_is_a_network_fault_and_its_return_ends_it() => NetworkNamespace.RunInNew(() =>
    {
        Shell.Must("ip", "link", "add", "near", "type", "veth", "peer", "name", "far");
        Shell.Must("ip", "link", "set", "far", "up");
        Shell.Must("ip", "link", "set", "near", "up");
        Shell.Must("ip", "addr", "add", "10.9.0.1/24", "dev", "near");
        using var a = new Listener(new AdvertSocketSettings([IPAddress.Parse("10.9.0.1"), IPAddress.Parse("10.9.0.2")], 0, 5112));
        for (var round = 1; round <= 2; round++)
        {
            Shell.Must("ip", "addr", "del", "10.9.0.1/24", "dev", "near");
            SendUntil(a, () => a.Network.Count == 2 * round - 1, "the fault is reported");
            Assert.Contains("10.9.0.", a.Network.Last());
            Assert.NotNull(a.Socket.NetworkFault);
            Shell.Must("ip", "addr", "add", "10.9.0.1/24", "dev", "near");
            SendUntil(a, () => a.Network.Count == 2 * round, "the return is reported");
            Assert.Null(a.Network.Last());
            Assert.Null(a.Socket.NetworkFault);
        }
        Assert.True(a.Socket.Counts.Rebinds >= 1);
        Assert.True(a.Socket.Counts.SendErrors >= 2);
    });

    [NamespaceFact]
    public void F27_a_start_before_the_address_is_there_waits_for_it() => NetworkNamespace.RunInNew(() =>
    {
        using var a = new Listener(new AdvertSocketSettings([IPAddress.Parse("10.9.0.1"), IPAddress.Parse("10.9.0.2")], 0, 5112));
        Until.True(() => a.Network.Count == 1, "the fault is reported without any send");
        Assert.Equal("10.9.0.1:5112/udp is no address of this machine now", a.Network.Single());
        Shell.Must("ip", "addr", "add", "10.9.0.1/32", "dev", "lo");
        Shell.Must("ip", "addr", "add", "10.9.0.2/32", "dev", "lo");
        using var b = new Listener(new AdvertSocketSettings([IPAddress.Parse("10.9.0.1"), IPAddress.Parse("10.9.0.2")], 1, 5112));
        SendUntil(a, () => a.Network.Count == 2 && b.HasHeard(0, 1), "it is mended and heard");
        b.Socket.Send([2]);
        Until.True(() => a.HasHeard(1, 2), "it hears");
    });

    [NamespaceFact]
    public void F27_a_single_node_is_mended_without_sending_anything() => NetworkNamespace.RunInNew(() =>
    {
        using var a = new Listener(new AdvertSocketSettings([IPAddress.Parse("10.9.0.1")], 0, 5112));
        Until.True(() => a.Network.Count == 1, "the fault is reported");
        Shell.Must("ip", "addr", "add", "10.9.0.1/32", "dev", "lo");
        Until.True(() => a.Network.Count == 2, "the return is reported");
        Assert.Null(a.Network.Last());
    });

    [NamespaceFact]
    public void F26_a_firewall_of_this_machine_that_drops_adverts_is_named() => NetworkNamespace.RunInNew(() =>
    {
        Shell.Must("ip", "addr", "add", "10.9.0.1/32", "dev", "lo");
        Shell.Must("ip", "route", "add", "prohibit", "10.9.0.2/32");
        using var a = new Listener(new AdvertSocketSettings([IPAddress.Parse("10.9.0.1"), IPAddress.Parse("10.9.0.2")], 0, 5112));
        SendUntil(a, () => a.Network.Count == 1, "the fault is reported");
        Assert.Equal("nothing can be sent to 10.9.0.2: Permission denied", a.Network.Single());
        Shell.Must("ip", "route", "del", "prohibit", "10.9.0.2/32");
        Shell.Must("ip", "addr", "add", "10.9.0.2/32", "dev", "lo");
        SendUntil(a, () => a.Network.Count == 2, "the return is reported");
    });

    [NamespaceFact]
    public void F27_a_membership_that_went_with_its_interface_is_joined_again() => NetworkNamespace.RunInNew(() =>
    {
        AddPair();
        IPAddress[] nodes = [IPAddress.Parse("10.9.0.1"), IPAddress.Parse("10.9.0.2")];
        using var a = new Listener(new AdvertSocketSettings([.. nodes], 0, 5112, s_group));
        using var b = new Listener(new AdvertSocketSettings([.. nodes], 1, 5112, s_group));
        SendUntil(a, () => b.HasHeard(0, 1), "multicast crosses the pair");
        var rebinds = b.Socket.Counts.Rebinds;
        Shell.Must("ip", "link", "del", "near");
        AddPair();
        b.Heard.Clear();
        SendUntil(a, () => b.HasHeard(0, 1), "it is heard again");
        // The listener sent nothing, so nothing told it: it mended itself.
        Assert.Equal(rebinds, b.Socket.Counts.Rebinds);
    });

    /// <summary>Two interfaces joined by a cable, both in this namespace, which must then believe packets from its own addresses.</summary>
    private static void AddPair()
    {
        Shell.Must("ip", "link", "add", "near", "type", "veth", "peer", "name", "far");
        foreach (var (name, address) in new[] { ("near", "10.9.0.1"), ("far", "10.9.0.2") })
        {
            Shell.Must("ip", "addr", "add", $"{address}/24", "dev", $"{name}");
            var conf = $"net.ipv4.conf.{name}";
            Shell.Must("sysctl", "-q", "-w", $"{conf}.accept_local=1", $"{conf}.rp_filter=0", "net.ipv4.conf.all.rp_filter=0");
            Shell.Must("ip", "link", "set", $"{name}", "up");
        }
    }

    private static void SendUntil(Listener sender, Func<bool> condition, string what) => Until.True(
        () =>
        {
            sender.Socket.Send([1]);
            return condition();
        },
        what);
}
