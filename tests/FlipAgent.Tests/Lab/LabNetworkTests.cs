using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json.Nodes;
using FlipAgent.Harness;
using FlipAgent.Lab;

namespace FlipAgent.Tests.Lab;

/// <summary>What surrounds the API: metadata per droplet, the wires of the floating IP, Slack, and the lab as a program of its own.</summary>
[SupportedOSPlatform("linux")]
// Real connections through a data plane that moves after a real time.
[Trait("Category", "RealTime")]
public sealed class LabNetworkTests : IAsyncLifetime, IDisposable
{
    private const long One = 3164444;
    private const long Two = 3164445;

    // Addresses of this class alone, so that a fixed port is free on them.
    private const string Floating = "127.81.7.10";
    private const int Port = 18001;
    private LabCloud _lab = null!;
    private CloudCaller _api = null!;

    public async Task InitializeAsync()
    {
        _lab = await LabCloud.Start(new LabOptions
        {
            Droplets = [new(One, "haproxy-1", IPAddress.Parse("127.81.7.2")), new(Two, "haproxy-2", IPAddress.Parse("127.81.7.3"))],
            FloatingIps = [new(IPAddress.Parse(Floating), One)],
            Forward = [Port],
            Knobs = new() { AssignLatency = TimeSpan.FromMilliseconds(50) },
        });
        _api = new(_lab);
    }

    public async Task DisposeAsync() => await _lab.DisposeAsync();

    public void Dispose() => _api.Dispose();

    [Theory]
    [InlineData("id", "3164445")]
    [InlineData("hostname", "haproxy-2")]
    [InlineData("region", "nyc3")]
    [InlineData("reserved_ip/ipv4/active", "false")]
    [InlineData("floating_ip/ipv4/active", "false")]
    [InlineData("interfaces/private/0/ipv4/address", "127.81.7.3")]
    [InlineData("interfaces/public/0/anchor_ipv4/netmask", "255.255.0.0")]
    [InlineData("tags/", "web-lb")]
    [InlineData("reserved_ip/", "ipv4/\nipv6/")]
    public async Task The_metadata_tree_is_text(string path, string value) =>
        Assert.Equal(value, await _api.Text($"/droplets/{Two}/metadata/v1/{path}"));

    [Fact]
    public async Task Metadata_without_a_slash_is_301_and_an_unknown_path_404()
    {
        using var moved = await _api.Raw($"/droplets/{Two}/metadata/v1/reserved_ip");
        using var unknown = await _api.Raw($"/droplets/{Two}/metadata/v1/reserved_ip/ipv4/ip_address");
        using var stranger = await _api.Raw("/metadata/v1/id");
        Assert.Equal(HttpStatusCode.MovedPermanently, moved.StatusCode);
        Assert.EndsWith("/reserved_ip/", moved.Headers.Location!.ToString());
        Assert.Equal([HttpStatusCode.NotFound, HttpStatusCode.NotFound], [unknown.StatusCode, stranger.StatusCode]);
    }

