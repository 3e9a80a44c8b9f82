using System.Net;
using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;

namespace FlipAgent.Benchmarks;

/// <summary>An advert to bytes and back, and its MAC (docs/wire.md).</summary>
public class AdvertBenchmarks
{
    private static readonly IPAddress s_sender = IPAddress.Parse("10.110.0.2");
    private readonly byte[] _buffer = new byte[AdvertCodec.MaxBytes];
    private readonly byte[] _forged = new byte[AdvertCodec.MaxBytes];
    private KeyRing _keys = null!;
    private Advert _advert = null!;
    private int _length;

    /// <summary>Nodes of the cluster: an advert says what its sender heard of each of the others.</summary>
    [Params(2, 5, 16)]
    public int Nodes { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _keys = KeyRing.Parse($"1:{Convert.ToHexString(SHA256.HashData("benchmark"u8))}").Keys!;
        var peers = Enumerable.Range(2, Nodes - 1).Select(i => new PeerReport(
            NodeId.Of($"haproxy-{i}"), 1_767_225_600_000, TimeSpan.FromMilliseconds(400), TimeSpan.FromMilliseconds(400), Role.Backup, true, true, false, false, 100));
        _advert = new Advert
        {
            Cluster = "web-lb",
            Node = "haproxy-1",
            Session = 1_767_225_600_000,
            Sequence = 17,
            Term = 7,
            Role = Role.Master,
            Priority = 150,
            EffectivePriority = 150,
            Fit = true,
            ApiReachable = true,
            AgentVersion = new Version(1, 0, 0),
            Holder = new Holder(HolderKind.Node, NodeId.Of("haproxy-1"), 101),
            Master = NodeId.Of("haproxy-1"),
            MasterTerm = 7,
            Peers = [.. peers],
        };
        _length = AdvertCodec.Encode(_advert, _keys, s_sender, _buffer);
        _buffer.CopyTo(_forged, 0);
        _forged[_length - 1] ^= 1;
    }

    /// <summary>With its MAC.</summary>
    [Benchmark]
    public int Encode() => AdvertCodec.Encode(_advert, _keys, s_sender, _buffer);

    /// <summary>With the check of its MAC.</summary>
    [Benchmark]
    public DecodeResult Decode() => AdvertCodec.Decode(_buffer.AsSpan(0, _length), _keys, "web-lb", s_sender);

    /// <summary>What a datagram with a wrong MAC costs: the MAC, and little else.</summary>
    [Benchmark]
    public DecodeResult Forged() => AdvertCodec.Decode(_forged.AsSpan(0, _length), _keys, "web-lb", s_sender);
}
