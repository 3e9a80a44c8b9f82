using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FlipAgent.Cloud.DigitalOcean;
using FlipAgent.Core;
using FlipAgent.Events;
using static FlipAgent.Tests.CloudFixtures;

namespace FlipAgent.Tests.Cloud;

/// <summary>Why a TLS connection to the API does not come about, from real handshakes: what a person reads, and what the doctor advises.</summary>
public class TlsReasonTests
{
    private static readonly X509Certificate2 s_authority = Certificate("authority", isAuthority: true);

    [Theory]
    [InlineData(10, 20, "is not valid before 20", "timedatectl")]
    [InlineData(-20, -10, "expired on 20", "timedatectl")]
    public async Task A_certificate_of_another_time_names_the_date_and_the_clock(int from, int to, string reason, string advice)
    {
        using var certificate = Leaf("127.0.0.1", from, to);
        await Says($"TLS: the certificate of CN=127.0.0.1 {reason}", advice, certificate);
        await Says("and the clock of this machine says 20", advice, certificate);
    }

    [Fact]
    public async Task An_unknown_authority_is_named()
    {
        using var certificate = Leaf("127.0.0.1", -1, 10);
        using var stranger = Certificate("somebody else", isAuthority: true);
        await Says("TLS: the certificate is signed by CN=authority, no authority that this machine trusts", "update-ca-certificates", certificate, stranger);
    }

    [Fact]
    public async Task A_certificate_for_another_name_shows_both()
    {
        using var certificate = Leaf("127.9.9.9", -1, 10);
        await Says("TLS: the certificate is not for 127.0.0.1 but for 127.9.9.9", "captive portal", certificate);
    }

    [Fact]
    public async Task A_port_that_speaks_no_TLS_is_told_apart()
    {
        using var plain = new TcpListener(IPAddress.Loopback, 0);
        plain.Start();
        _ = Answering(plain, async stream =>
        {
            await stream.ReadAtLeastAsync(new byte[1], 1);
            await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
        });
        await Says("the server does not speak TLS at this port", "floating_ip.api_url", ((IPEndPoint)plain.LocalEndpoint).Port);
    }

