using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FlipAgent.Lab;

namespace FlipAgent.Tests.Lab;

/// <summary>Every fault of the simulator table does on the wire what its name says, for as long as it was ordered.</summary>
// Faults that last for a real time.
[Trait("Category", "RealTime")]
public sealed class LabFaultTests : IAsyncLifetime, IDisposable
{
    private const long One = 3164444;
    private const long Two = 3164445;
    private LabCloud _lab = null!;
    private CloudCaller _api = null!;

    public async Task InitializeAsync()
    {
        _lab = await LabCloud.Start(new LabOptions { Knobs = new() { AssignLatency = TimeSpan.FromMilliseconds(100) } });
        _api = new(_lab);
    }

    public async Task DisposeAsync() => await _lab.DisposeAsync();

    public void Dispose() => _api.Dispose();

    [Theory]
    [InlineData("401", 401, "unauthorized")]
    [InlineData("403", 403, "forbidden")]
    [InlineData("404", 404, "not_found")]
    [InlineData("409", 409, "conflict")]
    [InlineData("422", 422, "unprocessable_entity")]
    [InlineData("500", 500, "server_error")]
    [InlineData("503", 503, "service_unavailable")]
    public async Task An_error_is_json_with_id_and_message_and_nothing_is_done(string word, int status, string id)
    {
        await _api.Post("/lab/faults", $$"""{"on":"assign","fault":"{{word}}","next":1}""");
        var (code, body) = await _api.Assign(Two);
        Assert.Equal((status, id), ((int)code, body!["id"]!.GetValue<string>()));
        Assert.NotEmpty(body["message"]!.GetValue<string>());
        Assert.Equal(One, await _api.Holder());
        Assert.Equal(word, _lab.Assigns[0].Fault);
        Assert.Equal(HttpStatusCode.Created, (await _api.Assign(Two)).Status);
    }

    [Fact]
    public async Task A_burst_429_says_when_to_come_back_and_an_hourly_one_when_the_window_ends()
    {
        _lab.Faults.Add(new Fault(FaultPoint.Api, FaultKind.RateBurst) { Next = 1, RetryAfter = 7 });
        _lab.Faults.Add(new Fault(FaultPoint.Api, FaultKind.RateHourly) { Next = 1, ResetIn = 120 });
        using var burst = await _api.Raw(CloudCaller.Ip);
        using var hourly = await _api.Raw(CloudCaller.Ip);
        Assert.Equal([HttpStatusCode.TooManyRequests, HttpStatusCode.TooManyRequests], [burst.StatusCode, hourly.StatusCode]);
        Assert.Equal(TimeSpan.FromSeconds(7), burst.Headers.RetryAfter!.Delta);
        Assert.Null(hourly.Headers.RetryAfter);
        var reset = DateTimeOffset.FromUnixTimeSeconds(long.Parse(hourly.Headers.GetValues("ratelimit-reset").Single()));
        Assert.InRange(reset - DateTimeOffset.UtcNow, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(121));
        Assert.All([burst, hourly], a => Assert.Equal("0", a.Headers.GetValues("ratelimit-remaining").Single()));
    }

    [Theory]
    [InlineData("504-html", 504, "text/html", "<!DOCTYPE html>")]
    [InlineData("502", 502, "text/html", "<!DOCTYPE html>")]
    [InlineData("empty", 200, "application/json", "")]
    [InlineData("broken-json", 200, "application/json", "{\"reserved_ip\"")]
    [InlineData("other-json", 200, "application/json", "{\"weather\"")]
    [InlineData("huge", 200, "application/json", "{\"padding\"")]
    [InlineData("redirect", 302, "text/plain", "")]
    public async Task An_answer_that_is_no_answer_looks_as_it_should(string word, int status, string type, string begins)
    {
        await _api.Post("/lab/faults", $$"""{"on":"ip-get","fault":"{{word}}"}""");
        using var answer = await _api.Raw(CloudCaller.Ip);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal((status, type), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.StartsWith(begins, text);
        Assert.Equal(word == "huge", text.Length > 256 * 1024);
        Assert.Equal(word == "redirect", answer.Headers.Location is not null);
    }

    [Fact]
    public async Task A_reset_comes_before_anything_is_done()
    {
        _lab.Faults.Add(FaultPoint.Assign, FaultKind.Reset, next: 1);
        Assert.Equal(SocketError.ConnectionReset, await Failure(() => _api.Assign(Two)));
        await Task.Delay(200);
        Assert.Equal(One, await _api.Holder());
    }

    [Theory]
    [InlineData("accept-then-reset", true)]
    [InlineData("accept-then-drop", false)]
    public async Task An_accepted_request_whose_answer_is_lost_moves_the_address_all_the_same(string word, bool reset)
    {
        await _api.Post("/lab/faults", $$"""{"on":"assign","fault":"{{word}}","next":1}""");
        Assert.Equal(reset ? SocketError.ConnectionReset : null, await Failure(() => _api.Assign(Two)));
        Assert.NotNull(await _lab.History.WaitFor(e => e.Kind == "holder", TimeSpan.FromSeconds(10)));
        Assert.Equal(Two, await _api.Holder());
        Assert.Equal(201, _lab.Assigns.Single().Status);
    }

    [Theory]
    [InlineData("hang", false)]
    [InlineData("accept-then-hang", true)]
    public async Task A_hang_says_nothing_until_the_caller_gives_up(string word, bool accepted)
    {
        await _api.Post("/lab/faults", $$"""{"on":"assign","fault":"{{word}}","next":1}""");
        var post = _api.Assign(Two);
        await Task.Delay(600);
        Assert.False(post.IsCompleted);
        Assert.Equal(accepted ? Two : One, await _api.Holder());
        await _lab.DisposeAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => post);
    }

