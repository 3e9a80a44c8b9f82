using System.Net;
using System.Text.Json.Nodes;
using FlipAgent.Lab;

namespace FlipAgent.Tests.Lab;

/// <summary>The stand-in cloud behaves as the real API is known to: asked over real HTTP, one behaviour a test.</summary>
public sealed class LabApiTests : IAsyncLifetime, IDisposable
{
    private const long One = 3164444;
    private const long Two = 3164445;
    private const long Amsterdam = 3164446;
    private LabCloud _lab = null!;
    private CloudCaller _api = null!;

    public async Task InitializeAsync()
    {
        _lab = await LabCloud.Start(new LabOptions
        {
            Knobs = new() { AssignLatency = TimeSpan.FromMilliseconds(150), UnassignLatency = TimeSpan.FromMilliseconds(50) },
            Droplets = [.. new LabOptions().Droplets, new DropletSpec(Amsterdam, "far", IPAddress.Parse("10.110.0.9")) { Region = "ams3" }],
            Tokens =
            [
                new("lab", LabOptions.DefaultToken),
                new("no-droplets", "t2") { Scopes = new HashSet<string> { "reserved_ip:read", "reserved_ip:update" } },
            ],
        });
        _api = new(_lab);
    }

    public async Task DisposeAsync() => await _lab.DisposeAsync();

    public void Dispose() => _api.Dispose();

