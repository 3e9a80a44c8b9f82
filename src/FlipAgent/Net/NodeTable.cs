using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FlipAgent.Net;

/// <summary>
/// The nodes as the kernel names them, so that a sender is found without making an object. A sender that is not in it is no node. One reload, one new
/// table.
/// </summary>
internal sealed class NodeTable
{
    /// <summary>Room for sockaddr_in6, the longer of the two.</summary>
    public const int SocketAddressBytes = 28;

    private readonly ImmutableArray<IPAddress> _nodes;
    private readonly byte[][] _socketAddresses;
    private readonly FloodGate[] _refusals;
    private readonly FloodGate[] _reports;

    /// <param name="nodes">Addresses of all nodes.</param>
    /// <param name="me">Index of this node.</param>
    /// <param name="port">UDP port of the adverts.</param>
    /// <param name="refusals">Seconds of work in each second for datagrams that come to nothing, all peers together.</param>
    /// <param name="callbacks">Are called with indices into this table.</param>
    public NodeTable(ImmutableArray<IPAddress> nodes, int me, int port, double refusals, AdvertSocketCallbacks callbacks)
    {
        _nodes = nodes;
        Me = me;
        Callbacks = callbacks;
        _socketAddresses = [.. nodes.Select(address => SocketAddressOf(address, port))];
        _refusals = [.. nodes.Select(_ => new FloodGate(refusals / Math.Max(1, nodes.Length - 1)))];
        _reports = [.. nodes.Select(_ => new FloodGate(1))];
    }

    public int Count => _nodes.Length;

    public int Me { get; }

    /// <summary>Whom to call with an index into this table. They are one thing, so that no index is ever taken for one into another table.</summary>
    public AdvertSocketCallbacks Callbacks { get; }

    public IPAddress Address(int node) => _nodes[node];

    /// <summary>A struct sockaddr with the address and the port of the adverts.</summary>
    public Span<byte> SocketAddress(int node) => _socketAddresses[node];

    /// <summary>The node with the address in this struct sockaddr, whatever the port; or -1.</summary>
    public int Find(ReadOnlySpan<byte> socketAddress)
    {
        for (var node = 0; node < _socketAddresses.Length; node++)
            if (AddressIn(socketAddress).SequenceEqual(AddressIn(_socketAddresses[node])))
                return node;
        return -1;
    }

    /// <summary>Whether one more datagram of this node may go on to the HMAC now. The receiving thread only.</summary>
    public bool Admit(int node, TimeSpan now) => _refusals[node].TokensLeft(now) > 0;

    /// <summary>Charges the time that it took to find a datagram of this node worthless. The receiving thread only.</summary>
    public void Spend(int node, TimeSpan work) => _refusals[node].Spend(work.TotalSeconds);

    /// <summary>Whether it is time to report again what was dropped of this node. The receiving thread only.</summary>
    public bool MayReport(int node, TimeSpan now) => _reports[node].Admit(now);

    /// <summary>The port in a struct sockaddr.</summary>
    public static int PortIn(ReadOnlySpan<byte> socketAddress) => BinaryPrimitives.ReadUInt16BigEndian(socketAddress[2..]);

    public static byte[] SocketAddressOf(IPAddress address, int port) => new IPEndPoint(address, port).Serialize().Buffer.ToArray();

    /// <summary>The address in a struct sockaddr: behind family and port, in IPv6 behind the flow as well.</summary>
    public static ReadOnlySpan<byte> AddressIn(ReadOnlySpan<byte> socketAddress) =>
        MemoryMarshal.Read<ushort>(socketAddress) == (int)AddressFamily.InterNetwork ? socketAddress.Slice(4, 4) : socketAddress.Slice(8, 16);
}
