using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using FlipAgent.Kernel;
using Microsoft.Win32.SafeHandles;

namespace FlipAgent.Net;

/// <summary>
/// Whether the kernel delivers packets to an address on this machine: RTM_GETROUTE, answered by a route of type RTN_LOCAL (rtnetlink(7)). That covers
/// more than the addresses of the interfaces: a whole network may be routed to lo. One question costs some microseconds and never waits.
/// </summary>
internal static class LocalRoute
{
    private const int AfNetlink = 16;
    private const int SockRawCloseOnExec = 3 | 0x80000;
    private const int NetlinkRoute = 0;
    private const ushort NewRoute = 24, GetRoute = 26, FlagRequest = 1;
    private const ushort AttributeDestination = 1, AttributeOutInterface = 4;
    private const byte TypeLocal = 2;

    // struct nlmsghdr and struct rtmsg; then come the attributes.
    private const int HeaderBytes = 16, RouteBytes = 12, TypeOffset = HeaderBytes + 7;

    /// <summary>Null: the kernel could not be asked (no netlink in this sandbox).</summary>
    public static bool? Leads(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        using var netlink = new SafeFileHandle(Libc.Socket(AfNetlink, SockRawCloseOnExec, NetlinkRoute), ownsHandle: true);
        if (netlink.IsInvalid)
            return null;
        Span<byte> message = stackalloc byte[512];
        message.Clear();
        var length = Write(message, address);
        if (Libc.Send(netlink, ref MemoryMarshal.GetReference(message), (nuint)length, 0) != length)
            return null;
        // The kernel answers within the call of send.
        var received = (int)Libc.Recv(netlink, ref MemoryMarshal.GetReference(message), (nuint)message.Length, Libc.MsgDontWait);
        if (received < HeaderBytes)
            return null;
        // The other answer is an error, such as ENETUNREACH: no route at all.
        return Word(message[4..]) == NewRoute && received > TypeOffset && message[TypeOffset] == TypeLocal;
    }

    private static int Write(Span<byte> message, IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        message[HeaderBytes] = (byte)(address.AddressFamily == AddressFamily.InterNetworkV6 ? 10 : 2);
        message[HeaderBytes + 1] = (byte)(bytes.Length * 8);
        var length = Attribute(message, HeaderBytes + RouteBytes, AttributeDestination, bytes);
        if (address is { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: > 0 and var scope })
            length = Attribute(message, length, AttributeOutInterface, BitConverter.GetBytes((uint)scope));
        BinaryPrimitives.WriteInt32LittleEndian(message, length);
        BinaryPrimitives.WriteUInt16LittleEndian(message[4..], GetRoute);
        BinaryPrimitives.WriteUInt16LittleEndian(message[6..], FlagRequest);
        return length;
    }

    private static int Attribute(Span<byte> message, int at, ushort type, ReadOnlySpan<byte> value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(message[at..], (ushort)(4 + value.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(message[(at + 2)..], type);
        value.CopyTo(message[(at + 4)..]);
        return at + 4 + value.Length;
    }

    private static ushort Word(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);
}
