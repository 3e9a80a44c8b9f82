using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FlipAgent.Alerts;
using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Core;
using FlipAgent.Events;
using FlipAgent.Harness;
using Microsoft.Extensions.Logging;
using static FlipAgent.Tests.AlertFixtures;
using static FlipAgent.Tests.CloudFixtures;

namespace FlipAgent.Tests;

/// <summary>Alerts on their way to real HTTP servers and programs that are slow, broken, wrong or away.</summary>
// Real HTTP with time limits: a sink that does not answer is given up after its own limit, plus what a shared machine needs to notice.
[Trait("Category", "RealTime")]
public class AlertDeliveryTests
{
    private const string UrlFile = "/etc/flipagent/slack-webhook";
    private const string Canary = "T0CANARY/B0CANARY/xCANARYx";

    private readonly ListLog _log = new();

    [Fact]
    public async Task An_alert_reaches_slack_as_json()
    {
        using var slack = HttpScript.Always(200, "ok", "text/plain");
        await using var alerts = ToSlack(slack);
        alerts.Post(Event(Severity.Critical, 7, "haproxy-2 took over"), At, 1, "haproxy-2");
        alerts.Post(new Announcement(new Event(EventKind.CheckUp, Severity.Info), "not an alert"), At, 2, "haproxy-2");

        await Until.TrueAsync(() => alerts.Counts.Sent == 1, "it is delivered");
        var request = Assert.Single(slack.Requests);
        Assert.Equal(("POST", "/services/" + Canary, "application/json"), (request.Method, request.Path, request.Headers["Content-Type"]));
        using var json = JsonDocument.Parse(request.Body);
        Assert.Contains("haproxy-2 took over", json.RootElement.GetProperty("text").GetString());
        Assert.Equal("danger", json.RootElement.GetProperty("attachments")[0].GetProperty("color").GetString());
        Assert.Equal((1, 0, 0), (alerts.Counts.Sent, alerts.Counts.Queued, alerts.Counts.Failed));
    }

    [Fact]
    public async Task Slack_gets_one_message_a_second()
    {
        var times = new ConcurrentQueue<TimeSpan>();
        using var slack = new HttpScript((_, wire) =>
        {
            times.Enqueue(Now());
            return wire.Reply(200, "ok", "text/plain");
        });
        await using var alerts = ToSlack(slack);
        for (uint term = 1; term <= 3; term++)
            alerts.Post(Event(Severity.Warning, term), At, term, null);
        await Until.TrueAsync(() => times.Count == 3, "all three arrive");
        var all = times.ToArray();
        // The gap is kept between the sendings; their arrival may jitter.
        Assert.True((all[2] - all[0]).TotalSeconds > 1.8, string.Join(" ", all));
    }

    [Fact]
    public async Task The_same_event_is_told_once_and_again_when_the_window_ends()
    {
        using var slack = HttpScript.Always(200, "ok", "text/plain");
        await using var alerts = ToSlack(slack, NoGap, window: TimeSpan.FromMilliseconds(600));
        for (var i = 0; i < 50; i++)
            alerts.Post(Event(Severity.Warning, 1), At, i, null);
        await Until.TrueAsync(() => slack.Requests.Count == 2, "the first, and the last word of 49 more");
        Assert.Contains("49 times", slack.Requests.Last().Body);
    }

    [Theory]
    [InlineData(429, "Retry-After: 0\r\n")]
    [InlineData(429, "")]
    [InlineData(500, "")]
    [InlineData(502, "")]
    [InlineData(408, "")]
    public async Task F62_a_sink_that_is_busy_or_broken_is_tried_again_until_it_takes_the_alert(int code, string headers)
    {
        var failures = 5;
        using var slack = new HttpScript((_, wire) =>
            failures-- > 0 ? wire.Reply(code, "rollup_error", "text/plain", headers) : wire.Reply(200, "ok", "text/plain"));
        await using var alerts = ToSlack(slack, NoGap);
        alerts.Post(Event(Severity.Warning, 1, "the alert"), At, 1, null);
        await Until.TrueAsync(() => alerts.Counts.Sent == 1, "it is delivered in the end");
        Assert.Equal(6, slack.Requests.Count);
        Assert.All(slack.Requests, r => Assert.Contains("the alert", r.Body));
        await Until.TrueAsync(() => _log.Lines.Count == 2, "one line when it begins, one when it ends");
        Assert.Equal([LogLevel.Warning, LogLevel.Information], _log.Lines.Select(l => l.Level));
    }

