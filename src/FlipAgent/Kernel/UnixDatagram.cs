using System.Runtime.InteropServices;
using System.Text;

namespace FlipAgent.Kernel;

/// <summary>
/// Sends datagrams to a unix socket and never waits: it either fits into the receiver's queue or is lost. It is what both
/// systemd's notify socket and journald's socket want. The address is looked up anew for each datagram, so a receiver that went away and
/// came back is found again with no work here.
/// </summary>
/// <remarks>
/// libc directly and not <see cref="System.Net.Sockets.Socket"/>: there a full queue is an exception, which allocates, and the decision
/// loop sends its watchdog signs through here.
/// </remarks>
internal sealed class UnixDatagram : IDisposable
{
    private const int AfUnix = 1;
    private const int SockDatagram = 2;
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
        _socket = Libc.Socket(AfUnix, SockDatagram | Libc.SockCloseOnExec, 0);
        _noSocket = _socket < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    /// <summary>0 when the datagram is in the receiver's queue; otherwise the errno that says why it is lost.</summary>
    public int TrySend(ReadOnlySpan<byte> datagram)
    {
        if (_socket < 0)
        {
            return _noSocket;
        }

        var sent = Libc.SendTo(
            _socket, ref MemoryMarshal.GetReference(datagram), (nuint)datagram.Length, Libc.MsgDontWait | Libc.MsgNoSignal, ref _address[0], (uint)_address.Length);
        return sent < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    public void Dispose()
    {
        if (_socket >= 0 && Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _ = Libc.Close(_socket);
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
        MemoryMarshal.Write(address, (ushort)AfUnix);
        name.CopyTo(address, FamilyLength);
        if (isAbstract)
        {
            address[FamilyLength] = 0;
        }

        return address;
    }
}
