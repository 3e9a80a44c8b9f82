using System.Text.Json;
using FlipAgent.Core;
using static FlipAgent.Tests.CloudFixtures;

namespace FlipAgent.Tests;

/// <summary>What the client makes of each answer of the API, against a real HTTP server.</summary>
public class DigitalOceanAnswersTests
{
    [Fact]
    public async Task The_holder_is_read_with_its_lock()
    {
        using var api = HttpScript.Always(200, Holder(9_876_543_210, locked: true), headers: "ratelimit-remaining: 4816\r\nx-request-id: 4851a473-1621\r\n");
        using var client = Client(api.Url);
        var before = Now();

        var read = await client.ReadHolder();

        Assert.Equal((ApiStatus.Ok, 9_876_543_210, true, true), (read.Status, read.DropletId, read.Locked, read.ScopeProven));
        Assert.InRange(read.SentAt, before, Now());
        Assert.Contains("request 4851a473-1621", read.Detail);
        Assert.Equal(4816, client.Counters.RateLimitRemaining);
        Assert.Equal([new FlipAgent.Counting.TallyLine("read_holder", "200", 1)], client.Counters.Requests.Where(line => line.Count > 0).ToArray());
        var request = Assert.Single(api.Requests);
        Assert.Equal(("GET", $"/v2/reserved_ips/{Ip}"), (request.Method, request.Path));
        Assert.Equal($"Bearer {Token}", request.Headers["Authorization"]);
        Assert.StartsWith("flipagent/", request.Headers["User-Agent"]);
    }

    [Theory]
    [InlineData("x-request-id: 4851a473-1621\r\n", """{"id":"unprocessable_entity","message":"no"}""", "4851a473-1621")]
    [InlineData("", """{"id":"unprocessable_entity","message":"no","request_id":"3d2c"}""", "3d2c")]
    [InlineData("", """{"id":"unprocessable_entity","message":"no"}""", null)]
    public async Task The_clouds_number_of_a_refused_assign_is_kept(string headers, string body, string? expected)
    {
        using var api = HttpScript.Always(422, body, headers: headers);
        using var client = Client(api.Url);
        Assert.Equal(expected, (await client.Assign(1, Own, () => true)).RequestId);
    }

    [Theory]
    [InlineData(404, true)]
    [InlineData(422, true)]
    [InlineData(500, false)]
    [InlineData(403, false)]
    public async Task What_may_be_about_the_droplet_names_it(int code, bool named)
    {
        using var api = HttpScript.Always(code, Error("x", "no"));
        using var client = Client(api.Url);
        Assert.Equal(named, (await client.Assign(1, 777, () => true)).Detail.Contains("(assign to droplet 777)"));
    }

    [Theory]
    [InlineData(422, "application/json", true)]
    [InlineData(422, "text/html", false)]
    [InlineData(403, "application/json", false)]
    [InlineData(500, "application/json", false)]
    public async Task Only_a_422_of_the_API_itself_shows_that_it_saw_the_right_to_write(int code, string type, bool expected)
    {
        using var api = HttpScript.Always(code, Error("x", "no"), type);
        using var client = Client(api.Url);
        Assert.Equal(expected, (await client.Assign(1, Own, () => true)).Unprocessable);
    }

    [Fact]
    public async Task A_path_in_the_api_url_is_kept_in_front()
    {
        using var api = HttpScript.Always(200, Holder(1));
        using var client = Client(new Uri(api.Url, "/proxy/do/"));
        await client.ReadHolder();
        Assert.Equal($"/proxy/do/v2/reserved_ips/{Ip}", Assert.Single(api.Requests).Path);
    }

