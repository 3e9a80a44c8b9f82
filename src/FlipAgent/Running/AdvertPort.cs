using System.Net;
using FlipAgent.Config;
using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Loop;
using FlipAgent.Net;
using FlipAgent.Supervision;

namespace FlipAgent.Running;

/// <summary>Where the loop sends its adverts and hears those of the peers: the socket in use, with the keys and nodes of the configuration in use.</summary>
internal sealed class AdvertPort(AdvertSocket first, CurrentConfig current, Inbox inbox, Counters counters, OwnChecks ownChecks, OwnParticulars particulars) : IDisposable
{
    private readonly byte[] _datagram = new byte[AdvertCodec.MaxBytes];
    private readonly long[] _dropped = new long[Counters.Rejections.Length];
    private volatile AdvertSocket _socket = first;
    private AdvertSocket _countedSocket = first;
    private AdvertSocketCounts _counted;

    public AdvertSocket Socket => _socket;

    /// <summary>Binds the socket of a configuration. It hears nobody before <see cref="Use"/>.</summary>
    /// <param name="beside">The socket in use, which lives on; null: none.</param>
    public static AdvertSocketOpening Open(AgentConfig config, AdvertSocket? beside, Supervisor supervisor, bool realTime) => AdvertSocket.Open(
        new AdvertSocketSettings([.. config.Nodes.Select(n => n.Address)], config.Me, config.Election.Port, config.Election.Multicast, realTime),
        AdvertSocketCallbacks.None, supervisor, beside);

    /// <summary>On the loop, or before it runs: from now on by this configuration.</summary>
    /// <param name="socket">The one that is in use, or another in its place; what was in use is the caller's to dispose of.</param>
    public void Use(RunningConfig running, AdvertSocket socket)
    {
        _socket = socket;
        socket.ChangeNodes([.. running.Config.Nodes.Select(n => n.Address)], running.Config.Me, CallbacksOf(running, socket));
        // What it noticed before it was in use nobody has heard; and its thread may report while this is read.
        string? fault;
        do
        {
            fault = socket.NetworkFault;
            ownChecks.OnNetworkChanged(fault);
        }
        while (fault is null != socket.NetworkFault is null);
    }

    /// <summary>The loop only. Without a key nothing is sent.</summary>
    public void Send(Advert advert)
    {
        var running = current.Value;
        if (running.Keys is not { } keys)
            return;
        var length = AdvertCodec.Encode(particulars.With(advert, Clocks.Monotonic), keys, running.Config.Self.Address, _datagram);
        _socket.Send(_datagram.AsSpan(0, length));
        counters.AdvertisementsSent.Add();
    }

    /// <summary>The loop only: counts what was dropped since the last time, by the election and by the socket.</summary>
    public void CountDrops(ElectionState s)
    {
        for (var reason = 0; reason < _dropped.Length; reason++)
        {
            for (; _dropped[reason] < s.Dropped[reason]; _dropped[reason]++)
                counters.AdvertisementsDropped.Add(Counters.Rejections[reason]);
        }
        var socket = _socket;
        // Another socket counts from zero.
        var before = socket == _countedSocket ? _counted : default;
        var counts = socket.Counts;
        (_countedSocket, _counted) = (socket, counts);
        Count(Rejection.UnknownSender, counts.UnknownSender - before.UnknownSender);
        Count(Rejection.WrongPort, counts.WrongPort - before.WrongPort);
        Count(Rejection.Flooded, counts.Flooded - before.Flooded);
        Count(Rejection.Malformed, counts.TooLong - before.TooLong);
    }

    public void Dispose() => _socket.Dispose();

    private void Count(Rejection reason, long dropped)
    {
        if (dropped > 0)
            counters.AdvertisementsDropped.Add(Counters.Rejections[(int)reason], dropped);
    }

    /// <summary>What the socket calls with indices into the nodes of this configuration.</summary>
    private AdvertSocketCallbacks CallbacksOf(RunningConfig running, AdvertSocket socket)
    {
        var intake = NewIntake(running);
        return new AdvertSocketCallbacks(
            (node, source, datagram) => Receive(running, intake, node, source, datagram), (node, reason, detail) => OnRejected(running, node, reason, detail),
            fault =>
            {
                // One that a reload has put away has no say any more.
                if (socket == _socket)
                    ownChecks.OnNetworkChanged(fault);
            })
        {
            Stranger = (source, datagram) => running.Keys is { } keys && intake.TakeStranger(source, datagram, keys, running.Config.Cluster),
        };
    }

    /// <summary>On the receive thread: parse and authenticate here, so that the loop only sees what counts.</summary>
    private static bool Receive(RunningConfig running, AdvertIntake intake, int node, IPAddress source, ReadOnlySpan<byte> datagram) =>
        running.Keys is { } keys && intake.Take(node, source, datagram, keys, running.Config.Cluster);

    private AdvertIntake NewIntake(RunningConfig running) => new(
        running.Config.Nodes.Select(n => n.Address),
        (node, advert) =>
        {
            counters.AdvertisementsReceived.Add(advert.Node);
            inbox.Put(new Input.AdvertHeard(node, advert), running.Settings);
        },
        (node, reason, detail) => OnRejected(running, node, reason, detail),
        reason => counters.AdvertisementsDropped.Add(Counters.Rejections[(int)reason]),
        running.Config.Me);

    private void OnRejected(RunningConfig running, int peer, Rejection reason, string detail) =>
        inbox.Put(new Input.AdvertRejected(peer, reason, detail), running.Settings);
}
