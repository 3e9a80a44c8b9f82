using System.Net;
using System.Security.Cryptography;
using System.Text;
using FlipAgent.Core.Tests.Sim;

namespace FlipAgent.Core.Tests;

/// <summary>docs/wire.md is read by people who write another implementation: its vectors are what this one sends and understands.</summary>
public sealed class WireDocumentTests
{
    private static readonly Advert s_smallest = new()
    {
        Cluster = "web-lb",
        Node = "haproxy-2",
        Session = 1_767_225_600_000,
        Sequence = 1,
        Term = 0,
        Role = Role.Starting,
        Priority = 100,
        EffectivePriority = 100,
        AgentVersion = new Version(1, 0, 0),
    };

    private static readonly Advert s_master = new()
    {
        Cluster = "web-lb",
        Node = "haproxy-1",
        Session = 1_767_225_600_000,
        Sequence = 4711,
        Term = 7,
        Role = Role.Master,
        Priority = 150,
        EffectivePriority = 150,
        Fit = true,
        ApiReachable = true,
        AgentVersion = new Version(1, 0, 0),
        ConfigHash = 0x0123456789abcdef,
        Holder = new Holder(HolderKind.Node, NodeId.Of("haproxy-1"), 3164444),
        HolderAge = TimeSpan.FromMilliseconds(1200),
        Master = NodeId.Of("haproxy-1"),
        MasterTerm = 7,
        Peers =
        [
            new PeerReport(NodeId.Of("haproxy-2"), 1_767_225_500_000, TimeSpan.FromMilliseconds(400), TimeSpan.FromMilliseconds(400),
                Role.Backup, Fit: true, ApiReachable: true, HoldDown: false, Maintenance: false, EffectivePriority: 100),
            new PeerReport(NodeId.Of("haproxy-3"), 0, null, null, Role.Starting, false, false, false, false, 0),
        ],
    };

    private static readonly Dictionary<string, Advert> s_adverts = new()
    {
        ["a node that has just started"] = s_smallest,
        ["a master and two peers"] = s_master,
        ["a release, over IPv6 and with the second key"] = s_master with
        {
            Sequence = 4712,
            Role = Role.Fault,
            Fit = false,
            Leaving = true,
            Master = NodeId.None,
            MasterTerm = 0,
            Release = new Release(7, NodeId.Of("haproxy-2"), Planned: false, AtSuccessor: false, "check haproxy is down", 12),
            Peers = [s_master.Peers[0]],
        },
        ["a master of two floating IPs"] = s_master with
        {
            Sequence = 4713,
            Addresses =
            [
                new AddressReport(AddressId.Of(IPAddress.Parse("203.0.113.10")), s_master.Holder, s_master.HolderAge),
                new AddressReport(AddressId.Of(IPAddress.Parse("2001:db8::1")), new Holder(HolderKind.Node, NodeId.Of("haproxy-2"), 3164445), TimeSpan.FromMilliseconds(700)),
            ],
        },
        ["a backup that reaches the store of the lease, and knows of a peer that does not"] = s_master with
        {
            Sequence = 4714,
            Role = Role.Backup,
            StoreReachable = true,
            Peers = [s_master.Peers[0] with { StoreReachable = true }, s_master.Peers[1]],
        },
        ["a node in maintenance that says who began it, and two keys of its configuration"] = s_smallest with
        {
            Sequence = 8,
            Role = Role.Fault,
            Maintenance = true,
            Particulars = new Particulars
            {
                Write = WriteState.Proven,
                Listens = Listening.Arrival,
                MaintenanceLeft = TimeSpan.FromHours(2),
                MaintenanceBy = "alice",
                KeyId = 1,
                Page = 0,
                Pages = 4,
                Prints = [Print("election.preempt", "False"), Print("floating_ip.provider", "hetzner")],
            },
        },
    };

    private static KeyPrint Print(string key, string value) =>
        KeyPrint.Of(Adverts.Ring("1:bf0c53c2b94f841341424719cc308376b6d3c5cd2e0c3bc2c7051c0227ed6888"), 1, key, value)!.Value;

    public static TheoryData<string> Names => [.. s_adverts.Keys, "a TLV of a newer version"];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_vector_of_the_document_is_understood(string name)
    {
        var vector = Vectors()[name];
        var result = AdvertCodec.Decode(vector.Datagram, vector.Keys, "web-lb", vector.Sender);
        Assert.Equal("", result.Detail);
        Adverts.AssertSame(s_adverts.GetValueOrDefault(name, s_smallest), result.Advert);
    }

    [Fact]
    public void The_vectors_of_the_document_are_what_is_sent()
    {
        var vectors = Vectors();
        foreach (var (name, advert) in s_adverts)
            Assert.Equal(Hex(Adverts.Encode(advert, vectors[name].Keys, vectors[name].Sender)), Hex(vectors[name].Datagram));
    }

    /// <summary>Put together by hand from the words of the document, without the code that it describes.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void The_MAC_of_a_vector_is_made_as_the_document_says(string name)
    {
        var vector = Vectors()[name];
        var address = vector.Sender.GetAddressBytes();
        byte[] input =
        [
            .. Encoding.ASCII.GetBytes("flipagent advert"),
            (byte)(address.Length == 4 ? 4 : 6),
            .. address,
            .. new byte[16 - address.Length],
            .. vector.Datagram[..^16],
        ];
        Assert.Equal(Hex(HMACSHA256.HashData(vector.Key, input).AsSpan(0, 16)), Hex(vector.Datagram.AsSpan()[^16..]));
    }

    [Fact]
    public void The_document_names_every_reason_for_refusing()
    {
        var text = Text();
        Assert.All(Enum.GetNames<Rejection>(), reason => Assert.Contains($"| `{reason}` |", text));
    }

    private sealed record Vector(KeyRing Keys, byte[] Key, IPAddress Sender, byte[] Datagram);

    private static Dictionary<string, Vector> Vectors() => Text().Split("```vector\n").Skip(1).Select(Parse).ToDictionary();

    private static KeyValuePair<string, Vector> Parse(string block)
    {
        var lines = block[..block.IndexOf("```", StringComparison.Ordinal)].Split('\n');
        string Field(string name) => lines.Single(line => line.StartsWith(name + ": ", StringComparison.Ordinal))[(name.Length + 2)..].Trim();
        var hex = string.Concat(lines.SkipWhile(line => line != "datagram:").Skip(1)).Replace(" ", "");
        var key = Field("key");
        var vector = new Vector(
            Adverts.Ring(key), Convert.FromHexString(key[(key.IndexOf(':') + 1)..]), IPAddress.Parse(Field("sender")), Convert.FromHexString(hex));
        return new KeyValuePair<string, Vector>(Field("name"), vector);
    }

    private static string Text() => File.ReadAllText(Path.Combine(ScenarioTests.Root(), "docs", "wire.md"));

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
