using System.Net;
using System.Runtime.InteropServices;
using FlipAgent.Core;
using FlipAgent.Kernel;

namespace FlipAgent.Net;

// What is sent leaves on the caller's thread: the loop's, which nobody holds up, and which no second thread has to be woken for. Only who sends finds out that the network
// is at fault: a socket whose address is gone receives nothing and says nothing. What came of it is judged by the receive thread, which binds anew.
public sealed partial class AdvertSocket
{
    /// <summary>In place of why nothing could be sent.</summary>
    private static readonly object s_delivered = new();

    private readonly LatestDatagram _outbox = new(AdvertCodec.MaxBytes);

    /// <summary>What came of the last sending: <see cref="s_delivered"/>, or a text that says why nothing could be sent; null: it has been judged, or there was none.</summary>
    private object? _outcome;

    private string? _fault;
    private string _openFault;
    private long _sent;
    private long _sendErrors;
    private long _replaced;

    private void Flush()
    {
        try
        {
            // The receive thread has it while it binds anew, and sends afterwards what has come meanwhile.
            while (_outbox.HasFresh && _socketsLock.TryEnter())
                try
                {
                    if (_outbox.TryTake(out var datagram))
                        SendToAll(datagram);
                }
                finally
                {
                    _socketsLock.Exit();
                }
        }
        catch (Exception e)
        {
            _sending.Failed(e);
        }
    }

    /// <summary>Under the lock.</summary>
    private void SendToAll(Span<byte> datagram)
    {
        if (_sockets is null)
        {
            _sendErrors++;
            return;
        }
        var nodes = _nodes;
        var delivered = 0;
        var error = 0;
        var to = nodes.Me;
        if (_sockets.GroupAddress is { } group)
        {
            Count(_sockets.Send(datagram, group), ref delivered, ref error);
        }
        else
        {
            for (var node = 0; node < nodes.Count; node++)
                if (node != nodes.Me && !Count(_sockets.Send(datagram, nodes.SocketAddress(node)), ref delivered, ref error))
                    to = node;
        }
        if (delivered > 0)
            Note(s_delivered, isNews: _fault is not null);
        else if (error != 0)
            Note($"nothing can be sent to {Target(nodes, to)}: {Marshal.GetPInvokeErrorMessage(error)}", isNews: true);
    }

    private void Note(object outcome, bool isNews)
    {
        Volatile.Write(ref _outcome, outcome);
        if (isNews)
            _receiveSignal.Signal();
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

    /// <summary>
    /// The receive thread only. Without a send to judge by, no socket is a fault, and a socket ends it only where there is nobody to send to.
    /// </summary>
    private void Judge()
    {
        var outcome = Interlocked.Exchange(ref _outcome, null);
        if (Broken is { } broken)
            Faulty(broken);
        else if (outcome is string why)
            Faulty(why);
        else if (outcome is null && _sockets is null)
            Faulty(_openFault);
        else if (outcome is not null || _nodes.Count == 1)
            Works();
    }

    /// <summary>A part that fails again and again is like a network that is gone: this node is not heard, or hears nobody.</summary>
    private string? Broken =>
        _sending.KeepsFailing ? "the sending of adverts keeps failing inside the agent"
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