    [Fact]
    public async Task A_slow_drip_is_the_right_answer_a_byte_at_a_time()
    {
        _lab.Knobs.DripInterval = TimeSpan.FromMilliseconds(20);
        _lab.Faults.Add(FaultPoint.Account, FaultKind.Drip, next: 1);
        var clock = Stopwatch.StartNew();
        var (status, body) = await _api.Get("/v2/account");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("active", body!["account"]!["status"]!.GetValue<string>());
        Assert.True(clock.Elapsed > TimeSpan.FromSeconds(2), $"took only {clock.Elapsed}");
    }

    [Fact]
    public async Task A_delay_is_the_right_answer_later()
    {
        _lab.Faults.Add(new Fault(FaultPoint.IpGet, FaultKind.Delay) { Next = 1, Delay = TimeSpan.FromMilliseconds(400) });
        var clock = Stopwatch.StartNew();
        Assert.Equal(One, await _api.Holder());
        Assert.InRange(clock.Elapsed, TimeSpan.FromMilliseconds(390), TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task An_errored_action_leaves_the_address_where_it_was()
    {
        _lab.Faults.Add(FaultPoint.Assign, FaultKind.ActionErrored, next: 1);
        Assert.Equal("errored", await _api.Finished((await _api.Assign(Two)).Body));
        Assert.Equal(One, await _api.Holder());
        Assert.False((await _api.Get(CloudCaller.Ip)).Body!["reserved_ip"]!["locked"]!.GetValue<bool>());
    }

    [Fact]
    public async Task An_action_may_call_its_end_done()
    {
        _lab.Faults.Add(FaultPoint.Assign, FaultKind.ActionDone, next: 1);
        Assert.Equal("done", await _api.Finished((await _api.Assign(Two)).Body));
        Assert.Equal(Two, await _api.Holder());
    }

    [Fact]
    public async Task An_action_may_be_404_for_ever_although_the_address_moves()
    {
        _lab.Faults.Add(FaultPoint.Assign, FaultKind.ActionNotFound, next: 1);
        var id = (await _api.Assign(Two)).Body!["action"]!["id"];
        Assert.Equal(HttpStatusCode.NotFound, (await _api.Get($"/v2/actions/{id}")).Status);
        Assert.NotNull(await _lab.History.WaitFor(e => e.Kind == "holder", TimeSpan.FromSeconds(10)));
        Assert.Equal(HttpStatusCode.NotFound, (await _api.Get($"{CloudCaller.Ip}/actions/{id}")).Status);
        Assert.Equal(Two, await _api.Holder());
    }

    [Fact]
    public async Task A_stuck_action_keeps_the_address_locked_until_somebody_finishes_it()
    {
        _lab.Faults.Add(FaultPoint.Assign, FaultKind.ActionStuck, next: 1);
        var posted = (await _api.Assign(Two)).Body;
        await Task.Delay(400);
        var ip = (await _api.Get(CloudCaller.Ip)).Body!["reserved_ip"]!;
        Assert.True(ip["locked"]!.GetValue<bool>());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _api.Assign(Two)).Status);
        await _api.Post($"/lab/actions/{posted!["action"]!["id"]}", """{"status":"completed"}""");
        Assert.Equal("completed", await _api.Finished(posted));
        Assert.Equal(Two, await _api.Holder());
    }

