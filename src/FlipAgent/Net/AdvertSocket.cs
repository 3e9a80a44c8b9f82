using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Supervision;

namespace FlipAgent.Net;

/// <summary>
/// Carries adverts between the nodes over UDP (RFC 768), unicast or multicast. A thread of its own receives, and never waits for the decision loop nor for the thread pool; sending never
/// waits for anything. A network that is gone is reported once, tried again, and reported when it is back.
/// <code>
///   decision thread ..Send................................&gt; peers
///   decision thread &lt;..inbox.. Heard callback &lt;..receive thread.. peers
/// </code>
/// </summary>
public sealed partial class AdvertSocket : IDisposable
{
    /// <summary>
    /// Adverts of one node that are handed on in a second. The fastest election (10 ms) sends 100; three copies and answers come on top.
    /// </summary>
    public const int DatagramsPerSecond = 200;

    /// <summary>
    /// Share of one processor for datagrams with the address and port of a peer that turn out to be no news: forged, or recorded. An HMAC takes
    /// microseconds, so that is many ten thousand in a second; only beyond that some are dropped without a look, and authentic ones among them.
    /// </summary>
    public const double RefusalShare = 0.25;

    /// <summary>How often an address that is gone is tried again, and how often the thread shows that it lives.</summary>
    private static readonly TimeSpan s_pace = TimeSpan.FromSeconds(1);

    private readonly AdvertSocketSettings _settings;
    private readonly SupervisedPart _reading;
    private readonly SupervisedPart _sending;
    private readonly SupervisedPart _receiving;
    private readonly Thread _receiver;

    /// <summary>
    /// The receive thread opens and closes the sockets; who sends borrows them, and waits for nobody. Nothing is called back under it.
    /// </summary>
    private readonly Lock _socketsLock = new();
    private BoundSockets? _sockets;
    private volatile NodeTable _nodes;
    private volatile bool _stopping;

    private AdvertSocket(AdvertSocketSettings settings, AdvertSocketCallbacks callbacks, BoundSockets? sockets, string fault, Supervisor supervisor)
    {
        _settings = settings;
        _reading = supervisor.Part("reading of adverts");
        _sending = supervisor.Part("sending of adverts");
        _receiving = supervisor.Part("receive thread of adverts");
        _sockets = sockets;
        _openFault = fault;
        _nodes = new NodeTable(settings.Nodes, settings.Me, settings.Port, RefusalShare, Contained(callbacks, _reading));
        _filter = new SourcePortFilter(settings.Port, settings.Nodes[settings.Me]);
        _receiver = _receiving.NewThread(RealTime.Adverts, ReceiveLoop, () => _stopping);
        _receiverBeat = Clocks.Monotonic.Ticks;
    }

    /// <summary>
    /// Binds and starts the thread. When this node's address is not on the machine now, that is no failure but a network fault, which ends by
    /// itself when the address comes (F27).
    /// </summary>
    /// <param name="beside">A socket of this node that lives on until this one is in use; on the same port both share what is bound. Null: there is none.</param>
    public static AdvertSocketOpening Open(AdvertSocketSettings settings, AdvertSocketCallbacks callbacks, Supervisor? supervisor = null, AdvertSocket? beside = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(callbacks);
        if (Contradiction(settings) is { } contradiction)
            return new AdvertSocketOpening(null, OpenFailure.Unusable, contradiction);
        var sockets = BoundSockets.TryOpen(settings, beside?.ShareOwn(settings.Port), out var error, out var text);
        if (FailureOf(error) is var failure and not OpenFailure.None)
            return new AdvertSocketOpening(null, failure, text);
        var socket = new AdvertSocket(settings, callbacks, sockets, text, supervisor ?? Supervisor.Silent);
        socket._receiver.Start();
        return new AdvertSocketOpening(socket, OpenFailure.None, "");
    }

    /// <summary>Why nothing can be sent at present, for people; null while the network works.</summary>
    public string? NetworkFault => Volatile.Read(ref _fault);

    /// <summary>
    /// When the thread last turned, on <see cref="Clocks.Monotonic"/>. It turns at least once a second: feed the watchdog by it (F06).
    /// </summary>
    public TimeSpan LastTurn => new(Volatile.Read(ref _receiverBeat));

    public AdvertSocketCounts Counts => new(
        Volatile.Read(ref _sent), Volatile.Read(ref _sendErrors), Volatile.Read(ref _replaced), Volatile.Read(ref _received),
        Volatile.Read(ref _unknownSender), Volatile.Read(ref _wrongPort), Volatile.Read(ref _flooded), Volatile.Read(ref _tooLong), Volatile.Read(ref _unreachable),
        Volatile.Read(ref _rebinds));

