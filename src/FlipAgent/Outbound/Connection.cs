using System.Net.Sockets;

namespace FlipAgent.Outbound;

/// <summary>A stream and the socket below it, whose state tells whether the other side has closed it.</summary>
internal sealed record Connection(Stream Stream, Socket Socket) : IDisposable
{
    // Linux TCP_INFO (tcp(7)); the first byte is the state, and 1 is established: neither side has closed.
    private const int TcpLevel = 6;
    private const int TcpInfo = 11;
    private const byte Established = 1;

    /// <summary>Neither side has closed it.</summary>
    public bool IsOpen
    {
        get
        {
            Span<byte> info = stackalloc byte[8];
            try
            {
                return Socket.GetRawSocketOption(TcpLevel, TcpInfo, info) > 0 && info[0] == Established;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return false;
            }
        }
    }

    public void Dispose() => Stream.Dispose();
}