    [Fact]
    public async Task A_droplet_may_be_null_by_mistake()
    {
        _lab.Faults.Add(FaultPoint.IpGet, FaultKind.DropletNull, next: 1);
        Assert.Null(await _api.Holder());
        Assert.Equal(One, await _api.Holder());
    }

    [Fact]
    public async Task A_fault_hits_its_count_its_door_and_its_caller_only()
    {
        _lab.Tokens.Accept(new("second", "t2"));
        using var second = new CloudCaller(_lab, "t2");
        _lab.Faults.Add(new Fault(FaultPoint.IpGet, FaultKind.ServerError) { Next = 2, Token = "second" });
        Assert.Equal(HttpStatusCode.OK, (await _api.Get(CloudCaller.Ip)).Status);
        Assert.Equal(HttpStatusCode.OK, (await second.Get("/v2/account")).Status);
        Assert.Equal(HttpStatusCode.InternalServerError, (await second.Get(CloudCaller.Ip)).Status);
        Assert.Equal(HttpStatusCode.InternalServerError, (await second.Get(CloudCaller.Ip)).Status);
        Assert.Equal(HttpStatusCode.OK, (await second.Get(CloudCaller.Ip)).Status);
        Assert.Empty(_lab.Faults.On);
    }

    [Fact]
    public async Task A_fault_without_a_count_stays_until_it_is_cleared()
    {
        await _api.Put("/lab/faults", """[{"on":"api","fault":"503"}]""");
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _api.Get("/v2/account")).Status);
        }

        await _api.Delete("/lab/faults");
        Assert.Equal(HttpStatusCode.OK, (await _api.Get("/v2/account")).Status);
    }

    [Theory]
    [InlineData("/lab/faults", """{"on":"assign","fault":"polka"}""", "'fault' is 'polka': expected one of 401, ")]
    [InlineData("/lab/faults", """{"on":"asign","fault":"401"}""", "'on' is 'asign': expected one of api, ip-get")]
    [InlineData("/lab/faults", """{"on":"api","fault":"401","nex":1}""", "unknown field 'nex' of a fault: expected one of on, fault, next")]
    [InlineData("/lab/faults", """{"on":"api","fault":"401","next":0}""", "'next' is 0: expected at least 1")]
    [InlineData("/lab/faults", "[[", "the body is not JSON")]
    [InlineData("/lab/move", """{"ip":"here"}""", "'ip' is \"here\": expected an IP address")]
    [InlineData("/lab/actions/5", """{"status":"completed"}""", "there is no action 5")]
    public async Task The_control_api_says_what_was_wrong_and_what_was_expected(string path, string body, string message)
    {
        using var answer = await _api.RawPost(path, body);
        Assert.False(answer.IsSuccessStatusCode);
        Assert.Contains(message, await answer.Content.ReadAsStringAsync());
        Assert.Empty(_lab.Faults.On);
    }

    [Fact]
    public async Task Knobs_droplets_and_the_holder_are_changed_over_http()
    {
        var (_, knobs) = await _api.Put("/lab/knobs", """{"assign_latency_ms":50,"no_holder":"drop"}""");
        Assert.Equal(50, knobs!["assign_latency_ms"]!.GetValue<double>());
        Assert.Equal(NoHolder.Drop, _lab.Knobs.NoHolder);
        await _api.Put($"/lab/droplets/{Two}", """{"on":false}""");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _api.Assign(Two)).Status);
        await _api.Post("/lab/move", $$"""{"droplet_id":{{Two}}}""");
        Assert.Equal(Two, await _api.Holder());
        Assert.Equal(Two, (await _api.Get("/lab")).Body!["floating_ips"]![0]!["holder"]!.GetValue<long>());
        var moves = (await _api.Get("/lab/history?kind=holder")).Body!.AsArray();
        Assert.EndsWith("by an operator", Assert.Single(moves)!["text"]!.GetValue<string>());
    }

    /// <summary>Makes a call that must fail without an answer, and says how the socket failed; null: it was closed in good order.</summary>
    private static async Task<SocketError?> Failure(Func<Task> call)
    {
        var failed = await Assert.ThrowsAnyAsync<HttpRequestException>(call);
        for (Exception? e = failed; e is not null; e = e.InnerException)
        {
            if (e is SocketException socket)
            {
                return socket.SocketErrorCode;
            }
        }

        return null;
    }
}
