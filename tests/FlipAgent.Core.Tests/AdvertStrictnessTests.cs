using System.Buffers.Binary;

namespace FlipAgent.Core.Tests;

/// <summary>
/// A peer with a fault, or of another version, holds the key too: so these datagrams are signed with the right key, and only their content is
/// wrong. And whoever has no key may send any bytes at all.
/// </summary>
public sealed class AdvertStrictnessTests
{
    private static readonly byte[] s_simple = Adverts.ContentOf(Adverts.Simple);

    [Fact]
    public void F33_TLVs_of_a_newer_version_are_skipped_wherever_they_stand()
    {
        byte[] fromTheFuture = [200, 3, 1, 2, 3];
        byte[] empty = [99, 0];
        var fixedPart = s_simple[..72];
        var tlvs = s_simple[72..];
        Adverts.AssertSame(Adverts.Simple, Adverts.Decode(Adverts.Sign([.. s_simple, .. fromTheFuture])).Advert);
        Adverts.AssertSame(Adverts.Simple, Adverts.Decode(Adverts.Sign([.. fixedPart, .. fromTheFuture, .. empty, .. tlvs, .. empty])).Advert);
        Adverts.AssertSame(Adverts.Simple, Adverts.Decode(Adverts.Sign([.. s_simple, .. fromTheFuture, .. fromTheFuture])).Advert);
    }

    [Fact]
    public void F33_TLVs_of_a_newer_version_are_covered_by_the_MAC()
    {
        var datagram = Adverts.Sign([.. s_simple, 200, 3, 1, 2, 3]);
        for (var i = 1; i <= 3; i++)
        {
            var changed = (byte[])datagram.Clone();
            changed[^(AdvertMac.Bytes + i)] ^= 0x10;
            Assert.Equal(Rejection.BadMac, Adverts.Decode(changed).Reason);
        }
    }

    [Fact]
    public void F33_the_reserved_byte_is_ignored()
    {
        var content = (byte[])s_simple.Clone();
        content[39] = 0xff;
        Adverts.AssertSame(Adverts.Simple, Adverts.Decode(Adverts.Sign(content)).Advert);
    }

    /// <summary>What a newer version says of the service, in words that this one does not have, is as good as nothing said; more bytes than known are its own business.</summary>
    [Fact]
    public void F33_a_sight_of_a_newer_version_says_nothing_and_a_longer_report_is_read()
    {
        byte[] report = [5, 20, 6, 1, 0, 0, 0, 250, 0, 0, 0, 1, 255, 255, 255, 255, 0, 0, 0, 2, 77, 77];
        Assert.Null(Adverts.Decode(Adverts.Sign([.. s_simple, .. report])).Advert!.Service);
        report[2] = 4;
        Assert.Equal(
            new ServiceReport(Sight.Refused, true, TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(1), null, TimeSpan.FromMilliseconds(2)),
            Adverts.Decode(Adverts.Sign([.. s_simple, .. report])).Advert!.Service);
        Assert.Equal("a service TLV of 17 bytes, expected 18 to 255", Adverts.Decode(Adverts.Sign([.. s_simple, 5, 17, .. new byte[17]])).Detail);
    }

    [Fact]
    public void F33_the_holder_of_an_address_is_read_as_far_as_it_is_known()
    {
        byte[] report = [10, 22, 0, 0, 0, 7, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 44, 0, 0, 3, 232, 77];
        AddressReport Read(int at, byte value)
        {
            var changed = (byte[])report.Clone();
            changed[at] = value;
            return Assert.Single(Adverts.Decode(Adverts.Sign([.. s_simple, .. changed])).Advert!.Addresses);
        }

        Assert.Equal(new AddressReport(7, new Holder(HolderKind.Foreign, 0, 300), TimeSpan.FromSeconds(1)), Read(23, 99));
        Assert.Equal(new AddressReport(7, new Holder(HolderKind.Foreign, 9, 300), TimeSpan.FromSeconds(1)), Read(10, 9));
        // A holder of a kind that this version does not know, and a droplet that cannot be: nothing said.
        Assert.Equal(new AddressReport(7, default, TimeSpan.Zero), Read(6, 4));
        Assert.Equal(new AddressReport(7, default, TimeSpan.Zero), Read(11, 0x80));
        byte[] never = [.. report[..19], 255, 255, 255, 255, 77];
        Assert.Equal(new AddressReport(7, default, TimeSpan.Zero), Assert.Single(Adverts.Decode(Adverts.Sign([.. s_simple, .. never])).Advert!.Addresses));
    }

