using System.Collections.Immutable;
using System.Net;
using FlipAgent.Core;

namespace FlipAgent.Net;

/// <summary>Where adverts go and come from.</summary>
/// <param name="Nodes">Addresses of all nodes, in the order of the configuration; all IPv4 or all IPv6.</param>
/// <param name="Me">Index of this node; its address is the one that is bound.</param>
/// <param name="Port">UDP port of all nodes, 1 to 65535.</param>
/// <param name="Multicast">IPv4 group to send to instead of each node; null: unicast.</param>
/// <param name="RealTime">Whether its thread asks for <see cref="Kernel.RealTime.TryRaise"/>.</param>
public sealed record AdvertSocketSettings(ImmutableArray<IPAddress> Nodes, int Me, int Port, IPAddress? Multicast = null, bool RealTime = false);

/// <summary>A datagram arrived from a node's address and port. On the receive thread: decode it here, post the result and return.</summary>
/// <param name="node">Index of the node that has the sender's address; never this node.</param>
/// <param name="source">The sender's address, for <see cref="AdvertCodec.Decode"/>.</param>
/// <param name="datagram">Valid until the callback returns.</param>
/// <returns>
/// Whether it is news: authentic, and not heard before. What the others cost is limited (<see cref="AdvertSocket.RefusalShare"/>), for anybody can send
/// those.
/// </returns>
public delegate bool DatagramHeard(int node, IPAddress source, ReadOnlySpan<byte> datagram);

/// <summary>A datagram arrived from an address that is no node's.</summary>
/// <param name="source">The sender's address.</param>
/// <param name="datagram">Valid until the callback returns.</param>
/// <returns>Whether it was found out whose it is, and reported.</returns>
public delegate bool StrangerHeard(IPAddress source, ReadOnlySpan<byte> datagram);

/// <summary>
/// What an <see cref="AdvertSocket"/> tells. The callbacks run on its thread, must not block. One that throws costs the datagram.
/// </summary>
/// <param name="Heard">On the receive thread. Like <paramref name="Rejected"/> it belongs to one list of nodes, whose indices it is called with.</param>
/// <param name="Rejected">On the receive thread: dropped before the codec. Node (-1: unknown sender), reason and a text for people; per node and for
/// all unknown senders together at most once a second, however many were dropped.</param>
/// <param name="NetworkChanged">On the receive thread: why nothing can be sent any more (F27), or null when it works again.</param>
public sealed record AdvertSocketCallbacks(DatagramHeard Heard, Action<int, Rejection, string> Rejected, Action<string?> NetworkChanged)
{
    /// <summary>On the receive thread: a datagram from an address that is no node's, some of them in a second at most.</summary>
    public StrangerHeard Stranger { get; init; } = (_, _) => false;

    /// <summary>Nobody listens yet: for a socket that is to be used later (<see cref="AdvertSocket.ChangeNodes"/>).</summary>
    public static AdvertSocketCallbacks None { get; } = new((_, _, _) => false, (_, _, _) => { }, _ => { });
}

/// <summary>Why an <see cref="AdvertSocket"/> could not be opened at all.</summary>
public enum OpenFailure
{
    None,
    /// <summary>Another program has the address and port: most likely a second agent.</summary>
    AddressInUse,
    /// <summary>The kernel does not allow it (a port below 1024, a security policy).</summary>
    NotPermitted,
    /// <summary>Settings that cannot work together, or a kernel without what is asked for.</summary>
    Unusable,
}

/// <summary>What came of opening: the socket, or a failure with one sentence for people.</summary>
public readonly record struct AdvertSocketOpening(AdvertSocket? Socket, OpenFailure Failure, string Text);

/// <summary>Counts since the start of the socket.</summary>
/// <param name="Sent">Datagrams given to the kernel, one for each peer.</param>
/// <param name="SendErrors">Datagrams that the kernel did not take.</param>
/// <param name="Replaced">Adverts that were never sent because a newer one came first.</param>
/// <param name="Received">Datagrams from nodes that were handed on.</param>
/// <param name="UnknownSender">Datagrams from addresses that are no node's.</param>
/// <param name="WrongPort">Datagrams that did not come from the port of the adverts, those included that the kernel dropped unread.</param>
/// <param name="Flooded">Datagrams from a node's address and port beyond what may be spent on those that come to nothing.</param>
/// <param name="TooLong">Datagrams from a node that are longer than any advert.</param>
/// <param name="Unreachable">ICMP errors: a peer's port is closed, or there is no way to it.</param>
/// <param name="Rebinds">How often the socket was opened again.</param>
public readonly record struct AdvertSocketCounts(
    long Sent, long SendErrors, long Replaced, long Received, long UnknownSender, long WrongPort, long Flooded, long TooLong, long Unreachable, long Rebinds);
