using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FlipAgent.Cloud;
using FlipAgent.Cloud.Api;
using FlipAgent.Cloud.DigitalOcean;
using FlipAgent.Config;
using FlipAgent.Core;

namespace FlipAgent.Tests;

/// <summary>What the tests of the cloud share: a client, answers in the shapes of the API document, certificates, a port that never connects.</summary>
internal static class CloudFixtures
{
    public const string Ip = "203.0.113.10";
    public const long Own = 3164444;
    public const string Token = "dop_v1_canary_5f3a9c";

    public static TimeSpan Now() => Stopwatch.GetElapsedTime(0);

    public static FloatingIpConfig FloatingIp(Uri api) => new(
        IPAddress.Parse(Ip), "do-token", Guard: null, TimeSpan.FromMilliseconds(400), api, new Uri("http://127.0.0.1:1"), ReclaimForeign: false);

    public static DigitalOceanClient Client(
        Uri api, Func<string?>? token = null, Action? refused = null, Func<string, IPAddress[]>? lookUp = null,
        X509Certificate2Collection? roots = null, double limitS = 5, string? stateDir = null) => new(
        FloatingIp(api), Own, Ground(token, refused, lookUp, roots, limitS, stateDir));

    public static ProviderGround Ground(
        Func<string?>? token = null, Action? refused = null, Func<string, IPAddress[]>? lookUp = null,
        X509Certificate2Collection? roots = null, double limitS = 5, string? stateDir = null)
    {
        return new(stateDir, token ?? (() => Token), refused ?? (() => { }), Now)
        {
            LookUp = lookUp ?? (_ => throw new SocketException((int)SocketError.HostNotFound)),
            Roots = roots,
            Limit = TimeSpan.FromSeconds(limitS),
        };
    }

    /// <summary>The same questions about the one address of these tests.</summary>
    public static Task<Input.HolderRead> ReadHolder(this IFloatingIpProvider provider) => provider.ReadHolder(IPAddress.Parse(Ip));

    public static Task<Input.AssignAnswered> Assign(this IFloatingIpProvider provider, uint term, long server, Func<bool> mayStill) =>
        provider.Assign(IPAddress.Parse(Ip), server, term, mayStill);

    public static Task<Input.ActionRead> ReadAction(this IFloatingIpProvider provider, long action) => provider.ReadAction(IPAddress.Parse(Ip), action);

    public static Task<Input.MetadataRead> ReadOnce(this IMachineMetadata metadata) => metadata.ReadOnce(IPAddress.Parse(Ip));

    public static CloudWorker Worker(
        IFloatingIpProvider provider, GuardProbe? guard, Func<uint, bool> mayStill, Action<Input> post, Func<TimeSpan> now, FlipAgent.Supervision.Supervisor? supervisor = null) =>
        new(provider, [IPAddress.Parse(Ip)], guard, (term, _) => mayStill(term), post, now, supervisor);

    public static GuardProbe Guard(Uri url, TimeSpan timeout) => new(url.Scheme == "tcp"
        ? new CheckConfig.Tcp(new DnsEndPoint(url.DnsSafeHost, url.Port)) { Name = "guard" }
        : new CheckConfig.Http(url, [], Host: null, Sni: null, VerifyTls: false, ProxyV2: false) { Name = "guard" }, timeout, Sees);

    /// <summary>Everything here is on loopback, and counts as another machine.</summary>
    public static string? Sees(IPAddress target) => null;

    /// <summary>GET /v2/reserved_ips/{ip}, with many of the fields that the agent does not read.</summary>
    public static string Holder(long? droplet, bool locked = false, string ip = Ip)
    {
        var holder = droplet is null ? "null" : $$"""
            {"id":{{droplet}},"name":"haproxy-1","memory":1024,"vcpus":1,"disk":25,"locked":false,"status":"active","kernel":null,
             "networks":{"v4":[{"ip_address":"10.128.192.124","netmask":"255.255.0.0","gateway":"nil","type":"private"}],"v6":[]},
             "size":{"price_hourly":0.00743999984115362},"tags":["web"],"vpc_uuid":"760e09ef-dc84-11e8-981e-3cfdfeaae000"}
            """;
        return $$$"""
            {"reserved_ip":{"ip":"{{{ip}}}",
              "region":{"name":"New York 3","slug":"nyc3","features":["private_networking","metadata"],"available":true,"sizes":["s-1vcpu-1gb"]},
              "droplet":{{{holder}}},"locked":{{{(locked ? "true" : "false")}}},
              "project_id":"746c6152-2fa2-11ed-92d3-27aaa54e4988"},"links":{}}
            """;
    }

    public static string Action(long id, string status) => $$$"""
        {"action":{"id":{{{id}}},"status":"{{{status}}}","type":"assign_ip","started_at":"2026-01-01T00:00:00Z","completed_at":null,
          "resource_id":3405803786,"resource_type":"reserved_ip","region":{"slug":"nyc3","features":[],"sizes":[]},"region_slug":"nyc3"}}
        """;

    public static string Error(string id, string message) => $$"""{"id":"{{id}}","message":"{{message}}"}""";

    public static async Task<(T Result, TimeSpan Took)> Timed<T>(Task<T> task)
    {
        var since = Stopwatch.GetTimestamp();
        return (await task, Stopwatch.GetElapsedTime(since));
    }

    /// <summary>A certificate for a name, signed by itself or by an authority that only the test trusts.</summary>
    public static X509Certificate2 Certificate(string name, X509Certificate2? authority = null, bool isAuthority = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        var from = DateTimeOffset.UtcNow.AddDays(-1);
        if (authority is null)
            return request.CreateSelfSigned(from, from.AddDays(30));
        using var signed = request.Create(authority, from, from.AddDays(20), RandomNumberGenerator.GetBytes(8));
        using var whole = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
    }

    public static string TempDir() => Directory.CreateTempSubdirectory("flipagent-cloud-").FullName;
}

/// <summary>
/// A port that swallows connection attempts: its queue of waiting connections is full, so that Linux drops further SYNs. What a dead edge behind
/// a firewall looks like, on loopback.
/// </summary>
internal sealed class HangingPort : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _fillers = [];

    public HangingPort(IPAddress at, int port)
    {
        _listener.Bind(new IPEndPoint(at, port));
        _listener.Listen(0);
        for (var i = 0; i < 4; i++)
        {
            var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            _fillers.Add(filler);
            try
            {
                filler.Connect(_listener.LocalEndPoint!);
            }
            catch (SocketException)
            {
                // In progress, now or for ever.
            }
        }
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public void Dispose()
    {
        _listener.Dispose();
        _fillers.ForEach(f => f.Dispose());
    }
}