    [Fact]
    public async Task An_accepted_assign_names_its_action()
    {
        using var api = HttpScript.Always(201, Action(10_000_000_001, "in-progress"));
        using var client = Client(api.Url);

        var answer = await client.Assign(7, Own, () => true);

        Assert.Equal((7u, ApiStatus.Ok, true, false), (answer.Term, answer.Status, answer.Accepted, answer.NotSent));
        Assert.Equal((10_000_000_001, ActionStatus.InProgress), (answer.ActionId, answer.Action));
        var request = Assert.Single(api.Requests);
        Assert.Equal(("POST", $"/v2/reserved_ips/{Ip}/actions", "application/json"), (request.Method, request.Path, request.Headers["Content-Type"]));
        Assert.False(request.Headers.ContainsKey("Expect"));
        using var body = JsonDocument.Parse(request.Body);
        Assert.Equal("assign", body.RootElement.GetProperty("type").GetString());
        Assert.Equal(Own, body.RootElement.GetProperty("droplet_id").GetInt64());
    }

    [Theory]
    [InlineData("in-progress", ActionStatus.InProgress)]
    [InlineData("new", ActionStatus.InProgress)]
    [InlineData("completed", ActionStatus.Completed)]
    [InlineData("errored", ActionStatus.Errored)]
    [InlineData("done", ActionStatus.Unknown)]
    [InlineData("Completed", ActionStatus.Unknown)]
    [InlineData("", ActionStatus.Unknown)]
    public async Task F40_an_action_status_that_the_document_does_not_have_is_unknown(string status, ActionStatus expected)
    {
        using var api = HttpScript.Always(200, Action(5, status));
        using var client = Client(api.Url);
        var read = await client.ReadAction(5);
        Assert.Equal((ApiStatus.Ok, expected, 5), (read.Status, read.Action, read.ActionId));
        Assert.Equal($"/v2/reserved_ips/{Ip}/actions/5", Assert.Single(api.Requests).Path);
    }

    [Fact]
    public async Task F40_an_action_that_answers_404_is_unknown()
    {
        using var api = HttpScript.Always(404, Error("not_found", "The resource you requested could not be found."));
        using var client = Client(api.Url);
        var read = await client.ReadAction(5);
        Assert.Equal((ApiStatus.NotFound, ActionStatus.Unknown), (read.Status, read.Action));
    }

    [Theory]
    [InlineData(500, "application/json", """{"id":"server_error","message":"Unexpected server-side error"}""")]
    [InlineData(502, "text/html", "<html>bad gateway</html>")]
    [InlineData(503, "application/json", """{"id":"service_unavailable","message":"Service is currently unavailable."}""")]
    [InlineData(504, "text/html; charset=UTF-8", "<!DOCTYPE html><title>504</title>")]
    [InlineData(520, "text/html", "<html/>")]
    [InlineData(200, "text/html", "<html>log in to the hotel network</html>")]
    [InlineData(200, "", """{"reserved_ip":{"ip":"203.0.113.10","droplet":{"id":1},"locked":false}}""")]
    [InlineData(200, "application/json", "")]
    [InlineData(200, "application/json", "{")]
    [InlineData(200, "application/json", "[]")]
    [InlineData(200, "application/json", "null")]
    [InlineData(200, "application/json", "{}")]
    [InlineData(200, "application/json", """{"reserved_ip":null}""")]
    [InlineData(200, "application/json", """{"reserved_ip":{"ip":"203.0.113.99","droplet":{"id":1},"locked":false}}""")]
    [InlineData(200, "application/json", """{"reserved_ip":{"ip":"203.0.113.10","droplet":{"id":"1"},"locked":false}}""")]
    [InlineData(200, "application/json", """{"reserved_ip":{"ip":"203.0.113.10","droplet":{},"locked":false}}""")]
    [InlineData(200, "application/json", """{"reserved_ip":{"ip":"203.0.113.10","droplet":{"id":-1},"locked":false}}""")]
    [InlineData(200, "application/json", """{"reserved_ip":{"ip":"203.0.113.10","droplet":{"id":1.5},"locked":false}}""")]
    [InlineData(200, "application/json", """{"reserved_ip":{"ip":"203.0.113.10","droplet":[1],"locked":false}}""")]
    [InlineData(200, "application/json", """{"reserved_ip":{"ip":"203.0.113.10","ip":"203.0.113.10","droplet":{"id":1},"locked":false}}""")]
    [InlineData(200, "application/json", """{"action":{"id":1,"status":"completed"}}""")]
    [InlineData(201, "application/json", """{"reserved_ip":{"ip":"203.0.113.10","droplet":{"id":1},"locked":false}}""")]
    [InlineData(202, "application/json", """{"action":{"id":1,"status":"in-progress"}}""")]
    [InlineData(301, "application/json", "{}")]
    [InlineData(401, "text/html", "<html>blocked by an edge</html>")]
    [InlineData(403, "text/html", "<html>blocked by an edge</html>")]
    [InlineData(404, "text/html", "<html>no such page</html>")]
    [InlineData(999, "application/json", "{}")]
    public async Task F36_an_answer_that_is_not_understood_leaves_the_outcome_open(int code, string type, string body)
    {
        using var api = HttpScript.Always(code, body, type);
        using var client = Client(api.Url);

        var holder = await client.ReadHolder();
        Assert.Equal((ApiStatus.Failed, null, false), (holder.Status, holder.DropletId, holder.ScopeProven));
        var action = await client.ReadAction(77);
        Assert.Equal((ApiStatus.Failed, ActionStatus.Unknown), (action.Status, action.Action));
        if (code == 201)
            return;
        var assign = await client.Assign(1, Own, () => true);
        Assert.Equal((ApiStatus.Failed, false, false, 0), (assign.Status, assign.Accepted, assign.NotSent, assign.ActionId));
    }

