using System.Net;
using FlipAgent.Core;

namespace FlipAgent.Net;

// What does not go on to the HMAC. Every datagram is counted; a report is made once a second at most for each node, so that no flood fills the log.
public sealed partial class AdvertSocket
{
    private const int StrangersPerSecond = 10;
    private const string FloodedText = "more forged or repeated datagrams with its address than this node can look at";
    private static readonly string s_tooLongText = $"a datagram of more than {AdvertCodec.MaxBytes} bytes, which no advert has";

    private readonly SourcePortFilter _filter;
    private FloodGate _unknownReports = new(1);
    private FloodGate _strangerLooks = new(StrangersPerSecond);
    private FloodGate _ownReports = new(1);
    private TimeSpan _filterUntil;

    private long _unknownSender;
    private long _wrongPort;
    private long _flooded;
    private long _tooLong;

    private void FilterFor(TimeSpan now)
    {
        if (now < _filterUntil || _sockets is null)
            return;
        _filter.Attach(_sockets);
        _filterUntil = now + s_pace;
    }

    private static void Drop(ref long count, NodeTable nodes, int node, TimeSpan now, Rejection reason, string detail)
    {
        count++;
        if (nodes.MayReport(node, now))
            nodes.Callbacks.Rejected(node, reason, detail);
    }

    /// <summary>From a node's address, but its agent sends from the port of the adverts: another program, or address translation on the way. From this node's own address: a program on it, whatever the port.</summary>
    private void DropWrongPort(NodeTable nodes, int node, int port, TimeSpan now)
    {
        _wrongPort++;
        if (node != nodes.Me)
        {
            if (nodes.MayReport(node, now))
                nodes.Callbacks.Rejected(node, Rejection.WrongPort, $"port {port}, adverts come from {_settings.Port}; {_wrongPort} such datagrams so far");
        }
        else if (_ownReports.Admit(now))
        {
            nodes.Callbacks.Rejected(-1, Rejection.WrongPort, $"a program on this node sends to it from port {port} ({_wrongPort} such datagrams so far)");
        }
    }

    private void DropUnknown(NodeTable nodes, int length, TimeSpan now)
    {
        _unknownSender++;
        var address = new IPAddress(NodeTable.AddressIn(_source));
        // A peer behind address translation is no stranger; but who floods from an address of nobody's is looked at now and then only.
        if (length <= _buffer.Length && _strangerLooks.Admit(now) && nodes.Callbacks.Stranger(address, _buffer.AsSpan(0, length)))
            return;
        if (!_unknownReports.Admit(now))
            return;
        nodes.Callbacks.Rejected(-1, Rejection.UnknownSender, $"{address} is not a node of this cluster ({_unknownSender} such datagrams so far)");
    }
}