    [Fact]
    public async Task A_server_without_HTTP_1_1_says_so()
    {
        using var certificate = Leaf("127.0.0.1", -1, 10);
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        _ = Answering(server, async stream => await new SslStream(stream).AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = certificate,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
        }));
        await Says("the server offers no HTTP/1.1 (ALPN)", "openssl s_client", ((IPEndPoint)server.LocalEndpoint).Port);
    }

    /// <summary>As OpenSSL and the platform spell them.</summary>
    [Theory]
    [InlineData("error:0A00045C:SSL routines::tlsv13 alert certificate required", "wants a client certificate")]
    [InlineData("error:0A000410:SSL routines::sslv3 alert handshake failure", "no certificate for the server name www.example.org (sni), wants a client certificate")]
    [InlineData("error:0A000410:SSL routines::ssl/tls alert handshake failure", "refuses the handshake")]
    [InlineData("Authentication failed because the remote party sent a TLS alert: 'HandshakeFailure'.", "refuses the handshake")]
    [InlineData("Authentication failed because the remote party sent a TLS alert: '112'.", "has no certificate for the server name www.example.org")]
    [InlineData("error:0A000458:SSL routines::tlsv1 unrecognized name", "has no certificate for the server name www.example.org")]
    [InlineData("error:0A00042E:SSL routines::tlsv1 alert protocol version", "TLS 1.2 or 1.3")]
    public void An_alert_of_the_other_side_is_found_behind_the_platforms_sentence(string inner, string expected) =>
        Assert.Contains(expected, Outbound.TlsFailure.Alert(new AuthenticationException("Authentication failed, see inner exception.", new IOException(inner)), "www.example.org"));

    [Fact]
    public async Task The_API_is_reached_through_a_proxy_that_sees_no_token()
    {
        using var certificate = Leaf("127.0.0.1", -1, 10);
        using var api = new HttpScript((_, wire) => wire.Reply(200, Holder(Own)), certificate);
        using var proxy = new Proxy("HTTP/1.1 200 Connection established\r\nX: y\r\n\r\n", api.EndPoint);
        using var client = Through(proxy, api.Url);
        Assert.Equal(ApiStatus.Ok, (await client.ReadHolder()).Status);
        Assert.Null(client.Problem);
        Assert.Equal($"CONNECT 127.0.0.1:{api.Port} HTTP/1.1", proxy.Heard.Split('\r')[0]);
        Assert.DoesNotContain(Token, proxy.Heard);
    }

    [Theory]
    [InlineData("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "wants a login", "https_proxy")]
    [InlineData("HTTP/1.0 403 Forbidden\r\n\r\n", "refuses a connection to 127.0.0.1:", "https_proxy")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n\r\n", "no HTTP proxy", "https_proxy")]
    [InlineData("", "closed the connection without an answer", "https_proxy")]
    public async Task A_proxy_that_does_not_let_through_is_named(string answer, string expected, string advice)
    {
        using var proxy = new Proxy(answer, null);
        using var client = Through(proxy, new Uri("https://127.0.0.1:1"));
        var read = await client.ReadHolder();
        Assert.Contains(expected, read.Detail);
        Assert.Equal(read.Detail, client.Problem);
        Assert.Contains(advice, ApiAdvice.Of(read.Detail!, "127.0.0.1"));
    }

    [Fact]
    public async Task A_connection_that_does_not_come_about_in_time_says_how_far_it_came()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var client = Client(new Uri($"https://{silent.LocalEndpoint}"), limitS: 0.5);
        await client.ReadHolder();
        Assert.Contains("127.0.0.1 is connected, but does not finish the TLS handshake", client.Problem);
    }

    private static Task Says(string reason, string advice, X509Certificate2 certificate, X509Certificate2? root = null)
    {
        var api = new HttpScript((_, wire) => wire.Reply(200, Holder(1)), certificate);
        return Says(reason, advice, api.Port, root);
    }

    private static async Task Says(string reason, string advice, int port, X509Certificate2? root = null)
    {
        using var client = Client(new Uri($"https://127.0.0.1:{port}"), roots: [root ?? s_authority]);
        var read = await client.ReadHolder();
        Assert.Equal(ApiStatus.Failed, read.Status);
        Assert.Contains(reason, read.Detail);
        Assert.DoesNotContain("inner exception", read.Detail);
        Assert.Equal(read.Detail, client.Problem);
        var toDo = ApiAdvice.Of(client.Problem!, "127.0.0.1");
        Assert.Contains(advice, toDo);
        Assert.DoesNotContain("getent", toDo);
    }

    private static DigitalOceanClient Through(Proxy proxy, Uri api) => new(
        FloatingIp(api) with { HttpsProxy = proxy.Url }, Own, Ground(roots: [s_authority]));

    private static X509Certificate2 Leaf(string address, int fromDays, int toDays)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={address}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Parse(address));
        request.CertificateExtensions.Add(names.Build());
        // Signed by the authority's key, for a time that the authority itself need not be valid in.
        var generator = X509SignatureGenerator.CreateForECDsa(s_authority.GetECDsaPrivateKey()!);
        using var signed = request.Create(
            s_authority.SubjectName, generator, DateTimeOffset.UtcNow.AddDays(fromDays), DateTimeOffset.UtcNow.AddDays(toDays), RandomNumberGenerator.GetBytes(8));
        using var whole = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
    }

    private static async Task Answering(TcpListener listener, Func<NetworkStream, Task> answer)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync();
                await answer(client.GetStream());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException or AuthenticationException)
        {
            // The client has heard enough, or the test is over.
        }
    }

    /// <summary>An HTTP proxy with one answer, and with what stands behind it.</summary>
    private sealed class Proxy : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly StringBuilder _heard = new();

        public Proxy(string answer, IPEndPoint? behind)
        {
            _listener.Start();
            _ = Serve(answer, behind);
        }

        public Uri Url => new($"http://{_listener.LocalEndpoint}");

        public string Heard => _heard.ToString();

        public void Dispose() => _listener.Dispose();

        private async Task Serve(string answer, IPEndPoint? behind)
        {
            try
            {
                while (true)
                    await One(await _listener.AcceptTcpClientAsync(), answer, behind);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
            {
                // The test is over.
            }
        }

        private async Task One(TcpClient client, string answer, IPEndPoint? behind)
        {
            var stream = client.GetStream();
            var buffer = new byte[4096];
            while (!Heard.EndsWith("\r\n\r\n", StringComparison.Ordinal))
                _heard.Append(Encoding.Latin1.GetString(buffer, 0, await stream.ReadAsync(buffer)));
            await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
            if (behind is null)
            {
                client.Close();
                return;
            }
            using var server = new TcpClient();
            await server.ConnectAsync(behind);
            await Task.WhenAny(stream.CopyToAsync(server.GetStream()), server.GetStream().CopyToAsync(stream));
        }
    }
}
