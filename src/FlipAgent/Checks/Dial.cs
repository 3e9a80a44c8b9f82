using System.Net;
using System.Net.Sockets;

namespace FlipAgent.Checks;

/// <summary>Opens a TCP connection the way every check needs it: new each time.</summary>
internal static class Dial
{
    /// <summary>
    /// Connects to the first address of the target that answers. Throws the last <see cref="SocketException"/> when none does. An address is
    /// better than a name here: a lookup goes to a DNS server that may be down at the very moment that counts.
    /// </summary>
    public static async Task<Socket> Connect(DnsEndPoint target, CancellationToken stop)
    {
        var addresses = IPAddress.TryParse(target.Host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(target.Host, stop).ConfigureAwait(false);
        var last = new SocketException((int)SocketError.HostNotFound);
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, target.Port), stop).ConfigureAwait(false);
                if (!Equals(socket.LocalEndPoint, socket.RemoteEndPoint))
                    return socket;
                // Nobody listens, and the kernel chose the very port we dial as our own: a TCP simultaneous open with ourselves (RFC 9293 section 3.5).
                last = new SocketException((int)SocketError.ConnectionRefused);
                socket.Dispose();
            }
            catch (SocketException e)
            {
                last = e;
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        throw last;
    }

    /// <summary>
    /// The far end is this machine. Told by the addresses: the kernel connects to an address of its own from that same address. It may be false for
    /// a further address of the same subnet.
    /// </summary>
    public static bool IsLocal(Socket socket) =>
        socket is { LocalEndPoint: IPEndPoint here, RemoteEndPoint: IPEndPoint there } && (IPAddress.IsLoopback(there.Address) || here.Address.Equals(there.Address));

    /// <summary>The error in a few words for a detail text.</summary>
    public static string Words(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.ConnectionReset => "connection reset",
        SocketError.TimedOut => "connection timed out",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => "no route",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "host name not found",
        SocketError.AccessDenied => "permission denied",
        SocketError.AddressNotAvailable => "nothing listens there",
        _ => e.Message,
    };
}