    [Theory]
    [InlineData(400, """{"id":"bad_request","message":"x"}""")]
    [InlineData(409, """{"id":"conflict","message":"x"}""")]
    [InlineData(422, """{"id":"unprocessable_entity","message":"The floating IP already has a pending event."}""")]
    [InlineData(422, "")]
    [InlineData(418, "{}")]
    public async Task F39_what_was_understood_and_not_done_is_refused(int code, string body)
    {
        using var api = HttpScript.Always(code, body);
        using var client = Client(api.Url);
        Assert.Equal(ApiStatus.Refused, (await client.ReadHolder()).Status);
        var assign = await client.Assign(1, Own, () => true);
        Assert.Equal((ApiStatus.Refused, false, false), (assign.Status, assign.Accepted, assign.NotSent));
    }

    [Theory]
    [InlineData("ratelimit-limit: 5000\r\nratelimit-remaining: 4816\r\n", 4816, 5000)]
    [InlineData("ratelimit-limit: 5000\r\nratelimit-remaining: 0\r\n", 0, 5000)]
    [InlineData("ratelimit-remaining: 4816\r\n", null, null)]
    [InlineData("ratelimit-limit: 0\r\nratelimit-remaining: 0\r\n", null, null)]
    [InlineData("ratelimit-limit: -5\r\nratelimit-remaining: -7\r\n", null, null)]
    [InlineData("ratelimit-limit: 10\r\nratelimit-remaining: 11\r\n", null, null)]
    [InlineData("ratelimit-limit: 99999999999999999999\r\nratelimit-remaining: 1\r\n", null, null)]
    [InlineData("ratelimit-limit: 9223372036854775807\r\nratelimit-remaining: 1\r\n", null, null)]
    [InlineData("ratelimit-limit: many\r\nratelimit-remaining: few\r\n", null, null)]
    public async Task F35_what_is_left_comes_with_every_answer_and_nonsense_is_no_number(string headers, int? left, int? limit)
    {
        using var api = HttpScript.Always(200, Holder(1), headers: headers);
        using var client = Client(api.Url);
        var read = await client.ReadHolder();
        Assert.Equal((left, limit), ((int?)read.Left?.Remaining, (int?)read.Left?.Limit));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("""{"action":{"status":"in-progress"}}""")]
    [InlineData("""{"action":{"id":0,"status":"in-progress"}}""")]
    [InlineData("""{"action":{"id":5}}""")]
    [InlineData("""{"action":{"id":99999999999999999999,"status":"in-progress"}}""")]
    public async Task F36_a_201_without_a_readable_action_is_not_accepted(string body)
    {
        using var api = HttpScript.Always(201, body);
        using var client = Client(api.Url);
        var answer = await client.Assign(1, Own, () => true);
        Assert.Equal((ApiStatus.Failed, false), (answer.Status, answer.Accepted));
    }

