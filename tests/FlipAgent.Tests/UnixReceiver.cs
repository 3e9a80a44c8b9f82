using System.Net.Sockets;
using System.Text;

namespace FlipAgent.Tests;

/// <summary>A real unix datagram socket to receive on, as systemd and journald have one; a fresh path each, removed at the end.</summary>
internal sealed class UnixReceiver : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public UnixReceiver(string? path = null)
    {
        Path = path ?? NewPath();
        _socket.ReceiveTimeout = 10_000;
        _socket.Bind(new UnixDomainSocketEndPoint(Path[0] == '@' ? "\0" + Path[1..] : Path));
    }

    /// <summary>A path, or <c>@name</c> when abstract.</summary>
    public string Path { get; }

    public int Waiting => _socket.Available;

    public static string NewPath() => System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"fa-{Guid.NewGuid():N}.sock");

    /// <summary>The next datagram, waited for at most ten seconds.</summary>
    public byte[] Receive()
    {
        var buffer = new byte[1 << 18];
        return buffer[.._socket.Receive(buffer)];
    }

    public string ReceiveText() => Encoding.UTF8.GetString(Receive());

    /// <summary>Takes everything that waits; returns how many datagrams that were.</summary>
    public int Drain()
    {
        var count = 0;
        while (_socket.Poll(0, SelectMode.SelectRead))
        {
            Receive();
            count++;
        }

        return count;
    }

    public void Dispose()
    {
        _socket.Dispose();
        if (Path[0] != '@')
        {
            File.Delete(Path);
        }
    }
}
