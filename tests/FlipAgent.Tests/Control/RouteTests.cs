using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Events;
using FlipAgent.Redaction;
using FlipAgent.Reporting;

namespace FlipAgent.Tests.Control;

public class RouteTests
{
    [Fact]
    public async Task Every_change_reaches_the_agent_as_its_command()
    {
        await using var agent = await AgentInMemory.Start();
        using var client = Client.Of(agent);

        await Post(client, "/v1/promote", "{\"yes\":true}");
        await Post(client, "/v1/promote", "");
        await Post(client, "/v1/release", "{\"to\":\"haproxy-2\"}");
        await Post(client, "/v1/release", "{\"to\":null}");
        await Post(client, "/v1/maintenance", "{\"on\":true,\"for_s\":7200,\"reason\":\"new kernel\"}");
        await Post(client, "/v1/maintenance", "{\"on\":false}");
        await Post(client, "/v1/prepare-restart", "{}");
        await Post(client, "/v1/prove-write", "{}");

        Assert.Equal(
        [
            new Command.Promote(true), new Command.Promote(false), new Command.ReleaseMaster("haproxy-2"), new Command.ReleaseMaster(null),
            new Command.Maintenance(true, TimeSpan.FromHours(2), "new kernel") { By = CallerTests.Me }, new Command.Maintenance(false, null, null) { By = CallerTests.Me }, new Command.PrepareRestart(), new Command.ProveWrite(),
        ], agent.Commands);
    }

