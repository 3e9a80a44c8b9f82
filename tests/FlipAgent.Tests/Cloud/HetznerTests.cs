using System.Net;
using FlipAgent.Cloud.Hetzner;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Lab;
using FlipAgent.Naming;
using static FlipAgent.Tests.CloudFixtures;

namespace FlipAgent.Tests;

/// <summary>The Hetzner Cloud provider, against scripted answers and against the stand-in.</summary>
public class HetznerTests
{
    private const long Id = 4711;
    private static readonly IPAddress s_v6 = IPAddress.Parse("2001:db8::1");

    [Theory]
    [InlineData("42", 42L)]
    [InlineData("null", null)]
    public async Task The_holder_is_found_by_the_address_and_read_by_the_id(string server, long? holder)
    {
        using var api = new HttpScript((request, wire) => wire.Reply(200, request.Path.Contains('?') ? List(Item(1, "198.51.100.1", "7"), Item(Id, Ip, server)) : One(Id, Ip, server)));
        using var client = Client(api.Url);

        var read = await client.ReadHolder();
        await client.ReadHolder();

        Assert.Equal((ApiStatus.Ok, holder, true, false), (read.Status, read.DropletId, read.ScopeProven, read.Locked));
        // The list was read once; the id is kept.
        Assert.Equal(["/v1/floating_ips?page=1&per_page=50", $"/v1/floating_ips/{Id}", $"/v1/floating_ips/{Id}"], api.Requests.Select(r => r.Path));
    }

    [Fact]
    public async Task A_list_of_several_pages_is_read_to_the_page_that_has_it()
    {
        using var api = new HttpScript((request, wire) => wire.Reply(200,
            request.Path.Contains("page=1&", StringComparison.Ordinal) ? List(2, Item(1, "198.51.100.1", "7"))
            : request.Path.Contains("page=2&", StringComparison.Ordinal) ? List(Item(Id, Ip, "42"))
            : One(Id, Ip, "42")));
        using var client = Client(api.Url);

        Assert.Equal(42, (await client.ReadHolder()).DropletId);
        Assert.Equal(3, api.Requests.Count);
    }

    [Fact]
    public async Task An_address_that_the_project_does_not_have_is_not_found()
    {
        using var api = HttpScript.Always(200, List(Item(1, "198.51.100.1", "7")));
        using var client = Client(api.Url);

        var read = await client.ReadHolder();

        Assert.Equal(ApiStatus.NotFound, read.Status);
        Assert.Contains($"no floating IP {Ip}", read.Detail);
    }

    [Fact]
    public async Task A_list_that_names_itself_as_its_next_page_ends()
    {
        using var api = HttpScript.Always(200, List(1, Item(1, "198.51.100.1", "7")));
        using var client = Client(api.Url);

        Assert.Equal(ApiStatus.NotFound, (await client.ReadHolder()).Status);
        Assert.Single(api.Requests);
    }

    [Fact]
    public async Task An_IPv6_address_belongs_to_the_network_that_it_is_in()
    {
        using var api = new HttpScript((request, wire) => wire.Reply(200, request.Path.Contains('?') ? List(Item(Id, "2001:db8::/64", "42")) : One(Id, "2001:db8::/64", "42")));
        using var client = Client(api.Url);

        Assert.Equal(42, (await client.ReadHolder(s_v6)).DropletId);
        Assert.Equal(ApiStatus.NotFound, (await client.ReadHolder(IPAddress.Parse("2001:db8:1::1"))).Status);
    }

    [Fact]
    public async Task An_id_that_is_another_address_by_now_is_found_anew()
    {
        var moved = false;
        using var api = new HttpScript((request, wire) => wire.Reply(200,
            request.Path.Contains('?') ? List(Item(moved ? 5 : Id, Ip, "42"))
            : request.Path.EndsWith("/5", StringComparison.Ordinal) ? One(5, Ip, "43")
            : One(Id, moved ? "198.51.100.9" : Ip, "42")));
        using var client = Client(api.Url);
        Assert.Equal(42, (await client.ReadHolder()).DropletId);
        moved = true;

        Assert.Equal(43, (await client.ReadHolder()).DropletId);
    }