    [Fact]
    public async Task F62_retry_after_is_obeyed()
    {
        var times = new ConcurrentQueue<TimeSpan>();
        using var slack = new HttpScript((_, wire) =>
        {
            times.Enqueue(Now());
            return times.Count == 1 ? wire.Reply(429, "", "text/plain", "Retry-After: 2\r\n") : wire.Reply(200, "ok", "text/plain");
        });
        await using var alerts = ToSlack(slack, NoGap);
        alerts.Post(Event(Severity.Warning, 1), At, 1, null);
        await Until.TrueAsync(() => alerts.Counts.Sent == 1, "it is delivered");
        Assert.True((times.Last() - times.First()).TotalSeconds > 1.9, string.Join(" ", times));
    }

    [Fact]
    public async Task F62_an_hour_of_outage_delays_nobody_keeps_256_and_ends_with_a_summary()
    {
        var broken = true;
        using var slack = new HttpScript((_, wire) => broken ? wire.Reply(500, "", "text/plain") : wire.Reply(200, "ok", "text/plain"));
        await using var alerts = ToSlack(slack, NoGap);
        alerts.Post(Event(Severity.Critical, 1_000_000, "the one that matters"), At, 1, null);
        await Until.TrueAsync(() => !slack.Requests.IsEmpty, "it is in hand");
        var since = Stopwatch.GetTimestamp();
        for (uint term = 0; term < 1000; term++)
            alerts.Post(Event(Severity.Info, term), At, term, null);
        // 1000 alerts into a dead sink: less than one interval of adverts on any machine.
        Assert.True(Stopwatch.GetElapsedTime(since).TotalMilliseconds < 500, $"{Stopwatch.GetElapsedTime(since)}");
        await Until.TrueAsync(() => alerts.Counts.Failed == 1000 - AlertQueue.Capacity && slack.Requests.Count > 3, "the queue is full, and it goes on trying");
        Assert.Equal(AlertQueue.Capacity + 1, alerts.Counts.Queued);

        broken = false;

        await Until.TrueAsync(() => alerts.Counts.Queued == 0 && alerts.Counts.Sent == AlertQueue.Capacity + 2, "everything that was kept, and the summary");
        var delivered = slack.Requests.Skip(slack.Requests.Count - AlertQueue.Capacity - 2).Select(r => r.Body).ToList();
        Assert.Contains("the one that matters", delivered[0]);
        Assert.Contains("744 not delivered (0 critical, 0 warning, 744 informational)", delivered[1]);
        Assert.Contains($"alerts of haproxy-2 through slack ({UrlFile}) failed for", delivered[1]);
    }

    [Fact]
    public async Task F62_a_long_outage_without_loss_is_told_too()
    {
        var failures = 3;
        using var slack = new HttpScript((_, wire) => failures-- > 0 ? wire.Reply(503, "", "") : wire.Reply(200, "ok", "text/plain"));
        await using var alerts = ToSlack(slack, gap => NoGap(gap) with { LongOutage = TimeSpan.FromMilliseconds(1) });
        alerts.Post(Event(Severity.Warning, 1), At, 1, null);
        await Until.TrueAsync(() => alerts.Counts.Sent == 2, "the alert and the summary");
        Assert.Contains("(503); none was lost", slack.Requests.Last().Body);
    }

    [Fact]
    public async Task F62_a_sink_that_hangs_is_given_up_after_5_s_and_tried_again()
    {
        using var slack = new HttpScript((_, wire) => wire.Hang());
        await using var alerts = ToSlack(slack, NoGap);
        alerts.Post(Event(Severity.Critical, 1), At, 1, null);
        await Until.TrueAsync(() => slack.Requests.Count == 2, "a second attempt");
        Assert.Contains(_log.Lines, l => l.Line.Contains("no answer in time"));
    }

