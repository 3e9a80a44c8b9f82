using System.Diagnostics;
using FlipAgent.Config;
using FlipAgent.Control;
using FlipAgent.Running;
using FlipAgent.Supervision;
using FlipAgent.Tests.Control;
using Microsoft.Extensions.Logging;

namespace FlipAgent.Tests.Monitoring;

/// <summary>The dead-man's switch against a real HTTP server.</summary>
public sealed class HeartbeatTests : IDisposable
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(20);

    private readonly ListLog _log = new();
    private readonly Counters _counters = new();
    private volatile string _verdict = "ok";
    private volatile HeartbeatConfig? _inUse;
    private volatile string? _secret;
    private readonly Heartbeat _heartbeat;

    public HeartbeatTests()
    {
        _heartbeat = new Heartbeat(
            () => _inUse, _ => _secret, _ => Task.FromResult(Reports.Healthy with { Verdict = _verdict }), _counters, Supervisor.Silent, _log, s_tick);
        _heartbeat.Start();
    }

    /// <summary>As a reload does it.</summary>
    private HeartbeatConfig? Configured
    {
        get => _inUse;
        set
        {
            _inUse = value;
            _heartbeat.Nudge();
        }
    }

    [Fact]
    public async Task It_is_fetched_while_the_cluster_is_well_and_not_otherwise()
    {
        using var server = HttpScript.Always(200, "OK", "text/plain");
        _verdict = "degraded";
        Configured = new HeartbeatConfig(new Uri(server.Url, "/ping/42?create=1"), null, TimeSpan.FromMilliseconds(50));
        await Task.Delay(10 * s_tick);
        Assert.Empty(server.Requests);

        _verdict = "ok";
        await Until(() => server.Requests.Count >= 3);
        Assert.All(server.Requests, request => Assert.Equal(("GET", "/ping/42?create=1"), (request.Method, request.Path)));
        Assert.NotNull(_heartbeat.Report!.OkS);
        Assert.Null(_heartbeat.Report.Problem);

        _verdict = "critical";
        await Task.Delay(5 * s_tick);
        var before = server.Requests.Count;
        await Task.Delay(10 * s_tick);
        Assert.Equal(before, server.Requests.Count);
    }

    [Fact]
    public async Task One_that_is_answered_is_not_fetched_again_before_its_time()
    {
        using var server = HttpScript.Always(200, "OK", "text/plain");
        Configured = new HeartbeatConfig(server.Url, null, TimeSpan.FromHours(1));
        await Until(() => _heartbeat.Report!.OkS is not null);
        await Task.Delay(10 * s_tick);
        Assert.Single(server.Requests);

        // A reload that makes it more frequent counts at once.
        Configured = Configured with { Every = s_tick };
        await Until(() => server.Requests.Count >= 2);
    }

    [Fact]
    public async Task A_failure_is_logged_once_shown_and_tried_again_until_it_gets_through()
    {
        using var broken = HttpScript.Always(500, "no", "text/plain");
        Configured = new HeartbeatConfig(broken.Url, null, TimeSpan.FromHours(1));
        await Until(() => broken.Requests.Count >= 3);
        Assert.Equal("500", _heartbeat.Report!.Problem);

        using var whole = HttpScript.Always(204, "", "text/plain");
        Configured = Configured with { Url = whole.Url };
        await Until(() => _heartbeat.Report.Problem is null);
        Assert.Equal(
            ["the heartbeat does not get through: 500; tried again until it does ", "the heartbeat gets through again "], _log.Lines.Select(line => line.Line));
        Assert.Equal(LogLevel.Warning, _log.Lines.First().Level);
        Assert.True(_counters.Heartbeats.Read().Single(line => line.First == "failed").Count >= 3);
    }

    [Theory]
    [InlineData(200, "<!doctype html><title>Log in</title>", "200, but with a web page")]
    [InlineData(404, "unknown", "404")]
    [InlineData(302, "", "302")]
    public async Task What_is_no_receiver_of_heartbeats_is_named(int code, string body, string problem)
    {
        using var server = HttpScript.Always(code, body, "text/html");
        Configured = new HeartbeatConfig(server.Url, null, TimeSpan.FromHours(1));
        await Until(() => _heartbeat.Report!.Problem is not null);
        Assert.StartsWith(problem, _heartbeat.Report!.Problem);
    }

    [Fact]
    public async Task A_URL_from_a_secret_file_is_read_for_each_fetch_and_never_shown()
    {
        Configured = new HeartbeatConfig(null, "beat-url", TimeSpan.FromHours(1));
        await Until(() => _heartbeat.Report!.Problem is not null);
        Assert.Equal("the URL is missing, or is no http or https URL", _heartbeat.Report!.Problem);

        using var server = HttpScript.Always(200, "OK", "text/plain");
        _secret = new Uri(server.Url, "/s3cret").ToString();
        await Until(() => server.Requests.Any(request => request.Path == "/s3cret"));
        await Until(() => _heartbeat.Report.Problem is null);
        Assert.DoesNotContain(_log.Lines, line => line.Line.Contains("s3cret"));
    }

    public void Dispose() => _heartbeat.Dispose();

    private static async Task Until(Func<bool> isSo)
    {
        for (var waited = Stopwatch.StartNew(); !isSo(); await Task.Delay(5))
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(20), "it did not happen within 20 s");
    }
}
