using System.Net;
using FlipAgent.Ctl;
using FlipAgent.Lab;
using FlipAgent.Naming;

namespace FlipAgent.Tests.Ctl;

/// <summary>What init finds by the API of the stand-in cloud, and what it does when it finds nothing or too much. Nobody is asked here.</summary>
public sealed class InitVerbTests : IDisposable
{
    private readonly InitGround _ground = new();

    public void Dispose() => _ground.Dispose();

    [Theory]
    [InlineData("digitalocean", "GET /v2/droplets?page=1&per_page=25, GET /v2/reserved_ips?page=1&per_page=25", "droplet_id")]
    [InlineData("hetzner", "GET /v1/servers?page=1&per_page=25, GET /v1/floating_ips?page=1&per_page=25", "server_id")]
    public async Task A_pair_and_its_address_are_filled_in_by_two_questions(string cloud, string asked, string key)
    {
        await using var lab = await LabCloud.Start(new());
        var run = await _ground.Init(lab, 3164445, cloud);

        Assert.Equal((0, ""), (run.Exit, run.Error));
        Assert.Contains($"  - {{name: haproxy-2, address: 10.110.0.3, {key}: 3164445, priority: 150}}\n  - {{name: haproxy-1, address: 10.110.0.2, {key}: 3164444, priority: 100}}\n", _ground.Text);
        Assert.Contains("  address: 203.0.113.10\n", _ground.Text);
        Assert.Contains($"  token_file: {_ground.TokenFile}\n", _ground.Text);
        Assert.Contains("The other node is haproxy-1 (10.110.0.2, ", run.Out);
        Assert.Equal(asked, string.Join(", ", InitGround.Asked(lab)));
        await _ground.IsValid();
    }

    [Fact]
    public async Task An_address_that_is_here_is_not_asked_for_and_region_and_anchor_are_told()
    {
        await using var lab = await LabCloud.Start(new());
        var run = await _ground.Init(lab, 3164444);
        Assert.Equal(["GET /v2/droplets?page=1&per_page=25"], InitGround.Asked(lab));
        Assert.Contains("It is in nyc3. What is sent to the reserved IP arrives at its anchor address, 10.17.73.28: HAProxy has to listen there", run.Out);
        await _ground.IsValid();
    }

    [Fact]
    public async Task Without_a_token_the_api_is_not_asked_and_the_file_is_as_ever()
    {
        await using var lab = await LabCloud.Start(new());
        var run = await _ground.Init(lab, 3164445, change: order => order with { TokenFile = null, Api = new("http://127.0.0.1:1") });
        Assert.Equal((0, ""), (run.Exit, run.Error));
        Assert.Empty(InitGround.Asked(lab));
        Assert.Contains("  - {name: haproxy-1, address: 0.0.0.0, droplet_id: 0, priority: 100}   # FILL IN\n", _ground.Text);
        Assert.Contains("  address: 0.0.0.0   # FILL IN: the reserved IP that clients connect to\n", _ground.Text);
        Assert.Contains("The rest says FILL IN.\n", run.Out);
        Assert.Contains("With the token of the API in /etc/flipagent/do-token before, init finds the reserved IP and the other droplet as well.\n", run.Out);
    }

    [Theory]
    [InlineData("401", FaultPoint.Api, FaultKind.Unauthorized, "the API of DigitalOcean does not accept the token in TOKEN (401 unauthorized", 1)]
    [InlineData("429", FaultPoint.Api, FaultKind.RateBurst, "the API of DigitalOcean wants no more requests for now (429 too_many_requests", 1)]
    [InlineData("503", FaultPoint.Api, FaultKind.Unavailable, "the API of DigitalOcean did not tell the droplets: 503", 1)]
    [InlineData("json", FaultPoint.Api, FaultKind.BrokenJson, "the API of DigitalOcean did not tell the droplets: the list cannot be read (200", 1)]
    [InlineData("other", FaultPoint.Api, FaultKind.OtherJson, "the API of DigitalOcean did not tell the droplets: the list cannot be read (200", 1)]
    [InlineData("huge", FaultPoint.Api, FaultKind.Huge, "the API of DigitalOcean did not tell the droplets: an answer of more than 256 KiB", 1)]
    [InlineData("away", FaultPoint.Api, FaultKind.Hang, "the API of DigitalOcean did not tell the droplets: no answer", 1)]
    [InlineData("scope", FaultPoint.Droplet, FaultKind.Forbidden, "the token in TOKEN is not allowed to list droplets (403 forbidden", 2)]
    [InlineData("list", FaultPoint.IpList, FaultKind.ServerError, "the API of DigitalOcean did not tell the reserved IPs: 500", 2)]
    public async Task What_goes_wrong_is_one_sentence_and_the_file_is_written(string name, FaultPoint where, FaultKind what, string sentence, int asked)
    {
        await using var lab = await LabCloud.Start(new());
        lab.Faults.Add(where, what);
        var run = await _ground.Init(lab, 3164445);
        Assert.Equal((name, 0), (name, run.Exit));
        Assert.Equal(asked, InitGround.Asked(lab).Length);
        Assert.StartsWith($"flipagentctl: warning: {sentence.Replace("TOKEN", _ground.TokenFile)}", run.Error);
        Assert.Equal(1, run.Error.Count(c => c == '\n'));
        Assert.Contains("# FILL IN: the reserved IP", _ground.Text);
    }

