using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using FlipAgent.Core;
using FlipAgent.Net;
using FlipAgent.Supervision;

namespace FlipAgent.Tests.Net;

/// <summary>Loopback addresses and a port that no other test has; each node of a test has one of the addresses.</summary>
internal sealed unsafe partial class Neighbours
{
    private readonly byte _second = (byte)Random.Shared.Next(80, 90);
    private readonly byte _third = (byte)Random.Shared.Next(1, 255);

    public int Port { get; } = Random.Shared.Next(20_000, 30_000);

    public IPAddress Address(int node) => new([127, _second, _third, (byte)(node + 1)]);

    public ImmutableArray<IPAddress> Nodes(int count) => [.. Enumerable.Range(0, count).Select(Address)];

    public AdvertSocketSettings Settings(int me, int count, IPAddress? multicast = null) => new(Nodes(count), me, Port, multicast);

    public Listener Listen(int me, int count, IPAddress? multicast = null) => new(Settings(me, count, multicast));

    /// <summary>A plain socket with the address of a node, or of nobody, and a port of its own: what any user of that machine can open.</summary>
    public Socket Stranger(int address) => Bound(address, 0);

    /// <summary>A plain socket that has the address and the port of a node which is not listening itself.</summary>
    public Socket InPlaceOf(int node) => Bound(node, Port);

    public IPEndPoint EndPoint(int node) => new(Address(node), Port);

    /// <summary>
    /// A datagram in the name of a node that is listening, from a socket with another address of the machine and the port of the adverts: IP_PKTINFO (ip(7)) lets any user choose the source.
    /// </summary>
    public bool SendInTheNameOf(int node, Socket from, byte[] datagram, int to)
    {
        const int SolIp = 0, PktInfo = 8, HeaderBytes = 16;
        var name = EndPoint(to).Serialize().Buffer.ToArray();
        var control = new byte[32];
        BitConverter.TryWriteBytes(control, (ulong)(HeaderBytes + 12));
        BitConverter.TryWriteBytes(control.AsSpan(8), SolIp);
        BitConverter.TryWriteBytes(control.AsSpan(12), PktInfo);
        Address(node).TryWriteBytes(control.AsSpan(HeaderBytes + 4), out _);
        fixed (byte* nameBytes = name, data = datagram, controlBytes = control)
        {
            var part = new Part { Base = data, Length = (nuint)datagram.Length };
            var message = new Message { Name = nameBytes, NameLength = (uint)name.Length, Parts = &part, PartCount = 1, Control = controlBytes, ControlLength = (nuint)control.Length };
            return SendMsg((int)from.Handle, &message, 0) == datagram.Length;
        }
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMsg(int fd, Message* message, int flags);

    // struct iovec and struct msghdr, <sys/socket.h>.
    private struct Part
    {
        public byte* Base;
        public nuint Length;
    }

    private struct Message
    {
        public byte* Name;
        public uint NameLength;
        public Part* Parts;
        public nuint PartCount;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
    }

    private Socket Bound(int address, int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(Address(address), port));
        return socket;
    }
}

/// <summary>An open advert socket that writes down everything it is told.</summary>
internal sealed class Listener : IDisposable
{
    public Listener(AdvertSocketSettings settings, Action? onHeard = null, Supervisor? supervisor = null)
    {
        var callbacks = new AdvertSocketCallbacks(
            (node, source, datagram) =>
            {
                onHeard?.Invoke();
                Heard.Enqueue((node, source, datagram.ToArray()));
                return true;
            },
            (node, reason, detail) => Rejected.Enqueue((node, reason, detail)),
            fault => Network.Enqueue(fault));
        var opening = AdvertSocket.Open(settings, callbacks, supervisor);
        Assert.Equal((OpenFailure.None, ""), (opening.Failure, opening.Text));
        Socket = opening.Socket!;
    }

    public AdvertSocket Socket { get; }

    public ConcurrentQueue<(int Node, IPAddress Source, byte[] Datagram)> Heard { get; } = new();

    public ConcurrentQueue<(int Node, Rejection Reason, string Detail)> Rejected { get; } = new();

    public ConcurrentQueue<string?> Network { get; } = new();

    public bool HasHeard(int node, params byte[] datagram) =>
        Heard.Any(heard => heard.Node == node && heard.Datagram.AsSpan().SequenceEqual(datagram));

    public void Dispose() => Socket.Dispose();
}
