using FlipAgent.Core;
using FlipAgent.Kernel;

namespace FlipAgent.Net;

// The receive thread. It also binds and rebinds, because it is the one that waits on the sockets. What costs
// little is asked first: is it a node's address, is it the port of the adverts; only then does the callback spend an HMAC on it.
public sealed partial class AdvertSocket
{
    /// <summary>Datagrams taken from one socket before the thread looks around again.</summary>
    private const int Batch = 256;

    /// <summary>Charged for one refused datagram at most: what took longer was interrupted, and the time is not the sender's fault.</summary>
    private static readonly TimeSpan s_maxRefusalCost = TimeSpan.FromMicroseconds(50);

    private static readonly TimeSpan s_rejoinEvery = TimeSpan.FromSeconds(5);

    private readonly WakeSignal _receiveSignal = new();
    private readonly object _drainLock = new();
    private readonly byte[] _buffer = new byte[AdvertCodec.MaxBytes];
    private readonly byte[] _source = new byte[NodeTable.SocketAddressBytes];
    private long _drainAsked;
    private long _drained;
    private bool _rebindAsked;
    private TimeSpan _nextRebind;
    private TimeSpan _nextRejoin;

    private long _receiverBeat;
    private long _received;
    private long _unreachable;
    private long _rebinds;

    private void ReceiveLoop()
    {
        if (_settings.RealTime)
            RealTime.TryRaise();
        while (!_stopping)
        {
            var now = Clocks.Monotonic;
            Volatile.Write(ref _receiverBeat, now.Ticks);
            Judge();
            KeepBound(now);
            WaitForMore(now + s_pace);
            // Read before the sockets are: whoever asks later is served in the next turn.
            var asked = Volatile.Read(ref _drainAsked);
            if (ReceiveAll())
                Drained(asked);
        }
    }

    private void KeepBound(TimeSpan now)
    {
        if ((_rebindAsked || _sockets is null) && now >= _nextRebind)
        {
            _nextRebind = now + s_pace;
            Rebind();
        }
        if (_filter.On && now >= _filterUntil && _sockets is not null)
            _wrongPort += _filter.Detach(_sockets);
        if (now >= _nextRejoin)
        {
            _nextRejoin = now + s_rejoinEvery;
            _sockets?.Rejoin();
        }
    }

    private void Rebind()
    {
        _rebindAsked = false;
        ReceiveAll();
        if (_sockets is not null)
            _wrongPort += _filter.Detach(_sockets);
        lock (_socketsLock)
        {
            _sockets?.Dispose();
            _sockets = null;
            // What was sent from the old ones says nothing of the new ones.
            _outcome = null;
            _sockets = BoundSockets.TryOpen(_settings, null, out _, out var text);
            _openFault = text;
        }
        if (_sockets is not null)
            _rebinds++;
        Flush();
        Judge();
    }

    private void WaitForMore(TimeSpan deadline)
    {
        Span<PollFd> fds =
        [
            _receiveSignal.PollFd,
            new(_sockets?.OwnFd ?? -1, Poll.In),
            new(_sockets?.GroupFd ?? -1, Poll.In),
        ];
        if (!Poll.Wait(fds, deadline))
            return;
        if (fds[0].Returned != 0)
            _receiveSignal.Clear();
        if ((fds[1].Returned & Poll.Error) != 0)
            ReceiveErrors(fds[1].Fd);
    }

    /// <summary>F28: a peer that refuses is counted. It is no evidence of death, for the agent may be down while HAProxy serves.</summary>
    private void ReceiveErrors(int fd)
    {
        for (var i = 0; i < Batch && BoundSockets.ReceiveError(fd, _buffer, _source); i++)
            _unreachable++;
    }

    /// <returns>True when nothing is left.</returns>
    private bool ReceiveAll() => _sockets is null || (ReceiveFrom(_sockets.OwnFd) & ReceiveFrom(_sockets.GroupFd));

    private bool ReceiveFrom(int fd)
    {
        if (fd < 0)
            return true;
        for (var i = 0; i < Batch; i++)
        {
            var length = BoundSockets.Receive(fd, _buffer, _source);
            if (length < 0)
                return true;
            Sort(length, ofGroup: fd != _sockets!.OwnFd);
        }
        return false;
    }

    private void Sort(int length, bool ofGroup)
    {
        var nodes = _nodes;
        var node = nodes.Find(_source);
        var port = NodeTable.PortIn(_source);
        var now = Clocks.Monotonic;
        // Any program of this node can send with its address and port (IP_PKTINFO, ip(7)); nothing from outside can have that address.
        var own = node == nodes.Me;
        if ((own || port != _settings.Port) && _filter.IsFlood(now))
            FilterFor(now);
        if (own && ofGroup && port == _settings.Port)
            return; // our own, which multicast on a loopback interface brings back
        if (node < 0)
            DropUnknown(nodes, length, now);
        else if (own || port != _settings.Port)
            DropWrongPort(nodes, node, port, now);
        else if (!nodes.Admit(node, now))
            Drop(ref _flooded, nodes, node, now, Rejection.Flooded, FloodedText);
        else if (length > _buffer.Length)
            Drop(ref _tooLong, nodes, node, now, Rejection.Malformed, s_tooLongText);
        else
        {
            _received++;
            if (nodes.Callbacks.Heard(node, nodes.Address(node), _buffer.AsSpan(0, length)))
                return;
            var took = Clocks.Monotonic - now;
            nodes.Spend(node, took < s_maxRefusalCost ? took : s_maxRefusalCost);
        }
    }

    private void Drained(long asked)
    {
        if (asked == _drained)
            return;
        lock (_drainLock)
        {
            _drained = asked;
            Monitor.PulseAll(_drainLock);
        }
    }
}
