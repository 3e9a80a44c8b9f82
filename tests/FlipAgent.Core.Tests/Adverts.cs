using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace FlipAgent.Core.Tests;

/// <summary>
/// Adverts, keys and addresses that the wire tests share; <see cref="Random(Random)"/> fills every field with something that an advert may have.
/// </summary>
internal static class Adverts
{
    public static readonly IPAddress Sender = IPAddress.Parse("10.110.0.2");

    public static readonly KeyRing Keys = Ring($"1:{Key("one")}");

    /// <summary>A key that looks like one, told by a word.</summary>
    public static string Key(string word) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"flipagent test key {word}")));

    public static KeyRing Ring(params string[] lines) => KeyRing.Parse(string.Join('\n', lines)).Keys!;

    public static Advert Simple => new()
    {
        Cluster = "web-lb",
        Node = "haproxy-1",
        Session = 1_767_225_600_000,
        Sequence = 17,
        Term = 7,
        Role = Role.Backup,
        Priority = 150,
        EffectivePriority = 150,
    };

    /// <summary>Everything filled in, names and cause as long as they get: the largest advert of three nodes.</summary>
    public static Advert Largest => Simple with
    {
        Cluster = new string('c', 32),
        Node = new string('n', 32),
        Fit = true,
        ApiReachable = true,
        AgentVersion = new Version(1, 2, 3),
        ConfigHash = 0x0123456789abcdef,
        Holder = new Holder(HolderKind.Node, NodeId.Of("haproxy-1"), 3164444),
        HolderAge = TimeSpan.FromMilliseconds(1200),
        Master = NodeId.Of("haproxy-1"),
        MasterTerm = 7,
        MasterAge = TimeSpan.FromMilliseconds(40),
        Hold = TimeSpan.FromSeconds(15),
        Release = new Release(6, NodeId.Of("haproxy-2"), Planned: true, AtSuccessor: false, new string('w', 48), 12),
        Peers =
        [
            new PeerReport(NodeId.Of("haproxy-2"), 1_767_225_500_000, TimeSpan.FromMilliseconds(400), TimeSpan.FromMilliseconds(400),
                Role.Master, true, true, false, false, 100),
            new PeerReport(NodeId.Of("haproxy-3"), 0, null, TimeSpan.FromMilliseconds(1400), Role.Fault, false, false, true, true, 50),
        ],
    };

    public static byte[] Encode(Advert advert, KeyRing? keys = null, IPAddress? sender = null)
    {
        var buffer = new byte[AdvertCodec.MaxBytes];
        return buffer[..AdvertCodec.Encode(advert, keys ?? Keys, sender ?? Sender, buffer)];
    }

    public static DecodeResult Decode(ReadOnlySpan<byte> datagram, KeyRing? keys = null, string cluster = "web-lb", IPAddress? sender = null) =>
        AdvertCodec.Decode(datagram, keys ?? Keys, cluster, sender ?? Sender);

    /// <summary>Gives any content the right length and a right MAC, as only a holder of the key can.</summary>
    public static byte[] Sign(ReadOnlySpan<byte> content)
    {
        var buffer = new byte[AdvertCodec.MaxBytes];
        var writer = new WireWriter(buffer);
        writer.Bytes(content);
        AdvertMac.Append(ref writer, Keys.Active, Sender);
        return buffer[..writer.Written];
    }

    /// <summary>Content of an encoded advert without its MAC.</summary>
    public static byte[] ContentOf(Advert advert) => Encode(advert)[..^AdvertMac.Bytes];

    public static void AssertSame(Advert expected, Advert? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.Peers.AsEnumerable(), actual.Peers.AsEnumerable());
        Assert.Equal(expected.Answers.AsEnumerable(), actual.Answers.AsEnumerable());
        Assert.Equal(expected.Addresses.AsEnumerable(), actual.Addresses.AsEnumerable());
        Assert.Equal(expected.Particulars?.Prints.AsEnumerable(), actual.Particulars?.Prints.AsEnumerable());
        Assert.Equal(Bare(expected), Bare(actual));

        static Advert Bare(Advert advert) => advert with { Peers = [], Answers = [], Addresses = [], Particulars = advert.Particulars is { } said ? said with { Prints = [] } : null };
    }

    public static Advert Random(Random random)
    {
        bool Flip() => random.Next(2) == 1;
        uint Any() => (uint)random.NextInt64(1, 1L << 32);
        TimeSpan Span() => TimeSpan.FromMilliseconds(random.NextInt64(uint.MaxValue));
        TimeSpan? Age() => Flip() ? Span() : null;
        var addresses = new HashSet<uint>(Enumerable.Range(0, random.Next(4)).Select(_ => Any()));
        var peers = new HashSet<uint>(Enumerable.Range(0, random.Next(6)).Select(_ => Any()));
        return Simple with
        {
            Node = Text(random, 32),
            Session = (ulong)random.NextInt64(1, long.MaxValue),
            Sequence = Any(),
            Term = Any(),
            Role = (Role)random.Next(4),
            Priority = (byte)random.Next(1, 255),
            EffectivePriority = (byte)random.Next(1, 255),
            Fit = Flip(),
            Maintenance = Flip(),
            ApiReachable = Flip(),
            HoldDown = Flip(),
            WantsToPreempt = Flip(),
            Leaving = Flip(),
            AsksByCommand = Flip(),
            AgentVersion = new Version(random.Next(65536), random.Next(65536), random.Next(65536)),
            ConfigHash = (ulong)random.NextInt64(),
            Holder = new Holder((HolderKind)random.Next(4), Any(), random.NextInt64(long.MaxValue)),
            HolderAge = Span(),
            Master = Any(),
            MasterTerm = Any(),
            MasterAge = Span(),
            Hold = Span(),
            Quota = Flip() ? new QuotaReport(new RateLimit(random.Next(1000), random.Next(1000, 6000)), Span()) : null,
            Addresses = [.. addresses.Select(id => new AddressReport(id, new Holder((HolderKind)random.Next(4), Any(), random.NextInt64(long.MaxValue)), Span()))],
            StoreReachable = random.Next(3) switch { 0 => null, 1 => false, _ => true },
            Asks = random.Next(3) switch { 0 => null, 1 => 0, _ => Any() },
            Answers = [.. Enumerable.Range(0, random.Next(4)).Select(_ => new Answer(Any(), Any()))],
            Particulars = Flip() ? Said(random) : null,
            Release = Flip() ? new Release(Any(), Any(), Flip(), Flip(), Text(random, 12), Any()) : null,
            Peers =
            [
                .. peers.Select(id => new PeerReport(
                    id, (ulong)random.NextInt64(), Age(), Age(), (Role)random.Next(4), Flip(), Flip(), Flip(), Flip(), (byte)random.Next(255))
                { StoreReachable = Flip() }),
            ],
        };
    }

    /// <summary>Anything that a node may say of itself for people.</summary>
    public static Particulars Said(Random random)
    {
        var pages = random.Next(Particulars.MaxPages + 1);
        return new Particulars
        {
            Write = (WriteState)random.Next(3),
            Listens = (Listening)random.Next(4),
            MaintenanceLeft = random.Next(2) == 0 ? null : TimeSpan.FromMilliseconds(random.NextInt64(uint.MaxValue)),
            MaintenanceBy = random.Next(2) == 0 ? "" : Text(random, 8),
            KeyId = (byte)(pages == 0 ? 0 : random.Next(1, 256)),
            Page = (byte)random.Next(pages),
            Pages = (byte)pages,
            Prints = pages == 0 ? [] : [.. Enumerable.Range(0, random.Next(Particulars.PrintsOfPage + 1)).Select(_ => new KeyPrint((uint)random.Next(1 << 24), (ushort)random.Next(1 << 16)))],
        };
    }

    private static string Text(Random random, int most)
    {
        string[] alphabet = ["a", "z", "0", "-", ".", "é", "ß", "漢", "😀"];
        return string.Concat(Enumerable.Range(0, random.Next(1, most + 1)).Select(_ => alphabet[random.Next(alphabet.Length)]));
    }
}