    [Fact]
    public async Task F62_a_refusal_is_logged_once_then_silence_then_a_summary()
    {
        var refuse = true;
        using var slack = new HttpScript((_, wire) => refuse ? wire.Reply(404, "no_service", "text/plain") : wire.Reply(200, "ok", "text/plain"));
        await using var alerts = ToSlack(slack, NoGap);
        alerts.Post(Event(Severity.Critical, 1, "haproxy-2 took over"), At, 1, null);
        await Until.TrueAsync(() => slack.Requests.Count == 1, "the first attempt");
        var refused = Now();
        alerts.Post(Event(Severity.Warning, 2, "a second thing"), At, 2, null);
        await Until.TrueAsync(() => slack.Requests.Count >= 3, "an attempt after each silence");
        Assert.True((Now() - refused).TotalMilliseconds > 700, "two silences of 400 ms");
        Assert.All(slack.Requests.Skip(1), r => Assert.Contains("1 not delivered (1 critical", r.Body));

        refuse = false;

        await Until.TrueAsync(() => alerts.Counts.Sent == 2, "the summary, then what waited");
        var last = slack.Requests.Select(r => r.Body).TakeLast(2).ToList();
        Assert.Contains("haproxy-2 took over", last[0]);
        Assert.Contains("a second thing", last[1]);
        Assert.Equal(1, alerts.Counts.Failed);
        var error = Assert.Single(_log.Lines, l => l.Level == LogLevel.Error);
        Assert.Contains("404 no_service", error.Line);
        Assert.Contains(UrlFile, error.Line);
    }

    /// <summary>With every sink dead the status was OK: what was refused is not on its way, and nothing looked at what waits behind it.</summary>
    [Fact]
    public async Task A_sink_that_refuses_is_a_problem_at_once_and_until_it_takes_something()
    {
        var refuse = true;
        using var slack = new HttpScript((_, wire) => refuse ? wire.Reply(404, "no_service", "text/plain") : wire.Reply(200, "ok", "text/plain"));
        await using var alerts = Dispatcher(
            file => file == UrlFile ? $"{slack.Url}services/{Canary}" : null, _log, _ => Quick(TimeSpan.Zero) with { Silence = TimeSpan.FromHours(1) });
        alerts.Apply(Sinks(new SinkConfig.Slack(UrlFile), new SinkConfig.Exec(["/nonexistent/program"], TimeSpan.FromSeconds(5))));
        Assert.Empty(alerts.Problems);
        alerts.Post(Event(Severity.Critical, 1), At, 1, null);
        await Until.TrueAsync(() => alerts.Problems.Length == 2, "both are named");
        Assert.Contains(alerts.Problems, p => p.Contains("slack") && p.Contains("404 no_service"));
        Assert.DoesNotContain(alerts.Problems, p => p.Contains("CANARY"));
        alerts.Post(Event(Severity.Warning, 2), At + TimeSpan.FromSeconds(7), 2, null);
        await Until.TrueAsync(() => alerts.WaitingSince == At + TimeSpan.FromSeconds(7), "what waits in the silence waits");

        refuse = false;
        Assert.Contains("program", await alerts.TestAlert(null, CancellationToken.None));
        Assert.DoesNotContain("slack", Assert.Single(alerts.Problems));
    }

    [Fact]
    public async Task A_url_that_cannot_be_read_is_a_refusal_that_a_reload_ends()
    {
        using var slack = HttpScript.Always(200, "ok", "text/plain");
        string? url = null;
        var sinks = Sinks(new SinkConfig.Slack(UrlFile));
        await using var alerts = Dispatcher(_ => url, _log, gap => Quick(gap) with { Silence = TimeSpan.FromHours(1) });
        alerts.Apply(sinks);
        alerts.Post(Event(Severity.Critical, 1, "haproxy-2 took over"), At, 1, null);
        await Until.TrueAsync(() => alerts.Counts.Failed == 1, "it is refused");
        Assert.Contains("the URL is missing", await alerts.TestAlert(null, CancellationToken.None));

        url = new Uri(slack.Url, "x").ToString();
        alerts.Apply(Sinks(new SinkConfig.Slack(UrlFile)));

        await Until.TrueAsync(() => slack.Requests.Count == 1, "the summary comes at once");
        Assert.Contains("haproxy-2 took over", slack.Requests.First().Body);
    }

    [Fact]
    public async Task A_webhook_gets_signed_json()
    {
        using var hook = HttpScript.Always(204, "", "");
        await using var alerts = Dispatcher(file => file == "key" ? "a shared key" : hook.Url + "in?token=" + Canary, _log);
        alerts.Apply(Sinks(new SinkConfig.Webhook(null, "url", "key")));
        alerts.Post(Event(Severity.Warning, 7, "päng & <b>"), At, 42, "haproxy-1");
        await Until.TrueAsync(() => alerts.Counts.Sent == 1, "it is delivered");
        var request = Assert.Single(hook.Requests);
        Assert.Equal("/in?token=" + Canary, request.Path);
        var expected = HMACSHA256.HashData(Encoding.UTF8.GetBytes("a shared key"), Encoding.UTF8.GetBytes(request.Body));
        Assert.Equal("sha256=" + Convert.ToHexStringLower(expected), request.Headers["X-FlipAgent-Signature"]);
        using var json = JsonDocument.Parse(request.Body);
        Assert.Equal("päng & <b>", json.RootElement.GetProperty("text").GetString());
        Assert.Equal("haproxy-1", json.RootElement.GetProperty("master").GetString());
    }