    [Fact]
    public async Task Metadata_knows_a_droplet_by_its_source_address()
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancel) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Parse("127.81.7.3"), 0));
                await socket.ConnectAsync(context.DnsEndPoint, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        Assert.Equal("3164445", await http.GetStringAsync(new Uri(_lab.ApiUrl, "/metadata/v1/id")));
    }

    [Fact]
    public async Task The_metadata_document_follows_a_move_after_its_lag()
    {
        _lab.Knobs.MetadataLag = TimeSpan.FromMilliseconds(500);
        Assert.True((await Document(One))["reserved_ip"]!["ipv4"]!["active"]!.GetValue<bool>());
        var clock = Stopwatch.StartNew();
        _lab.Move(Two);
        while (!(await Document(Two))["reserved_ip"]!["ipv4"]!["active"]!.GetValue<bool>())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(15));
            await Task.Delay(10);
        }

        Assert.True(clock.Elapsed >= TimeSpan.FromMilliseconds(490), $"after {clock.Elapsed}");
        var before = await Document(One);
        Assert.False(before["reserved_ip"]!["ipv4"]!["active"]!.GetValue<bool>());
        Assert.Null(before["reserved_ip"]!["ipv4"]!["ip_address"]);
        Assert.Equal(Floating, await _api.Text($"/droplets/{Two}/metadata/v1/floating_ip/ipv4/ip_address"));
    }

    [Fact]
    public async Task Metadata_can_be_down_for_all_or_faulty_for_one()
    {
        _lab.Faults.Add(new Fault(FaultPoint.Metadata, FaultKind.ServerError) { Source = $"{Two}" });
        using var faulty = await _api.Raw($"/droplets/{Two}/metadata/v1/id");
        using var fine = await _api.Raw($"/droplets/{One}/metadata/v1/id");
        Assert.Equal([HttpStatusCode.InternalServerError, HttpStatusCode.OK], [faulty.StatusCode, fine.StatusCode]);
        _lab.Knobs.MetadataUp = false;
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _api.Raw($"/droplets/{One}/metadata/v1/id"));
    }

    [Fact]
    public async Task Connections_to_the_floating_ip_reach_the_holder_and_follow_it()
    {
        using var one = new EchoNode("127.81.7.2", Port);
        using var two = new EchoNode("127.81.7.3", Port);
        Assert.Equal("127.81.7.2 hello", await Ask("hello"));
        await _api.Finished((await _api.Assign(Two, $"/v2/reserved_ips/{Floating}")).Body);
        await _lab.History.WaitFor(e => e.Kind == "traffic", TimeSpan.FromSeconds(10));
        await Until.True(async () => await Ask("hello") == "127.81.7.3 hello", "the echo of the holder");
    }

    [Fact]
    public async Task A_move_resets_the_connections_of_the_old_holder()
    {
        using var one = new EchoNode("127.81.7.2", Port);
        using var client = await Connect();
        await client.SendAsync("first"u8.ToArray());
        Assert.NotEqual(0, await client.ReceiveAsync(new byte[100]));
        _lab.Move(Two);
        var failed = await Assert.ThrowsAsync<SocketException>(() => client.ReceiveAsync(new byte[100]).WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal(SocketError.ConnectionReset, failed.SocketErrorCode);
    }

    [Fact]
    public async Task With_no_holder_or_with_the_holder_off_or_dead_the_client_is_reset()
    {
        Assert.Null(await Ask("a dead holder"));
        using var one = new EchoNode("127.81.7.2", Port);
        await Until.True(async () => await Ask("alive") is not null, "an answer");
        _lab.Power(One, on: false);
        Assert.Null(await Ask("off"));
        _lab.Power(One, on: true);
        Assert.NotNull(await Ask("on"));
        _lab.Move(null);
        await Until.True(async () => await Ask("nobody") is null, "no answer");
    }

    [Fact]
    public async Task With_no_holder_the_client_may_also_hear_nothing_at_all()
    {
        _lab.Knobs.NoHolder = NoHolder.Drop;
        _lab.Power(One, on: false);
        using var client = await Connect();
        await client.SendAsync("anybody there?"u8.ToArray());
        await Assert.ThrowsAsync<TimeoutException>(() => client.ReceiveAsync(new byte[100]).WaitAsync(TimeSpan.FromMilliseconds(500)));
    }

    [Fact]
    public async Task Traffic_follows_an_assign_after_the_lag_of_the_data_plane()
    {
        using var one = new EchoNode("127.81.7.2", Port);
        using var two = new EchoNode("127.81.7.3", Port);
        _lab.Knobs.DataPlaneLag = TimeSpan.FromMilliseconds(700);
        _lab.Move(Two);
        Assert.Equal("127.81.7.2 early", await Ask("early"));
        var holder = await _lab.History.WaitFor(e => e.Kind == "holder", TimeSpan.FromSeconds(10));
        var traffic = await _lab.History.WaitFor(e => e.Kind == "traffic", TimeSpan.FromSeconds(10));
        Assert.True(traffic!.At - holder!.At >= TimeSpan.FromMilliseconds(690));
        await Until.True(async () => await Ask("late") == "127.81.7.3 late", "the echo of the new holder");
    }

    [Fact]
    public async Task Slack_takes_a_message_and_answers_ok()
    {
        using var answer = await _api.RawPost(_lab.SlackUrl.AbsolutePath, """{"text":"haproxy-2 is master"}""");
        Assert.Equal("ok", await answer.Content.ReadAsStringAsync());
        Assert.Equal("text/plain", answer.Content.Headers.ContentType!.MediaType);
        var message = Assert.Single(_lab.SlackMessages);
        Assert.Equal("haproxy-2 is master", message.Text);
        Assert.Equal("haproxy-2 is master", (await _api.Get("/lab/slack")).Body![0]!["text"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("not json", "invalid_payload")]
    [InlineData("{}", "no_text")]
    public async Task Slack_refuses_what_is_no_message(string body, string error)
    {
        using var answer = await _api.RawPost(_lab.SlackUrl.AbsolutePath, body);
        Assert.Equal((HttpStatusCode.BadRequest, error), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Empty(_lab.SlackMessages);
    }

    [Theory]
    [InlineData("404", 404, "no_service")]
    [InlineData("500", 500, "rollup_error")]
    [InlineData("429-burst", 429, "rate_limited")]
    public async Task Slack_can_fail_in_plain_text(string word, int status, string text)
    {
        await _api.Post("/lab/faults", $$"""{"on":"slack","fault":"{{word}}","next":1,"retry_after_s":3}""");
        using var answer = await _api.RawPost(_lab.SlackUrl.AbsolutePath, """{"text":"x"}""");
        Assert.Equal((status, text), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal(status == 429 ? TimeSpan.FromSeconds(3) : null, answer.Headers.RetryAfter?.Delta);
        Assert.Empty(_lab.SlackMessages);
    }

    [Fact]
    public async Task An_address_that_is_taken_is_named()
    {
        var options = new LabOptions { FloatingIps = [new(IPAddress.Parse(Floating), null)], Forward = [Port] };
        var failed = await Assert.ThrowsAsync<InvalidOperationException>(() => LabCloud.Start(options));
        Assert.Contains($"{Floating}:{Port} cannot be bound", failed.Message);
    }

    [Fact]
    public async Task The_lab_runs_as_a_program_and_calls_the_move_command()
    {
        var folder = Directory.CreateTempSubdirectory("flipagent-lab-");
        var token = Path.Combine(folder.FullName, "token");
        var moves = Path.Combine(folder.FullName, "moves");
        var hook = Path.Combine(folder.FullName, "hook");
        await File.WriteAllTextAsync(token, "t1\n");
        await File.WriteAllTextAsync(hook, $"#!/bin/sh\necho \"$1 $2\" >> {moves}\n");
        File.SetUnixFileMode(hook, (UnixFileMode)0b111_101_101);
        using var lab = new LabProgram(null, null, "--token", $"n,{token}", "--assign-latency", "10", "--on-move", hook);
        Assert.StartsWith("http://127.0.0.1:", $"{lab.Url}");
        using var http = new HttpClient { BaseAddress = lab.Url };
        http.DefaultRequestHeaders.Authorization = new("Bearer", "t1");
        using var body = new StringContent($$"""{"type":"assign","droplet_id":{{Two}}}""");
        using var posted = await http.PostAsync(CloudCaller.Ip + "/actions", body);
        Assert.Equal(HttpStatusCode.Created, posted.StatusCode);
        await Until.True(async () => File.Exists(moves) && await File.ReadAllTextAsync(moves) == "203.0.113.10 10.110.0.3\n", "the move command has run");
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("--droplet 5", "--droplet 5: expected ID,NAME,ADDRESS[,MORE]...")]
    [InlineData("--listen here", "--listen here: expected ADDRESS:PORT")]
    [InlineData("--forward 9-3", "--forward 9-3: expected PORT or PORT-PORT")]
    [InlineData("--frobnicate 1", "unknown option --frobnicate")]
    [InlineData("--listen", "--listen needs a value")]
    public void The_program_says_what_is_wrong_with_an_option(string line, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => ServeVerb.Parse(line.Split(' '))).Message);

    private async Task<JsonNode> Document(long droplet) => (await _api.Get($"/droplets/{droplet}/metadata/v1.json")).Body!;

    private static async Task<Socket> Connect()
    {
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(Floating, Port);
        return client;
    }

    /// <summary>One question through the floating IP; null: reset or closed without an answer.</summary>
    private static async Task<string?> Ask(string question)
    {
        try
        {
            using var client = await Connect();
            await client.SendAsync(Encoding.ASCII.GetBytes(question));
            var buffer = new byte[200];
            var count = await client.ReceiveAsync(buffer).WaitAsync(TimeSpan.FromSeconds(10));
            return count == 0 ? null : Encoding.ASCII.GetString(buffer, 0, count);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>A droplet's service: answers what it hears with its own address before it.</summary>
    private sealed class EchoNode : IDisposable
    {
        private readonly TcpListener _listener;

        public EchoNode(string address, int port)
        {
            _listener = new(IPAddress.Parse(address), port);
            _listener.Start();
            _ = Serve(address);
        }

        public void Dispose() => _listener.Dispose();

        private async Task Serve(string address)
        {
            while (true)
            {
                Socket client;
                try
                {
                    client = await _listener.AcceptSocketAsync();
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    return;
                }

                _ = Task.Run(async () =>
                {
                    using (client)
                    {
                        var buffer = new byte[200];
                        int count;
                        while ((count = await client.ReceiveAsync(buffer)) > 0)
                        {
                            await client.SendAsync(Encoding.ASCII.GetBytes($"{address} {Encoding.ASCII.GetString(buffer, 0, count)}"));
                        }
                    }
                });
            }
        }
    }
}