    [Fact]
    public async Task A_reserved_ip_has_the_keys_of_a_real_answer()
    {
        var ip = (await _api.Get(CloudCaller.Ip)).Body!["reserved_ip"]!;
        Assert.Equal(["ip", "droplet", "region", "locked", "project_id"], Keys(ip));
        Assert.Equal("203.0.113.10", ip["ip"]!.GetValue<string>());
        Assert.False(ip["locked"]!.GetValue<bool>());
        Assert.Equal(One, ip["droplet"]!["id"]!.GetValue<long>());
        Assert.Equal(
            ["id", "name", "memory", "vcpus", "disk", "locked", "status", "kernel", "created_at", "features", "backup_ids", "next_backup_window",
                "snapshot_ids", "image", "volume_ids", "size", "size_slug", "networks", "region", "tags", "vpc_uuid"],
            Keys(ip["droplet"]!));
        Assert.Equal("203.0.113.10", ip["droplet"]!["networks"]!["v4"]![2]!["ip_address"]!.GetValue<string>());
        Assert.Equal("New York 3", ip["region"]!["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_action_has_the_keys_of_a_real_answer_and_a_resource_id_beyond_an_int()
    {
        var (status, body) = await _api.Assign(Two);
        var action = body!["action"]!;
        Assert.Equal(HttpStatusCode.Created, status);
        Assert.Equal(
            ["id", "status", "type", "started_at", "completed_at", "resource_id", "resource_type", "region", "region_slug", "project_id"],
            Keys(action));
        Assert.Equal("in-progress", action["status"]!.GetValue<string>());
        Assert.Equal("assign_ip", action["type"]!.GetValue<string>());
        Assert.Equal("reserved_ip", action["resource_type"]!.GetValue<string>());
        Assert.Equal(203L << 24 | 113 << 8 | 10, action["resource_id"]!.GetValue<long>());
        Assert.Null(action["completed_at"]);
    }

    [Fact]
    public async Task An_assign_locks_the_address_until_it_completes_and_then_moves_it()
    {
        _lab.Knobs.AssignLatency = TimeSpan.FromMilliseconds(600);
        var (_, posted) = await _api.Assign(Two);
        var during = (await _api.Get(CloudCaller.Ip)).Body!["reserved_ip"]!;
        Assert.True(during["locked"]!.GetValue<bool>());
        Assert.Equal(One, during["droplet"]!["id"]!.GetValue<long>());

        Assert.Equal("completed", await _api.Finished(posted));
        var after = (await _api.Get(CloudCaller.Ip)).Body!["reserved_ip"]!;
        Assert.False(after["locked"]!.GetValue<bool>());
        Assert.Equal(Two, after["droplet"]!["id"]!.GetValue<long>());
        Assert.Equal(Two, _lab.Holder);
    }

    [Fact]
    public async Task Reserved_ips_and_floating_ips_are_two_names_of_one_state()
    {
        var (_, posted) = await _api.Assign(Two, "/v2/floating_ips/203.0.113.10");
        Assert.Equal("floating_ip", posted!["action"]!["resource_type"]!.GetValue<string>());
        Assert.Equal("completed", await _api.Finished(posted));
        Assert.Equal(Two, await _api.Holder());
        Assert.Equal("203.0.113.10", (await _api.Get("/v2/floating_ips")).Body!["floating_ips"]![0]!["ip"]!.GetValue<string>());
        var id = posted["action"]!["id"];
        Assert.Equal("reserved_ip", (await _api.Get($"{CloudCaller.Ip}/actions/{id}")).Body!["action"]!["resource_type"]!.GetValue<string>());
    }

    [Fact]
    public async Task Of_two_assigns_at_once_one_is_accepted_and_the_other_is_refused_as_pending()
    {
        _lab.Move(null);
        var answers = await Task.WhenAll(_api.Assign(One), _api.Assign(Two));
        Assert.Equal([HttpStatusCode.Created, HttpStatusCode.UnprocessableEntity], answers.Select(a => a.Status).Order());
        var refused = answers.Single(a => a.Status != HttpStatusCode.Created).Body!;
        Assert.Equal("unprocessable_entity", refused["id"]!.GetValue<string>());
        Assert.Equal("The floating IP already has a pending event.", refused["message"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_busy_droplet_is_refused_and_says_so_in_its_actions()
    {
        _lab.KeepBusy(Two, TimeSpan.FromMinutes(1));
        var (status, body) = await _api.Assign(Two);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal("Droplet already has a pending event.", body!["message"]!.GetValue<string>());
        Assert.Equal("in-progress", (await _api.Get($"/v2/droplets/{Two}/actions")).Body!["actions"]![0]!["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task Assigning_to_the_present_holder_is_refused()
    {
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _api.Assign(One)).Status);
        Assert.Equal(One, _lab.Holder);
    }

    [Fact]
    public async Task A_droplet_that_is_off_or_in_another_region_is_refused()
    {
        _lab.Power(Two, on: false);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _api.Assign(Two)).Status);
        Assert.Equal("off", (await _api.Get($"/v2/droplets/{Two}")).Body!["droplet"]!["status"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _api.Assign(Amsterdam)).Status);
    }

    [Fact]
    public async Task A_droplet_that_holds_another_address_is_refused()
    {
        var (created, body) = await _api.Post("/v2/reserved_ips", $$"""{"droplet_id":{{Two}}}""");
        Assert.Equal(HttpStatusCode.Accepted, created);
        Assert.True(body!["reserved_ip"]!["locked"]!.GetValue<bool>());
        Assert.Null(body["reserved_ip"]!["droplet"]);
        var action = body["links"]!["actions"]![0]!;
        Assert.Equal("assign_ip", action["rel"]!.GetValue<string>());
        Assert.EndsWith($"/v2/actions/{action["id"]}", action["href"]!.GetValue<string>());
        await _api.Finished(new JsonObject { ["action"] = new JsonObject { ["id"] = action["id"]!.GetValue<long>() } });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _api.Assign(Two)).Status);
    }

    [Fact]
    public async Task Unassigning_works_once()
    {
        var (status, posted) = await _api.Post(CloudCaller.Ip + "/actions", """{"type":"unassign"}""");
        Assert.Equal(HttpStatusCode.Created, status);
        Assert.Equal("completed", await _api.Finished(posted));
        Assert.Null(await _api.Holder());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _api.Post(CloudCaller.Ip + "/actions", """{"type":"unassign"}""")).Status);
    }

    [Theory]
    [InlineData("/v2/reserved_ips/198.51.100.77")]
    [InlineData("/v2/reserved_ips/not-an-address")]
    [InlineData("/v2/actions/1")]
    [InlineData(CloudCaller.Ip + "/actions/1")]
    [InlineData("/v2/droplets/1")]
    [InlineData("/v2/no_such_thing")]
    public async Task What_is_not_there_is_404(string path)
    {
        var (status, body) = await _api.Get(path);
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal("not_found", body!["id"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.NotFound, (await _api.Assign(1)).Status);
    }

    [Fact]
    public async Task A_body_that_is_not_json_is_400_and_one_without_sense_is_422()
    {
        Assert.Equal(HttpStatusCode.BadRequest, (await _api.Post(CloudCaller.Ip + "/actions", "{")).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _api.Post(CloudCaller.Ip + "/actions", """{"type":"polish"}""")).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _api.Post(CloudCaller.Ip + "/actions", """{"type":"assign"}""")).Status);
        Assert.Equal(HttpStatusCode.Created, (await _api.Post(CloudCaller.Ip + "/actions", $$"""{"type":"assign","droplet_id":"{{Two}}"}""")).Status);
    }

