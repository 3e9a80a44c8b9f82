using System.Net;

namespace FlipAgent.Core.Tests;

/// <summary>What an advert says is what is heard, and every way in which a datagram can be wrong has its own name.</summary>
public sealed class AdvertCodecTests
{
    [Fact]
    public void An_advert_comes_back_as_it_went()
    {
        Adverts.AssertSame(Adverts.Simple, Adverts.Decode(Adverts.Encode(Adverts.Simple)).Advert);
        Adverts.AssertSame(Adverts.Largest, Adverts.Decode(Adverts.Encode(Adverts.Largest), cluster: Adverts.Largest.Cluster).Advert);
    }

    [Fact]
    public void Two_thousand_random_adverts_come_back_as_they_went()
    {
        var random = new Random(20260101);
        for (var i = 0; i < 2000; i++)
        {
            var advert = Adverts.Random(random);
            Adverts.AssertSame(advert, Adverts.Decode(Adverts.Encode(advert)).Advert);
        }
    }

    [Fact]
    public void Three_nodes_with_names_of_32_characters_stay_under_300_bytes()
    {
        Assert.Equal(269, Adverts.Encode(Adverts.Largest).Length);
    }

    [Fact]
    public void Fifty_nodes_fit_into_one_frame_and_more_are_refused_by_the_sender()
    {
        static Advert Of(int nodes) => Adverts.Largest with
        {
            Peers = [.. Enumerable.Range(1, nodes - 1).Select(i => Adverts.Largest.Peers[0] with { Node = (uint)i })],
        };
        Assert.InRange(Adverts.Encode(Of(50)).Length, 1400, AdvertCodec.MaxBytes);
        Adverts.AssertSame(Of(50), Adverts.Decode(Adverts.Encode(Of(50)), cluster: Adverts.Largest.Cluster).Advert);
        Assert.Throws<ArgumentException>(() => Adverts.Encode(Of(51)));
    }

    [Fact]
    public void F25_every_truncation_is_refused()
    {
        var datagram = Adverts.Encode(Adverts.Largest);
        for (var length = 0; length < datagram.Length; length++)
        {
            var result = Adverts.Decode(datagram.AsSpan(0, length), cluster: Adverts.Largest.Cluster);
            Assert.False(result.Accepted);
            Assert.Equal(Rejection.Malformed, result.Reason);
        }
    }

    [Fact]
    public void F25_every_flip_of_a_single_bit_is_refused()
    {
        var datagram = Adverts.Encode(Adverts.Largest);
        for (var bit = 0; bit < datagram.Length * 8; bit++)
        {
            var flipped = (byte[])datagram.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            var result = Adverts.Decode(flipped, cluster: Adverts.Largest.Cluster);
            Assert.False(result.Accepted, $"bit {bit} may be flipped");
            Assert.NotEmpty(result.Detail);
        }
    }

    [Fact]
    public void Bytes_after_the_end_are_refused()
    {
        var datagram = Adverts.Encode(Adverts.Largest);
        for (var more = 1; more <= 40; more++)
            Assert.Equal(Rejection.Malformed, Adverts.Decode([.. datagram, .. new byte[more]], cluster: Adverts.Largest.Cluster).Reason);
    }

    [Fact]
    public void Another_cluster_is_told_from_another_key_even_when_both_differ()
    {
        var theirs = Adverts.Ring(Adverts.Key("theirs"));
        var datagram = Adverts.Encode(Adverts.Simple with { Cluster = "db-lb" }, theirs);
        AssertRejected(Rejection.WrongCluster, "another cluster with another key, ours is \"web-lb\"", Adverts.Decode(datagram));
        AssertRejected(Rejection.WrongCluster, "cluster \"db-lb\", ours is \"web-lb\"", Adverts.Decode(Adverts.Encode(Adverts.Simple with { Cluster = "db-lb" })));
        // Nor is it enough that one name is the beginning of the other.
        Assert.Equal(Rejection.WrongCluster, Adverts.Decode(Adverts.Encode(Adverts.Simple with { Cluster = "web-lb2" })).Reason);
        Assert.Equal(Rejection.WrongCluster, Adverts.Decode(Adverts.Encode(Adverts.Simple with { Cluster = "web" })).Reason);
    }