    [Fact]
    public async Task An_action_status_of_the_future_in_an_accepted_assign_is_unknown_but_accepted()
    {
        using var api = HttpScript.Always(201, Action(5, "queued"));
        using var client = Client(api.Url);
        var answer = await client.Assign(1, Own, () => true);
        Assert.Equal((ApiStatus.Ok, true, ActionStatus.Unknown), (answer.Status, answer.Accepted, answer.Action));
    }

    [Theory]
    [InlineData("Content-Length: 300000\r\n")]
    [InlineData("")]
    public async Task F36_a_body_of_more_than_256_KiB_is_not_read(string length)
    {
        var big = Holder(1).PadRight(300_000);
        using var api = new HttpScript(async (_, wire) =>
        {
            await wire.Send($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{length}Connection: close\r\n\r\n{big}");
            wire.Close();
        });
        using var client = Client(api.Url);
        var read = await client.ReadHolder();
        Assert.Equal(ApiStatus.Failed, read.Status);
        Assert.Contains("256 KiB", read.Detail);
    }

    [Fact]
    public async Task F36_a_redirect_is_not_followed()
    {
        using var other = HttpScript.Always(200, Holder(1));
        using var api = HttpScript.Always(302, "{}", headers: $"Location: {other.Url}v2/reserved_ips/{Ip}\r\n");
        using var client = Client(api.Url);
        Assert.Equal(ApiStatus.Failed, (await client.ReadHolder()).Status);
        Assert.Empty(other.Requests);
    }

    [Theory]
    [InlineData("garbage\r\n\r\n")]
    [InlineData("HTTP/1.1 abc\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: ////;;;=\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\n : \r\n\r\n")]
    [InlineData("")]
    public async Task F36_bytes_that_are_not_HTTP_are_a_failure_and_nothing_worse(string raw)
    {
        using var api = new HttpScript(async (_, wire) =>
        {
            await wire.Send(raw);
            wire.Close();
        });
        using var client = Client(api.Url);
        Assert.Equal(ApiStatus.Failed, (await client.ReadHolder()).Status);
        Assert.Equal(ApiStatus.Failed, (await client.Assign(1, Own, () => true)).Status);
    }

    [Fact]
    public async Task F36_random_bytes_are_a_failure_and_nothing_worse()
    {
        var random = new Random(42);
        using var api = new HttpScript(async (_, wire) =>
        {
            var body = new byte[random.Next(200)];
            random.NextBytes(body);
            await wire.Reply(200, System.Text.Encoding.Latin1.GetString(body));
        });
        using var client = Client(api.Url);
        for (var i = 0; i < 100; i++)
            Assert.Equal(ApiStatus.Failed, (await client.ReadHolder()).Status);
    }

    [Theory]
    [InlineData("retry-after: 29\r\n", 29, 29)]
    [InlineData("retry-after: 0\r\n", 0, 0)]
    [InlineData("retry-after: 3600\r\n", 60, 60)]
    [InlineData("retry-after: soon\r\nratelimit-reset: 1767225610\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\n", 10, 10)]
    [InlineData("ratelimit-reset: 1767225610\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\n", 10, 10)]
    [InlineData("ratelimit-reset: 1767225600\r\n", 0, 0)]
    [InlineData("ratelimit-reset: 9223372036854775807\r\n", null, null)]
    [InlineData("ratelimit-reset: 4102444800\r\n", 60, 60)]
    [InlineData("retry-after: Thu, 01 Jan 2026 00:00:20 GMT\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\n", 20, 20)]
    [InlineData("retry-after: Thu, 01 Jan 2099 00:00:00 GMT\r\n", 60, 60)]
    [InlineData("", null, null)]
    public async Task F35_a_rate_limit_says_how_long_to_wait(string headers, int? least, int? most)
    {
        using var api = HttpScript.Always(429, Error("too_many_requests", "API rate limit exceeded."), headers: headers + "ratelimit-remaining: 0\r\n");
        using var client = Client(api.Url);

        var read = await client.ReadHolder();
        var assign = await client.Assign(1, Own, () => true);

        Assert.Equal((ApiStatus.RateLimited, ApiStatus.RateLimited), (read.Status, assign.Status));
        Assert.Equal(0, client.Counters.RateLimitRemaining);
        foreach (var wait in new[] { read.RetryAfter, assign.RetryAfter })
            Assert.True(wait is null ? least is null : wait.Value.TotalSeconds >= least && wait.Value.TotalSeconds <= most, $"{wait}");
    }

    [Theory]
    [InlineData(401, ApiStatus.Unauthorized)]
    [InlineData(403, ApiStatus.Forbidden)]
    [InlineData(404, ApiStatus.NotFound)]
    public async Task F43_a_refusal_is_told_by_its_code(int code, ApiStatus expected)
    {
        using var api = HttpScript.Always(code, Error("some_id", "any words"));
        using var client = Client(api.Url);
        Assert.Equal(expected, (await client.ReadHolder()).Status);
        Assert.Equal(expected, (await client.Assign(1, Own, () => true)).Status);
        Assert.Contains("some_id: any words", (await client.ReadHolder()).Detail);
    }

    [Fact]
    public async Task F43_after_a_401_a_changed_token_is_used_at_once()
    {
        var token = "dop_v1_old";
        var refusals = 0;
        using var api = new HttpScript((request, wire) => request.Headers["Authorization"] == "Bearer dop_v1_new"
            ? wire.Reply(request.Method == "POST" ? 201 : 200, request.Method == "POST" ? Action(5, "in-progress") : Holder(1))
            : wire.Reply(401, Error("unauthorized", "Unable to authenticate you.")));
        using var client = Client(api.Url, () => token, () =>
        {
            refusals++;
            token = "dop_v1_new";
        });

        Assert.Equal(ApiStatus.Ok, (await client.ReadHolder()).Status);
        token = "dop_v1_old";
        Assert.True((await client.Assign(1, Own, () => true)).Accepted);
        Assert.Equal(2, refusals);
    }

    /// <summary>What it may do works as ever, so no later refusal would have its file read again.</summary>
    [Fact]
    public async Task A_token_that_may_only_read_is_read_again_after_a_403_and_before_what_is_asked_next()
    {
        var file = "dop_v1_reader";
        var token = file;
        using var api = new HttpScript((request, wire) => request.Method != "POST" ? wire.Reply(200, Holder(1))
            : request.Headers["Authorization"] == "Bearer dop_v1_writer" ? wire.Reply(201, Action(5, "in-progress"))
            : wire.Reply(403, Error("forbidden", "You are missing the required permission reserved_ip:update.")));
        using var client = Client(api.Url, () => token, () => token = file);

        Assert.Equal(ApiStatus.Forbidden, (await client.Assign(1, Own, () => true)).Status);
        Assert.Equal(ApiStatus.Ok, (await client.ReadHolder()).Status);
        Assert.Equal(2, api.Requests.Count);
        file = "dop_v1_writer";
        Assert.Equal(ApiStatus.Ok, (await client.ReadHolder()).Status);
        Assert.Equal("dop_v1_writer", token);
        token = "dop_v1_reader";
        Assert.True((await client.Assign(1, Own, () => true)).Accepted);
    }

    [Fact]
    public async Task F43_an_unchanged_refused_token_is_not_tried_again()
    {
        using var api = HttpScript.Always(401, Error("unauthorized", "Unable to authenticate you."));
        using var client = Client(api.Url);
        Assert.Equal(ApiStatus.Unauthorized, (await client.ReadHolder()).Status);
        Assert.Single(api.Requests);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("line\nbreak")]
    [InlineData("not\u00e4scii")]
    public async Task A_token_that_cannot_be_used_is_unauthorized_and_nothing_is_sent(string? token)
    {
        using var api = HttpScript.Always(200, Holder(1));
        using var client = Client(api.Url, () => token);
        var read = await client.ReadHolder();
        Assert.Equal(ApiStatus.Unauthorized, read.Status);
        Assert.Contains("API token", read.Detail);
        Assert.Empty(api.Requests);
    }

    [Fact]
    public async Task Nobody_holds_it_is_believed_after_the_same_token_showed_a_droplet()
    {
        long? droplet = 1;
        using var api = new HttpScript((_, wire) => wire.Reply(200, Holder(droplet)));
        using var client = Client(api.Url);
        await client.ReadHolder();
        droplet = null;

        var read = await client.ReadHolder();

        Assert.Equal((ApiStatus.Ok, null, true), (read.Status, read.DropletId, read.ScopeProven));
        Assert.Equal(2, api.Requests.Count);
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(403, false)]
    [InlineData(404, false)]
    [InlineData(500, false)]
    public async Task Nobody_holds_it_is_believed_when_the_token_can_read_our_own_droplet(int code, bool proven)
    {
        using var api = new HttpScript((request, wire) => request.Path == $"/v2/droplets/{Own}"
            ? wire.Reply(code, code == 200 ? """{"droplet":{"id":3164444}}""" : Error("x", "y"))
            : wire.Reply(200, Holder(null)));
        using var client = Client(api.Url);

        var read = await client.ReadHolder();

        Assert.Equal((ApiStatus.Ok, null, proven), (read.Status, read.DropletId, read.ScopeProven));
        Assert.Equal(proven, !read.Detail.Contains("droplet:read"));
        await client.ReadHolder();
        // Known, whichever way, and not asked again at once; a failure is no knowledge.
        Assert.Equal(code is 200 or 403 ? 3 : 4, api.Requests.Count);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"droplet":null}""")]
    [InlineData("""{"droplet":{"id":1}}""")]
    public async Task An_answer_that_does_not_show_our_droplet_proves_no_scope(string droplet)
    {
        using var api = new HttpScript((request, wire) => wire.Reply(200, request.Path.StartsWith("/v2/droplets/") ? droplet : Holder(null)));
        using var client = Client(api.Url);
        Assert.False((await client.ReadHolder()).ScopeProven);
    }

    [Fact]
    public async Task A_proof_of_scope_is_not_inherited_by_the_next_token()
    {
        var token = "dop_v1_wide";
        using var api = new HttpScript((request, wire) => request.Path.StartsWith("/v2/droplets/", StringComparison.Ordinal)
            ? wire.Reply(403, Error("forbidden", "no"))
            : wire.Reply(200, Holder(token == "dop_v1_wide" ? 1 : null)));
        using var client = Client(api.Url, () => token);
        Assert.True((await client.ReadHolder()).ScopeProven);
        token = "dop_v1_narrow";
        Assert.False((await client.ReadHolder()).ScopeProven);
    }

    [Fact]
    public async Task A_droplet_field_that_is_missing_is_no_proof_of_anything()
    {
        using var api = new HttpScript((request, wire) => request.Path.StartsWith("/v2/droplets/", StringComparison.Ordinal)
            ? wire.Reply(403, Error("forbidden", "no"))
            : wire.Reply(200, $$$"""{"reserved_ip":{"ip":"{{{Ip}}}","locked":false}}"""));
        using var client = Client(api.Url);
        var read = await client.ReadHolder();
        Assert.Equal((ApiStatus.Ok, null, false), (read.Status, read.DropletId, read.ScopeProven));
    }

    [Fact]
    public async Task The_token_is_in_no_detail_even_when_the_server_sends_it_back()
    {
        using var api = new HttpScript((request, wire) => wire.Reply(
            500, Error("oops", $"request was: {request.Headers["Authorization"]}"), headers: $"x-request-id: {Token}\r\n"));
        using var client = Client(api.Url);
        Assert.DoesNotContain(Token, (await client.ReadHolder()).ToString());
        Assert.DoesNotContain(Token, (await client.ReadAction(1)).ToString());
        Assert.DoesNotContain(Token, (await client.Assign(1, Own, () => true)).ToString());
    }

    [Fact]
    public async Task Words_of_the_server_cannot_break_a_log_line()
    {
        using var api = HttpScript.Always(500, """{"id":"a\nb","message":"\u001b[31mred\u0000"}""");
        using var client = Client(api.Url);
        Assert.DoesNotContain((await client.ReadHolder()).Detail, c => c < ' ' || c > '~');
    }
}
