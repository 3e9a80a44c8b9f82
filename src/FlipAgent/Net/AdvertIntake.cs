using System.Net;
using FlipAgent.Core;
using FlipAgent.Kernel;

namespace FlipAgent.Net;

/// <summary>
/// Between the receive thread and the decision loop: authenticates, and lets the loop have no more than it can use, whatever arrives. What only the
/// peer itself can have sent, once, is limited apart from what anybody can repeat, and that apart from what anybody can forge: none of these
/// keeps another from being heard. The receive thread only.
/// </summary>
internal sealed class AdvertIntake
{
    private static readonly string s_tooManyText = $"more than {AdvertSocket.DatagramsPerSecond} adverts a second";
    private static readonly string s_repeatsText = $"more than {AdvertSocket.DatagramsPerSecond} repeated adverts a second";
    private static readonly int s_reasons = Enum.GetValues<Rejection>().Length;

    private readonly IPAddress[] _addresses;
    private readonly int _me;
    private readonly Dictionary<IPAddress, Sender> _senders;
    private readonly Action<int, Advert> _heard;
    private readonly Action<int, Rejection, string> _report;
    private readonly Action<Rejection> _count;

    /// <param name="nodes">Addresses of all nodes.</param>
    /// <param name="heard">An authentic advert for the loop: node, advert.</param>
    /// <param name="report">A refusal for the loop; for each node and reason once a second at most.</param>
    /// <param name="count">Each refusal.</param>
    /// <param name="me">Index of this node; -1: none of them.</param>
    public AdvertIntake(IEnumerable<IPAddress> nodes, Action<int, Advert> heard, Action<int, Rejection, string> report, Action<Rejection> count, int me = -1)
    {
        _addresses = [.. nodes];
        _me = me;
        _senders = _addresses.Distinct().ToDictionary(address => address, _ => new Sender());
        (_heard, _report, _count) = (heard, report, count);
    }

    /// <summary>What is known of the adverts that came from one address, in this run.</summary>
    private sealed class Sender
    {
        public FloodGate News = new(AdvertSocket.DatagramsPerSecond);
        public FloodGate Repeats = new(AdvertSocket.DatagramsPerSecond);
        public readonly FloodGate[] Reports = [.. Enumerable.Repeat(new FloodGate(1), s_reasons)];
        private ulong _session;
        private uint _sequence;

        /// <summary>Of the highest session, and later than all of it before: nobody can have recorded it. Others may count all the same.</summary>
        public bool IsNews(Advert advert)
        {
            if (advert.Session < _session || (advert.Session == _session && advert.Sequence <= _sequence))
                return false;
            (_session, _sequence) = (advert.Session, advert.Sequence);
            return true;
        }
    }

    /// <returns>As <see cref="DatagramHeard"/>.</returns>
    public bool Take(int node, IPAddress source, ReadOnlySpan<byte> datagram, KeyRing keys, string cluster)
    {
        // A datagram of a node that a reload has just added or removed.
        if (!_senders.TryGetValue(source, out var sender))
            return false;
        var result = AdvertCodec.Decode(datagram, keys, cluster, source);
        var now = Clocks.Monotonic;
        if (!result.Accepted)
        {
            if (result.Reason != Rejection.BadMac || !sender.Reports[(int)Rejection.Translated].Admit(now) || !IsTranslated(source, datagram, keys, cluster))
                Refuse(node, sender, result.Reason, result.Detail, now);
            else
                _count(Rejection.BadMac);
            return false;
        }
        var news = sender.IsNews(result.Advert);
        if ((news ? ref sender.News : ref sender.Repeats).Admit(now))
            _heard(node, result.Advert);
        else
            Refuse(node, sender, Rejection.Flooded, news ? s_tooManyText : s_repeatsText, now);
        return news;
    }

    /// <summary>A datagram from an address that is no node's. True when it is a node's all the same, which is reported.</summary>
    public bool TakeStranger(IPAddress source, ReadOnlySpan<byte> datagram, KeyRing keys, string cluster) => IsTranslated(source, datagram, keys, cluster);

    /// <summary>
    /// The authentication code covers the address that the maker of an advert has in the configuration. An advert that is right with the address of another
    /// node than the one it came from was readdressed on the way; without this look it would be silence, or a wrong key. As each can repeat a
    /// datagram that was sent once, it says nothing about a node that is heard (<see cref="Hearing"/>).
    /// </summary>
    private bool IsTranslated(IPAddress source, ReadOnlySpan<byte> datagram, KeyRing keys, string cluster)
    {
        for (var node = 0; node < _addresses.Length; node++)
        {
            if (node == _me || _addresses[node].Equals(source) || !AdvertCodec.Decode(datagram, keys, cluster, _addresses[node]).Accepted)
                continue;
            _report(node, Rejection.Translated, $"{source} instead of {_addresses[node]}");
            return true;
        }
        return false;
    }

    private void Refuse(int node, Sender sender, Rejection reason, string detail, TimeSpan now)
    {
        _count(reason);
        if (sender.Reports[(int)reason].Admit(now))
            _report(node, reason, detail);
    }
}
