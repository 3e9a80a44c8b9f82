using System.Net;
using System.Net.Sockets;
using FlipAgent.Cloud;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Running;
using FlipAgent.Supervision;
using FlipAgent.Tests.Config;

namespace FlipAgent.Tests.Cloud;

/// <summary>The agent sees for itself whether its machine listens where traffic for the floating IP arrives.</summary>
public sealed class ServiceArrivalTests
{
    [Theory]
    [InlineData("0.0.0.0", Listening.Arrival)]
    [InlineData("127.0.0.1", Listening.Elsewhere)]
    public async Task What_a_real_socket_is_bound_to_is_seen(string address, Listening expected)
    {
        using var socket = new TcpListener(IPAddress.Parse(address), 0);
        socket.Start();
        Assert.Equal(expected, await ServiceArrival.Look(Guarding(((IPEndPoint)socket.LocalEndpoint).Port)));
    }

    [Fact]
    public async Task Nothing_there_is_nowhere_but_on_a_cold_standby_and_without_a_guard_nobody_can_tell()
    {
        Assert.Equal(Listening.Nowhere, await ServiceArrival.Look(Guarding(1)));
        Assert.Equal(Listening.Unknown, await ServiceArrival.Look(Sample.Valid(Text(1).Replace("haproxy.service}}", "haproxy.service}, standby: cold}"), "haproxy-1")));
        Assert.Equal(Listening.Unknown, await ServiceArrival.Look(Sample.Valid(Sample.Minimal.Replace("  address: 203", "  guard: off\n  address: 203"), "haproxy-1")));
    }

    [Fact]
    public async Task Where_the_sockets_cannot_all_be_looked_at_only_a_bind_that_is_seen_counts()
    {
        Assert.Equal(Listening.Unknown, await ServiceArrival.Look(Guarding(80), 80, new([], "/proc/net/tcp cannot be read")));
        Assert.Equal(Listening.Unknown, await ServiceArrival.Look(Guarding(80), 80, new([new(IPAddress.Loopback, 80)], "/proc/net/tcp6 cannot be read")));
        Assert.Equal(Listening.Arrival, await ServiceArrival.Look(Guarding(80), 80, new([new(IPAddress.Any, 80)], "/proc/net/tcp6 cannot be read")));
    }

    [Theory]
    [InlineData("203.0.113.10", Listening.Arrival)]
    [InlineData("10.110.0.2", Listening.Elsewhere)]
    public void Where_the_cloud_hands_packets_over_as_they_are_the_address_itself_counts(string bind, Listening expected)
    {
        var ip = Guarding(80).FloatingIp with { Vendor = Naming.CloudVendor.Hetzner };
        Assert.Equal(expected, ServiceArrival.Judge(ip, [IPAddress.Parse(bind)], anchor: null));
    }

    [Fact]
    public async Task After_a_reload_it_is_looked_at_again()
    {
        using var socket = new TcpListener(IPAddress.Any, 0);
        socket.Start();
        var config = Guarding(1);
        using var watch = new ArrivalWatch(() => config, Supervisor.Silent);
        Assert.Equal(Listening.Unknown, watch.Found);
        watch.Start();
        await Until(() => watch.Found == Listening.Nowhere);
        config = Guarding(((IPEndPoint)socket.LocalEndpoint).Port);
        watch.Nudge();
        await Until(() => watch.Found == Listening.Arrival);
    }

    private static async Task Until(Func<bool> isSo)
    {
        for (var i = 0; i < 1000 && !isSo(); i++)
            await Task.Delay(20);
        Assert.True(isSo());
    }

    private static AgentConfig Guarding(int port) => Sample.Valid(Text(port), "haproxy-1");

    private static string Text(int port) => Sample.Minimal.Replace("  address: 203.0.113.10", $"  address: 203.0.113.10\n  guard: tcp://203.0.113.10:{port}");
}
