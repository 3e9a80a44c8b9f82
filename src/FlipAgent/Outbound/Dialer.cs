using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FlipAgent.Outbound;

/// <summary>
/// Opens one connection to a host that may have several addresses. It begins with the first, after half a second
/// with the next as well, and takes the one that is ready first (RFC 8305). A connection is ready only when the TLS handshake is through and the certificate
/// is right, so that an edge that hangs in its handshake is passed by like one that does not answer at all (F37).
/// </summary>
internal sealed class Dialer
{
    private static readonly TimeSpan s_nextAddressAfter = TimeSpan.FromMilliseconds(500);

    // Linux TCP_USER_TIMEOUT (tcp(7)), not named by .NET: unacknowledged data ends the connection instead of half an hour of retransmits.
    private const int TcpUserTimeout = 18;
    private const int UserTimeoutMs = 5000;

    private readonly Uri _url;
    private readonly AddressBook _book;
    private readonly IPAddress? _from;
    private readonly X509Certificate2Collection? _roots;
    private readonly Uri? _proxy;
    private readonly SslStreamCertificateContext? _client;
    private IPAddress? _last;
    private volatile string? _stage;

    /// <param name="book">The addresses of the host, or of the proxy where there is one.</param>
    /// <param name="from">Local address to bind to; null: the system chooses.</param>
    /// <param name="roots">The only certificate authorities to trust; null: the system's.</param>
    /// <param name="proxy">A proxy that is asked for a tunnel (CONNECT, RFC 9110 section 9.3.6); null: none.</param>
    /// <param name="client">The certificate that says who asks, with its chain; null: none is sent.</param>
    public Dialer(Uri url, AddressBook book, IPAddress? from, X509Certificate2Collection? roots, Uri? proxy = null, SslStreamCertificateContext? client = null)
    {
        _url = url;
        _book = book;
        _from = from;
        _roots = roots;
        _client = client;
        _proxy = url.Scheme == Uri.UriSchemeHttps ? proxy : null;
    }

    /// <summary>How far the connection that is being made has come, for who has waited in vain; null: none is being made.</summary>
    public string? Stage => _stage;

    /// <summary>A connection, for https encrypted and verified. Throws <see cref="DialFailedException"/>, or is cancelled.</summary>
    public async ValueTask<Connection> Dial(CancellationToken cancel)
    {
        _stage = null;
        var failures = new List<Knock>();
        var question = _book.Refresh();
        var doors = _book.InOrder();
        var open = await Race(doors, failures, cancel).ConfigureAwait(false);
        if (open is null && !_book.IsLiteral)
        {
            // Nothing known, or nothing that is known works: now it is worth waiting for the name service.
            _stage ??= $"the name service does not answer for {Host}";
            var answer = await question.WaitAsync(cancel).ConfigureAwait(false);
            open = await Race([.. answer.Except(doors)], failures, cancel).ConfigureAwait(false);
        }
        return open ?? throw DialFailedException.Of(Host, failures);
    }

    private string Host => (_proxy ?? _url).Host;

    /// <summary>The connection that was opened last served badly: begin at another address next time.</summary>
    public void DistrustLast()
    {
        if (Volatile.Read(ref _last) is { } last)
            _book.Failed(last);
    }

