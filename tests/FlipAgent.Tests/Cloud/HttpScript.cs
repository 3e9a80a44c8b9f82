using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace FlipAgent.Tests;

/// <summary>A real HTTP/1.1 server that does what a test tells it to do, the rude things included: reset, hang, drip, lie.</summary>
internal sealed class HttpScript : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TcpListener _listener;
    private readonly Func<ScriptRequest, ScriptWire, Task> _answer;
    private readonly X509Certificate2? _certificate;
    private int _connections;

    /// <param name="answer">Called for each request that came in whole; writes what it likes to the wire.</param>
    /// <param name="at">Loopback address to listen on, port 0 or a given one.</param>
    public HttpScript(Func<ScriptRequest, ScriptWire, Task> answer, X509Certificate2? certificate = null, IPEndPoint? at = null)
    {
        _answer = answer;
        _certificate = certificate;
        _listener = new TcpListener(at ?? new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Start();
        _ = Accept();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    public int Port => EndPoint.Port;

    public Uri Url => new($"{(_certificate is null ? "http" : "https")}://{EndPoint}");

    /// <summary>Whole requests so far, in the order in which they came.</summary>
    public ConcurrentQueue<ScriptRequest> Requests { get; } = new();

    /// <summary>Bytes of requests that came in, whole or not.</summary>
    public ConcurrentQueue<string> Raw { get; } = new();

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Answers each request with the same JSON.</summary>
    public static HttpScript Always(int code, string body, string type = "application/json", string headers = "") =>
        new((_, wire) => wire.Reply(code, body, type, headers));

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Interlocked.Increment(ref _connections);
                _ = Serve(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task Serve(TcpClient client)
    {
        try
        {
            using (client)
            {
                Stream stream = client.GetStream();
                if (_certificate is not null)
                {
                    var tls = new SslStream(stream);
                    await tls.AuthenticateAsServerAsync(_certificate);
                    stream = tls;
                }
                var wire = new ScriptWire(client.Client, stream, _stop.Token);
                while (await Read(stream, (IPEndPoint)client.Client.RemoteEndPoint!) is { } request)
                {
                    Requests.Enqueue(request);
                    await _answer(request, wire);
                    if (wire.Closed)
                        return;
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException
            or System.Security.Authentication.AuthenticationException)
        {
            // The client went away, or the test is over.
        }
    }

    private async Task<ScriptRequest?> Read(Stream stream, IPEndPoint from)
    {
        var bytes = new List<byte>();
        var buffer = new byte[8192];
        while (true)
        {
            var text = Encoding.Latin1.GetString([.. bytes]);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0 && Whole(text, end) is { } request)
                return request with { From = from };
            var n = await stream.ReadAsync(buffer, _stop.Token);
            if (n == 0)
                return null;
            bytes.AddRange(buffer.AsSpan(0, n));
            Raw.Enqueue(Encoding.Latin1.GetString(buffer, 0, n));
        }
    }

    private static ScriptRequest? Whole(string text, int end)
    {
        var lines = text[..end].Split("\r\n");
        var words = lines[0].Split(' ');
        var headers = lines.Skip(1).Select(l => l.Split(": ", 2)).ToDictionary(l => l[0], l => l[1], StringComparer.OrdinalIgnoreCase);
        var length = int.Parse(headers.GetValueOrDefault("Content-Length", "0"));
        var body = text[(end + 4)..];
        return body.Length < length ? null : new ScriptRequest(words[0], words[1], headers, Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(body)));
    }
}

internal sealed record ScriptRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public IPEndPoint From { get; init; } = new(IPAddress.None, 0);
}

/// <summary>The server's end of one connection.</summary>
internal sealed class ScriptWire(Socket socket, Stream stream, CancellationToken stop)
{
    public bool Closed { get; private set; }

    public Task Reply(int code, string body, string type = "application/json", string headers = "")
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var contentType = type.Length == 0 ? "" : $"Content-Type: {type}\r\n";
        return Send($"HTTP/1.1 {code} Whatever\r\n{contentType}Content-Length: {bytes.Length}\r\n{headers}\r\n{body}");
    }

    public async Task Send(string raw)
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(raw), stop);
        await stream.FlushAsync(stop);
    }

    /// <summary>RST instead of FIN.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        Close();
    }

    public void Close()
    {
        Closed = true;
        socket.Close();
    }

    /// <summary>Says nothing until the test is over.</summary>
    public Task Hang() => Task.Delay(Timeout.Infinite, stop);

    /// <summary>A byte now and then, for ever.</summary>
    public async Task Drip(string head, char drop = ' ', int everyMs = 50)
    {
        await Send(head);
        while (true)
        {
            await Task.Delay(everyMs, stop);
            await Send(drop.ToString());
        }
    }
}
