using FlipAgent.Core.Tests.Sim;

namespace FlipAgent.Core.Tests;

/// <summary>What a node says of itself for people travels where there is room, and nothing that is wrong with it costs the rest of the advert.</summary>
public sealed class ParticularsTests
{
    private static readonly Particulars s_full = new()
    {
        Write = WriteState.Refused,
        Listens = Listening.Elsewhere,
        MaintenanceLeft = TimeSpan.FromHours(1),
        MaintenanceBy = new string('w', Particulars.MaxSetterBytes),
        KeyId = 1,
        Page = 2,
        Pages = 3,
        Prints = [.. Enumerable.Range(1, Particulars.PrintsOfPage).Select(i => new KeyPrint((uint)i, (ushort)i))],
    };

    [Fact]
    public void The_largest_advert_of_16_nodes_and_16_addresses_still_carries_them_whole()
    {
        var name = new string('n', AdvertCodec.MaxNameBytes);
        var advert = Largest(nodes: 16) with { Cluster = name, Node = name, Particulars = s_full };
        var datagram = Adverts.Encode(advert);
        Assert.InRange(datagram.Length, AdvertCodec.MaxBytes - 40, AdvertCodec.MaxBytes);
        Adverts.AssertSame(advert, Adverts.Decode(datagram, cluster: name).Advert);
    }

    [Fact]
    public void Where_there_is_no_room_they_are_left_out_and_nothing_else()
    {
        var advert = Largest(nodes: 26);
        Assert.InRange(Adverts.Encode(advert).Length, AdvertCodec.MaxBytes - 100, AdvertCodec.MaxBytes);
        Adverts.AssertSame(advert, Adverts.Decode(Adverts.Encode(advert with { Particulars = s_full }), cluster: advert.Cluster).Advert);
        // To the byte: as long as there is room for all of it, it is there.
        var few = Adverts.Simple with { Particulars = s_full };
        var length = Adverts.Encode(few).Length;
        var exact = new byte[length];
        Assert.Equal(length, AdvertCodec.Encode(few, Adverts.Keys, Adverts.Sender, exact));
        Assert.Equal(length - 2 - 11 - 32 - (12 * 5), AdvertCodec.Encode(few, Adverts.Keys, Adverts.Sender, exact.AsSpan(0, length - 1)));
    }

    /// <summary>Offsets in the value: 6 key id, 7 page, 8 pages, 9 length of the name, 10 number of prints.</summary>
    [Theory]
    [InlineData(9, 33)]
    [InlineData(9, 255)]
    [InlineData(10, 13)]
    [InlineData(10, 255)]
    [InlineData(8, 33)]
    [InlineData(7, 3)]
    [InlineData(8, 0)]
    [InlineData(6, 0)]
    [InlineData(11, 0x1b)]
    [InlineData(11, 0xff)]
    public void What_makes_no_sense_says_nothing_and_the_advert_counts(int offset, byte value)
    {
        Assert.NotNull(Sent(_ => { }).Particulars);
        var advert = Sent(said => said[offset] = value);
        Assert.Null(advert.Particulars);
        Assert.Equal(Adverts.Simple, advert);
    }

    [Fact]
    public void A_state_of_a_newer_version_is_not_known_and_what_it_adds_at_the_end_is_ignored()
    {
        var said = Sent(value => (value[0], value[1]) = (3, 4)).Particulars!;
        Assert.Equal((WriteState.Unproven, Listening.Unknown, s_full.MaintenanceBy), (said.Write, said.Listens, said.MaintenanceBy));
        Assert.Equal(s_full.Prints.AsEnumerable(), Received([.. Value(), 1, 2, 3]).Advert!.Particulars!.Prints.AsEnumerable());
    }

    [Fact]
    public void They_are_refused_only_where_the_outline_is_wrong()
    {
        Assert.Equal("a particulars TLV of 10 bytes, expected 11 to 255", Received(Value()[..10]).Detail);
        byte[] once = [12, (byte)Value().Length, .. Value()];
        Assert.Equal("two particulars TLVs", Adverts.Decode(Adverts.Sign([.. Adverts.ContentOf(Adverts.Simple), .. once, .. once])).Detail);
    }

