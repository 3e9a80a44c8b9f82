using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FlipAgent.Checks;
using FlipAgent.Config;

namespace FlipAgent.Tests;

/// <summary>The HTTP check against a real HAProxy, and against a socket that answers as badly as it likes.</summary>
public sealed class HttpCheckTests : IDisposable
{
    private readonly CheckBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [HaProxyFact]
    public async Task The_status_decides_by_what_is_expected_and_no_redirect_is_followed()
    {
        using var haproxy = new TestHaProxy(_bench.Home, """
            frontend site
              bind 127.0.0.1:{0}
              monitor-uri /healthz
              http-request redirect location /healthz if { path /moved }
              http-request return status 503 if { path /sick }
              http-request return status 200 content-type text/plain lf-string "%[req.hdr(host)]" if { req.hdr(host) -m str www.example.org }
              http-request return status 404
            """);
        var url = $"http://127.0.0.1:{haproxy.Ports[0]}";
        Assert.Matches("^200 in [0-9.]+ ms$", (await Look(url + "/healthz")).Detail);
        Assert.Equal(new CheckResult(Outcome.Failed, "answered 503, expected 200 to 299"), await Look(url + "/sick"));
        Assert.Equal(
            new CheckResult(Outcome.Failed, "answered 302, expected 200 to 299 (a redirection, which no check follows: give it the address that it leads to, or put this status into expect)"),
            await Look(url + "/moved"));
        Assert.True((await Look(url + "/moved", expect: [301, 302])).Ok);
        Assert.Equal("answered 200, expected 301, 302", (await Look(url + "/healthz", expect: [301, 302])).Detail);
        Assert.Equal("answered 404, expected 200 to 299", (await Look(url + "/")).Detail);
        Assert.True((await Look(url + "/", host: "www.example.org")).Ok);
    }

    [HaProxyFact]
    public async Task F58_a_bind_with_accept_proxy_resets_a_check_without_the_header_and_answers_one_with_it()
    {
        using var haproxy = new TestHaProxy(_bench.Home, """
            frontend site
              bind 127.0.0.1:{0} accept-proxy
              monitor-uri /healthz
            """);
        var url = $"http://127.0.0.1:{haproxy.Ports[0]}/healthz";
        var without = await Look(url);
        Assert.False(without.Ok);
        Assert.Contains("proxy_protocol: v2", without.Detail);
        Assert.StartsWith("200 in ", (await Look(url, proxyV2: true)).Detail);
    }

    [HaProxyFact]
    public async Task Over_TLS_the_server_name_and_the_Host_header_are_two_things_and_certificates_are_checked_unless_told_otherwise()
    {
        var certificate = Path.Combine(_bench.Home, "site.pem");
        File.WriteAllText(certificate, SelfSigned("lb.example.org"));
        using var haproxy = new TestHaProxy(_bench.Home, $$"""
            frontend site
              bind 127.0.0.1:{0} ssl crt {{certificate}}
              acl sni ssl_fc_sni -m str lb.example.org
              acl host req.hdr(host) -m str www.example.org
              http-request return status 200 if sni host
              http-request return status 421
            """);
        var url = $"https://127.0.0.1:{haproxy.Ports[0]}/";
        var untrusted = await Look(url);
        Assert.False(untrusted.Ok);
        Assert.StartsWith("TLS: the certificate is signed by CN=lb.example.org, no authority that this machine trusts", untrusted.Detail);
        Assert.Equal("answered 421, expected 200 to 299", (await Look(url, verify: false)).Detail);
        Assert.Equal("answered 421, expected 200 to 299", (await Look(url, verify: false, host: "www.example.org")).Detail);
        Assert.StartsWith("200 in ", (await Look(url, verify: false, host: "www.example.org", sni: "lb.example.org")).Detail);
        // The PROXY header comes before the handshake; a bind without accept-proxy does not take it for one.
        Assert.False((await Look(url, verify: false, proxyV2: true)).Ok);
    }