    [Fact]
    public void A_key_that_we_do_not_have_is_named()
    {
        var datagram = Adverts.Encode(Adverts.Simple, Adverts.Ring($"2:{Adverts.Key("one")}"));
        AssertRejected(Rejection.UnknownKey, "key 2 is not in our key file (it has key 1)", Adverts.Decode(datagram));
    }

    [Fact]
    public void A_key_of_the_same_id_that_differs_is_a_bad_mac()
    {
        var result = Adverts.Decode(Adverts.Encode(Adverts.Simple, Adverts.Ring(Adverts.Key("another"))));
        Assert.Equal(Rejection.BadMac, result.Reason);
        Assert.StartsWith("its key 1 differs from ours", result.Detail);
        Assert.Null(result.Advert);
    }

    [Fact]
    public void Another_version_is_named()
    {
        var datagram = Adverts.Encode(Adverts.Simple);
        datagram[0] = 9;
        AssertRejected(Rejection.WrongVersion, "version 9, we speak 1", Adverts.Decode(datagram));
        AssertRejected(Rejection.WrongVersion, "version 9, we speak 1", Adverts.Decode([9]));
    }

    [Fact]
    public void F25_an_advert_sent_from_another_address_is_refused()
    {
        var datagram = Adverts.Encode(Adverts.Simple);
        Assert.Equal(Rejection.BadMac, Adverts.Decode(datagram, sender: IPAddress.Parse("10.110.0.3")).Reason);
        // An IPv6 address with the same leading bytes is another address; the IPv4-mapped form is the same one.
        Assert.Equal(Rejection.BadMac, Adverts.Decode(datagram, sender: IPAddress.Parse("0a6e:0002::")).Reason);
        Assert.True(Adverts.Decode(datagram, sender: IPAddress.Parse("::ffff:10.110.0.2")).Accepted);
    }

    [Fact]
    public void Ipv6_senders_are_bound_as_well()
    {
        var datagram = Adverts.Encode(Adverts.Simple, sender: IPAddress.Parse("fd00::2"));
        Assert.True(Adverts.Decode(datagram, sender: IPAddress.Parse("fd00::2")).Accepted);
        Assert.Equal(Rejection.BadMac, Adverts.Decode(datagram, sender: IPAddress.Parse("fd00::3")).Reason);
    }

    [Fact]
    public void F60_a_key_rotates_with_no_advert_refused()
    {
        var old = $"1:{Adverts.Key("old")}";
        var fresh = $"2:{Adverts.Key("fresh")}";
        KeyRing[] steps = [Adverts.Ring(old), Adverts.Ring(old, fresh), Adverts.Ring(fresh, old), Adverts.Ring(fresh)];
        // Reloads reach the nodes one after the other, so neighbouring steps meet, in both directions.
        for (var step = 0; step + 1 < steps.Length; step++)
        {
            Assert.True(Adverts.Decode(Adverts.Encode(Adverts.Simple, steps[step]), steps[step + 1]).Accepted);
            Assert.True(Adverts.Decode(Adverts.Encode(Adverts.Simple, steps[step + 1]), steps[step]).Accepted);
        }
        Assert.Equal(Rejection.UnknownKey, Adverts.Decode(Adverts.Encode(Adverts.Simple, steps[0]), steps[3]).Reason);
    }