    /// <summary>
    /// Sends the datagram to every peer, on the calling thread. One calling thread only; never blocks, allocates nothing. While the sockets are bound anew it waits for that, and the next
    /// one replaces it.
    /// </summary>
    /// <exception cref="ArgumentException">Longer than <see cref="AdvertCodec.MaxBytes"/>.</exception>
    public void Send(ReadOnlySpan<byte> datagram)
    {
        if (datagram.Length > AdvertCodec.MaxBytes)
            throw new ArgumentException($"{datagram.Length} bytes, at most {AdvertCodec.MaxBytes} are sent", nameof(datagram));
        if (_outbox.Put(datagram))
            _replaced++;
        Flush();
    }

    /// <summary>
    /// Waits until every datagram that is in the kernel's buffer now has been handed on: what to do first after a stall (rule E10).
    /// </summary>
    /// <returns>False when that took longer than the time-out.</returns>
    public bool Drain(TimeSpan timeout)
    {
        lock (_drainLock)
        {
            var asked = ++_drainAsked;
            _receiveSignal.Signal();
            var deadline = Clocks.Monotonic + timeout;
            while (_drained < asked)
            {
                var left = deadline - Clocks.Monotonic;
                if (left <= TimeSpan.Zero || !Monitor.Wait(_drainLock, left))
                    return _drained >= asked;
            }
            return true;
        }
    }

    /// <summary>
    /// After a reload: other nodes, the same own address, port and group (otherwise dispose of this and open a new one). Flood counts start again.
    /// </summary>
    /// <param name="callbacks">Are called with indices into the new list; those that came with the old list are called with indices into that one, and may
    /// still be under way when this returns. Null: the same as before.</param>
    /// <exception cref="ArgumentException">The own address is not what is bound.</exception>
    public void ChangeNodes(ImmutableArray<IPAddress> nodes, int me, AdvertSocketCallbacks? callbacks = null)
    {
        if (!nodes[me].Equals(_settings.Nodes[_settings.Me]))
            throw new ArgumentException($"bound to {_settings.Nodes[_settings.Me]}, cannot be {nodes[me]}", nameof(nodes));
        _nodes = new NodeTable(nodes, me, _settings.Port, RefusalShare, callbacks is null ? _nodes.Callbacks : Contained(callbacks, _reading));
        // Who reads NetworkFault after this has it, or the new callbacks are told of it (SetFault has the other half).
        Interlocked.MemoryBarrier();
    }

    /// <summary>Sends what was handed over and not sent yet (a release), then stops the thread. Not from a callback.</summary>
    public void Dispose()
    {
        if (_stopping)
            return;
        _stopping = true;
        _receiveSignal.Signal();
        _receiver.Join();
        Flush();
        lock (_socketsLock)
        {
            // What is bound may be shared with the socket that comes after this one.
            if (_sockets is not null)
                _filter.Detach(_sockets);
            _sockets?.Dispose();
            _sockets = null;
        }
        _receiveSignal.Dispose();
    }

    /// <summary>This node's own socket once more, when it is bound to this port; the owner of the answer disposes of it.</summary>
    private Socket? ShareOwn(int port)
    {
        try
        {
            lock (_socketsLock)
                return port == _settings.Port ? _sockets?.ShareOwn() : null;
        }
        finally
        {
            Flush();
        }
    }

    /// <summary>
    /// A callback that fails over one datagram costs that datagram. It is a part of its own: what a stranger sends must never make the threads count as
    /// broken, which would make this node unfit.
    /// </summary>
    private static AdvertSocketCallbacks Contained(AdvertSocketCallbacks callbacks, SupervisedPart part) => new(
        (node, source, datagram) =>
        {
            try
            {
                return callbacks.Heard(node, source, datagram);
            }
            catch (Exception e)
            {
                part.Failed(e);
                return false;
            }
        },
        (node, reason, text) => part.Run(() => callbacks.Rejected(node, reason, text)),
        fault => part.Run(() => callbacks.NetworkChanged(fault)))
    {
        Stranger = (source, datagram) =>
        {
            try
            {
                return callbacks.Stranger(source, datagram);
            }
            catch (Exception e)
            {
                part.Failed(e);
                return false;
            }
        },
    };

    private static string? Contradiction(AdvertSocketSettings settings)
    {
        var self = settings.Nodes[settings.Me];
        foreach (var node in settings.Nodes)
            if (node.AddressFamily != self.AddressFamily)
                return $"{node} and {self}: the addresses of all nodes must be IPv4, or all IPv6";
        if (settings.Multicast is not { } group)
            return null;
        if (group.AddressFamily != AddressFamily.InterNetwork || self.AddressFamily != AddressFamily.InterNetwork)
            return $"multicast group {group} with node {self}: multicast works with IPv4 only";
        return group.GetAddressBytes()[0] is >= 224 and <= 239 ? null : $"{group} is no multicast group, expected 224.0.0.0 to 239.255.255.255";
    }

    private static OpenFailure FailureOf(SocketError error) => error switch
    {
        SocketError.Success or SocketError.AddressNotAvailable or SocketError.NetworkDown or SocketError.NetworkUnreachable => OpenFailure.None,
        SocketError.AddressAlreadyInUse => OpenFailure.AddressInUse,
        SocketError.AccessDenied => OpenFailure.NotPermitted,
        _ => OpenFailure.Unusable,
    };
}