    [Theory]
    [InlineData("/v1/explain", HttpStatusCode.NotFound, "there is no /v1/explain here")]
    [InlineData("/v1/explain?term=7", HttpStatusCode.NotFound, "there is no /v1/explain here")]
    [InlineData("/v1/explain/", HttpStatusCode.BadRequest, "\"\" is no term")]
    [InlineData("/v1/explain/x", HttpStatusCode.BadRequest, "\"x\" is no term")]
    public async Task A_term_that_is_none_is_the_mistake_of_who_asks(string path, HttpStatusCode code, string error)
    {
        await using var agent = await AgentInMemory.Start();
        using var client = Client.Of(agent);

        var answer = await client.GetAsync(path);

        Assert.Equal(code, answer.StatusCode);
        Assert.StartsWith(error, JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), ReportJson.Default.CommandReport)!.Error);
        Assert.Empty(agent.Log);
    }

    [Fact]
    public async Task A_reason_that_is_a_secret_reaches_neither_the_agent_nor_the_answer()
    {
        const string secret = "dop_v1_REASONSECRET0123456789abcdef";
        Redactor.Register(secret);
        await using var agent = await AgentInMemory.Start();
        using var client = Client.Of(agent);

        var answer = await Post(client, "/v1/maintenance", $"{{\"on\":true,\"reason\":\"was {secret}\"}}");

        Assert.Equal("was ***", Assert.IsType<Command.Maintenance>(Assert.Single(agent.Commands)).Reason);
        Assert.DoesNotContain(secret, $"{answer} {string.Join(' ', agent.Log)}");
        agent.Run = _ => new CommandAnswer($"the cloud says {secret}", "");
        Assert.DoesNotContain(secret, await (await client.PostAsync("/v1/promote", null)).Content.ReadAsStringAsync());
    }

    /// <summary>A reader that takes nothing costs the agent a piece of the answer, not all of it.</summary>
    [Fact]
    public async Task A_long_answer_is_made_as_its_reader_takes_it()
    {
        await using var agent = await AgentInMemory.Start();
        for (var i = 1; i <= 1000; i++)
            agent.Happened(new EventReport(i, Reports.Noon, "check-down", "info", 7, new string('x', 20_000)));
        var idle = new List<(Socket, Stream)>();
        var before = GC.GetTotalAllocatedBytes();
        for (var i = 0; i < 20; i++)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(agent.Socket));
            var wire = new NetworkStream(socket, ownsSocket: true);
            await wire.WriteAsync("GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
            await wire.ReadExactlyAsync(new byte[100]);
            idle.Add((socket, wire));
        }
        await Task.Delay(300);
        // 20 MB for each of the 20 readers, when it was made as a whole.
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 60_000_000);
        foreach (var (_, wire) in idle)
            await wire.DisposeAsync();

        using var client = Client.Of(agent);
        using var answer = await client.GetAsync("/v1/events");
        var text = await answer.Content.ReadAsStringAsync();
        Assert.EndsWith("}]\n", text);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(1000, JsonSerializer.Deserialize(text, ReportJson.Default.IReadOnlyListEventReport)!.Count);
    }

    [Fact]
    public async Task An_explanation_that_is_written_bit_by_bit_is_the_report_as_a_whole()
    {
        await using var agent = await AgentInMemory.Start();
        List<EventReport> events = [.. Enumerable.Range(1, 100).Select(i => new EventReport(i, Reports.Noon.AddSeconds(i), "check-down", "warning", 7, $"\"<ä\U0001F600>\" {new string('x', 2000)}") { Next = i % 2 == 0 ? "Look." : null })];
        events.ForEach(agent.Happened);
        using var client = Client.Of(agent);
        var expected = JsonSerializer.Serialize(Explanation.Of(7, events)!, ReportJson.Default.ExplainReport) + "\n";
        Assert.Equal(expected, await client.GetStringAsync("/v1/explain/7"));
    }

    [Fact]
    public async Task A_refusal_by_a_rule_is_a_409_with_code_5_and_is_logged()
    {
        await using var agent = await AgentInMemory.Start();
        agent.Run = _ => new CommandAnswer("a foreign droplet holds the address", "");
        using var client = Client.Of(agent);

        var answer = await client.PostAsync("/v1/promote", null);

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Equal("{\"ok\":false,\"code\":5,\"text\":\"\",\"error\":\"a foreign droplet holds the address\"}\n", await answer.Content.ReadAsStringAsync());
        Assert.Contains(agent.Log, line => line.Text.StartsWith("promote asked for by uid ") && line.Text.EndsWith("failed: a foreign droplet holds the address"));
    }

    [Fact]
    public async Task F59_An_invalid_configuration_fails_the_reload_with_code_8_and_every_error()
    {
        await using var agent = await AgentInMemory.Start();
        using var client = Client.Of(agent);
        Assert.True((await Post(client, "/v1/reload", "")).Ok);
        agent.ReloadErrors = "flipagent.yaml:3:5: first\nflipagent.yaml:4:5: second";

        var answer = await client.PostAsync("/v1/reload", null);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var report = JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), ReportJson.Default.CommandReport)!;
        Assert.Equal(new CommandReport(false, ExitCode.ConfigInvalid, "", agent.ReloadErrors), report);
    }

    [Fact]
    public async Task The_web_server_adds_nothing_to_our_log()
    {
        await using var agent = await AgentInMemory.Start();
        using var client = Client.Of(agent);

        await client.GetAsync("/v1/status");
        await Post(client, "/v1/prepare-restart", "");

        Assert.Equal(0, agent.LogScopes);
        Assert.StartsWith("prepare-restart asked for by uid ", Assert.Single(agent.Log).Text);
    }

    [Fact]
    public async Task A_test_alert_says_which_sink_did_not_take_it()
    {
        await using var agent = await AgentInMemory.Start();
        using var client = Client.Of(agent);
        Assert.True((await Post(client, "/v1/test-alert", "")).Ok);
        agent.TestAlertFailures = "slack: 404";

        Assert.Equal(new CommandReport(false, ExitCode.Failed, "", "slack: 404"), await Post(client, "/v1/test-alert", ""));
    }

    [Theory]
    [InlineData("GET", "/v1/nothing", 404)]
    [InlineData("GET", "/v1/promote", 405)]
    [InlineData("POST", "/v1/status", 405)]
    [InlineData("GET", "/v1/explain/seven", 400)]
    [InlineData("GET", "/v1/explain/", 400)]
    [InlineData("GET", "/v1/events?n=-1", 400)]
    [InlineData("GET", "/v1/events?after=x", 400)]
    [InlineData("GET", "/v1/events?follow=yes", 400)]
    public async Task What_is_not_there_says_so_as_a_report(string method, string path, int status)
    {
        await using var agent = await AgentInMemory.Start();
        using var client = Client.Of(agent);

        var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        Assert.Equal(status, (int)answer.StatusCode);
        var report = JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), ReportJson.Default.CommandReport)!;
        Assert.False(report.Ok);
        Assert.NotEmpty(report.Error!);
    }

    [Fact]
    public async Task Events_are_cut_by_id_and_by_number()
    {
        await using var agent = await AgentInMemory.Start();
        for (var id = 1; id <= 5; id++)
            agent.Happened(Reports.Event(id, 7, "check-up", $"event {id}"));
        using var client = Client.Of(agent);

        Assert.Equal([1L, 2, 3, 4, 5], await Ids(client, "/v1/events"));
        Assert.Equal([4L, 5], await Ids(client, "/v1/events?after=3"));
        Assert.Equal([5L], await Ids(client, "/v1/events?after=3&n=1"));
        Assert.Equal([], await Ids(client, "/v1/events?n=0"));
    }

    [Fact]
    public async Task Followed_events_come_one_a_line_as_they_happen()
    {
        await using var agent = await AgentInMemory.Start();
        agent.Happened(Reports.Event(1, 7, "started", "old"));
        agent.Happened(Reports.Event(2, 7, "check-up", "kept"));
        using var client = Client.Of(agent);
        using var answer = await client.GetAsync("/v1/events?follow=1&n=1", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());

        Assert.Equal(2, Event(await reader.ReadLineAsync()).Id);
        agent.Happened(Reports.Event(3, 8, "became-master", "new"));
        Assert.Equal("new", Event(await reader.ReadLineAsync()).Text);
        agent.Happened(Reports.Event(4, 8, "claim-held", "newer"));
        Assert.Equal("newer", Event(await reader.ReadLineAsync()).Text);
    }

    [Fact]
    public async Task Whoever_asks_for_checks_while_they_run_shares_the_result()
    {
        await using var agent = await AgentInMemory.Start();
        agent.CheckTime = TimeSpan.FromSeconds(1);
        using var client = Client.Of(agent);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => client.GetStringAsync("/v1/check")));

        Assert.All(answers, answer => Assert.Contains("pid 812", answer));
        Assert.InRange(agent.CheckRuns, 1, 3);
    }

    [Fact]
    public async Task Healthz_says_whether_the_decision_loop_turns()
    {
        await using var agent = await AgentInMemory.Start();
        using var client = Client.Of(agent);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/healthz")).StatusCode);
        agent.Healthy = false;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/healthz")).StatusCode);
    }

    [Fact]
    public async Task The_page_stands_alone_and_escapes_what_came_from_elsewhere()
    {
        await using var agent = await AgentInMemory.Start();
        agent.Report = Reports.Degraded with { Warnings = ["<script>alert(1)</script>"] };
        agent.Happened(Reports.Event(1, 8, "peer-rejected", "from \"><img src=x>"));
        using var client = Client.Of(agent);

        var answer = await client.GetAsync("/");
        var page = await answer.Content.ReadAsStringAsync();

        Assert.Equal("text/html; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Contains("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", page);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(page, "<script"));
        Assert.DoesNotContain("<img", page);
        Assert.DoesNotContain("http://", page);
        Assert.DoesNotContain("https://", page);
        Assert.Contains("DEGRADED  haproxy-2 is master", page);
        Assert.Contains("http-equiv=\"refresh\"", page);
    }

    [Fact]
    public async Task The_story_of_a_term_names_cause_durations_and_every_event()
    {
        await using var agent = await AgentInMemory.Start();
        agent.Happened(Reports.Event(1, 7, "check-up", "another term"));
        var promoted = Reports.Event(2, 8, "became-master", "haproxy-2 is master of term 8");
        agent.Happened(promoted with { RoleFrom = "backup", RoleTo = "master", Cause = "haproxy-1 released: check haproxy is down" });
        agent.Happened(Reports.Event(3, 8, "claim-slow", "the address is not here yet", "warning") with { Next = "look at the API" });
        agent.Happened(Reports.Event(4, 8, "claim-held", "haproxy-2 holds 203.0.113.10") with { DetectMs = 12, AssignMs = 1100, VerifyMs = 240 });
        using var client = Client.Of(agent);

        var explained = JsonSerializer.Deserialize(await client.GetStringAsync("/v1/explain/8"), ReportJson.Default.ExplainReport)!;

        Assert.Equal([2L, 3, 4], explained.Events.Select(one => one.Id));
        Assert.Equal(
            """
            Term 8: this node became master (haproxy-1 released: check haproxy is down).
            It took 12 ms to see the fault and decide, 1100 ms for the cloud to move the address, 240 ms until it was seen here.
            It began 2026-01-01 12:00:00.020 UTC:
                  +0.000 s  became-master: haproxy-2 is master of term 8
            !     +0.010 s  claim-slow: the address is not here yet
                             next: look at the API
                  +0.020 s  claim-held: haproxy-2 holds 203.0.113.10

            """, explained.Text);

        var missing = await client.GetAsync("/v1/explain/9");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Contains("no event of term 9 is kept; there are events of the terms 7, 8", await missing.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_configuration_is_plain_text()
    {
        await using var agent = await AgentInMemory.Start();
        using var client = Client.Of(agent);
        Assert.StartsWith("cluster: web-lb\n", await client.GetStringAsync("/v1/config"));
    }

    private static async Task<CommandReport> Post(HttpClient client, string path, string body)
    {
        var answer = await client.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
        return JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), ReportJson.Default.CommandReport)!;
    }

    private static async Task<IEnumerable<long>> Ids(HttpClient client, string path) =>
        JsonSerializer.Deserialize(await client.GetStringAsync(path), ReportJson.Default.IReadOnlyListEventReport)!.Select(one => one.Id);

    private static EventReport Event(string? line) => JsonSerializer.Deserialize(line!, ReportJson.Default.EventReport)!;
}