    [Fact]
    public async Task An_api_that_refuses_connections_is_one_sentence()
    {
        await using var lab = await LabCloud.Start(new());
        var run = await _ground.Init(lab, 3164445, api: new("http://127.0.0.1:1"));
        Assert.Equal(0, run.Exit);
        Assert.StartsWith("flipagentctl: warning: the API of DigitalOcean did not tell the droplets: ", run.Error);
        Assert.Equal(1, run.Error.Count(c => c == '\n'));
    }

    [Theory]
    [InlineData("no such", "the account is not asked: TOKEN is missing")]
    [InlineData("", "the account is not asked: TOKEN is empty")]
    [InlineData("two words", "the account is not asked: TOKEN holds no API token: it has spaces, line breaks or characters that no token has; expected the token alone")]
    [InlineData("\"in-quotes\"", "the account is not asked: TOKEN holds no API token: it is in quotes; expected the token alone")]
    public async Task A_token_that_is_none_is_not_sent(string token, string sentence)
    {
        await using var lab = await LabCloud.Start(new());
        var run = await _ground.Init(lab, 3164445, token: token == "no such" ? null : token);
        Assert.Equal(0, run.Exit);
        Assert.Contains(sentence.Replace("TOKEN", _ground.TokenFile), run.Error);
        Assert.Empty(InitGround.Asked(lab));
        Assert.Contains("FILL IN", _ground.Text);
    }

    [Fact]
    public async Task A_token_that_may_not_see_droplets_leaves_the_address_open_but_names_it()
    {
        await using var lab = await LabCloud.Start(new() { Tokens = [new("lab", LabOptions.DefaultToken) { Scopes = new HashSet<string> { "reserved_ip:read" } }] });
        await _ground.Init(lab, 3164445);
        Assert.Contains("  address: 0.0.0.0   # FILL IN: the reserved IP that clients connect to; the account has 203.0.113.10\n", _ground.Text);
    }

    [Fact]
    public async Task Several_machines_and_addresses_are_named_beside_FILL_IN_and_none_is_guessed()
    {
        await using var lab = await LabCloud.Start(InitGround.Machines(
            InitGround.Machine(1, "lb-1", "10.110.0.2"), InitGround.Machine(2, "lb-2", "10.110.0.3"), InitGround.Machine(3, "web", "10.110.0.4"),
            InitGround.Machine(4, "other", "10.110.0.5") with { Network = 99 }) with
        {
            FloatingIps = [new(IPAddress.Parse("203.0.113.10"), 2), new(IPAddress.Parse("203.0.113.11"), null), new(IPAddress.Parse("203.0.113.12"), null) { Region = "ams3" }],
        });
        var run = await _ground.Init(lab, 1);
        Assert.Equal((0, ""), (run.Exit, run.Error));
        Assert.Contains("droplet_id: 0, priority: 100}   # FILL IN; in this network: lb-2 10.110.0.3 droplet 2, web 10.110.0.4 droplet 3\n", _ground.Text);
        Assert.Contains("# FILL IN: the reserved IP that clients connect to; the account has 203.0.113.10, 203.0.113.11\n", _ground.Text);
    }

    [Fact]
    public async Task An_address_that_a_stranger_holds_is_not_taken()
    {
        await using var lab = await LabCloud.Start(InitGround.Machines(
            InitGround.Machine(1, "lb-1", "10.110.0.2"), InitGround.Machine(2, "lb-2", "10.110.0.3"), InitGround.Machine(3, "shop", "10.110.0.4") with { Network = 99 }) with
        { FloatingIps = [new(IPAddress.Parse("203.0.113.10"), 3)] });
        await _ground.Init(lab, 1);
        Assert.Contains("  - {name: lb-2, address: 10.110.0.3, droplet_id: 2, priority: 100}\n", _ground.Text);
        Assert.Contains("  address: 0.0.0.0   # FILL IN", _ground.Text);
    }

    [Fact]
    public async Task A_tag_narrows_the_search_and_this_machine_need_not_have_it()
    {
        await using var lab = await LabCloud.Start(InitGround.Machines(
            InitGround.Machine(1, "lb-1", "10.110.0.2"), InitGround.Machine(2, "lb-2", "10.110.0.3") with { Tags = ["lb"] }, InitGround.Machine(3, "web", "10.110.0.4")));
        await _ground.Init(lab, 1, change: order => order with { Tag = "lb" });
        Assert.Equal(["GET /v2/droplets?tag_name=lb&page=1&per_page=25", "GET /v2/droplets/1", "GET /v2/reserved_ips?page=1&per_page=25"], InitGround.Asked(lab));
        Assert.Contains("  - {name: lb-2, address: 10.110.0.3, droplet_id: 2, priority: 100}\n", _ground.Text);
    }

