using System.Net;
using System.Net.Sockets;
using FlipAgent.Core;
using FlipAgent.Tests.Control;
using Xunit.Abstractions;

namespace FlipAgent.Tests.Lease;

/// <summary>What docs/lease.md says that it costs.</summary>
public sealed class LeaseCostTests(ITestOutputHelper output)
{
    [NeedsFact("etcd", "etcdctl")]
    public void A_renewal_is_two_requests_and_less_than_two_kilobytes()
    {
        using var etcd = EtcdCluster.Start();
        using var relay = new Relay(etcd.Urls[0].Port);
        using var one = new LeaseAsker([relay.Url], "web-lb");
        var held = one.Take();
        one.Renew(held.LeaseId);
        // The look at the members, each 30 s, comes with the first request.
        Harness.Until.True(() => one.Worker.View.Members[0].Version is not null, "the first look is over");
        var renewals = Cost(relay, () => Assert.Equal(LeaseStatus.Held, one.Renew(held.LeaseId).Status));
        var reads = Cost(relay, () => Assert.Equal(LeaseStatus.Other, one.Read().Status));
        output.WriteLine($"a renewal: {renewals.Out} bytes out, {renewals.In} in; a read: {reads.Out} out, {reads.In} in; connections {relay.Connections}");
        Assert.InRange(renewals.Out + renewals.In, 500, 2048);
        Assert.InRange(reads.Out + reads.In, 200, 1024);
        Assert.InRange(relay.Connections, 1, 2);
    }

    private static (long Out, long In) Cost(Relay relay, Action work)
    {
        const int times = 20;
        var (sent, received) = (relay.Sent, relay.Received);
        for (var i = 0; i < times; i++)
            work();
        return ((relay.Sent - sent) / times, (relay.Received - received) / times);
    }

    /// <summary>Passes on and counts.</summary>
    private sealed class Relay : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly int _to;
        private long _sent;
        private long _received;
        private int _connections;

        public Relay(int to)
        {
            _to = to;
            _listener.Start();
            _ = Accept();
        }

        public Uri Url => new($"http://{_listener.LocalEndpoint}");

        public long Sent => Interlocked.Read(ref _sent);

        public long Received => Interlocked.Read(ref _received);

        public int Connections => _connections;

        public void Dispose() => _listener.Dispose();

        private async Task Accept()
        {
            try
            {
                while (true)
                    _ = Pass(await _listener.AcceptTcpClientAsync());
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }

        private async Task Pass(TcpClient from)
        {
            Interlocked.Increment(ref _connections);
            using var to = new TcpClient();
            using (from)
            {
                await to.ConnectAsync(IPAddress.Loopback, _to);
                await Task.WhenAny(
                    Copy(from.GetStream(), to.GetStream(), n => Interlocked.Add(ref _sent, n)), Copy(to.GetStream(), from.GetStream(), n => Interlocked.Add(ref _received, n)));
            }
        }

        private static async Task Copy(NetworkStream from, NetworkStream to, Action<int> count)
        {
            var buffer = new byte[8192];
            for (int n; (n = await from.ReadAsync(buffer)) > 0;)
            {
                // Before it is passed on: who has the answer counts at once.
                count(n);
                await to.WriteAsync(buffer.AsMemory(0, n));
            }
        }
    }
}
