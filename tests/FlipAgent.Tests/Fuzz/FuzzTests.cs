using System.Net;
using System.Security.Cryptography;
using System.Text;
using FlipAgent.Config;
using FlipAgent.Config.Keepalived;
using FlipAgent.Config.Sections;
using FlipAgent.Core;
using FlipAgent.Lease;
using FlipAgent.Outbound;
using FlipAgent.State;
using FlipAgent.Tests.Config;

namespace FlipAgent.Tests.Fuzz;

/// <summary>Whatever stands in a file, a datagram or an answer: no reader of it throws, hangs or fills the memory, and what comes out can be used.</summary>
public sealed class FuzzTests
{
    private const string Secret = "bf0c53c2b94f841341424719cc308376b6d3c5cd2e0c3bc2c7051c0227ed6888";
    private static readonly IPAddress s_sender = IPAddress.Parse("10.110.0.3");
    private static readonly KeyRing s_keys = KeyRing.Parse($"1:{Secret}").Keys!;
    private static readonly ClusterSettings s_settings = Sample.Valid(Sample.Minimal, "haproxy-1").ToClusterSettings() with
    {
        AddressIds = [AddressId.Of(IPAddress.Parse("203.0.113.10")), AddressId.Of(IPAddress.Parse("2001:db8::1"))],
    };

    [Fact]
    public void Datagrams_that_nobody_signed() => FuzzLoop.Run("advert", bytes => AdvertCodec.Decode(bytes, s_keys, "web-lb", s_sender));

    /// <summary>As a peer with a fault, or of another version, sends them: the election takes what the codec accepts.</summary>
    [Fact]
    public void Datagrams_that_are_signed()
    {
        var now = TimeSpan.FromSeconds(1000);
        ElectionState? state = null;
        List<Effect> effects = [];
        var taken = 0;
        FuzzLoop.Run("advert", bytes =>
        {
            var result = AdvertCodec.Decode(Signed(bytes), s_keys, "web-lb", s_sender);
            if (!result.Accepted)
                return;
            if (state is null || ++taken % 200 == 0)
                state = Election.Start(s_settings, null, (ulong)Random.Shared.NextInt64(1, 2_000_000_000_000), now);
            effects.Clear();
            Election.Step(state, new Input.AdvertHeard(1, result.Advert with { Node = s_settings.Nodes[1].Name }), now += TimeSpan.FromMilliseconds(100), effects);
            Assert.Null(Invariants.Violation(state, now));
            AdvertCodec.Encode(Election.BuildAdvert(state, now), s_keys, s_sender, new byte[AdvertCodec.MaxBytes]);
        });
        Assert.True(taken > 0, "no datagram was accepted");
    }

    [Fact]
    public void State_files()
    {
        var file = Path.GetTempFileName();
        FuzzLoop.Run("state", bytes =>
        {
            File.WriteAllBytes(file, bytes);
            List<StateProblem> problems = [];
            var document = StateReader.Read(file, problems);
            Assert.InRange(problems.Count, 0, 8);
            if (document is null)
                return;
            var now = TimeSpan.FromSeconds(1000);
            var state = Election.Start(s_settings, new LastRun(document.ToRemembered(), true, TimeSpan.FromSeconds(1)), 1, now);
            Election.Step(state, new Input.Deadline(), now, []);
            Assert.Null(Invariants.Violation(state, now));
        });
        File.Delete(file);
    }

    [Fact]
    public void Configurations() => FuzzLoop.Run("config", bytes =>
    {
        if (ConfigReader.ReadText(Encoding.UTF8.GetString(bytes), "f.yaml", null, Sample.Machine()) is ConfigResult.Invalid invalid)
            Assert.All(invalid.Errors, e => Assert.True(e.Line >= 1 && e.Column >= 1 && e.Message.Length > 10, e.ToString()));
    });