    [Fact]
    public async Task Creating_with_droplet_and_region_is_refused_and_deleting_takes_two_calls()
    {
        var (both, _) = await _api.Post("/v2/reserved_ips", $$"""{"droplet_id":{{Two}},"region":"nyc3"}""");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, both);
        Assert.Equal(HttpStatusCode.NoContent, (await _api.Delete(CloudCaller.Ip)).Status);
        Assert.Null(await _api.Holder());
        Assert.Equal(HttpStatusCode.NoContent, (await _api.Delete(CloudCaller.Ip)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _api.Get(CloudCaller.Ip)).Status);
    }

    [Fact]
    public async Task A_list_comes_in_pages_that_name_each_other()
    {
        for (var i = 0; i < 4; i++)
        {
            await _api.Post("/v2/reserved_ips", """{"region":"nyc3"}""");
        }

        var first = (await _api.Get("/v2/reserved_ips?per_page=2")).Body!;
        Assert.Equal(2, first["reserved_ips"]!.AsArray().Count);
        Assert.Equal(5, first["meta"]!["total"]!.GetValue<int>());
        Assert.Equal(["next", "last"], Keys(first["links"]!["pages"]!));
        var last = (await _api.Get(first["links"]!["pages"]!["last"]!.GetValue<string>())).Body!;
        Assert.Single(last["reserved_ips"]!.AsArray());
        Assert.Equal(["first", "prev"], Keys(last["links"]!["pages"]!));
        Assert.Empty((await _api.Get("/v2/reserved_ips")).Body!["links"]!.AsObject());
    }

    [Fact]
    public async Task Actions_of_an_address_are_listed_newest_first()
    {
        var (_, first) = await _api.Assign(Two);
        await _api.Finished(first);
        var (_, second) = await _api.Assign(One);
        var list = (await _api.Get(CloudCaller.Ip + "/actions")).Body!["actions"]!.AsArray();
        Assert.Equal(new[] { second, first }.Select(a => a!["action"]!["id"]!.GetValue<long>()), list.Select(a => a!["id"]!.GetValue<long>()));
    }

    [Fact]
    public async Task A_wrong_or_missing_token_is_401_and_a_revoked_one_too()
    {
        using var stranger = new CloudCaller(_lab, "wrong");
        var (status, body) = await stranger.Get("/v2/account");
        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Equal("Unable to authenticate you.", body!["message"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.OK, (await _api.Get("/v2/account")).Status);
        _lab.Tokens.Revoke("lab");
        Assert.Equal(HttpStatusCode.Unauthorized, (await _api.Get("/v2/account")).Status);
    }

    [Fact]
    public async Task Without_a_scope_the_answer_is_403_and_without_droplet_read_the_droplet_is_null()
    {
        using var narrow = new CloudCaller(_lab, "t2");
        Assert.Equal(HttpStatusCode.Forbidden, (await narrow.Get($"/v2/droplets/{One}")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await narrow.Get("/v2/account")).Status);
        Assert.Null((await narrow.Get(CloudCaller.Ip)).Body!["reserved_ip"]!["droplet"]);
        Assert.Equal(HttpStatusCode.Created, (await narrow.Assign(Two)).Status);
    }

    [Fact]
    public async Task Every_answer_has_the_limits_a_request_id_and_a_content_type()
    {
        using var answer = await _api.Raw(CloudCaller.Ip);
        using var next = await _api.Raw("/v2/actions/1");
        Assert.Equal("5000", answer.Headers.GetValues("ratelimit-limit").Single());
        Assert.Equal("4999", answer.Headers.GetValues("ratelimit-remaining").Single());
        Assert.Equal("4998", next.Headers.GetValues("ratelimit-remaining").Single());
        var reset = DateTimeOffset.FromUnixTimeSeconds(long.Parse(answer.Headers.GetValues("ratelimit-reset").Single()));
        Assert.InRange(reset - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(61));
        Assert.True(Guid.TryParse(answer.Headers.GetValues("x-request-id").Single(), out _));
        Assert.Equal("application/json; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
    }

    [Fact]
    public async Task Too_many_requests_in_a_minute_are_429_with_retry_after()
    {
        _lab.Knobs.PerMinute = 3;
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await _api.Get("/v2/account")).Status);
        }

        using var refused = await _api.Raw("/v2/account");
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60));
        Assert.Equal("0", refused.Headers.GetValues("ratelimit-remaining").Single());
    }

    [Fact]
    public async Task Too_many_requests_in_an_hour_are_429_without_retry_after_and_each_token_has_its_own_count()
    {
        _lab.Knobs.PerHour = 2;
        await _api.Get("/v2/account");
        await _api.Get("/v2/account");
        using var refused = await _api.Raw("/v2/account");
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Null(refused.Headers.RetryAfter);
        using var other = new CloudCaller(_lab, "t2");
        Assert.Equal(HttpStatusCode.OK, (await other.Get(CloudCaller.Ip)).Status);
    }

    [Fact]
    public async Task Droplets_are_found_by_id_and_by_name()
    {
        Assert.Equal("haproxy-2", (await _api.Get($"/v2/droplets/{Two}")).Body!["droplet"]!["name"]!.GetValue<string>());
        var list = (await _api.Get("/v2/droplets?name=haproxy-1")).Body!["droplets"]!.AsArray();
        Assert.Equal(One, list.Single()!["id"]!.GetValue<long>());
    }

    [Fact]
    public async Task A_destroyed_droplet_leaves_its_address_behind()
    {
        _lab.Destroy(One);
        Assert.Null(await _api.Holder());
        Assert.Equal(HttpStatusCode.NotFound, (await _api.Get($"/v2/droplets/{One}")).Status);
    }

    [Fact]
    public async Task A_reserved_ipv6_is_created_assigned_and_found_by_its_action_only_globally()
    {
        var (created, body) = await _api.Post("/v2/reserved_ipv6", """{"region_slug":"nyc3"}""");
        Assert.Equal(HttpStatusCode.Created, created);
        var ip = body!["reserved_ipv6"]!;
        Assert.Equal(["ip", "region_slug", "reserved_at", "droplet"], Keys(ip));
        var path = $"/v2/reserved_ipv6/{ip["ip"]}";
        var (status, posted) = await _api.Assign(One, path);
        Assert.Equal(HttpStatusCode.Created, status);
        Assert.Equal("reserved_ipv6", posted!["action"]!["resource_type"]!.GetValue<string>());
        Assert.Equal("completed", await _api.Finished(posted));
        Assert.Equal(One, (await _api.Get(path)).Body!["reserved_ipv6"]!["droplet"]!["id"]!.GetValue<long>());
        Assert.Equal(HttpStatusCode.NotFound, (await _api.Get($"{path}/actions/{posted["action"]!["id"]}")).Status);
        Assert.Single((await _api.Get("/v2/reserved_ipv6")).Body!["reserved_ipv6s"]!.AsArray());
    }

    [Fact]
    public async Task The_history_has_every_assign_with_time_droplet_answer_and_caller()
    {
        var before = DateTimeOffset.UtcNow;
        var (_, posted) = await _api.Assign(Two);
        await _api.Assign(One);
        await _api.Finished(posted);
        Assert.Equal([(Two, 201), (One, 422)], _lab.Assigns.Select(a => (a.DropletId!.Value, a.Status!.Value)));
        Assert.All(_lab.Assigns, a => Assert.InRange(a.At, before, DateTimeOffset.UtcNow));
        Assert.All(_lab.Assigns, a => Assert.Equal("lab", a.Token));
        var holder = Assert.Single(_lab.History.All, e => e.Kind == "holder");
        Assert.Equal((One, Two), (holder.FromDropletId, holder.DropletId));
        Assert.DoesNotContain(_lab.History.All, e => e.ToString().Contains(LabOptions.DefaultToken, StringComparison.Ordinal));
    }

    private static string[] Keys(JsonNode node) => [.. node.AsObject().Select(p => p.Key)];
}