    [Fact]
    public async Task A_webhook_whose_key_is_away_sends_nothing_unsigned()
    {
        using var hook = HttpScript.Always(204, "", "");
        await using var alerts = Dispatcher(_ => null, _log);
        alerts.Apply(Sinks(new SinkConfig.Webhook(hook.Url, null, "key")));
        Assert.Contains("the HMAC key cannot be read", await alerts.TestAlert(null, CancellationToken.None));
        Assert.Empty(hook.Requests);
    }

    [Fact]
    public async Task A_redirect_is_a_refusal_and_is_not_followed()
    {
        using var other = HttpScript.Always(200, "", "");
        using var hook = HttpScript.Always(302, "", "", $"Location: {other.Url}\r\n");
        await using var alerts = Dispatcher(_ => null, _log);
        alerts.Apply(Sinks(new SinkConfig.Webhook(hook.Url, null, null)));
        Assert.Equal("webhook (alerts entry 1): 302", await alerts.TestAlert(null, CancellationToken.None));
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task A_test_alert_reports_each_sink_that_did_not_take_it()
    {
        using var good = HttpScript.Always(200, "ok", "text/plain");
        using var bad = HttpScript.Always(403, "invalid_token", "text/plain");
        await using var alerts = Dispatcher(file => file == "good" ? good.Url.ToString() : bad.Url.ToString(), _log);
        Assert.Equal("no alert sink is configured", await alerts.TestAlert(null, CancellationToken.None));
        alerts.Apply(Sinks(new SinkConfig.Slack("good")));
        Assert.Null(await alerts.TestAlert("haproxy-1", CancellationToken.None));
        Assert.Contains("test alert", Assert.Single(good.Requests).Body);
        alerts.Apply(Sinks(new SinkConfig.Slack("good"), new SinkConfig.Slack("bad"), new SinkConfig.Exec(["/nonexistent/program"], TimeSpan.FromSeconds(1))));
        Assert.Equal(
            "slack (bad): 403 invalid_token\nexec (/nonexistent/program): /nonexistent/program cannot be started (errno 2)",
            await alerts.TestAlert("haproxy-1", CancellationToken.None));
    }

    [Fact]
    public async Task A_reload_keeps_the_queue_of_a_sink_that_did_not_change()
    {
        var broken = true;
        using var slack = new HttpScript((_, wire) => broken ? wire.Reply(500, "", "") : wire.Reply(200, "ok", "text/plain"));
        using var hook = HttpScript.Always(200, "", "");
        var script = new SinkConfig.Exec(["/bin/true"], TimeSpan.FromSeconds(5));
        await using var alerts = Dispatcher(_ => slack.Url.ToString(), _log, NoGap);
        alerts.Apply(Sinks(new SinkConfig.Slack("a"), script));
        alerts.Post(Event(Severity.Warning, 1, "kept over the reload"), At, 1, null);
        await Until.TrueAsync(() => slack.Requests.Count > 1 && alerts.Counts.Sent == 1, "it waits, the other sink has it");

        alerts.Apply(Sinks(new SinkConfig.Webhook(hook.Url, null, null), new SinkConfig.Exec(["/bin/true"], TimeSpan.FromSeconds(5)), new SinkConfig.Slack("a")));
        broken = false;

        await Until.TrueAsync(() => alerts.Counts is { Sent: 2, Queued: 0 }, "slack has it too");
        Assert.Contains("kept over the reload", slack.Requests.Last().Body);
        // A new sink is told what happens from now on.
        Assert.Empty(hook.Requests);
        alerts.Apply([]);
        Assert.Equal((2, 0, 0), (alerts.Counts.Sent, alerts.Counts.Queued, alerts.Counts.Failed));
    }

    [Fact]
    public async Task A_slow_sink_does_not_delay_another()
    {
        using var slow = new HttpScript((_, wire) => wire.Hang());
        using var hook = HttpScript.Always(200, "", "");
        await using var alerts = Dispatcher(_ => slow.Url.ToString(), _log);
        alerts.Apply(Sinks(new SinkConfig.Slack("slow"), new SinkConfig.Webhook(hook.Url, null, null)));
        alerts.Post(Event(Severity.Critical, 1), At, 1, null);
        await Until.TrueAsync(() => hook.Requests.Count == 1, "the webhook has it", seconds: 4);
    }

    [Fact]
    public async Task On_shutdown_what_waits_is_sent_critical_first_within_its_second()
    {
        using var slack = HttpScript.Always(200, "ok", "text/plain");
        var alerts = ToSlack(slack);
        alerts.Post(Event(Severity.Warning, 1, "the first"), At, 1, null);
        await Until.TrueAsync(() => slack.Requests.Count == 1, "the first is out; the others wait for the gap of a second");
        for (uint term = 2; term < 5; term++)
            alerts.Post(Event(Severity.Info, term, "informational"), At, term, null);
        alerts.Post(Event(Severity.Critical, 5, "released on stop"), At, 5, null);

        var since = Stopwatch.GetTimestamp();
        await alerts.Drain(TimeSpan.FromSeconds(1));

        Assert.True(Stopwatch.GetElapsedTime(since).TotalSeconds < 3, $"{Stopwatch.GetElapsedTime(since)}");
        Assert.Equal(5, slack.Requests.Count);
        Assert.Contains("released on stop", slack.Requests.ElementAt(1).Body);
    }

    [Fact]
    public async Task On_shutdown_a_dead_sink_takes_no_longer_than_its_second()
    {
        using var slack = new HttpScript((_, wire) => wire.Hang());
        var alerts = ToSlack(slack);
        for (uint term = 1; term < 20; term++)
            alerts.Post(Event(Severity.Critical, term), At, term, null);
        await Until.TrueAsync(() => slack.Requests.Count == 1, "the first hangs");
        var since = Stopwatch.GetTimestamp();
        await alerts.Drain(TimeSpan.FromSeconds(1));
        Assert.True(Stopwatch.GetElapsedTime(since).TotalSeconds < 3, $"{Stopwatch.GetElapsedTime(since)}");
    }

    [Fact]
    public async Task No_secret_is_in_any_log_line_or_result()
    {
        using var refusing = HttpScript.Always(404, $"no such hook: /services/{Canary}", "text/plain");
        using var failing = HttpScript.Always(500, $"oops /services/{Canary}", "text/plain");
        using var self = Certificate("localhost");
        using var untrusted = new HttpScript((_, wire) => wire.Reply(200, "ok"), self);
        string[] urls = [
            $"{refusing.Url}services/{Canary}", $"{failing.Url}services/{Canary}", $"{untrusted.Url}services/{Canary}", $"http://127.41.7.1:9/services/{Canary}",
            $"https://user:{Canary}@127.41.7.1:9/", $"ftp://127.0.0.1/{Canary}", $"not a url {Canary}"];
        await using var alerts = Dispatcher(file => file == "key" ? Canary : urls[int.Parse(file)], _log, NoGap);
        alerts.Apply([.. Enumerable.Range(0, urls.Length).Select(i => (SinkConfig)new SinkConfig.Slack(i.ToString())),
            .. Enumerable.Range(0, urls.Length).Select(i => (SinkConfig)new SinkConfig.Webhook(null, i.ToString(), "key"))]);
        alerts.Post(Event(Severity.Critical, 1), At, 1, null);
        await Until.TrueAsync(() => _log.Lines.Count >= urls.Length * 2, "every sink has complained");

        var outcome = await alerts.TestAlert(null, CancellationToken.None);

        Assert.Equal(urls.Length * 2, outcome!.Split('\n').Length);
        Assert.DoesNotContain("CANARY", outcome);
        Assert.DoesNotContain(_log.Lines, l => l.Line.Contains("CANARY"));
    }

    [Fact]
    public async Task A_secret_that_got_into_the_words_of_an_event_does_not_leave()
    {
        using var slack = HttpScript.Always(200, "ok", "text/plain");
        _ = new Secret("dop_v1_alertcanary");
        await using var alerts = ToSlack(slack);
        var leaking = Event(Severity.Warning, 1, "the API said dop_v1_alertcanary") with { Cause = "dop_v1_alertcanary", Next = "dop_v1_alertcanary" };
        alerts.Post(leaking, At, 1, null);
        await Until.TrueAsync(() => alerts.Counts.Sent == 1, "it is delivered");
        Assert.DoesNotContain("alertcanary", Assert.Single(slack.Requests).Body);
        Assert.Contains("the API said ***", Assert.Single(slack.Requests).Body);
    }

    [Fact]
    public async Task A_program_gets_the_event_on_stdin_and_an_empty_environment()
    {
        var file = Path.Combine(TempDir(), "out");
        await using var alerts = Dispatcher(_ => null, _log);
        alerts.Apply(Sinks(new SinkConfig.Exec(["/bin/sh", "-c", "cat > $0; env > $0.env; echo noise; echo noise >&2", file], TimeSpan.FromSeconds(10))));
        alerts.Post(Event(Severity.Critical, 7, "haproxy-2 took over"), At, 42, "haproxy-2");
        await Until.TrueAsync(() => alerts.Counts.Sent == 1, "the program ran");
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(file));
        Assert.Equal(("became-master", 42), (json.RootElement.GetProperty("event").GetString(), json.RootElement.GetProperty("id").GetInt32()));
        // PWD, SHLVL and _ are the shell's own; FLIPAGENT_RUN is the mark by which what the program leaves behind is found.
        Assert.Equal(
            ["LANG=C.UTF-8", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            (await File.ReadAllLinesAsync(file + ".env")).Where(l => !l.StartsWith("PWD=") && !l.StartsWith("SHLVL=") && !l.StartsWith("_=") && !l.StartsWith("FLIPAGENT_RUN=")).Order());
    }

    [Fact]
    public async Task A_program_that_does_not_end_is_killed_with_what_it_started()
    {
        var file = Path.Combine(TempDir(), "pids");
        await using var alerts = Dispatcher(_ => null, _log);
        alerts.Apply(Sinks(new SinkConfig.Exec(["/bin/sh", "-c", "sleep 300 & echo $! >> $0; wait", file], TimeSpan.FromSeconds(1))));
        Assert.Contains("still running after 1 s", await alerts.TestAlert(null, CancellationToken.None));
        var pid = (await File.ReadAllTextAsync(file)).Trim();
        await Until.TrueAsync(() => !Directory.Exists($"/proc/{pid}") || File.ReadAllText($"/proc/{pid}/stat").Contains(") Z"), "its child is gone");
    }

    [Fact]
    public async Task What_a_program_left_behind_is_not_read_for_ever()
    {
        var file = Path.Combine(TempDir(), "pid");
        await using var alerts = Dispatcher(_ => null, _log);
        alerts.Apply(Sinks(new SinkConfig.Exec(["/bin/sh", "-c", "setsid sh -c 'echo $$ > $0; exec yes' $0 & while [ ! -s $0 ]; do sleep 0.01; done", file], TimeSpan.FromSeconds(2))));
        Assert.Null(await alerts.TestAlert(null, CancellationToken.None));
        var pid = (await File.ReadAllTextAsync(file)).Trim();
        Assert.True(Directory.Exists($"/proc/{pid}"));
        // It writes where nobody reads any more.
        await Until.TrueAsync(() => !Directory.Exists($"/proc/{pid}") || File.ReadAllText($"/proc/{pid}/stat").Contains(") Z"), "it is gone");
    }

    [Fact]
    public async Task A_program_that_fails_is_tried_three_times()
    {
        var file = Path.Combine(TempDir(), "runs");
        await using var alerts = Dispatcher(_ => null, _log, gap => Quick(gap) with { Silence = TimeSpan.FromHours(1) });
        alerts.Apply(Sinks(new SinkConfig.Exec(["/bin/sh", "-c", "echo run >> $0; exit 3", file], TimeSpan.FromSeconds(10))));
        alerts.Post(Event(Severity.Critical, 1), At, 1, null);
        await Until.TrueAsync(() => alerts.Counts.Failed == 1, "it is given up");
        Assert.Equal(3, (await File.ReadAllLinesAsync(file)).Length);
        Assert.Contains(_log.Lines, l => l.Level == LogLevel.Error && l.Line.Contains("exit status 3"));
    }

    private static SinkPace NoGap(TimeSpan gap) => Quick(TimeSpan.Zero);

    private static System.Collections.Immutable.ImmutableArray<SinkConfig> Sinks(params SinkConfig[] sinks) => [.. sinks];

    private AlertDispatcher ToSlack(HttpScript slack, Func<TimeSpan, SinkPace>? pace = null, TimeSpan? window = null)
    {
        var alerts = Dispatcher(file => file == UrlFile ? $"{slack.Url}services/{Canary}" : null, _log, pace, window);
        alerts.Apply(Sinks(new SinkConfig.Slack(UrlFile)));
        return alerts;
    }
}