    [Fact]
    public void An_address_that_cannot_be_is_refused()
    {
        byte[] report = [10, 21, 0, 0, 0, 7, .. new byte[17]];
        Assert.True(Adverts.Decode(Adverts.Sign([.. s_simple, .. report])).Accepted);
        AssertMalformed("the same floating IP twice", [.. s_simple, .. report, .. report]);
        AssertMalformed("a floating IP without an id", [.. s_simple, 10, 21, .. new byte[21]]);
        AssertMalformed("an address TLV of 20 bytes, expected 21 to 255", [.. s_simple, 10, 20, .. new byte[20]]);
        AssertMalformed("an address TLV of 0 bytes, expected 21 to 255", [.. s_simple, 10, 0]);
    }

    [Fact]
    public void The_largest_cluster_with_the_longest_names_and_all_addresses_fits()
    {
        var name = string.Concat(Enumerable.Repeat("😀", 32));
        var peer = Adverts.Largest.Peers[0];
        var advert = Adverts.Largest with
        {
            Cluster = name,
            Node = name,
            Service = new ServiceReport(Sight.Answers, true, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), null, TimeSpan.FromSeconds(1)),
            Identity = 1,
            Quota = new QuotaReport(new RateLimit(1, 5000), TimeSpan.FromSeconds(1)),
            Asks = 0,
            Answers = [.. Enumerable.Range(1, 15).Select(i => new Answer((uint)i, 1))],
            Addresses = [.. Enumerable.Range(1, ClusterSettings.MostAddresses).Select(i => new AddressReport((uint)i, new Holder(HolderKind.Node, 1, 1), TimeSpan.FromSeconds(1)))],
            Peers = [.. Enumerable.Range(1, 15).Select(i => peer with { Node = (uint)i })],
        };
        Adverts.AssertSame(advert, Adverts.Decode(Adverts.Encode(advert), cluster: name).Advert);
    }

    [Fact]
    public void F33_a_question_and_answers_of_a_newer_version_are_read_as_far_as_they_are_known()
    {
        var advert = Adverts.Decode(Adverts.Sign([.. s_simple, 7, 6, 1, 2, 3, 4, 9, 9, 8, 11, 0, 0, 0, 5, 0, 0, 0, 6, 7, 7, 7])).Advert!;
        Assert.Equal(0x01020304u, advert.Asks);
        Assert.Equal(new Answer(5, 6), Assert.Single(advert.Answers));
        Assert.Equal("a question TLV of 3 bytes, expected 4 to 255", Adverts.Decode(Adverts.Sign([.. s_simple, 7, 3, .. new byte[3]])).Detail);
        Assert.Equal("two answer TLVs", Adverts.Decode(Adverts.Sign([.. s_simple, 8, 8, .. new byte[8], 8, 8, .. new byte[8]])).Detail);
    }

    [Theory]
    [InlineData(20, 4, "role 4 does not exist")]
    [InlineData(20, 255, "role 255 does not exist")]
    [InlineData(21, 0, "a priority that is not 1 to 254")]
    [InlineData(21, 255, "a priority that is not 1 to 254")]
    [InlineData(22, 0, "a priority that is not 1 to 254")]
    [InlineData(22, 255, "a priority that is not 1 to 254")]
    [InlineData(38, 4, "kind of holder 4 does not exist")]
    [InlineData(44, 0x80, "a droplet id above 2^63-1")]
    [InlineData(72, 0, "a TLV of type 0, which does not exist")]
    public void A_value_out_of_range_is_refused(int offset, byte value, string detail)
    {
        AssertMalformed(detail, With(offset, value));
    }

    [Theory]
    [InlineData(4, 8, 0x00, "session or sequence is 0")]
    [InlineData(12, 4, 0x00, "session or sequence is 0")]
    [InlineData(52, 4, 0xff, "\"never\" where a time is needed")]
    [InlineData(64, 4, 0xff, "\"never\" where a time is needed")]
    [InlineData(68, 4, 0xff, "\"never\" where a time is needed")]
    public void A_number_that_cannot_be_is_refused(int offset, int length, byte fill, string detail)
    {
        var content = (byte[])s_simple.Clone();
        content.AsSpan(offset, length).Fill(fill);
        AssertMalformed(detail, content);
    }

    [Fact]
    public void The_largest_advert_is_read_and_one_byte_more_or_fewer_than_allowed_is_not()
    {
        // TLVs of a newer version fill it up.
        var room = AdvertCodec.MaxBytes - AdvertMac.Bytes - s_simple.Length;
        var filled = new List<byte>(s_simple);
        for (; room > 257; room -= 257)
            filled.AddRange([200, 255, .. new byte[255]]);
        filled.AddRange([200, (byte)(room - 2), .. new byte[room - 2]]);
        var largest = Adverts.Sign([.. filled]);
        Assert.Equal(AdvertCodec.MaxBytes, largest.Length);
        Adverts.AssertSame(Adverts.Simple, Adverts.Decode(largest).Advert);
        Assert.Equal("1453 bytes, an advert has 88 to 1452", Adverts.Decode([.. largest, 0]).Detail);
        Assert.Equal("87 bytes, an advert has 88 to 1452", Adverts.Decode(largest.AsSpan(0, 87)).Detail);
    }

    [Fact]
    public void The_largest_droplet_id_is_read()
    {
        var advert = Adverts.Simple with { Holder = new Holder(HolderKind.Foreign, 0, long.MaxValue) };
        Adverts.AssertSame(advert, Adverts.Decode(Adverts.Encode(advert)).Advert);
    }

    [Fact]
    public void The_longest_name_of_another_cluster_is_told()
    {
        var name = string.Concat(Enumerable.Repeat("😀", 32));
        var other = Adverts.Decode(Adverts.Encode(Adverts.Simple with { Cluster = name }));
        Assert.Equal((Rejection.WrongCluster, $"cluster \"{name}\", ours is \"web-lb\""), (other.Reason, other.Detail));
    }

    [Fact]
    public void What_there_is_one_of_may_not_come_twice()
    {
        var cluster = s_simple.AsSpan(72, 8).ToArray();
        var node = s_simple.AsSpan(80, 11).ToArray();
        byte[] release = [3, 13, .. new byte[13]];
        AssertMalformed("two cluster TLVs", [.. s_simple, .. cluster]);
        AssertMalformed("two node TLVs", [.. s_simple, .. node]);
        AssertMalformed("two release TLVs", [.. s_simple, .. release, .. release]);
    }

    [Fact]
    public void A_missing_name_is_refused()
    {
        AssertMalformed("the name of the cluster or of the node is missing", s_simple[..72]);
        AssertMalformed("the name of the cluster or of the node is missing", s_simple[..80]);
        AssertMalformed("the name of the cluster or of the node is missing", [.. s_simple[..72], .. s_simple[80..]]);
    }

    [Fact]
    public void A_TLV_of_the_wrong_length_is_refused()
    {
        AssertMalformed("a node TLV of 0 bytes, expected 1 to 128", [.. s_simple[..80], 2, 0]);
        AssertMalformed("a node TLV of 129 bytes, expected 1 to 128", [.. s_simple[..80], 2, 129, .. new byte[129]]);
        AssertMalformed("a release TLV of 12 bytes, expected 13 to 61", [.. s_simple, 3, 12, .. new byte[12]]);
        AssertMalformed("a release TLV of 62 bytes, expected 13 to 61", [.. s_simple, 3, 62, .. new byte[62]]);
        AssertMalformed("a peer TLV of 22 bytes, expected 23", [.. s_simple, 4, 22, .. new byte[22]]);
        AssertMalformed("a peer TLV of 24 bytes, expected 23", [.. s_simple, 4, 24, .. new byte[24]]);
        AssertMalformed("a TLV that ends behind the end", [.. s_simple, 99, 200, 1]);
        AssertMalformed("a TLV that ends behind the end", [.. s_simple, 99]);
    }

    [Fact]
    public void A_peer_that_cannot_be_is_refused()
    {
        byte[] peer = [4, 23, 0, 0, 0, 5, .. new byte[19]];
        Assert.True(Adverts.Decode(Adverts.Sign([.. s_simple, .. peer])).Accepted);
        AssertMalformed("the same peer twice", [.. s_simple, .. peer, .. peer]);
        AssertMalformed("a peer without an id", [.. s_simple, 4, 23, .. new byte[23]]);
        AssertMalformed("a peer's role or priority does not exist", [.. s_simple, .. peer[..22], 4, .. peer[23..]]);
        AssertMalformed("a peer's role or priority does not exist", [.. s_simple, .. peer[..24], 255]);
    }

    public static TheoryData<byte[]> TextsThatAreRefused =>
        [[0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0x1b], [0x7f], [0xc2, 0x85], [0xe2, 0x80, 0xae]];

    [Theory]
    [MemberData(nameof(TextsThatAreRefused))]
    public void Text_that_is_not_UTF8_or_could_steer_a_terminal_is_refused(byte[] text)
    {
        var length = (byte)text.Length;
        AssertMalformed("the name of the node is not printable UTF-8", [.. s_simple[..80], 2, length, .. text]);
        AssertMalformed("the cause of the release is not printable UTF-8", [.. s_simple, 3, (byte)(13 + length), .. new byte[13], .. text]);
        AssertMalformed(
            "the name of the cluster is not 1 to 128 bytes of printable UTF-8", [.. s_simple[..72], 1, length, .. text, .. s_simple[80..]]);
    }

    [Fact]
    public void F25_every_signed_truncation_of_the_content_is_an_advert_or_malformed()
    {
        var content = Adverts.ContentOf(Adverts.Largest with { Cluster = "web-lb" });
        var accepted = 0;
        for (var length = 4; length < content.Length; length++)
        {
            var result = Adverts.Decode(Adverts.Sign(content.AsSpan(0, length)));
            accepted += result.Accepted ? 1 : 0;
            Assert.True(result.Accepted || result.Reason == Rejection.Malformed);
        }
        // After the name of the node, after the release, and after the first peer.
        Assert.Equal(3, accepted);
    }

    [Fact]
    public void F25_signed_nonsense_never_throws()
    {
        var random = new Random(25);
        var content = Adverts.ContentOf(Adverts.Largest with { Cluster = "web-lb", Addresses = [new(7, new Holder(HolderKind.Nobody), TimeSpan.Zero), new(8, default, TimeSpan.Zero)] });
        var accepted = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var mutant = (byte[])content.Clone();
            for (var change = random.Next(1, 4); change > 0; change--)
                mutant[random.Next(1, mutant.Length)] = (byte)random.Next(256);
            mutant[1] = 1;
            var result = Adverts.Decode(Adverts.Sign(mutant));
            if (result.Accepted)
                accepted++;
            else
                Assert.True(result.Reason is Rejection.Malformed or Rejection.WrongCluster);
        }
        Assert.InRange(accepted, 1000, 19_000);
    }

    [Fact]
    public void F25_random_bytes_never_crash_hang_or_allocate_without_bound()
    {
        var random = new Random(52);
        var buffer = new byte[2048];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 50_000; i++)
        {
            var datagram = buffer.AsSpan(0, random.Next(buffer.Length + 1));
            random.NextBytes(datagram);
            if (datagram.Length > 4 && i % 2 == 0)
            {
                // Half of them get as far as they can without the key.
                datagram[0] = AdvertCodec.WireVersion;
                datagram[1] = 1;
                BinaryPrimitives.WriteUInt16BigEndian(datagram[2..], (ushort)datagram.Length);
                s_simple.AsSpan(72).CopyTo(datagram.Length >= 300 ? datagram[72..] : new byte[300]);
            }
            Assert.False(Adverts.Decode(datagram).Accepted);
        }
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 50_000, 0, 2048);
    }

    private static byte[] With(int offset, byte value)
    {
        var content = (byte[])s_simple.Clone();
        content[offset] = value;
        return content;
    }

    private static void AssertMalformed(string detail, byte[] content)
    {
        var result = Adverts.Decode(Adverts.Sign(content));
        Assert.False(result.Accepted);
        Assert.Equal(detail, result.Detail);
        Assert.Equal(Rejection.Malformed, result.Reason);
    }
}
