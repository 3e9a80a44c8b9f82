using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FlipAgent.Tests.Page;

/// <summary>A proxy that passes an answer on when it has the whole of it, as some do: a stream never comes through.</summary>
internal sealed class BufferingProxy : IAsyncDisposable
{
    private readonly Uri _behind;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    public BufferingProxy(Uri behind)
    {
        _behind = behind;
        _listener.Start();
        _accepting = Accept();
    }

    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    /// <summary>Hangs up on everybody who comes.</summary>
    public bool Down { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task Accept()
    {
        List<Task> all = [];
        try
        {
            while (true)
                all.Add(Pass(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(all);
        }
    }

    private async Task Pass(TcpClient client)
    {
        using var _ = client;
        try
        {
            if (Down)
                return;
            var head = await Head(client.GetStream());
            using var server = new TcpClient();
            await server.ConnectAsync(IPEndPoint.Parse(_behind.Authority), _stop.Token);
            await server.GetStream().WriteAsync(Encoding.Latin1.GetBytes(head.Replace("Connection: keep-alive", "Connection: close", StringComparison.OrdinalIgnoreCase)), _stop.Token);
            using var answer = new MemoryStream();
            await server.GetStream().CopyToAsync(answer, _stop.Token);
            await client.GetStream().WriteAsync(answer.ToArray(), _stop.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
        {
            // Either side went away.
        }
    }

    private async Task<string> Head(NetworkStream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(buffer, _stop.Token);
            if (read == 0)
                throw new IOException("the client hung up");
            text.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
        return text.ToString();
    }
}
