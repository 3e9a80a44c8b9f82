using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using FlipAgent.Config.Values;
using FlipAgent.Kernel;
using FlipAgent.Naming;
using FlipAgent.Outbound;
using FlipAgent.Probes;

namespace FlipAgent.Cloud.Api;

/// <summary>
/// The way to the metadata service of this machine: plain HTTP, texts of a few bytes, an answer within a second or none. It is asked every other second for as long as the agent runs, so
/// a question is an exchange on a thread that it may block (<see cref="LookThreads"/>), and the connection is kept for the next one. One that was closed meanwhile is replaced at once, one that
/// has gone silent after the question that found it so.
/// </summary>
internal sealed class MetadataLine : IDisposable
{
    // A list of private networks has some lines for each.
    private const int MostBytes = 4096;

    private const int BufferBytes = 1024;

    private readonly Uri _url;
    private readonly AddressBook _book;
    private readonly IPAddress? _from;
    private readonly TimeSpan _limit;
    private Talk? _kept;
    private volatile bool _disposed;

    /// <param name="url">http://169.254.169.254 on a machine of the cloud; the path is a prefix of every question's path.</param>
    /// <param name="ownAddress">This node's own address. Bound to as local address when the service is on loopback, where many nodes share one
    /// machine and the stand-in tells them apart by it; a real metadata service knows who asks.</param>
    /// <param name="limit">For each question as a whole.</param>
    public MetadataLine(Uri url, IPAddress ownAddress, TimeSpan limit)
    {
        _url = url;
        _book = new AddressBook(url.IdnHost.Trim('[', ']'), file: null, new NameLookup(Dns.GetHostAddresses));
        _from = url.IsLoopback ? ownAddress : null;
        _limit = limit;
    }

    public static TimeSpan UsualLimit => TimeSpan.FromSeconds(1);

    /// <summary>A question of several requests, with one limit.</summary>
    /// <param name="ask">Makes something of the answers; gets the way to ask for a path, which blocks and never throws for anything that the world does.</param>
    /// <param name="late">The value when it does not end in time all the same.</param>
    public async Task<T> Run<T>(Func<Func<string, HttpAnswer>, T> ask, Func<T> late)
    {
        var until = Deadline.In(_limit * 0.95);
        var run = LookThreads.Own.Run(() => Task.FromResult(ask(path => Get(path, until))));
        return await AlarmClock.Own.Ends(run, _limit).ConfigureAwait(false) ? await run.ConfigureAwait(false) : late();
    }

    /// <summary>The id of this machine; null: nothing came in time that is one.</summary>
    public Task<long?> ReadId(string path) => Run<long?>(get => Value(get(path)) is { } text && ServerId.IsNumber(text, out var id) ? id : null, () => null);

    /// <summary>The exact value, but for the newline that a file on a web server ends with; null when there is none to believe.</summary>
    public static string? Value(HttpAnswer answer) =>
        answer is { Exchange: Exchange.Answered, Code: 200, Body.Length: <= 64 } ? answer.Text.TrimEnd('\n') : null;

    public void Dispose()
    {
        _disposed = true;
        Interlocked.Exchange(ref _kept, null)?.Dispose();
    }

    private HttpAnswer Get(string path, long until)
    {
        var request = Request(path);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        var connected = false;
        try
        {
            if (Interlocked.Exchange(ref _kept, null) is { } kept)
            {
                connected = true;
                if (Again(kept, request, buffer, until) is { } answer)
                    return answer;
                connected = false;
            }
            var talk = new Talk(Dial.Connect(_book.InOrderWithin(Deadline.Left(until)), _url.Port, until, _from), until);
            connected = true;
            if (_url.Scheme == Uri.UriSchemeHttps)
                talk.Encrypt(_url.IdnHost);
            return Ask(talk, request, buffer);
        }
        catch (Exception e) when (Deadline.IsOver(e))
        {
            return new(Exchange.TimedOut, connected ? "no answer in time" : "no connection in time");
        }
        catch (SocketException e) when (!connected)
        {
            return new(Exchange.Unreachable, SocketWords.Of(e));
        }
        catch (AuthenticationException)
        {
            return new(Exchange.Untrusted, "the certificate is not to be trusted");
        }
        catch (Exception e) when (e is SocketException or IOException or InvalidDataException)
        {
            return new(Exchange.Broken, e is InvalidDataException ? "the answer is not HTTP/1.1" : "the connection broke");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Null: that connection is of no use any more.</summary>
    private HttpAnswer? Again(Talk kept, byte[] request, byte[] buffer, long until)
    {
        if (kept.HasSpoken)
        {
            kept.Dispose();
            return null;
        }
        try
        {
            kept.Until = until;
            return Ask(kept, request, buffer);
        }
        catch (Exception e) when (e is SocketException or IOException && !Deadline.IsOver(e))
        {
            return null;
        }
    }

    private HttpAnswer Ask(Talk talk, byte[] request, byte[] buffer)
    {
        var reuse = false;
        try
        {
            talk.Stream.Write(request);
            using var page = new MemoryStream();
            var reply = new HttpReply(talk.Stream, buffer);
            var code = reply.Read(MostBytes + 1, page);
            reuse = reply.IsReusable;
            return page.Length > MostBytes
                ? new HttpAnswer(Exchange.TooLarge, $"an answer of more than {MostBytes / 1024} KiB") { Code = code }
                : new HttpAnswer(Exchange.Answered, "") { Code = code, Body = page.ToArray() };
        }
        finally
        {
            if (reuse)
                Keep(talk);
            else
                talk.Dispose();
        }
    }

    private void Keep(Talk talk)
    {
        Interlocked.Exchange(ref _kept, talk)?.Dispose();
        if (_disposed)
            Interlocked.Exchange(ref _kept, null)?.Dispose();
    }

    private byte[] Request(string path) => Page.Get(_url.AbsolutePath.TrimEnd('/') + path, Urls.Authority(_url), isLast: false);

    /// <summary>A connection, which blocks until its deadline.</summary>
    private sealed class Talk(Socket socket, long until) : IDisposable
    {
        private readonly DeadlineStream _wire = new(socket, until);
        private SslStream? _tls;

        public Stream Stream => _tls is null ? _wire : _tls;

        /// <summary>Something came unasked, or its end: what comes next would be no answer to the next question.</summary>
        public bool HasSpoken => socket.Poll(0, SelectMode.SelectRead);

        public long Until
        {
            set => _wire.Until = value;
        }

        /// <exception cref="AuthenticationException">The certificate is not to be trusted.</exception>
        public void Encrypt(string host)
        {
            _tls = new SslStream(_wire, leaveInnerStreamOpen: true);
            try
            {
                _tls.AuthenticateAsClient(host);
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        public void Dispose()
        {
            _tls?.Dispose();
            _wire.Dispose();
            socket.Dispose();
        }
    }
}