    [HaProxyFact]
    public async Task What_a_bind_wants_and_the_check_does_not_give_is_named()
    {
        var certificate = Path.Combine(_bench.Home, "binds.pem");
        File.WriteAllText(certificate, SelfSigned("lb.example.org"));
        using var haproxy = new TestHaProxy(_bench.Home, $$"""
            frontend strict
              bind 127.0.0.1:{0} ssl crt {{certificate}} strict-sni
              http-request return status 200
            frontend client
              bind 127.0.0.1:{1} ssl crt {{certificate}} verify required ca-file {{certificate}}
              http-request return status 200
            frontend h2
              bind 127.0.0.1:{2} proto h2
              http-request return status 200
            frontend plain
              bind 127.0.0.1:{3}
              http-request return status 200
            frontend proxy
              bind 127.0.0.1:{4} accept-proxy ssl crt {{certificate}}
              http-request return status 200
            """, ports: 5);
        string Https(int port) => $"https://127.0.0.1:{haproxy.Ports[port]}/";
        var strict = (await Look(Https(0), verify: false)).Detail;
        Assert.StartsWith("TLS: ", strict);
        Assert.EndsWith("; give the name with sni:", strict);
        Assert.Contains("wants a client certificate", (await Look(Https(1), verify: false)).Detail);
        var h2 = (await Look($"http://127.0.0.1:{haproxy.Ports[2]}/")).Detail;
        Assert.Contains("HTTP/2 only", h2);
        Assert.DoesNotContain("accept-proxy", h2);
        Assert.Contains("a bind with ssl wants https://", (await Look($"http://127.0.0.1:{haproxy.Ports[0]}/")).Detail);
        Assert.Equal("TLS: the server does not speak TLS at this port", (await Look(Https(3), verify: false)).Detail);
        Assert.Contains("proxy_protocol: v2", (await Look(Https(4), verify: false)).Detail);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "connection closed before the answer was complete")]
    [InlineData("", "connection closed without an answer (a bind with ssl wants https://")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", "")]
    public async Task An_answer_that_is_cut_off_or_not_HTTP_is_a_failure(string bytes, string why)
    {
        using var server = new BadServer(bytes);
        var result = await Look(server.Url);
        Assert.Equal(Outcome.Failed, result.Outcome);
        Assert.StartsWith(why, result.Detail);
    }

    [Fact]
    public async Task An_endless_page_is_not_read_to_its_end()
    {
        using var server = new BadServer("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + new string('x', HttpCheck.BodyCap));
        Assert.StartsWith("200 in ", (await Look(server.Url)).Detail);
    }

    [Fact]
    public async Task Every_look_is_a_new_connection()
    {
        using var server = new BadServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        using var check = new HttpCheck(Config(server.Url));
        for (var i = 0; i < 3; i++)
            Assert.True((await check.Run(TimeSpan.FromSeconds(10), CancellationToken.None)).Ok);
        Assert.Equal(3, server.Accepted);
    }

    [Fact]
    public async Task A_look_that_was_given_up_while_it_connected_leaves_no_connection_behind()
    {
        // A listener that accepts nobody, with a place for one in its queue: one more waits for its connection until there is a place.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        List<TcpClient> crowd = [];
        for (var i = 0; i < 4; i++)
        {
            crowd.Add(new TcpClient());
            _ = crowd[i].ConnectAsync((IPEndPoint)listener.LocalEndPoint!).ContinueWith(t => t.Exception, TaskScheduler.Default);
        }
        using var check = new HttpCheck(Config($"http://{listener.LocalEndPoint}/"));
        var result = await check.Run(TimeSpan.FromMilliseconds(300), CancellationToken.None);
        Assert.Equal("no connection", result.Detail);
        crowd.ForEach(c => c.Dispose());
        // Whoever still wants in comes in now: the crowd, which has hung up, and nobody who waits for an answer.
        var waiting = new List<Socket>();
        for (var quiet = 0; quiet < 20;)
            if (listener.Poll(TimeSpan.FromMilliseconds(100), SelectMode.SelectRead))
                waiting.Add(await listener.AcceptAsync());
            else
                quiet++;
        Assert.All(waiting, s => Assert.True(s.Poll(TimeSpan.FromSeconds(5), SelectMode.SelectRead) && s.Available == 0, "a connection that nobody has hung up"));
        waiting.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task A_refused_connection_and_an_unknown_name_say_so()
    {
        var port = TestHaProxy.FreePorts(1).Single();
        Assert.Equal("connection refused", (await Look($"http://127.0.0.1:{port}/")).Detail);
        Assert.Equal("host name not found", (await Look("http://no-such-host.invalid/")).Detail);
    }

    private static CheckConfig.Http Config(string url, string? host = null, string? sni = null, bool verify = true, bool proxyV2 = false, params int[] expect) =>
        new(new Uri(url), [.. expect], host, sni, verify, proxyV2) { Name = "site" };

    private static async Task<CheckResult> Look(string url, string? host = null, string? sni = null, bool verify = true, bool proxyV2 = false, params int[] expect)
    {
        using var check = new HttpCheck(Config(url, host, sni, verify, proxyV2, expect));
        return await check.Run(TimeSpan.FromSeconds(10), CancellationToken.None);
    }

    private static string SelfSigned(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n";
    }

    /// <summary>Reads a request, says the same bytes to everybody, and closes.</summary>
    private sealed class BadServer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public BadServer(string answer)
        {
            _listener.Start();
            Url = $"http://{_listener.LocalEndpoint}/";
            _ = Task.Run(() => Serve(Encoding.ASCII.GetBytes(answer)));
        }

        public string Url { get; }

        public int Accepted { get; private set; }

        public void Dispose() => _listener.Dispose();

        private async Task Serve(byte[] answer)
        {
            try
            {
                while (true)
                {
                    using var client = await _listener.AcceptSocketAsync();
                    Accepted++;
                    await client.ReceiveAsync(new byte[4096]);
                    await client.SendAsync(answer);
                    client.Shutdown(SocketShutdown.Send);
                    await client.ReceiveAsync(new byte[1]);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The test is over, or the client has hung up first.
            }
        }
    }
}