    [Fact]
    public void Keepalived_files() => FuzzLoop.Run("keepalived", bytes =>
    {
        var text = Encoding.UTF8.GetString(bytes);
        // It includes itself, and every script is it: nothing of that may go on for ever.
        var files = new KeepalivedFiles("haproxy-1", (_, _) => ["/etc/keepalived/keepalived.conf"], _ => text);
        var result = KeepalivedImport.Convert(text, "/etc/keepalived/keepalived.conf", files);
        ConfigReader.ReadText(result.Yaml, "f.yaml", null, Sample.Machine());
    });

    [Fact]
    public void Answers_of_the_stats_socket() => FuzzLoop.Run("stats", bytes => TestHaProxy.Parse(Encoding.UTF8.GetString(bytes)));

    [Fact]
    public void Key_files() => FuzzLoop.Run("keys", bytes =>
    {
        var result = KeyRing.Parse(Encoding.UTF8.GetString(bytes));
        Assert.True(result.Keys is null != result.Errors.IsEmpty);
        Assert.All(result.Errors, e => Assert.DoesNotContain(Secret, e, StringComparison.OrdinalIgnoreCase));
    });

    [Fact]
    public void Answers_of_etcd()
    {
        var key = new LeaseKey("/flipagent/web-lb/master", "web-lb", "haproxy-1", ["haproxy-1", "haproxy-2"]);
        FuzzLoop.Run("etcd", bytes =>
        {
            foreach (var code in (int[])[200, 400])
            {
                var http = new HttpAnswer(Exchange.Answered, "") { Code = code, Body = bytes };
                foreach (var there in EtcdReply.Of(http, EtcdJson.Default.RangeAnswer).Value?.Kvs ?? [])
                    Assert.NotEqual(LeaseStatus.Held, key.Look(there).Status);
                Assert.True(EtcdReply.Of(http, EtcdJson.Default.TxnAnswer).Result != EtcdResult.Done || code == 200);
                EtcdReply.Of(http, EtcdJson.Default.KeepAliveAnswer);
                EtcdReply.Of(http, EtcdJson.Default.StatusAnswer);
                EtcdReply.Of(http, EtcdJson.Default.TokenAnswer);
            }
        });
    }

    /// <summary>Whole answers as they come over the wire, heads included, from a server that then hangs up.</summary>
    [Fact]
    public void Answers_of_the_api_and_of_the_metadata_service()
    {
        var answer = "";
        using var server = new HttpScript(async (_, wire) =>
        {
            await wire.Send(Volatile.Read(ref answer));
            wire.Close();
        });
        using var api = CloudFixtures.Client(server.Url, limitS: 1);
        using var metadata = new FlipAgent.Cloud.DigitalOcean.DigitalOceanMetadata(server.Url, IPAddress.Loopback);
        FuzzLoop.Run("answer", bytes =>
        {
            // Hours of this must not be kept.
            server.Requests.Clear();
            server.Raw.Clear();
            Volatile.Write(ref answer, Encoding.UTF8.GetString(bytes));
            Assert.NotNull(api.ReadHolder().GetAwaiter().GetResult());
            Assert.NotNull(api.ReadAction(7).GetAwaiter().GetResult());
            Assert.NotNull(api.Assign(1, CloudFixtures.Own, () => true).GetAwaiter().GetResult());
            Assert.NotNull(metadata.ReadOnce().GetAwaiter().GetResult());
        });
    }

    /// <summary>As docs/wire.md says it: the right length, and the MAC over purpose, sender and all before it.</summary>
    private static byte[] Signed(byte[] bytes)
    {
        const int Mac = 16;
        if (bytes.Length < 4 + Mac || bytes.Length > AdvertCodec.MaxBytes)
            return bytes;
        byte[] datagram = [.. bytes];
        (datagram[2], datagram[3]) = ((byte)(datagram.Length >> 8), (byte)datagram.Length);
        byte[] signed = [.. "flipagent advert"u8, 4, .. s_sender.GetAddressBytes(), .. new byte[12], .. datagram[..^Mac]];
        HMACSHA256.HashData(Convert.FromHexString(Secret), signed)[..Mac].CopyTo(datagram, datagram.Length - Mac);
        return datagram;
    }
}