    [Fact]
    public async Task The_token_of_another_account_is_noticed_and_nothing_of_that_account_is_taken()
    {
        await using var here = await LabCloud.Start(new());
        await using var elsewhere = await LabCloud.Start(InitGround.Machines(InitGround.Machine(7, "theirs", "10.110.0.9")) with { FloatingIps = [new(IPAddress.Parse("203.0.113.99"), null)] });
        var run = await _ground.Init(here, 3164445, api: elsewhere.ApiUrl);
        Assert.Equal(0, run.Exit);
        Assert.Contains($"the account of the token in {_ground.TokenFile} does not show droplet 3164445 in a private network", run.Error);
        Assert.Single(InitGround.Asked(elsewhere));
        Assert.DoesNotContain("theirs", _ground.Text);
        Assert.DoesNotContain("203.0.113.99", _ground.Text);
    }

    [Theory]
    [InlineData("digitalocean", 300, 12, "")]
    [InlineData("hetzner", 300, 12, "")]
    [InlineData("digitalocean", 600, 20, "flipagentctl: warning: not all droplets were read: there are more than the 500 that were read; --tag narrows the search\n")]
    public async Task A_large_account_is_read_page_after_page_and_not_for_ever(string cloud, int machines, int pages, string error)
    {
        await using var lab = await LabCloud.Start(InitGround.Machines(
            [.. Enumerable.Range(1, machines).Select(n => InitGround.Machine(n, $"m-{n}", $"10.110.{n / 200}.{1 + (n % 200)}"))]));
        var run = await _ground.Init(lab, 1, cloud);
        Assert.Equal((0, error), (run.Exit, run.Error));
        Assert.Equal(pages, InitGround.Asked(lab).Count(what => what.Contains("per_page=25") && (what.Contains("droplets") || what.Contains("servers"))));
        Assert.Contains($"# FILL IN; in this network: ", _ground.Text);
        Assert.Contains($" and {Math.Min(machines, 500) - 1 - 5} more\n", _ground.Text);
    }

    [Fact]
    public async Task A_peer_of_the_same_name_gets_another_one()
    {
        await using var lab = await LabCloud.Start(InitGround.Machines(InitGround.Machine(1, "lb", "10.110.0.2"), InitGround.Machine(2, "lb", "10.110.0.3")) with
        { FloatingIps = [new(IPAddress.Parse("203.0.113.10"), 2)] });
        await _ground.Init(lab, 1);
        Assert.Contains("  - {name: lb, address: 10.110.0.2, droplet_id: 1, priority: 150}\n  - {name: haproxy-2, address: 10.110.0.3, droplet_id: 2, priority: 100}\n", _ground.Text);
        await _ground.IsValid();
    }

    [Fact]
    public async Task A_file_that_is_there_stays_and_nobody_is_asked()
    {
        await using var lab = await LabCloud.Start(new());
        await File.WriteAllTextAsync(_ground.File, "mine");
        var run = await _ground.Init(lab, 3164445, typed: []);
        Assert.Equal((1, $"flipagentctl: {_ground.File} exists already and is left as it is\n"), (run.Exit, run.Error));
        Assert.Empty(lab.History.All);
        Assert.Equal("mine", _ground.Text);
    }

    [Theory]
    [InlineData("--token-file", "dop_v1_canary0123456789abcdef", "--token-file: the value looks like the secret itself")]
    [InlineData("--api-url", "ftp://x", "--api-url \"ftp://x\" ")]
    [InlineData("--provider", "exec", "exec")]
    public async Task What_cannot_be_is_refused_on_the_command_line(string option, string value, string expected)
    {
        var run = await CtlRun.Of("init", _ground.File, option, value);
        Assert.Equal((2, ""), (run.Exit, run.Out));
        Assert.Contains(expected, run.Error);
        Assert.DoesNotContain("canary", run.Error);
        Assert.False(File.Exists(_ground.File));
    }

    [Fact]
    public async Task A_metadata_service_that_was_named_and_says_nothing_is_told()
    {
        var run = await CtlRun.Of("init", _ground.File, "--provider", "hetzner", "--metadata-url", "http://127.0.0.1:1");
        Assert.Equal(0, run.Exit);
        Assert.Contains("the metadata service (http://127.0.0.1:1/) does not say which server this machine is", run.Error);
        Assert.Contains("provider: hetzner", _ground.Text);
    }
    /// <summary>The firmware says whose machine this is, and the metadata service nothing.</summary>
    [Fact]
    public async Task The_example_is_that_of_the_cloud_whose_machine_this_is()
    {
        var terminal = CtlRun.Plain();
        var here = CloudVendor.Hetzner with { Metadata = new("http://127.0.0.1:1") };
        Assert.Equal(0, await new InitVerb(terminal) { Here = () => here }.Run(new InitOrder(_ground.File)));
        Assert.Contains("provider: hetzner", _ground.Text);
        Assert.Contains("set nodes, address and server ids in it", $"{terminal.Out}");
    }
}
