using System.Net.Sockets;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Harness;

namespace FlipAgent.Tests;

/// <summary>Others take up all connections of the stats socket of a real HAProxy that serves as ever, or hangs.</summary>
public sealed class CrowdedStatsSocketTests : IDisposable
{
    private const string Site = """
        frontend site
          bind 127.0.0.1:{0}
          http-request return status 503 if { path /broken }
          http-request return status 200
        """;

    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(200);

    private readonly CheckBench _bench = new();
    private readonly List<Socket> _crowd = [];
    private readonly TestHaProxy _haproxy;

    public CrowdedStatsSocketTests() => _haproxy = File.Exists("/usr/sbin/haproxy") ? new(_bench.Home, Site, "stats timeout 10m") : null!;

    private CheckConfig.HaProxy Stats => new CheckConfig.HaProxy(_haproxy.Stats) { Name = "stats", Interval = s_interval, Timeout = TimeSpan.FromMilliseconds(500) };

    private CheckConfig.Tcp Port => new CheckConfig.Tcp(new("127.0.0.1", _haproxy.Ports[0])) { Name = "port", Interval = s_interval, Timeout = TimeSpan.FromSeconds(10) };

    public void Dispose()
    {
        _crowd.ForEach(c => c.Dispose());
        _haproxy?.Dispose();
        _bench.Dispose();
    }

    [HaProxyFact]
    public void F54_ten_hung_monitors_on_the_stats_socket_are_a_worry_and_no_failure_while_the_site_answers() =>
        Degraded(10, Page("/"), "accepts, but HAProxy gives no answer within 500 ms; not down, for HAProxy answers other: 200 in ");

    [HaProxyFact]
    public void F54_so_many_that_not_even_a_connection_is_had_are_no_failure_either() =>
        Degraded(100, Page("/"), "too many connections wait for HAProxy to accept them; not down, for HAProxy answers other: 200 in ");

    [HaProxyFact]
    public void F54_a_port_that_HAProxy_itself_hangs_up_is_as_good_as_a_page() =>
        Degraded(10, Port with { Name = "other" }, "not down, for HAProxy answers other: connected in ");

    [HaProxyFact]
    public async Task F54_what_a_look_on_demand_says_is_what_the_verdict_says()
    {
        _bench.Run(Page("/"), Stats);
        _bench.Await(up: true, check: 0);
        Crowd(10);
        Until.True(() => _bench.Snapshot(1).Degraded, () => $"the worry: {_bench.Snapshot(1)}");
        Assert.All(await _bench.Runner.CheckNow(CancellationToken.None), r => Assert.True(r.Up, $"{r}"));
    }

    [HaProxyFact]
    public void A_stats_socket_that_nothing_speaks_for_is_down()
    {
        _bench.Run(Stats);
        _bench.Await(up: true);
        Crowd(10);
        Assert.Contains("accepts, but HAProxy gives no answer within 500 ms", _bench.Await(up: false).Detail);
        _crowd.ForEach(c => c.Dispose());
        _bench.Await(up: true);
        Crowd(100);
        _bench.Await(up: false);
        Until.True(() => _bench.Snapshot().Detail.EndsWith("too many connections wait for HAProxy to accept them"), () => $"the full queue: {_bench.Snapshot()}");
    }

    [HaProxyFact]
    public void A_stats_socket_beside_a_page_that_fails_is_down()
    {
        _bench.Run(Page("/broken"), Stats);
        _bench.Await(up: false, check: 0);
        _bench.Await(up: true, check: 1);
        Crowd(10);
        _bench.Await(up: false, check: 1);
    }

    [HaProxyFact]
    public void F53_a_hung_HAProxy_is_down_by_the_stats_socket_though_the_kernel_still_connects_to_its_port()
    {
        _bench.Run(Port, Stats);
        _bench.Await(up: true, check: 0);
        _bench.Await(up: true, check: 1);
        Signals.Send(_haproxy.Worker(), Signal.Stop);
        _bench.Await(up: false, check: 1);
        Assert.True(_bench.Verdict(0), "blind, as the documentation says");
    }

    [HaProxyFact]
    public void A_stats_socket_that_refuses_is_not_excused_by_a_page()
    {
        _bench.Run(Page("/"), Stats);
        _bench.Await(up: true, check: 0);
        _bench.Await(up: true, check: 1);
        File.Delete(_haproxy.Stats);
        Assert.Contains("no such socket", _bench.Await(up: false, check: 1).Detail);
    }

    private void Degraded(int crowd, CheckConfig other, string detail)
    {
        _bench.Run(other, Stats);
        _bench.Await(up: true, check: 0);
        _bench.Await(up: true, check: 1);
        Crowd(crowd);
        Until.True(() => _bench.Snapshot(1).Degraded, () => $"the worry: {_bench.Snapshot(1)}");
        // The first ones of a larger crowd are in before the look that finds the queue full.
        Until.True(() => _bench.Snapshot(1).Detail.Contains(detail), () => $"{detail}: {_bench.Snapshot(1)}");
        var looks = _bench.Snapshot(1).Successes;
        Until.True(() => _bench.Snapshot(1).Successes >= looks + 5, () => $"five more looks: {_bench.Snapshot(1)}");
        Assert.Contains(_bench.Posted, p => p.Input is Input.Noticed { Event: { Kind: EventKind.CheckDegraded, Severity: Severity.Warning } });
        _crowd.ForEach(c => c.Dispose());
        Until.True(() => !_bench.Snapshot(1).Degraded, () => $"the crowd to be gone: {_bench.Snapshot(1)}");
        Assert.Equal(2, _bench.Verdicts.Count);
        Assert.Equal(0, _bench.Snapshot(1).Failures);
    }

    private CheckConfig.Http Page(string path) =>
        new CheckConfig.Http(new($"http://127.0.0.1:{_haproxy.Ports[0]}{path}"), [], null, null, true, false) { Name = "other", Interval = s_interval, Timeout = TimeSpan.FromSeconds(10) };

    /// <summary>Connects and says nothing, until there are so many or no more get in.</summary>
    private void Crowd(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var one = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
            _crowd.Add(one);
            try
            {
                one.Connect(new UnixDomainSocketEndPoint(_haproxy.Stats));
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
            {
                return;
            }
        }
    }
}
