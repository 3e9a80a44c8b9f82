using System.Net;
using System.Runtime.InteropServices;
using FlipAgent.Core;
using FlipAgent.Kernel;

namespace FlipAgent.Net;

// The send thread. It alone decides whether the network is at fault, because only who sends finds out: a socket whose
// address is gone receives nothing and says nothing.
public sealed partial class AdvertSocket
{
    private readonly LoopWaiter _sendWaiter = new();
    private readonly LatestDatagram _outbox = new(AdvertCodec.MaxBytes);

    private string? _fault;
    private string _openFault;
    private long _senderBeat;
    private long _sent;
    private long _sendErrors;
    private long _replaced;

    private void SendLoop()
    {
        if (_settings.RealTime)
            RealTime.TryRaise();
        JudgeSockets();
        while (!_stopping)
        {
            Volatile.Write(ref _senderBeat, Clocks.Monotonic.Ticks);
            _sendWaiter.Wait(Clocks.Monotonic + s_pace);
            if (_outbox.TryTake(out var datagram))
                SendToAll(datagram);
            else
                JudgeSockets();
        }
        if (_outbox.TryTake(out var last))
            SendToAll(last);
    }

    private void SendToAll(Span<byte> datagram)
    {
        var nodes = _nodes;
        var delivered = 0;
        var error = 0;
        var to = nodes.Me;
        lock (_socketsLock)
        {
            if (_sockets is null)
            {
                _sendErrors++;
            }
            else if (_sockets.GroupAddress is { } group)
            {
                Count(_sockets.Send(datagram, group), ref delivered, ref error);
            }
            else
            {
                for (var node = 0; node < nodes.Count; node++)
                    if (node != nodes.Me && !Count(_sockets.Send(datagram, nodes.SocketAddress(node)), ref delivered, ref error))
                        to = node;
            }
        }
        if (delivered > 0 && Broken is null)
            Works();
        else if (error != 0)
            Faulty($"nothing can be sent to {Target(nodes, to)}: {Marshal.GetPInvokeErrorMessage(error)}");
        else
            JudgeSockets();
    }

    /// <summary>
    /// A full queue of the interface passes by itself, and a closed port is the peer's affair (F28): neither is a fault of the network.
    /// </summary>
    private bool Count(int errno, ref int delivered, ref int error)
    {
        if (errno == 0)
        {
            _sent++;
            delivered++;
            return true;
        }
        _sendErrors++;
        if (errno is Libc.Eagain or Libc.Enobufs or Libc.Econnrefused)
            return true;
        error = errno;
        return false;
    }

    /// <summary>Without a send to judge by: no socket is a fault; a socket ends it only where there is nobody to send to.</summary>
    private void JudgeSockets()
    {
        bool open;
        lock (_socketsLock)
            open = _sockets is not null;
        if (Broken is { } broken)
            Faulty(broken);
        else if (!open)
            Faulty(Volatile.Read(ref _openFault));
        else if (_nodes.Count == 1)
            Works();
    }

    /// <summary>A thread that fails again and again is like a network that is gone: this node is not heard, or hears nobody.</summary>
    private string? Broken =>
        _sending.KeepsFailing ? "the send thread keeps failing inside the agent"
        : _receiving.KeepsFailing ? "the receive thread keeps failing inside the agent"
        : null;

    private void Works()
    {
        if (_fault is null)
            return;
        _rebindAsked = false;
        SetFault(null);
    }

    private void Faulty(string text)
    {
        _rebindAsked = true;
        _receiveSignal.Signal();
        SetFault(text);
    }

    /// <summary>Told once when it begins and once when it ends, not for each text.</summary>
    private void SetFault(string? text)
    {
        var before = _fault;
        Interlocked.Exchange(ref _fault, text);
        if (before is null != text is null)
            _nodes.Callbacks.NetworkChanged(text);
    }

    private IPAddress Target(NodeTable nodes, int node) => _settings.Multicast ?? nodes.Address(node);
}