    [Fact]
    public void Whatever_stands_there_nothing_throws_and_the_advert_counts()
    {
        var random = new Random(12);
        var understood = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var value = i % 2 == 0 ? Value() : new byte[random.Next(11, 256)];
            if (i % 2 == 0)
                value[random.Next(value.Length)] = (byte)random.Next(256);
            else
                random.NextBytes(value);
            var result = Received(value);
            Assert.True(result.Accepted, result.Detail);
            if (result.Advert!.Particulars is not { } said)
                continue;
            understood++;
            Assert.InRange(said.Prints.Length, 0, Particulars.PrintsOfPage);
            Assert.InRange(said.Pages, 0, Particulars.MaxPages);
            Assert.True(said.Page < Math.Max(said.Pages, (byte)1));
        }
        Assert.InRange(understood, 5000, 15_000);
    }

    [Fact]
    public void Who_began_it_is_cut_between_two_characters_and_cleaned()
    {
        static string Sent(string by) => Adverts.Decode(Adverts.Encode(Adverts.Simple with { Particulars = new Particulars { MaintenanceBy = by } })).Advert!.Particulars!.MaintenanceBy;
        Assert.Equal(new string('x', 31), Sent(new string('x', 31) + "é"));
        Assert.Equal("al ice", Sent("al\u001bice"));
    }

    [Fact]
    public void Prints_that_no_advert_may_have_are_our_own_error()
    {
        Assert.Throws<ArgumentException>(() => Adverts.Encode(Adverts.Simple with { Particulars = s_full with { Page = 3 } }));
        Assert.Throws<ArgumentException>(() => Adverts.Encode(Adverts.Simple with { Particulars = s_full with { KeyId = 0 } }));
        Assert.Throws<ArgumentException>(() => Adverts.Encode(Adverts.Simple with { Particulars = s_full with { Pages = 33 } }));
        Assert.Throws<ArgumentException>(() => Adverts.Encode(Adverts.Simple with { Particulars = s_full with { Prints = [.. s_full.Prints, default] } }));
    }

    [Fact]
    public void They_cost_the_sender_nothing_and_the_receiver_one_small_object()
    {
        var buffer = new byte[AdvertCodec.MaxBytes];
        var advert = Adverts.Simple with { Particulars = s_full };
        var datagram = Adverts.Encode(advert);
        var bare = Adverts.Encode(Adverts.Simple);
        Assert.Equal(0, Allocated(() => AdvertCodec.Encode(advert, Adverts.Keys, Adverts.Sender, buffer)));
        Assert.InRange(Allocated(() => Adverts.Decode(datagram)) - Allocated(() => Adverts.Decode(bare)), 1, 400);
    }

    [Fact]
    public void A_print_is_told_by_who_has_the_cluster_key_only()
    {
        var (keys, same, others) = (Adverts.Ring("1:" + Adverts.Key("one"), "2:" + Adverts.Key("two")), Adverts.Keys, Adverts.Ring("1:" + Adverts.Key("another")));
        var print = KeyPrint.Of(keys, 1, "election.preempt", "True")!.Value;
        Assert.Equal(print, KeyPrint.Of(same, 1, "election.preempt", "True"));
        var other = KeyPrint.Of(keys, 1, "election.preempt", "False")!.Value;
        Assert.Equal((print.Key, true), (other.Key, other.Value != print.Value));
        // The same value at another key looks different, and so does everything by another cluster key.
        var elsewhere = KeyPrint.Of(keys, 1, "election.port", "True")!.Value;
        Assert.True(elsewhere.Key != print.Key && elsewhere.Value != print.Value);
        foreach (var stranger in new[] { KeyPrint.Of(others, 1, "election.preempt", "True")!.Value, KeyPrint.Of(keys, 2, "election.preempt", "True")!.Value })
            Assert.True(stranger.Key != print.Key && stranger.Value != print.Value);
        Assert.Null(KeyPrint.Of(same, 2, "election.preempt", "True"));
    }

    /// <summary>The first bytes of HMAC-SHA256, most significant first (docs/wire.md, type 12): made by another program.</summary>
    [Fact]
    public void A_print_is_the_same_in_every_version() =>
        Assert.Equal(
            new KeyPrint(0x800ab8, 0xd328),
            KeyPrint.Of(Adverts.Ring("1:bf0c53c2b94f841341424719cc308376b6d3c5cd2e0c3bc2c7051c0227ed6888"), 1, "election.preempt", "True"));

    [Fact]
    public void No_rule_goes_by_them()
    {
        static string Steps(Particulars? said)
        {
            var state = GrownNode.Grow(holder: 102, fit: true);
            var effects = new List<string>();
            for (var i = 1; i <= 8; i++)
                effects.AddRange(GrownNode.Step(state, new Input.AdvertHeard(1, GrownNode.Make(state, i % 3 == 0 ? Role.Backup : Role.Master, state.Term + (uint)(i % 2)) with { Particulars = said }), i * 0.5).Select(effect => $"{i} {effect}"));
            return string.Join('\n', effects) + $"{state.Role} {state.Term}";
        }

        Assert.Equal(Steps(null), Steps(s_full));
    }

    private static Advert Largest(int nodes) => Adverts.Largest with
    {
        Service = new ServiceReport(Sight.Answers, true, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), null, TimeSpan.FromSeconds(1)),
        Identity = 1,
        Quota = new QuotaReport(new RateLimit(1, 2), TimeSpan.FromSeconds(1)),
        StoreReachable = true,
        Asks = 1,
        Answers = [.. Enumerable.Range(1, 15).Select(i => new Answer((uint)i, 1))],
        Addresses = [.. Enumerable.Range(1, 16).Select(i => new AddressReport((uint)i, default, TimeSpan.Zero))],
        Peers = [.. Enumerable.Range(1, nodes - 1).Select(i => Adverts.Largest.Peers[0] with { Node = (uint)i })],
    };

    private static byte[] Value() => Adverts.ContentOf(Adverts.Simple with { Particulars = s_full })[(Adverts.ContentOf(Adverts.Simple).Length + 2)..];

    private static DecodeResult Received(byte[] value) => Adverts.Decode(Adverts.Sign([.. Adverts.ContentOf(Adverts.Simple), 12, (byte)value.Length, .. value]));

    private static Advert Sent(Action<byte[]> change)
    {
        var value = Value();
        change(value);
        var result = Received(value);
        Assert.True(result.Accepted, result.Detail);
        return result.Advert!;
    }

    /// <summary>Bytes for each call. The least of some rounds: now and then the platform makes a hash object anew that a collection has taken.</summary>
    private static long Allocated(Action once)
    {
        for (var i = 0; i < 100; i++)
            once();
        return Enumerable.Range(0, 5).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++)
                once();
            return (GC.GetAllocatedBytesForCurrentThread() - before) / 1000;
        });
    }
}
