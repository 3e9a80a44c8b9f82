using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using FlipAgent.Kernel;

namespace FlipAgent.Net;

/// <summary>
/// The kernel's side of the adverts: one socket bound to this node's own address, through which everything is sent, and with multicast a second one that
/// listens to the group. Errors are numbers here, never exceptions: a network that is away is to be expected.
/// </summary>
internal sealed class BoundSockets : IDisposable
{
    // Linux, <bits/in.h> and ip(7), ipv6(7), udp(7).
    private const int SolSocket = 1;
    private const int SoReuseAddr = 2;
    private const int SoReceiveBuffer = 8;
    private const int SolIp = 0;
    private const int IpTos = 1;
    private const int IpRecvErr = 11;
    private const int IpMulticastIf = 32;
    private const int IpMulticastTtl = 33;
    private const int IpMulticastLoop = 34;
    private const int IpAddMembership = 35;
    private const int IpMulticastAll = 49;
    private const int SolIpv6 = 41;
    private const int Ipv6RecvErr = 25;
    private const int Ipv6TrafficClass = 67;

    /// <summary>Asked for; the kernel gives what net.core.rmem_max allows. What does not fit in a burst is lost, whoever sent it.</summary>
    private const int ReceiveBuffer = 1 << 20;

    /// <summary>CS6, network control (RFC 2474 section 4.2.2.2), as routing protocols use it.</summary>
    private const int NetworkControl = 0xC0;

    private readonly Socket _own;
    private readonly Socket? _group;
    private readonly byte[]? _membership;
    private readonly byte[]? _groupAddress;

    private BoundSockets(Socket own, Socket? group, byte[]? membership, byte[]? groupAddress)
    {
        _own = own;
        _group = group;
        _membership = membership;
        _groupAddress = groupAddress;
    }

    public int OwnFd => (int)_own.Handle;

    /// <summary>The socket of the group, or -1 (which poll ignores).</summary>
    public int GroupFd => _group is null ? -1 : (int)_group.Handle;

    /// <summary>A struct sockaddr of the group; null with unicast.</summary>
    public byte[]? GroupAddress => _groupAddress;

    /// <param name="shared">This node's own socket, bound already; null: it is bound here.</param>
    /// <returns>Null when it cannot be done now; then the error says why.</returns>
    public static BoundSockets? TryOpen(AdvertSocketSettings settings, Socket? shared, out SocketError error, out string text)
    {
        var self = settings.Nodes[settings.Me];
        Socket? own = null;
        Socket? group = null;
        var where = $"{new IPEndPoint(self, settings.Port)}/udp";
        try
        {
            own = shared ?? OpenOwn(self, settings.Port);
            byte[]? membership = null;
            if (settings.Multicast is { } address)
            {
                where = $"{address} on the interface of {self}";
                membership = [.. address.GetAddressBytes(), .. self.GetAddressBytes()];
                SendToGroupFrom(own, self);
                group = OpenGroup(address, settings.Port, membership);
            }
            error = SocketError.Success;
            text = "";
            return new BoundSockets(
                own, group, membership, settings.Multicast is null ? null : NodeTable.SocketAddressOf(settings.Multicast, settings.Port));
        }
        catch (SocketException refused)
        {
            own?.Dispose();
            group?.Dispose();
            error = refused.SocketErrorCode;
            text = Explain(error, where, refused.Message);
            return null;
        }
    }

    /// <summary>The own socket once more (fcntl(2), F_DUPFD_CLOEXEC): both take from the same buffer, and it stays bound until both are disposed of.</summary>
    public Socket ShareOwn()
    {
        var fd = Libc.DuplicateFd(OwnFd, Libc.DuplicateCloseOnExec, 0);
        return fd < 0 ? throw new IOException($"fcntl: {Libc.LastError()}") : new Socket(new SafeSocketHandle(fd, ownsHandle: true));
    }

