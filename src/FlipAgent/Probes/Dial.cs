using System.Net;
using System.Net.Sockets;

namespace FlipAgent.Probes;

/// <summary>Opens a TCP connection the way every check needs it: new each time.</summary>
internal static class Dial
{
    /// <summary>
    /// Connects to the first address of the target that answers. An address is better than a name here: a lookup goes to a DNS server that may be down at the
    /// very moment that counts.
    /// </summary>
    /// <param name="until">As in <see cref="Deadline"/>.</param>
    /// <exception cref="SocketException">No address answers; that of the last one.</exception>
    /// <exception cref="TimeoutException">The time is over.</exception>
    public static Socket Connect(DnsEndPoint target, long until) => Connect(Addresses(target.Host, until), target.Port, until);

    /// <summary>As the other one, to addresses that are known. One that is silent leaves each of the others its share of the time.</summary>
    /// <param name="from">Local address to bind to; null: the system chooses.</param>
    public static Socket Connect(IReadOnlyList<IPAddress> addresses, int port, long until, IPAddress? from = null)
    {
        SocketException? last = null;
        for (var i = 0; i < addresses.Count; i++)
        {
            var address = addresses[i];
            var others = addresses.Count - 1 - i;
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                if (from is not null)
                    socket.Bind(new IPEndPoint(from, 0));
                Deadline.Connect(socket, new IPEndPoint(address, port), others == 0 ? until : Deadline.In(Deadline.Left(until) / (others + 1)));
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
        throw last ?? new SocketException((int)SocketError.HostNotFound);
    }

    private static IPAddress[] Addresses(string host, long until)
    {
        if (IPAddress.TryParse(host, out var literal))
            return [literal];
        // getaddrinfo(3) has no time-out of its own, so it blocks a thread of the pool.
        IAsyncResult question = Dns.GetHostAddressesAsync(host);
        return question.AsyncWaitHandle.WaitOne(Deadline.Left(until)) ? ((Task<IPAddress[]>)question).GetAwaiter().GetResult() : throw new TimeoutException();
    }

    /// <summary>
    /// The far end is this machine. Told by the addresses: the kernel connects to an address of its own from that same address. It may be false for
    /// a further address of the same subnet.
    /// </summary>
    public static bool IsLocal(Socket socket) =>
        socket is { LocalEndPoint: IPEndPoint here, RemoteEndPoint: IPEndPoint there } && (IPAddress.IsLoopback(there.Address) || here.Address.Equals(there.Address));
}
