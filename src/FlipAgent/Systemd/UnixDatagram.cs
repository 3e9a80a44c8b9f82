using System.Runtime.InteropServices;
using System.Text;

namespace FlipAgent.Systemd;

/// <summary>
/// Sends datagrams to a unix socket and never waits: like a letter dropped through a slot, it either fits or it does not. It is what both
/// systemd's notify socket and journald's socket want. The address is looked up anew for each datagram, so a receiver that went away and
/// came back is found again with no work here.
/// </summary>
/// <remarks>
/// libc directly and not <see cref="System.Net.Sockets.Socket"/>: there a full queue is an exception, which allocates, and the decision
/// loop sends its watchdog signs through here.
/// </remarks>
internal sealed partial class UnixDatagram : IDisposable
{
    /// <summary>Nobody reads and the queue is full; ENOBUFS means the same.</summary>
    public const int EAGAIN = 11;

    private const int AF_UNIX = 1;
    private const int SOCK_DGRAM = 2;
    private const int SOCK_CLOEXEC = 0x80000;
    private const int MSG_DONTWAIT = 0x40;
    private const int MSG_NOSIGNAL = 0x4000;
    private const int FamilyLength = 2;
    private const int PathMax = 108;

    private readonly byte[] _address;
    private readonly int _socket;
    private readonly int _noSocket;
    private int _disposed;

    /// <param name="path">A path, or <c>@name</c> for the abstract namespace (unix(7)); 1 to 107 bytes.</param>
    /// <exception cref="ArgumentException">The path does not fit into a socket address.</exception>
    public UnixDatagram(string path)
    {
        _address = Address(path);
        _socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        _noSocket = _socket < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    /// <summary>0 when the datagram is in the receiver's queue; otherwise the errno that says why it is lost.</summary>
    public int TrySend(ReadOnlySpan<byte> datagram)
    {
        if (_socket < 0)
        {
            return _noSocket;
        }

        var sent = sendto(_socket, datagram, datagram.Length, MSG_DONTWAIT | MSG_NOSIGNAL, _address, _address.Length);
        return sent < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    public void Dispose()
    {
        if (_socket >= 0 && Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _ = close(_socket);
        }
    }

    /// <summary>struct sockaddr_un: the family, then the path with its final NUL; an abstract name begins with a NUL and ends with the length.</summary>
    private static byte[] Address(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var name = Encoding.UTF8.GetBytes(path);
        if (name.Length >= PathMax)
        {
            throw new ArgumentException($"a socket path has at most {PathMax - 1} bytes, this has {name.Length}: {path}", nameof(path));
        }

        var isAbstract = path[0] == '@';
        var address = new byte[FamilyLength + name.Length + (isAbstract ? 0 : 1)];
        MemoryMarshal.Write(address, (ushort)AF_UNIX);
        name.CopyTo(address, FamilyLength);
        if (isAbstract)
        {
            address[FamilyLength] = 0;
        }

        return address;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint sendto(int fd, ReadOnlySpan<byte> buffer, nint length, int flags, byte[] address, int addressLength);

    [LibraryImport("libc")]
    private static partial int close(int fd);
}
