using System.Net;
using System.Net.Sockets;
using FlipAgent.Cloud;
using FlipAgent.Config;
using FlipAgent.Core;
using static FlipAgent.Tests.CloudFixtures;

namespace FlipAgent.Tests;

/// <summary>The guard: the service through the floating IP, asked anew each time and never for longer than it may take.</summary>
// Probes that time out after guard_timeout.
[Trait("Category", "RealTime")]
public class GuardProbeTests
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(400);

    [Theory]
    [InlineData(200, true)]
    [InlineData(204, true)]
    [InlineData(299, true)]
    [InlineData(301, false)]
    [InlineData(404, false)]
    [InlineData(503, false)]
    public async Task An_http_guard_lives_on_any_2xx(int code, bool alive)
    {
        using var service = HttpScript.Always(code, "x", "text/plain");
        var answer = await Probe(Guard(new Uri(service.Url, "/haproxy_check?x=1"), Slow));
        Assert.Equal(alive, answer.Alive);
        Assert.Contains($"HTTP {code}", answer.Detail);
        var request = Assert.Single(service.Requests);
        Assert.Equal(("GET", "/haproxy_check?x=1", service.EndPoint.ToString()), (request.Method, request.Path, request.Headers["Host"]));
    }

    [Fact]
    public async Task Each_probe_is_a_new_connection()
    {
        using var service = HttpScript.Always(200, "x", "text/plain");
        var guard = Guard(service.Url, Slow);
        for (var i = 0; i < 3; i++)
            Assert.True((await Probe(guard)).Alive);
        Assert.Equal(3, service.Connections);
    }

    [Fact]
    public async Task It_asks_as_the_check_it_came_from_asks()
    {
        using var service = HttpScript.Always(404, "x", "text/plain");
        var like = new CheckConfig.Http(service.Url, [404], "www.example.com", Sni: null, VerifyTls: true, ProxyV2: false) { Name = "guard" };
        Assert.True((await Probe(new GuardProbe(like, Slow, Sees))).Alive);
        Assert.Equal("www.example.com", Assert.Single(service.Requests).Headers["Host"]);
    }

    [Fact]
    public async Task A_PROXY_header_goes_first_when_the_check_sends_one()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var url = new Uri($"http://{listener.LocalEndpoint}");
        var like = new CheckConfig.Http(url, [], Host: null, Sni: null, VerifyTls: true, ProxyV2: true) { Name = "guard" };
        var probe = Probe(new GuardProbe(like, Slow, Sees));
        using var client = await listener.AcceptSocketAsync();
        var head = new byte[20];
        for (var n = 0; n < head.Length;)
            n += await client.ReceiveAsync(head.AsMemory(n));
        Assert.Equal("0D0A0D0A000D0A515549540A20000000"u8.ToArray(), System.Text.Encoding.ASCII.GetBytes(Convert.ToHexString(head.AsSpan(0, 16))));
        Assert.Equal("GET "u8.ToArray(), head[16..]);
        await client.SendAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray());
        client.Close();
        Assert.True((await probe).Alive);
    }

    [Fact]
    public async Task A_tcp_guard_lives_when_it_connects_and_ends_in_peace()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Assert.True((await Probe(Guard(new Uri($"tcp://{listener.LocalEndpoint}"), Slow))).Alive);
        using var client = await listener.AcceptSocketAsync();
        // A FIN reads as the end of the stream; a reset would throw.
        Assert.Equal(0, await client.ReceiveAsync(new byte[1]));
    }

    [Fact]
    public async Task An_https_guard_asks_whether_it_lives_and_not_who_it_is()
    {
        using var certificate = Certificate("expired.example");
        using var service = new HttpScript((_, wire) => wire.Reply(200, "x", "text/plain"), certificate);
        Assert.True((await Probe(Guard(service.Url, TimeSpan.FromSeconds(5)))).Alive);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("tcp")]
    public async Task A_port_that_nobody_listens_on_is_dead_at_once(string scheme)
    {
        using var gone = new TcpListener(IPAddress.Loopback, 0);
        gone.Start();
        var url = new Uri($"{scheme}://{gone.LocalEndpoint}");
        gone.Stop();
        var answer = await Probe(Guard(url, Slow));
        Assert.Equal((false, "connection refused"), (answer.Alive, answer.Detail));
    }

    [Theory]
    [InlineData("http")]
    [InlineData("tcp")]
    public async Task A_connection_that_hangs_is_dead_at_the_time_out(string scheme)
    {
        using var hanging = new HangingPort(IPAddress.Parse("127.41.6.1"), 0);
        await DeadInTime(new Uri($"{scheme}://127.41.6.1:{hanging.Port}"));
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task A_service_that_takes_the_connection_and_says_nothing_is_dead_at_the_time_out(string scheme)
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await DeadInTime(new Uri($"{scheme}://{silent.LocalEndpoint}"));
    }

    [Fact]
    public async Task A_service_that_drips_its_answer_is_dead_at_the_time_out()
    {
        using var service = new HttpScript((_, wire) => wire.Drip("HTTP/1.1 2", drop: '0', everyMs: 100));
        await DeadInTime(service.Url);
    }

    [Fact]
    public async Task A_live_service_that_never_ends_its_body_does_not_take_the_whole_time_out()
    {
        using var service = new HttpScript((_, wire) => wire.Drip("HTTP/1.1 200 OK\r\n\r\n", everyMs: 5));
        var (answer, took) = await Timed(Probe(Guard(service.Url, TimeSpan.FromSeconds(30))));
        Assert.True(answer.Alive);
        Assert.True(took.TotalSeconds < 5, $"took {took}");
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("HTTP/1.1 2x0 OK\r\n\r\n")]
    [InlineData("HTTP/2 200\r\n\r\n")]
    [InlineData("\n")]
    [InlineData("")]
    public async Task Something_else_on_the_port_is_dead(string greeting)
    {
        using var service = new HttpScript(async (_, wire) =>
        {
            await wire.Send(greeting);
            wire.Close();
        });
        Assert.False((await Probe(Guard(service.Url, Slow))).Alive);
    }

    /// <summary>It has answered, if not as a service does: no machine that is silent.</summary>
    [Fact]
    public async Task Something_else_that_never_ends_its_line_is_dead_at_once()
    {
        using var service = new HttpScript((_, wire) => wire.Drip("binary nonsense", everyMs: 20));
        var (answer, took) = await Timed(Probe(Guard(service.Url, TimeSpan.FromSeconds(20))));
        Assert.Equal((false, false), (answer.Alive, answer.TimedOut));
        Assert.StartsWith("the answer is not HTTP", answer.Detail);
        Assert.True(took.TotalSeconds < 5, $"took {took}");
    }

    /// <summary>RFC 9110 section 15.2: HAProxy sends 103 before the answer where it is told to (http-request early-hint).</summary>
    [Theory]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\n", true, "HTTP 200")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", true, "HTTP 200")]
    [InlineData("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 503 Service Unavailable\r\n\r\n", false, "HTTP 503")]
    [InlineData("HTTP/1.1 103 Early Hints\r\n\r\n", false, "closed without an answer")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\n\r\n", false, "HTTP 101")]
    public async Task What_comes_before_the_answer_is_not_the_answer(string reply, bool alive, string detail)
    {
        using var service = new HttpScript(async (_, wire) =>
        {
            await wire.Send(reply);
            wire.Close();
        });
        var answer = await Probe(Guard(service.Url, Slow));
        Assert.Equal(alive, answer.Alive);
        Assert.StartsWith(detail, answer.Detail);
    }

    [Fact]
    public async Task A_reset_instead_of_an_answer_is_dead()
    {
        using var service = new HttpScript((_, wire) =>
        {
            wire.Reset();
            return Task.CompletedTask;
        });
        Assert.False((await Probe(Guard(service.Url, Slow))).Alive);
    }

    [Fact]
    public async Task A_name_is_looked_up()
    {
        using var service = HttpScript.Always(200, "x", "text/plain");
        Assert.True((await Probe(Guard(new Uri($"http://localhost:{service.Port}/"), Slow))).Alive);
        Assert.Equal($"localhost:{service.Port}", Assert.Single(service.Requests).Headers["Host"]);
        Assert.Equal((false, "host name not found"), Told(await Probe(Guard(new Uri("http://no-such-name.invalid/"), Slow))));
    }

    /// <summary>The address comes and goes while the agent runs.</summary>
    [Fact]
    public async Task A_target_on_this_machine_is_no_witness_and_is_not_even_connected()
    {
        using var service = HttpScript.Always(200, "x", "text/plain");
        var here = true;
        var check = new CheckConfig.Http(service.Url, [], Host: null, Sni: null, VerifyTls: false, ProxyV2: false) { Name = "guard" };
        var guard = new GuardProbe(check, Slow, target => here ? $"it asks {target}, which is an address of this machine" : null);
        Assert.Equal(new Input.GuardAnswered(false, "it asks 127.0.0.1, which is an address of this machine") { CannotTell = true }, await Probe(guard));
        Assert.Equal(0, service.Connections);
        here = false;
        Assert.True(await Probe(guard) is { Alive: true, CannotTell: false });
        here = true;
        Assert.True((await Probe(guard)).CannotTell);
    }

    [Fact]
    public void Another_kind_of_check_is_a_mistake_of_the_caller() =>
        Assert.Throws<ArgumentException>(() => new GuardProbe(new CheckConfig.HaProxy("/run/haproxy.sock") { Name = "x" }, s_timeout, Sees));

    private static (bool, string) Told(Input.GuardAnswered answer) => (answer.Alive, answer.Detail);

    // For answers that come at once: only a machine that stands still needs this long.
    private static TimeSpan Slow => TimeSpan.FromSeconds(10);

    private static Task<Input.GuardAnswered> Probe(GuardProbe guard) => Task.Factory.StartNew(guard.Probe, TaskCreationOptions.LongRunning);

    private static async Task DeadInTime(Uri url)
    {
        var (answer, took) = await Timed(Probe(Guard(url, s_timeout)));
        Assert.Equal((false, "no answer within 400 ms"), (answer.Alive, answer.Detail));
        Assert.InRange(took.TotalMilliseconds, 350, 2000);
    }
}