    [Theory]
    [InlineData(401, "unauthorized", ApiStatus.Unauthorized)]
    [InlineData(403, "token_readonly", ApiStatus.Forbidden)]
    [InlineData(403, "forbidden", ApiStatus.Forbidden)]
    [InlineData(404, "not_found", ApiStatus.NotFound)]
    [InlineData(423, "locked", ApiStatus.Refused)]
    [InlineData(423, "protected", ApiStatus.Refused)]
    [InlineData(422, "floating_ip_assigned", ApiStatus.Refused)]
    [InlineData(409, "conflict", ApiStatus.Refused)]
    [InlineData(410, "deprecated_api_endpoint", ApiStatus.Refused)]
    [InlineData(429, "rate_limit_exceeded", ApiStatus.RateLimited)]
    [InlineData(422, "service_error", ApiStatus.Failed)]
    [InlineData(503, "unavailable", ApiStatus.Failed)]
    [InlineData(502, "bad_gateway", ApiStatus.Failed)]
    [InlineData(422, "a_word_that_is_new", ApiStatus.Failed)]
    public async Task What_an_error_means_is_told_by_its_code(int status, string code, ApiStatus expected)
    {
        using var api = new HttpScript((request, wire) => request.Method == "POST"
            ? wire.Reply(status, $$$"""{"error":{"code":"{{{code}}}","message":"any words","details":null}}""")
            : wire.Reply(200, request.Path.Contains('?') ? List(Item(Id, Ip, "42")) : One(Id, Ip, "42")));
        using var client = Client(api.Url);

        var answer = await client.Assign(1, 43, () => true);

        Assert.Equal((expected, false), (answer.Status, answer.Accepted));
        Assert.Contains($"{code}: any words", answer.Detail);
    }

    [Theory]
    [InlineData("running", ActionStatus.InProgress)]
    [InlineData("success", ActionStatus.Completed)]
    [InlineData("error", ActionStatus.Errored)]
    [InlineData("paused", ActionStatus.Unknown)]
    public async Task An_accepted_assign_is_an_action(string word, ActionStatus expected)
    {
        using var api = new HttpScript((request, wire) => request.Method == "POST" ? wire.Reply(201, ActionOf(13, "running"))
            : wire.Reply(200, request.Path.Contains("actions", StringComparison.Ordinal) ? ActionOf(13, word) : List(Item(Id, Ip, "42"))));
        using var client = Client(api.Url);

        var answer = await client.Assign(9, 43, () => true);
        var read = await client.ReadAction(answer.ActionId);

        Assert.Equal((true, 13L, ActionStatus.InProgress), (answer.Accepted, answer.ActionId, answer.Action));
        Assert.Equal((ApiStatus.Ok, expected), (read.Status, read.Action));
        var post = api.Requests.Single(r => r.Method == "POST");
        Assert.Equal(($"/v1/floating_ips/{Id}/actions/assign", """{"server":43}"""), (post.Path, post.Body));
    }