    /// <summary>Sends one datagram without waiting. Allocates nothing.</summary>
    /// <returns>0, or errno.</returns>
    public int Send(Span<byte> datagram, Span<byte> socketAddress)
    {
        var errno = 0;
        // A pending ICMP error is delivered by failing the next send, which has nothing to do with it (udp(7), IP_RECVERR). It is used up by that.
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var sent = Libc.SendTo(
                OwnFd, ref MemoryMarshal.GetReference(datagram), (nuint)datagram.Length, Libc.MsgDontWait,
                ref MemoryMarshal.GetReference(socketAddress), (uint)socketAddress.Length);
            if (sent >= 0)
                return 0;
            errno = Marshal.GetLastPInvokeError();
            if (errno is Libc.Eagain or Libc.Enobufs)
                break;
        }
        return errno;
    }

    /// <summary>Takes one datagram without waiting. Allocates nothing.</summary>
    /// <returns>Its full length, which may be more than the buffer holds; or -1 when there is none.</returns>
    public static int Receive(int fd, Span<byte> buffer, Span<byte> source) => Take(fd, buffer, source, Libc.MsgDontWait | Libc.MsgTrunc);

    /// <summary>Takes one ICMP error off the error queue; <paramref name="destination"/> is where the datagram was sent that caused it.</summary>
    /// <returns>False when there is none.</returns>
    public static bool ReceiveError(int fd, Span<byte> buffer, Span<byte> destination) =>
        Take(fd, buffer, destination, Libc.MsgDontWait | Libc.MsgErrQueue) >= 0;

    /// <summary>
    /// The kernel forgets a membership when the interface goes away, and says nothing. Joining again is an error when all is well, and mends it
    /// when not.
    /// </summary>
    public void Rejoin()
    {
        if (_membership is not null)
            _ = Libc.SetSockOpt(GroupFd, SolIp, IpAddMembership, ref _membership[0], (uint)_membership.Length);
    }

    public void Dispose()
    {
        _own.Dispose();
        _group?.Dispose();
    }

    private static int Take(int fd, Span<byte> buffer, Span<byte> address, int flags)
    {
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var length = (uint)address.Length;
            var taken = Libc.RecvFrom(
                fd, ref MemoryMarshal.GetReference(buffer), (nuint)buffer.Length, flags, ref MemoryMarshal.GetReference(address), ref length);
            if (taken >= 0)
                return (int)taken;
            // As with Send: what fails here may be an older ICMP error, and a datagram may be waiting behind it.
            if (Marshal.GetLastPInvokeError() == Libc.Eagain)
                return -1;
        }
        return -1;
    }

    private static Socket OpenOwn(IPAddress self, int port)
    {
        var ipv6 = self.AddressFamily == AddressFamily.InterNetworkV6;
        var socket = new Socket(self.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            Set(socket, SolSocket, SoReceiveBuffer, ReceiveBuffer);
            Set(socket, ipv6 ? SolIpv6 : SolIp, ipv6 ? Ipv6RecvErr : IpRecvErr, 1);
            Set(socket, ipv6 ? SolIpv6 : SolIp, ipv6 ? Ipv6TrafficClass : IpTos, NetworkControl);
            socket.Bind(new IPEndPoint(self, port));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>TTL 1: never beyond the network of the interface. No copy to ourselves, where the interface is not the loopback.</summary>
    private static void SendToGroupFrom(Socket own, IPAddress self)
    {
        own.SetRawSocketOption(SolIp, IpMulticastIf, self.GetAddressBytes());
        Set(own, SolIp, IpMulticastTtl, 1);
        Set(own, SolIp, IpMulticastLoop, 0);
    }

    /// <summary>Bound to the group itself, so it gets nothing else; shared, so that several nodes can run on one machine.</summary>
    private static Socket OpenGroup(IPAddress group, int port, byte[] membership)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            Set(socket, SolSocket, SoReuseAddr, 1);
            Set(socket, SolSocket, SoReceiveBuffer, ReceiveBuffer);
            socket.Bind(new IPEndPoint(group, port));
            Set(socket, SolIp, IpMulticastAll, 0);
            socket.SetRawSocketOption(SolIp, IpAddMembership, membership);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void Set(Socket socket, int level, int name, int value) =>
        socket.SetRawSocketOption(level, name, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value)));

    private static string Explain(SocketError error, string where, string message) => error switch
    {
        SocketError.AddressAlreadyInUse => $"{where} is in use by another program; is another flipagent running?",
        SocketError.AddressNotAvailable => $"{where} is no address of this machine now",
        SocketError.AccessDenied => $"{where} may not be opened: {message}",
        _ => $"{where} cannot be opened: {message}",
    };
}
