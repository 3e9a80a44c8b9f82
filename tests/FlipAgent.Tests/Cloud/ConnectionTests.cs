using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using FlipAgent.Cloud.Api;
using FlipAgent.Cloud.DigitalOcean;
using FlipAgent.Cloud.Hetzner;
using FlipAgent.Core;
using FlipAgent.Harness;
using FlipAgent.Naming;
using static FlipAgent.Tests.CloudFixtures;

namespace FlipAgent.Tests;

/// <summary>How the client of each cloud behaves when network, names and certificates do not: real sockets that reset, hang, drip and lie.</summary>
public abstract class ConnectionTests
{
    private protected abstract IFloatingIpProvider Provider(Uri api, ProviderGround ground);

    /// <summary>What this cloud answers to a question for the holder.</summary>
    private protected abstract string Holder(long server);

    /// <summary>What it answers to an assign.</summary>
    private protected abstract string Running(long action);

    private IFloatingIpProvider Client(
        Uri api, Func<string, IPAddress[]>? lookUp = null, X509Certificate2Collection? roots = null, double limitS = 5, string? stateDir = null) =>
        Provider(api, Ground(lookUp: lookUp, roots: roots, limitS: limitS, stateDir: stateDir));

    [Fact]
    public async Task An_assign_that_is_no_longer_wanted_is_not_sent()
    {
        using var api = new HttpScript((request, wire) => request.Method == "POST" ? wire.Reply(201, Running(5)) : wire.Reply(200, Holder(1)));
        using var client = Client(api.Url);
        var connected = false;

        var answer = await client.Assign(1, Own, () =>
        {
            // The question comes when the connection stands, not before (rule C1).
            connected = SpinWait.SpinUntil(() => api.Connections == 1, 10_000);
            return false;
        });

        Assert.True(connected);
        Assert.Equal((true, false), (answer.NotSent, answer.Accepted));
        await Task.Delay(100);
        // Hetzner Cloud was asked for the id of the address before.
        Assert.All(api.Raw, raw => Assert.StartsWith("GET ", raw));
        Assert.DoesNotContain(client.Counters.Requests, asked => asked.First == "assign" && asked.Count > 0);
        Assert.True((await client.Assign(2, Own, () => true)).Accepted);
    }

