using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using FlipAgent.Redaction;

namespace FlipAgent.Outbound;

/// <summary>
/// The connections to one host: requests go out, answers come back as values. A connection is kept open because the next request may be urgent, and
/// replaced once it has gone silent. No redirects, no proxy from the environment, no cookies, certificates always checked, bodies capped (rule C9).
/// HTTP/1.1, one request a connection at a time, so that no answer waits behind another one.
/// </summary>
internal sealed class HttpLine : IDisposable
{
    public const int MostBytes = 256 * 1024;

    // Longer than the requests of one failover are apart.
    private static readonly TimeSpan s_keepIdle = TimeSpan.FromSeconds(90);

    // A new connection now and then follows changes in the name service.
    private static readonly TimeSpan s_keepAtMost = TimeSpan.FromMinutes(15);

    private static readonly ProductInfoHeaderValue s_userAgent =
        new("flipagent", typeof(HttpLine).Assembly.GetName().Version?.ToString(3) ?? "0");

    private readonly Dialer _dialer;
    private readonly Dialer _spareDialer;
    private SpareConnection? _spare;
    private readonly string _prefix;
    private readonly string _host;
    private HttpMessageInvoker _pool;

    /// <param name="url">Scheme, host and port are used; the path is a prefix of every request's path.</param>
    /// <param name="from">Local address to bind to; null: the system chooses.</param>
    /// <param name="roots">The only certificate authorities to trust; null: the system's.</param>
    /// <param name="proxy">A proxy for https; <paramref name="book"/> then has its addresses. Null: none.</param>
    /// <param name="client">The certificate of this client, for a server that asks for one; null: none.</param>
    public HttpLine(
        Uri url, AddressBook book, IPAddress? from = null, X509Certificate2Collection? roots = null, Uri? proxy = null, SslStreamCertificateContext? client = null)
    {
        _prefix = $"{url.Scheme}://{url.Authority}{url.AbsolutePath.TrimEnd('/')}";
        _dialer = new Dialer(url, book, from, roots, proxy, client);
        _spareDialer = new Dialer(url, book, from, roots, proxy, client);
        _host = url.IdnHost;
        _pool = NewPool();
    }

    /// <summary>How far the connection that is being made has come; null: none is being made.</summary>
    public string? Stage => _dialer.Stage;

    /// <summary>Sends one request. Never throws for anything that the world does; ends soon after <paramref name="cancel"/> with <see cref="Exchange.TimedOut"/>.</summary>
    /// <param name="path">Begins with a slash; appended to the path of the URL.</param>
    public async Task<HttpAnswer> Send(HttpMethod method, string path, Action<HttpRequestHeaders>? headers, HttpContent? content, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, new Uri(_prefix + path))
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.UserAgent.Add(s_userAgent);
        headers?.Invoke(request.Headers);
        var pool = Volatile.Read(ref _pool);
        var answer = await Exchanged(pool, request, cancel).ConfigureAwait(false);
        if (answer.Exchange is Exchange.TimedOut or Exchange.Broken)
            Redial(pool);
        return answer;
    }

    /// <summary>From now on a connection is kept open beside those in use, for the request that comes after minutes of quiet.</summary>
    /// <param name="unreachable">Called each 30 s while none can be made.</param>
    public void KeepSpare(Action unreachable) => _spare ??= new SpareConnection(_spareDialer.Dial, unreachable);

    public void Dispose()
    {
        _spare?.Dispose();
        _pool.Dispose();
    }

    // AutomaticDecompression is off, and not so much as named: setting it to None brings 1 MB of Brotli into the program.
    private HttpMessageInvoker NewPool() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        PooledConnectionIdleTimeout = s_keepIdle,
        PooledConnectionLifetime = s_keepAtMost,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        MaxResponseHeadersLength = 32,
        // An answer that is not read to its end costs its connection, not time.
        MaxResponseDrainSize = 0,
        ConnectCallback = (_, cancel) => Connect(cancel),
    });

    private async ValueTask<Stream> Connect(CancellationToken cancel) => _spare?.Take() ?? (await _dialer.Dial(cancel).ConfigureAwait(false)).Stream;

    private async Task<HttpAnswer> Exchanged(HttpMessageInvoker pool, HttpRequestMessage request, CancellationToken cancel)
    {
        try
        {
            using var response = await pool.SendAsync(request, cancel).ConfigureAwait(false);
            var body = await ReadCapped(response.Content, cancel).ConfigureAwait(false);
            var answer = body is null
                ? new HttpAnswer(Exchange.TooLarge, $"an answer of more than {MostBytes / 1024} KiB")
                : new HttpAnswer(Exchange.Answered, "") { Body = body };
            return answer with
            {
                Code = (int)response.StatusCode,
                // In lower case no search would find a secret in it.
                MediaType = response.Content.Headers.ContentType?.MediaType is { } type ? Redactor.Redact(type).ToLowerInvariant() : null,
                Headers = response.Headers,
            };
        }
        catch (OperationCanceledException)
        {
            return request.Content is GatedContent { Withheld: true }
                ? new HttpAnswer(Exchange.Withheld, "not sent: no longer wanted")
                : new HttpAnswer(Exchange.TimedOut, _dialer.Stage ?? "no answer in time");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or ObjectDisposedException)
        {
            return WentWrong(e);
        }
    }

    private HttpAnswer WentWrong(Exception e)
    {
        // Only the message of our own exception is passed on: others might name the URL, which can be a secret.
        for (var cause = e; cause is not null; cause = cause.InnerException)
            if (cause is DialFailedException dial)
                return new HttpAnswer(dial.Untrusted ? Exchange.Untrusted : Exchange.Unreachable, dial.Message);
        // In TLS 1.3 the client is done before the server has looked for the certificate of the client, and says so afterwards.
        if (TlsFailure.Alert(e, _host) is { } alert)
            return new HttpAnswer(Exchange.Broken, $"TLS: {alert}");
        var kind = (e as HttpRequestException)?.HttpRequestError ?? (e as HttpIOException)?.HttpRequestError;
        return new HttpAnswer(Exchange.Broken, kind is null or HttpRequestError.Unknown ? "the connection broke" : $"the connection broke ({kind})");
    }

    /// <summary>Null when it is longer than the cap.</summary>
    private static async Task<byte[]?> ReadCapped(HttpContent content, CancellationToken cancel)
    {
        if (content.Headers.ContentLength > MostBytes)
            return null;
        using var body = new MemoryStream();
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            var stream = await content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
            await using var closing = stream.ConfigureAwait(false);
            for (int n; (n = await stream.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0;)
            {
                if (body.Length + n > MostBytes)
                    return null;
                body.Write(buffer, 0, n);
            }
            return body.ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>After a silence or a break no connection of this pool is trusted any more; requests that are under way in it end as they would have.</summary>
    private void Redial(HttpMessageInvoker old)
    {
        var fresh = NewPool();
        if (Interlocked.CompareExchange(ref _pool, fresh, old) == old)
        {
            _dialer.DistrustLast();
            _spare?.Drop();
            old.Dispose();
        }
        else
            fresh.Dispose();
    }
}
