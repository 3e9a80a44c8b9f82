using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using FlipAgent.Config;
using FlipAgent.Config.Values;
using FlipAgent.Kernel;
using FlipAgent.Outbound;

namespace FlipAgent.Checks;

/// <summary>
/// Asks for a page and looks at the status, as a client would: with a new connection each time, because a connection that has long been open
/// says nothing of whether new clients get in. No redirect is followed, no proxy asked, no cookie kept.
/// </summary>
internal sealed class HttpCheck : Check
{
    /// <summary>How much of a body is read. A page that comes in part and then breaks off is a failure; one that is longer than this is not read to its end.</summary>
    public const int BodyCap = 64 * 1024;

    /// <summary>PROXY protocol version 2, command LOCAL: "this connection is my own, no client stands behind it" (proxy-protocol.txt section 2.2).</summary>
    private static readonly byte[] s_proxyV2Local = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x20, 0x00, 0x00, 0x00];

    /// <summary>The time limit of the look that a connection is made for. The handler itself would go on connecting for the next request.</summary>
    private static readonly HttpRequestOptionsKey<CancellationToken> s_limit = new("flipagent.limit");

    private readonly CheckConfig.Http _config;
    private readonly HttpMessageInvoker _http;
    private volatile bool _connected;
    private volatile bool _local;
    private TlsFailure _tls;

    public HttpCheck(CheckConfig.Http config)
    {
        _config = config;
        _tls = NewHandshake();
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.Zero,
            MaxResponseDrainSize = 0,
            ActivityHeadersPropagator = null,
            ConnectCallback = Connect,
        });
    }

    public override bool StartsAtOnce => !IsTls;

    public override async Task<CheckResult> Run(CancellationToken stop)
    {
        (_connected, _local) = (false, false);
        var started = Stopwatch.GetTimestamp();
        try
        {
            using var request = Request();
            request.Options.Set(s_limit, stop);
            using var answer = await _http.SendAsync(request, stop).ConfigureAwait(false);
            await ReadBody(answer, stop).ConfigureAwait(false);
            return Judge((int)answer.StatusCode, Stopwatch.GetElapsedTime(started));
        }
        catch (OperationCanceledException)
        {
            return CheckResult.NoAnswer(_connected ? "connected, but no HTTP answer" : "no connection");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or AuthenticationException && Shortage.Of(e) is null)
        {
            return new(Outcome.Failed, Explain(e));
        }
    }

    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    private HttpRequestMessage Request()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, _config.Url)
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.ConnectionClose = true;
        request.Headers.TryAddWithoutValidation("User-Agent", "flipagent");
        // The reader of the configuration has asked the same question.
        if (!HostHeader.Set(request, _config.Host))
            throw new FormatException($"{_config.Host} cannot be a Host header");
        return request;
    }

    private async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken ended)
    {
        context.InitialRequestMessage.Options.TryGetValue(s_limit, out var limit);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ended, limit);
        var stop = either.Token;
        var socket = await Dial.Connect(context.DnsEndPoint, stop).ConfigureAwait(false);
        var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            (_connected, _local) = (true, Dial.IsLocal(socket));
            if (_config.ProxyV2)
                await stream.WriteAsync(s_proxyV2Local, stop).ConfigureAwait(false);
            return _config.Url.Scheme == Uri.UriSchemeHttps ? await Encrypt(stream, stop).ConfigureAwait(false) : stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // The handshake is made here and not by the handler, which would take the server name from the Host header.
    private async Task<Stream> Encrypt(NetworkStream stream, CancellationToken stop)
    {
        var tls = new SslStream(stream, leaveInnerStreamOpen: false);
        // verify_tls: false is for a look at one's own HAProxy by its address, for which no authority signs. No secret is ever sent over it.
        _tls = NewHandshake();
        var options = new SslClientAuthenticationOptions { TargetHost = ServerName, RemoteCertificateValidationCallback = _tls.Accept };
        await tls.AuthenticateAsClientAsync(options, stop).ConfigureAwait(false);
        return tls;
    }

    private string ServerName => _config.Sni ?? _config.Url.DnsSafeHost;

    private TlsFailure NewHandshake() => new(ServerName, _config.VerifyTls);

    private static async Task ReadBody(HttpResponseMessage answer, CancellationToken stop)
    {
        var buffer = new byte[8 * 1024];
        using var body = await answer.Content.ReadAsStreamAsync(stop).ConfigureAwait(false);
        for (var left = BodyCap; left > 0;)
        {
            var read = await body.ReadAsync(buffer.AsMemory(0, Math.Min(buffer.Length, left)), stop).ConfigureAwait(false);
            if (read == 0)
                return;
            left -= read;
        }
    }

    private CheckResult Judge(int status, TimeSpan took)
    {
        var good = _config.Expect.IsDefaultOrEmpty ? status is >= 200 and <= 299 : _config.Expect.Contains(status);
        if (good)
            return new(Outcome.Up, $"{status} in {took.TotalMilliseconds:0.0} ms") { Answered = _local };
        var expected = _config.Expect.IsDefaultOrEmpty ? "200 to 299" : string.Join(", ", _config.Expect);
        return new(Outcome.Failed, $"answered {status}, expected {expected}");
    }

    private string Explain(Exception e)
    {
        if (IsTls && _tls.Of(e) is { } why)
            return $"TLS: {why}{SniHint(why)}";
        for (var inner = e; inner is not null; inner = inner.InnerException)
            switch (inner)
            {
                case SocketException { SocketErrorCode: SocketError.ConnectionReset }:
                    return Hint("connection reset");
                case SocketException socket:
                    return Dial.Words(socket);
                case HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded }:
                    return Ended();
                case HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse }:
                    return $"the answer is not HTTP/1.1{(IsTls ? "" : "; a bind with proto h2 speaks HTTP/2 only, one with ssl wants https://")}";
            }
        return IsTls && e is AuthenticationException or IOException ? Hint("connection closed during the TLS handshake") : e.Message;
    }

    private bool IsTls => _config.Url.Scheme == Uri.UriSchemeHttps;

    /// <summary>A bind with proto h2 closes without a word when something else than HTTP/2 comes; one with accept-proxy resets (<see cref="Hint"/>).</summary>
    private string Ended() => IsTls
        ? Hint("connection closed before the answer was complete")
        : "connection closed before the answer was complete (a bind with proto h2 speaks HTTP/2 only, and the check HTTP/1.1)";

    private string SniHint(string why) => _config.Sni is null && why.Contains("sni", StringComparison.Ordinal) ? "; give the name with sni:" : "";

    // Fault F58: a bind with accept-proxy resets whoever begins without the header.
    private string Hint(string what) => _config.ProxyV2 ? what : $"{what} (a bind with accept-proxy wants proxy_protocol: v2)";
}