    [Fact]
    public async Task The_connection_is_kept_warm_from_a_read_to_the_assign()
    {
        using var api = new HttpScript((request, wire) =>
            request.Method == "POST" ? wire.Reply(201, Running(5)) : wire.Reply(200, Holder(1)));
        using var client = Client(api.Url);
        await client.ReadHolder();
        Assert.True((await client.Assign(1, Own, () => true)).Accepted);
        Assert.Equal(1, api.Connections);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task F38_an_assign_whose_connection_is_reset_after_it_was_taken_is_sent_once(bool warm)
    {
        using var api = new HttpScript((request, wire) =>
        {
            if (request.Method != "POST")
                return wire.Reply(200, Holder(1));
            wire.Reset();
            return Task.CompletedTask;
        });
        using var client = Client(api.Url);
        if (warm)
            await client.ReadHolder();

        var answer = await client.Assign(1, Own, () => true);

        Assert.Equal((ApiStatus.Failed, false, false), (answer.Status, answer.Accepted, answer.NotSent));
        Assert.Equal(ApiStatus.Ok, (await client.ReadHolder()).Status);
        Assert.Single(api.Requests, r => r.Method == "POST");
    }

    [Fact]
    public async Task F38_a_closed_connection_without_an_answer_is_not_a_second_assign_either()
    {
        using var api = new HttpScript((request, wire) =>
        {
            if (request.Method != "POST")
                return wire.Reply(200, Holder(1));
            wire.Close();
            return Task.CompletedTask;
        });
        using var client = Client(api.Url);
        await client.ReadHolder();
        Assert.Equal(ApiStatus.Failed, (await client.Assign(1, Own, () => true)).Status);
        Assert.Single(api.Requests, r => r.Method == "POST");
    }

    [Fact]
    public async Task A_read_whose_connection_breaks_is_asked_again_once()
    {
        var resets = 1;
        using var api = new HttpScript((_, wire) =>
        {
            if (resets-- <= 0)
                return wire.Reply(200, Holder(1));
            wire.Reset();
            return Task.CompletedTask;
        });
        using var client = Client(api.Url);
        Assert.Equal(ApiStatus.Ok, (await client.ReadHolder()).Status);
        resets = 9;
        Assert.Equal(ApiStatus.Failed, (await client.ReadHolder()).Status);
    }

    [Fact]
    public async Task F37_an_answer_that_never_comes_ends_after_5_s()
    {
        using var api = new HttpScript((_, wire) => wire.Hang());
        using var client = Client(api.Url);
        var (assign, took) = await Timed(client.Assign(1, Own, () => true));
        Assert.Equal((ApiStatus.Failed, false), (assign.Status, assign.NotSent));
        Assert.InRange(took.TotalSeconds, 4, 6.5);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 200000\r\n\r\n{")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Endless: ")]
    [InlineData("HTT")]
    [InlineData("")]
    public async Task F37_an_answer_that_drips_ends_at_the_deadline_and_the_next_one_uses_a_new_connection(string head)
    {
        var slow = true;
        using var api = new HttpScript((_, wire) => slow ? wire.Drip(head, drop: '1') : wire.Reply(200, Holder(1)));
        using var client = Client(api.Url, limitS: 1);

        var (read, took) = await Timed(client.ReadHolder());

        Assert.Equal(ApiStatus.Failed, read.Status);
        Assert.True(took.TotalSeconds < 4, $"took {took}");
        slow = false;
        Assert.Equal(ApiStatus.Ok, (await client.ReadHolder()).Status);
        // 2 s after the start the spare one is opened.
        Assert.InRange(api.Connections, 2, 3);
    }

    [Fact]
    public async Task F37_an_address_that_does_not_connect_is_passed_by()
    {
        using var hanging = new HangingPort(IPAddress.Parse("127.41.0.1"), 0);
        using var api = new HttpScript((_, wire) => wire.Reply(200, Holder(1)), at: new IPEndPoint(IPAddress.Parse("127.41.0.2"), hanging.Port));
        using var client = Client(new Uri($"http://api.test:{api.Port}"), lookUp: _ => [IPAddress.Parse("127.41.0.1"), IPAddress.Parse("127.41.0.2")]);

        var (read, took) = await Timed(client.ReadHolder());

        Assert.Equal(ApiStatus.Ok, read.Status);
        Assert.True(took.TotalSeconds < 4, $"took {took}");
    }

    [Fact]
    public async Task F37_a_TLS_handshake_that_hangs_is_passed_by()
    {
        using var authority = Certificate("Test CA", isAuthority: true);
        using var certificate = Certificate("api.test", authority);
        using var hanging = new TcpListener(IPAddress.Parse("127.41.1.1"), 0);
        hanging.Start();
        var port = ((IPEndPoint)hanging.LocalEndpoint).Port;
        using var api = new HttpScript((_, wire) => wire.Reply(200, Holder(1)), certificate, new IPEndPoint(IPAddress.Parse("127.41.1.2"), port));
        using var client = Client(
            new Uri($"https://api.test:{port}"), roots: [authority], lookUp: _ => [IPAddress.Parse("127.41.1.1"), IPAddress.Parse("127.41.1.2")]);
        var (read, took) = await Timed(client.ReadHolder());
        Assert.Equal(ApiStatus.Ok, read.Status);
        Assert.True(took.TotalSeconds < 4, $"took {took}");
    }

    [Fact]
    public async Task F37_a_TLS_handshake_that_hangs_everywhere_ends_at_the_deadline()
    {
        using var hanging = new TcpListener(IPAddress.Loopback, 0);
        hanging.Start();
        using var client = Client(new Uri($"https://{hanging.LocalEndpoint}"), limitS: 1);
        var (read, took) = await Timed(client.ReadHolder());
        Assert.Equal(ApiStatus.Failed, read.Status);
        Assert.True(took.TotalSeconds < 4, $"took {took}");
    }

    [Fact]
    public async Task F37_after_an_address_went_silent_the_next_one_is_tried()
    {
        using var silent = new HttpScript((_, wire) => wire.Hang(), at: new IPEndPoint(IPAddress.Parse("127.41.2.1"), 0));
        using var api = new HttpScript((_, wire) => wire.Reply(200, Holder(1)), at: new IPEndPoint(IPAddress.Parse("127.41.2.2"), silent.Port));
        using var client = Client(
            new Uri($"http://api.test:{api.Port}"), limitS: 1, lookUp: _ => [IPAddress.Parse("127.41.2.1"), IPAddress.Parse("127.41.2.2")]);
        Assert.Equal(ApiStatus.Failed, (await client.ReadHolder()).Status);
        Assert.Equal(ApiStatus.Ok, (await client.ReadHolder()).Status);
    }

    [Fact]
    public async Task A_port_that_nobody_listens_on_fails_at_once()
    {
        using var gone = new TcpListener(IPAddress.Loopback, 0);
        gone.Start();
        var url = new Uri($"http://{gone.LocalEndpoint}");
        gone.Stop();
        using var client = Client(url);
        var (read, took) = await Timed(client.ReadHolder());
        Assert.Equal(ApiStatus.Failed, read.Status);
        Assert.Contains("connection refused", read.Detail);
        Assert.True(took.TotalSeconds < 3, $"took {took}");
    }

    [Fact]
    public async Task F44_with_the_name_service_dead_the_kept_addresses_are_used()
    {
        var state = TempDir();
        using var api = HttpScript.Always(200, Holder(1));
        var url = new Uri($"http://api.test:{api.Port}");
        using (var first = Client(url, stateDir: state, lookUp: _ => [IPAddress.Loopback]))
            Assert.Equal(ApiStatus.Ok, (await first.ReadHolder()).Status);
        await Until.TrueAsync(() => File.Exists(Path.Combine(state, "api-addresses")), "the addresses are kept");

        using var next = Client(url, stateDir: state);
        Assert.Equal(ApiStatus.Ok, (await next.ReadHolder()).Status);
        await Until.TrueAsync(() => next.NameIsStale, "people are told that the name service is dead");
    }

    /// <summary>With no address of the past none can be used: the failure of the requests says what is wrong.</summary>
    [Fact]
    public void F44_a_dead_name_service_is_bridged_only_where_an_address_is_known()
    {
        var book = new FlipAgent.Outbound.AddressBook("api.test", null, new FlipAgent.Outbound.NameLookup(_ => throw new SocketException((int)SocketError.TryAgain)));
        Assert.Empty(book.InOrderWithin(TimeSpan.FromSeconds(5)));
        Assert.Empty(book.InOrderWithin(TimeSpan.FromSeconds(5)));
        Assert.False(book.IsStale);
    }

    [Fact]
    public async Task F44_with_the_name_service_stuck_a_known_address_costs_no_time()
    {
        using var stuck = new ManualResetEventSlim();
        var state = TempDir();
        await File.WriteAllTextAsync(Path.Combine(state, "api-addresses"), "# comment\nnonsense\napi.test 127.0.0.1\napi.test x\nother.test 127.9.9.9\n");
        using var api = HttpScript.Always(200, Holder(1), headers: "Connection: close\r\n");
        using var client = Client(new Uri($"http://api.test:{api.Port}"), stateDir: state, lookUp: _ =>
        {
            stuck.Wait();
            return [];
        });
        for (var i = 0; i < 3; i++)
        {
            var (read, took) = await Timed(client.ReadHolder());
            Assert.Equal(ApiStatus.Ok, read.Status);
            Assert.True(took.TotalSeconds < 2, $"took {took}");
        }
        stuck.Set();
    }

    [Fact]
    public async Task F44_a_name_that_was_never_known_ends_at_the_deadline_and_is_looked_up_anew()
    {
        using var stuck = new ManualResetEventSlim();
        var asked = 0;
        using var api = HttpScript.Always(200, Holder(1));
        using var client = Client(new Uri($"http://api.test:{api.Port}"), limitS: 2.5, lookUp: _ =>
        {
            if (Interlocked.Increment(ref asked) == 1)
                stuck.Wait();
            return [IPAddress.Loopback];
        });
        Assert.Equal(ApiStatus.Failed, (await client.ReadHolder()).Status);
        // The first question is still stuck; the second does not queue behind it.
        Assert.Equal(ApiStatus.Ok, (await client.ReadHolder()).Status);
        // The spare connection, which is opened beside it, may have asked, too.
        Assert.InRange(asked, 2, 3);
        stuck.Set();
    }

    [Fact]
    public async Task F44_when_no_kept_address_works_the_name_service_is_waited_for()
    {
        var state = TempDir();
        await File.WriteAllTextAsync(Path.Combine(state, "api-addresses"), "api.test 127.41.3.1\n");
        using var api = HttpScript.Always(200, Holder(1));
        using var client = Client(new Uri($"http://api.test:{api.Port}"), stateDir: state, lookUp: _ => [IPAddress.Loopback]);
        Assert.Equal(ApiStatus.Ok, (await client.ReadHolder()).Status);
    }

    [Fact]
    public async Task F45_a_self_signed_server_is_refused_and_gets_no_token()
    {
        using var certificate = Certificate("localhost");
        using var server = new HttpScript((_, wire) => wire.Reply(200, Holder(1)), certificate);
        // The production constructor: the system's authorities, the system's name service.
        using var client = Provider(new Uri($"https://localhost:{server.Port}"), new ProviderGround(null, () => Token, () => { }, Now));

        var read = await client.ReadHolder();
        var assign = await client.Assign(1, Own, () => true);

        Assert.Equal((ApiStatus.Failed, ApiStatus.Failed), (read.Status, assign.Status));
        Assert.Contains("TLS: the certificate is signed by", read.Detail);
        Assert.Empty(server.Requests);
        Assert.Empty(server.Raw);
    }

    [Fact]
    public async Task F45_a_certificate_for_another_name_is_refused()
    {
        using var authority = Certificate("Test CA", isAuthority: true);
        using var certificate = Certificate("evil.test", authority);
        using var server = new HttpScript((_, wire) => wire.Reply(200, Holder(1)), certificate);
        using var client = Client(new Uri($"https://api.test:{server.Port}"), roots: [authority], lookUp: _ => [IPAddress.Loopback]);
        Assert.Equal(ApiStatus.Failed, (await client.ReadHolder()).Status);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task F45_a_server_that_speaks_plain_HTTP_on_the_TLS_port_is_refused()
    {
        using var server = HttpScript.Always(200, Holder(1));
        using var client = Client(new Uri($"https://127.0.0.1:{server.Port}"), limitS: 1);
        Assert.Equal(ApiStatus.Failed, (await client.ReadHolder()).Status);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_trusted_server_is_talked_to_over_TLS_on_a_warm_connection()
    {
        using var authority = Certificate("Test CA", isAuthority: true);
        using var certificate = Certificate("api.test", authority);
        using var server = new HttpScript((request, wire) =>
            request.Method == "POST" ? wire.Reply(201, Running(5)) : wire.Reply(200, Holder(1)), certificate);
        using var client = Client(new Uri($"https://api.test:{server.Port}"), roots: [authority], lookUp: _ => [IPAddress.Loopback]);
        Assert.Equal(ApiStatus.Ok, (await client.ReadHolder()).Status);
        Assert.True((await client.Assign(1, Own, () => true)).Accepted);
        Assert.Equal(1, server.Connections);
        Assert.Equal($"api.test:{server.Port}", server.Requests.First().Headers["Host"]);
    }
}

public sealed class DigitalOceanConnectionTests : ConnectionTests
{
    private protected override IFloatingIpProvider Provider(Uri api, ProviderGround ground) => new DigitalOceanClient(FloatingIp(api), Own, ground);

    private protected override string Holder(long server) => CloudFixtures.Holder(server);

    private protected override string Running(long action) => Action(action, "in-progress");
}

public sealed class HetznerConnectionTests : ConnectionTests
{
    private protected override IFloatingIpProvider Provider(Uri api, ProviderGround ground) => new HetznerClient(FloatingIp(api) with { Vendor = CloudVendor.Hetzner }, ground);

    /// <summary>The list, which gives the id, and the address in one.</summary>
    private protected override string Holder(long server)
    {
        var ip = $$"""{"id":4711,"ip":"{{Ip}}","type":"ipv4","server":{{server}} }""";
        return $$"""{"floating_ip":{{ip}},"floating_ips":[{{ip}}]}""";
    }

    private protected override string Running(long action) => $$"""{"action":{"id":{{action}},"command":"assign_floating_ip","status":"running","error":null} }""";
}