    private async Task<Connection?> Race(IReadOnlyList<IPAddress> doors, List<Knock> failures, CancellationToken cancel)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var knocks = new List<Task<Knock>>();
        try
        {
            for (var next = 0; next < doors.Count || knocks.Count > 0;)
            {
                cancel.ThrowIfCancellationRequested();
                if (next < doors.Count)
                    knocks.Add(KnockAt(doors[next++], over.Token));
                var timeout = Task.Delay(next < doors.Count ? s_nextAddressAfter : Timeout.InfiniteTimeSpan, over.Token);
                var first = await Task.WhenAny([.. knocks, timeout]).ConfigureAwait(false);
                if (first is not Task<Knock> answered)
                    continue;
                knocks.Remove(answered);
                var knock = await answered.ConfigureAwait(false);
                if (knock.Connection is not null)
                    return knock.Connection;
                failures.Add(knock);
            }
            return null;
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            foreach (var late in knocks)
                _ = late.ContinueWith(static k => k.Result.Connection?.Dispose(), TaskScheduler.Default);
        }
    }

    /// <summary>Never faults: what went wrong is in the result.</summary>
    private async Task<Knock> KnockAt(IPAddress address, CancellationToken cancel)
    {
        Stream? stream = null;
        var tls = new TlsFailure(_url.IdnHost);
        try
        {
            _stage = $"no connection to {address}";
            var socket = await Connect(address, cancel).ConfigureAwait(false);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (_proxy is not null)
            {
                _stage = $"the proxy {address} is connected, but does not answer";
                await ProxyTunnel.Open(stream, _url, cancel).ConfigureAwait(false);
            }
            if (_url.Scheme == Uri.UriSchemeHttps)
            {
                _stage = $"{address} is connected, but does not finish the TLS handshake";
                stream = await Encrypt(stream, TlsFor(tls), cancel).ConfigureAwait(false);
            }
            _stage = null;
            _book.Worked(address);
            Volatile.Write(ref _last, address);
            return new Knock(new Connection(stream, socket), "", Untrusted: false);
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException or OperationCanceledException
            or ObjectDisposedException or CryptographicException)
        {
            stream?.Dispose();
            if (e is not OperationCanceledException)
                _book.Failed(address);
            return new Knock(null, $"{address}: {Reason(e, tls)}", Untrusted: e is AuthenticationException);
        }
    }

    private async Task<Socket> Connect(IPAddress address, CancellationToken cancel)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 10);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 2);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpUserTimeout, BitConverter.GetBytes(UserTimeoutMs));
            if (_from is not null)
                socket.Bind(new IPEndPoint(_from, 0));
            await socket.ConnectAsync(new IPEndPoint(address, (_proxy ?? _url).Port), cancel).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<Stream> Encrypt(Stream plain, SslClientAuthenticationOptions tls, CancellationToken cancel)
    {
        var encrypted = new SslStream(plain, leaveInnerStreamOpen: false);
        try
        {
            await encrypted.AuthenticateAsClientAsync(tls, cancel).ConfigureAwait(false);
            return encrypted;
        }
        catch
        {
            await encrypted.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static string Reason(Exception e, TlsFailure tls) => e switch
    {
        SocketException s => SocketWords.Of(s),
        ProxyRefusedException proxy => proxy.Message,
        OperationCanceledException => "no answer",
        AuthenticationException => $"TLS: {tls.Of(e) ?? "the handshake failed"}",
        _ => tls.Of(e) is { } why ? $"TLS: {why}" : "connection broken",
    };

    private SslClientAuthenticationOptions TlsFor(TlsFailure failure)
    {
        // Chain building must not fetch certificates over the network: that is another host that can hang.
        var chain = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (_roots is not null)
        {
            chain.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.CustomTrustStore.AddRange(_roots);
        }
        return new SslClientAuthenticationOptions
        {
            TargetHost = _url.IdnHost,
            ClientCertificateContext = _client,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            CertificateChainPolicy = chain,
            RemoteCertificateValidationCallback = failure.Accept,
        };
    }

    /// <param name="Connection">Null: none could be made.</param>
    internal sealed record Knock(Connection? Connection, string Failure, bool Untrusted);
}

/// <summary>No address of a host could be connected. Its message names addresses and reasons, and no URL.</summary>
internal sealed class DialFailedException(string message, bool untrusted) : IOException(message)
{
    /// <summary>At least one address answered, but with a certificate that is not to be trusted (F45).</summary>
    public bool Untrusted { get; } = untrusted;

    public static DialFailedException Of(string host, List<Dialer.Knock> failures) => failures.Count == 0
        ? new($"no address known for {host}, and the name service does not answer", untrusted: false)
        : new(string.Join("; ", failures.Take(3).Select(f => f.Failure)), failures.Exists(f => f.Untrusted));
}
