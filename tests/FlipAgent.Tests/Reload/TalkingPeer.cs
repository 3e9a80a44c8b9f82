using System.Net;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Net;

namespace FlipAgent.Tests.Reload;

/// <summary>A node that says more often than any real one that it is a fit backup, over a real socket with the cluster's key.</summary>
internal sealed class TalkingPeer : IDisposable
{
    private readonly KeyRing _keys;
    private readonly int _number;
    private readonly IPAddress _address;
    private readonly AdvertSocket _socket;
    private readonly Thread _thread;
    private volatile bool _stop;
    private ulong _heard;

    public TalkingPeer(RunningAgent agent, int number)
    {
        (_number, _address) = (number, agent.Address(number));
        _keys = KeyRing.Parse(agent.Key).Keys!;
        var opening = AdvertSocket.Open(
            new AdvertSocketSettings([agent.Address(1), _address], 1, agent.Port),
            new AdvertSocketCallbacks((_, source, datagram) =>
            {
                Heard(RunningAgent.Cluster, source, datagram);
                return true;
            }, (_, _, _) => { }, _ => { }));
        _socket = opening.Socket ?? throw new InvalidOperationException(opening.Text);
        _thread = new Thread(() => Talk(RunningAgent.Cluster)) { IsBackground = true };
        _thread.Start();
    }

    public void Dispose()
    {
        _stop = true;
        _thread.Join();
        _socket.Dispose();
    }

    private void Heard(string cluster, IPAddress source, ReadOnlySpan<byte> datagram)
    {
        var result = AdvertCodec.Decode(datagram, _keys, cluster, source);
        if (result.Accepted)
            Interlocked.Exchange(ref _heard, result.Advert.Session);
    }

    private void Talk(string cluster)
    {
        var session = Clocks.WallMilliseconds;
        var buffer = new byte[AdvertCodec.MaxBytes];
        for (var sequence = 1u; !_stop; sequence++)
        {
            var heard = Interlocked.Read(ref _heard);
            var advert = new Advert
            {
                Cluster = cluster,
                Node = $"n{_number}",
                Session = session,
                Sequence = sequence,
                Term = 0,
                Role = Role.Backup,
                Priority = 50,
                EffectivePriority = 50,
                Fit = true,
                ApiReachable = true,
                Peers = heard == 0 ? [] : [new PeerReport(NodeId.Of("n1"), heard, TimeSpan.Zero, TimeSpan.Zero, Role.Backup, true, true, false, false, 150)],
            };
            var length = AdvertCodec.Encode(advert, _keys, _address, buffer);
            _socket.Send(buffer.AsSpan(0, length));
            Thread.Sleep(6);
        }
    }
}
