using System.Net;
using System.Net.Sockets;
using FlipAgent.Checks;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Harness;

namespace FlipAgent.Tests;

/// <summary>
/// A check that is up and fails is looked at again at once. The loops here have an interval of an hour, so that only a look that did not wait for it can come.
/// </summary>
public sealed class FastLookTests : IDisposable
{
    private static readonly RiseFall s_up = RiseFall.Decided(true);
    private readonly CheckBench _bench = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    private readonly int _port;

    public FastLookTests()
    {
        _listener.Start();
        _port = ((IPEndPoint)_listener.LocalEndpoint).Port;
    }

    public void Dispose()
    {
        _bench.Dispose();
        _listener.Dispose();
    }

    [Theory]
    [InlineData(60_000, 15_000)]
    [InlineData(1000, 250)]
    [InlineData(500, 125)]
    [InlineData(400, 100)]
    [InlineData(200, 100)]
    [InlineData(100, 100)]
    [InlineData(10, 10)]
    public void The_default_is_a_quarter_of_the_interval_at_least_100_ms_and_never_more_than_the_interval(int interval, int fast) =>
        Assert.Equal(TimeSpan.FromMilliseconds(fast), Http(interval).FastInterval);

    [Fact]
    public void Only_a_failure_that_counts_while_the_check_is_up_hurries_the_next_look()
    {
        var config = Http(1000);
        foreach (var outcome in Enum.GetValues<Outcome>())
            Assert.Equal(outcome == Outcome.Failed ? 250 : 1000, LookPace.AfterLook(config, new(true, 1), outcome).TotalMilliseconds);
        // Down goes back to its interval, failing or rising; so does what is not known yet.
        foreach (RiseFall verdict in new[] { new(false, 0), new(false, 1), default(RiseFall) })
            Assert.All(Enum.GetValues<Outcome>(), outcome => Assert.Equal(config.Interval, LookPace.AfterLook(config, verdict, outcome)));
        var process = new CheckConfig.PidFile("/run/haproxy.pid") { Name = "process" };
        Assert.Equal(process.Interval, LookPace.AfterLook(process, new(true, 1), Outcome.Failed));
    }

    [Theory]
    // HAProxy hangs half an interval after the last look, and nothing answers any more: the time from there to the verdict.
    [InlineData(500, 400, 2, 775)]
    [InlineData(200, 400, 2, 600)]
    [InlineData(1000, 800, 2, 1550)]
    [InlineData(500, 400, 1, 650)]
    [InlineData(500, 400, 3, 1175)]
    public void How_long_a_hang_goes_unnoticed(int interval, int timeout, int fall, int expected)
    {
        var config = Http(interval) with { Timeout = TimeSpan.FromMilliseconds(timeout), Fall = fall };
        var verdict = s_up;
        for (TimeSpan start = config.Interval / 2; ;)
        {
            var beside = LookPace.Beside(config, verdict);
            foreach (var begun in beside is { } slow ? [start, start + slow] : new[] { start })
            {
                verdict = verdict.After(false, config.Rise, config.Fall);
                if (verdict.Up == false)
                {
                    Assert.Equal(expected, (begun + config.Timeout).TotalMilliseconds);
                    return;
                }
                var next = begun + LookPace.AfterLook(config, verdict, Outcome.Failed);
                start = next > begun + config.Timeout ? next : begun + config.Timeout;
            }
        }
    }

    [Fact]
    public void A_second_look_begins_beside_a_slow_one_only_where_that_can_help()
    {
        var config = Http(500) with { Timeout = TimeSpan.FromMilliseconds(400) };
        Assert.Equal(125, LookPace.Beside(config, s_up)!.Value.TotalMilliseconds);
        Assert.Null(LookPace.Beside(config, RiseFall.Decided(false)));
        Assert.Null(LookPace.Beside(config, default));
        Assert.Null(LookPace.Beside(config, new(true, 1)));
        Assert.Null(LookPace.Beside(config with { Fall = 1 }, s_up));
        Assert.Null(LookPace.Beside(config with { FastInterval = config.Timeout }, s_up));
        Assert.Null(LookPace.Beside(config with { FastInterval = config.Interval, Timeout = TimeSpan.FromSeconds(1) }, s_up));
        Assert.Null(LookPace.Beside(new CheckConfig.Exec(["/bin/true"]) { Name = "program" }, s_up));
        Assert.Null(LookPace.Beside(new CheckConfig.HaProxy("/run/haproxy/admin.sock") { Name = "stats" }, s_up));
    }

    [Fact]
    public void After_the_first_failure_the_next_looks_do_not_wait_for_the_interval_and_fall_still_counts_them()
    {
        _bench.Run(Hourly(new CheckConfig.Tcp(new("127.0.0.1", _port)) { Name = "port", Fall = 4 }));
        _bench.Await(up: true);
        _listener.Stop();
        _bench.Runner.TriggerAll();
        Assert.Equal("connection refused", _bench.Await(up: false).Detail);
        // The verdict is down, so the next look is an hour away, although it would find the same.
        Assert.Equal(4, _bench.Snapshot().Failures);
    }

    [Fact]
    public void Rising_is_not_hurried()
    {
        _listener.Stop();
        _bench.Run(Hourly(new CheckConfig.Tcp(new("127.0.0.1", _port)) { Name = "port", Rise = 3 }));
        _bench.Await(up: false);
        using var again = new TcpListener(IPAddress.Loopback, _port);
        again.Start();
        _bench.Runner.TriggerAll();
        Until.True(() => _bench.Snapshot().Successes == 1, () => $"one success: {_bench.Snapshot()}");
        Thread.Sleep(60);
        Assert.Equal((false, 1), (_bench.Snapshot().Up, (int)_bench.Snapshot().Successes));
    }

    [Fact]
    public async Task A_page_that_is_slow_to_come_is_asked_for_once_more_beside_and_that_answer_counts()
    {
        _bench.Run(Hourly(new CheckConfig.Http(new($"http://127.0.0.1:{_port}/"), [], null, null, true, false) { Name = "page" }));
        using var late = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using (var first = await _listener.AcceptSocketAsync(late.Token))
            await Answer(first);
        _bench.Await(up: true);
        _bench.Runner.TriggerAll();
        using (await _listener.AcceptSocketAsync(late.Token))
        using (var beside = await _listener.AcceptSocketAsync(late.Token))
        {
            // It has come while the silent one may still be answered: nothing has failed yet. Then that one is closed without an answer.
            Assert.Equal(0, _bench.Snapshot().Failures);
            await Answer(beside);
        }
        Until.True(() => _bench.Snapshot() is { Failures: 1, Successes: 2 }, () => $"both to be counted: {_bench.Snapshot()}");
        Assert.DoesNotContain("failure", _bench.Snapshot().Detail);
        Assert.Single(_bench.Verdicts);
    }

    private static async Task Answer(Socket socket)
    {
        await socket.ReceiveAsync(new byte[1024]);
        await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
        socket.Shutdown(SocketShutdown.Both);
    }

    private static CheckConfig.Http Http(int interval) =>
        new(new("http://127.0.0.1/"), [], null, null, true, false) { Name = "site", Interval = TimeSpan.FromMilliseconds(interval) };

    private static CheckConfig Hourly(CheckConfig config) => config with
    {
        Interval = TimeSpan.FromHours(1),
        FastInterval = TimeSpan.FromMilliseconds(10),
        // Nothing here waits for it, however busy the machine is.
        Timeout = TimeSpan.FromMinutes(1),
    };
}