    [Fact]
    public void Ages_are_whole_milliseconds_rounded_up_and_end_at_50_days()
    {
        static TimeSpan Sent(TimeSpan age) => Adverts.Decode(Adverts.Encode(Adverts.Simple with { HolderAge = age })).Advert!.HolderAge;
        var longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1L);
        Assert.Equal(TimeSpan.Zero, Sent(TimeSpan.Zero));
        Assert.Equal(TimeSpan.FromMilliseconds(1), Sent(TimeSpan.FromTicks(1)));
        Assert.Equal(TimeSpan.FromMilliseconds(1), Sent(TimeSpan.FromMilliseconds(1)));
        Assert.Equal(longest, Sent(longest));
        Assert.Equal(longest, Sent(longest + TimeSpan.FromTicks(1)));
        Assert.Equal(longest, Sent(TimeSpan.MaxValue));
        Assert.Equal(TimeSpan.Zero, Sent(TimeSpan.FromSeconds(-1)));
        Assert.Equal(TimeSpan.Zero, Sent(TimeSpan.MinValue));
    }

    [Fact]
    public void Never_heard_and_heard_fifty_days_ago_are_two_things()
    {
        var peers = Adverts.Largest.Peers;
        var sent = Adverts.Simple with { Peers = [peers[0] with { DirectAge = null, Age = TimeSpan.MaxValue }] };
        var heard = Adverts.Decode(Adverts.Encode(sent)).Advert!.Peers[0];
        Assert.Null(heard.DirectAge);
        Assert.Equal(TimeSpan.FromMilliseconds(uint.MaxValue - 1L), heard.Age);
    }

    [Fact]
    public void A_cause_is_cut_between_two_characters_and_cleaned()
    {
        static string Sent(string cause) =>
            Adverts.Decode(Adverts.Encode(Adverts.Simple with { Release = new Release(1, 2, false, false, cause, 3) })).Advert!.Release!.Cause;
        Assert.Equal(new string('x', 48), Sent(new string('x', 49)));
        Assert.Equal(new string('x', 47), Sent(new string('x', 47) + "é"));
        Assert.Equal("check \"site\": [31m red", Sent("check \"site\":\u001b[31m\nred"));
        Assert.Equal("", Sent(""));
    }

    [Theory]
    [InlineData("", "haproxy-1")]
    [InlineData("web-lb", "")]
    [InlineData("web\nlb", "haproxy-1")]
    [InlineData("web-lb", "haproxy\u202e1")]
    public void A_name_that_no_advert_may_have_is_our_own_error(string cluster, string node)
    {
        Assert.Throws<ArgumentException>(() => Adverts.Encode(Adverts.Simple with { Cluster = cluster, Node = node }));
    }

    [Fact]
    public void What_no_advert_may_have_is_our_own_error()
    {
        Assert.Throws<ArgumentException>(() => Adverts.Encode(Adverts.Simple with { Session = 0 }));
        Assert.Throws<ArgumentException>(() => Adverts.Encode(Adverts.Simple with { Sequence = 0 }));
        Assert.Throws<ArgumentException>(() => Adverts.Encode(Adverts.Simple with { Priority = 0 }));
        Assert.Throws<ArgumentException>(() => Adverts.Encode(Adverts.Simple with { EffectivePriority = 255 }));
        Assert.Throws<ArgumentException>(() => Adverts.Encode(Adverts.Simple with { Node = new string('n', 129) }));
        Assert.Throws<ArgumentException>(() => AdvertCodec.Encode(Adverts.Simple, Adverts.Keys, Adverts.Sender, new byte[50]));
    }

    [Fact]
    public void Encoding_allocates_nothing()
    {
        var buffer = new byte[AdvertCodec.MaxBytes];
        var advert = Adverts.Largest;
        for (var i = 0; i < 100; i++)
            AdvertCodec.Encode(advert, Adverts.Keys, Adverts.Sender, buffer);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            AdvertCodec.Encode(advert, Adverts.Keys, Adverts.Sender, buffer);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Decoding_allocates_little_more_than_the_advert_itself()
    {
        var datagram = Adverts.Encode(Adverts.Largest);
        var cluster = Adverts.Largest.Cluster;
        for (var i = 0; i < 100; i++)
            Adverts.Decode(datagram, cluster: cluster);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            Adverts.Decode(datagram, cluster: cluster);
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 1000, 1, 1024);
    }

    private static void AssertRejected(Rejection reason, string detail, DecodeResult result)
    {
        Assert.False(result.Accepted);
        Assert.Equal(reason, result.Reason);
        Assert.Equal(detail, result.Detail);
    }
}