    /// <summary>Refused because an action runs; or F38 and F36: accepted with no answer that can be read, so that its own action may run.</summary>
    [Theory]
    [InlineData(423, """{"error":{"code":"locked","message":"floating IP is locked","details":null}}""")]
    [InlineData(201, "{}")]
    [InlineData(500, "")]
    [InlineData(0, "")]
    public async Task After_a_refusal_for_a_lock_or_a_lost_answer_the_address_counts_as_locked_while_an_action_runs(int code, string body)
    {
        var running = true;
        using var api = new HttpScript((request, wire) => request.Method == "POST"
            ? Post(wire)
            : wire.Reply(200, request.Path.Contains("status=running", StringComparison.Ordinal) ? $$"""{"actions":[{{(running ? """{"id":1,"status":"running"}""" : "")}}]}"""
                : request.Path.Contains('?') ? List(Item(Id, Ip, "42")) : One(Id, Ip, "42")));
        using var client = Client(api.Url);
        Assert.False((await client.ReadHolder()).Locked);
        await client.Assign(1, 43, () => true);

        Assert.True((await client.ReadHolder()).Locked);
        running = false;
        Assert.False((await client.ReadHolder()).Locked);
        var asked = api.Requests.Count;
        await client.ReadHolder();
        // The lock is not asked about any more.
        Assert.Equal(asked + 1, api.Requests.Count);
        await client.Assign(2, 43, () => true);
        await client.ReadHolder();
        // Nor when the next one is refused as well; a lost answer is another matter.
        Assert.Equal(asked + (code == 423 ? 3 : 4), api.Requests.Count);

        Task Post(ScriptWire wire)
        {
            if (code != 0)
                return wire.Reply(code, body);
            wire.Reset();
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task A_question_for_the_lock_that_is_not_answered_is_asked_again()
    {
        var broken = true;
        using var api = new HttpScript((request, wire) => request.Method == "POST"
            ? wire.Reply(409, """{"error":{"code":"conflict","message":"please retry","details":null}}""")
            : request.Path.Contains("status=running", StringComparison.Ordinal) ? wire.Reply(broken ? 500 : 200, """{"actions":[{"id":1,"status":"running"}]}""")
            : wire.Reply(200, request.Path.Contains('?') ? List(Item(Id, Ip, "42")) : One(Id, Ip, "42")));
        using var client = Client(api.Url);
        await client.Assign(1, 43, () => true);

        Assert.False((await client.ReadHolder()).Locked);
        broken = false;
        Assert.True((await client.ReadHolder()).Locked);
    }

    [Theory]
    [InlineData("""{"floating_ips":"none"}""")]
    [InlineData("""{"weather":[]}""")]
    [InlineData("""{"floating_ips":[null,{"id":-1,"ip":null},{"id":"x"}]}""")]
    [InlineData("[]")]
    [InlineData("")]
    public async Task A_list_that_is_none_is_not_believed(string body)
    {
        using var api = HttpScript.Always(200, body);
        using var client = Client(api.Url);

        Assert.NotEqual(ApiStatus.Ok, (await client.ReadHolder()).Status);
        Assert.False((await client.Assign(1, 43, () => true)).Accepted);
        Assert.DoesNotContain(api.Requests, r => r.Method == "POST");
    }

    [Fact]
    public async Task The_token_is_in_no_answer()
    {
        using var api = HttpScript.Always(400, $$$"""{"error":{"code":"{{{Token}}}","message":"Bearer {{{Token}}}","details":null}}""");
        using var client = Client(api.Url);

        Assert.DoesNotContain(Token, (await client.ReadHolder()).ToString());
        Assert.DoesNotContain(Token, (await client.Assign(1, 43, () => true)).ToString());
        Assert.DoesNotContain(Token, (await client.ReadAction(1)).ToString());
    }

    [Fact]
    public async Task A_move_at_the_stand_in_from_the_request_to_the_holder()
    {
        await using var lab = await LabCloud.Start(new LabOptions
        {
            FloatingIps = [.. Enumerable.Range(1, 60).Select(i => new FloatingIpSpec(IPAddress.Parse($"198.51.100.{i}"), null)), new(IPAddress.Parse(Ip), Own), new(s_v6, Own)],
            Knobs = new() { AssignLatency = TimeSpan.FromMilliseconds(300) },
        });
        using var client = new HetznerClient(Config(lab.ApiUrl), Ground(() => LabOptions.DefaultToken));

        Assert.Equal(Own, (await client.ReadHolder()).DropletId);
        Assert.Equal(Own, (await client.ReadHolder(s_v6)).DropletId);
        var first = await client.Assign(1, 3164445, () => true);
        var second = await client.Assign(1, 3164445, () => true);
        Assert.True(first.Accepted, first.Detail);
        Assert.Equal(ApiStatus.Refused, second.Status);
        Assert.Contains("locked", second.Detail);
        Assert.True((await client.ReadHolder()).Locked);
        await Harness.Until.True(async () => (await client.ReadAction(first.ActionId)).Action == ActionStatus.Completed, "the action ends");
        Assert.Equal((3164445, false), ((await client.ReadHolder()).DropletId, (await client.ReadHolder()).Locked));
        Assert.Equal(ApiStatus.Refused, (await client.Assign(1, 3164445, () => true)).Status);
        Assert.Equal(ApiStatus.NotFound, (await client.Assign(1, 99, () => true)).Status);
        var known = await client.FindServer(3164445);
        Assert.Equal((ApiStatus.Ok, ApiStatus.Ok), ((await client.FindAddress(s_v6)).Status, known!.Status));
        Assert.NotNull((await client.ReadHolder()).Left);
    }

    [Fact]
    public async Task A_token_that_may_only_read_reads_and_does_not_move()
    {
        await using var lab = await LabCloud.Start(new LabOptions { Tokens = [new("reader", Token) { Scopes = new HashSet<string> { "read" } }] });
        using var client = Client(lab.ApiUrl);

        Assert.Equal(ApiStatus.Ok, (await client.ReadHolder()).Status);
        Assert.Equal(ApiStatus.Forbidden, (await client.Assign(1, 3164445, () => true)).Status);
    }

    [Fact]
    public async Task The_metadata_service_tells_which_server_this_is_and_is_no_witness()
    {
        await using var lab = await LabCloud.Start(new LabOptions());
        using var metadata = new HetznerMetadata(lab.MetadataUrl(3164445), IPAddress.Loopback);

        Assert.Equal(3164445, await metadata.ReadId());
        Assert.Equal((false, Witness.Unknown), (metadata.IsWitness, (await metadata.ReadOnce()).Witness));
    }

    private static FloatingIpConfig Config(Uri api) => FloatingIp(api) with { Vendor = CloudVendor.Hetzner };

    private static HetznerClient Client(Uri api) => new(Config(api), Ground());

    private static string Item(long id, string ip, string server) =>
        $$"""{"id":{{id}},"name":"web","description":null,"ip":"{{ip}}","type":"ipv4","server":{{server}},"blocked":false,"labels":{},"protection":{"delete":false} }""";

    private static string One(long id, string ip, string server) => $$"""{"floating_ip":{{Item(id, ip, server)}} }""";

    private static string List(params string[] items) => List(null, items);

    private static string List(int? next, params string[] items) =>
        $$$"""{"floating_ips":[{{{string.Join(',', items)}}}],"meta":{"pagination":{"page":1,"per_page":50,"next_page":{{{(next is { } n ? $"{n}" : "null")}}} } } }""";

    private static string ActionOf(long id, string status) => $$"""
        {"action":{"id":{{id}},"command":"assign_floating_ip","status":"{{status}}","progress":0,"started":"2026-01-30T23:50:00Z","finished":null,
          "resources":[{"id":42,"type":"server"}],"error":{{(status == "error" ? """{"code":"action_failed","message":"Action failed"}""" : "null")}} } }
        """;
}
