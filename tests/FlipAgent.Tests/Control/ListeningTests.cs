using System.Net;
using System.Net.Sockets;

namespace FlipAgent.Tests.Control;

public class ListeningTests
{
    [Fact]
    public async Task A_left_over_socket_that_nobody_listens_on_is_replaced()
    {
        await using var agent = AgentInMemory.Silent();
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            // Bound and renamed, so that closing it leaves the file, as a killed agent does.
            dead.Bind(new UnixDomainSocketEndPoint(agent.Socket + ".old"));
            File.Move(agent.Socket + ".old", agent.Socket);
        }
        Assert.True(Path.Exists(agent.Socket));

        Assert.Null(await agent.TryServe());
    }

    [Fact]
    public async Task Of_two_that_start_together_on_a_left_over_socket_exactly_one_serves()
    {
        for (var round = 0; round < 30; round++)
        {
            await using var agent = AgentInMemory.Silent();
            using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
            {
                dead.Bind(new UnixDomainSocketEndPoint(agent.Socket + ".old"));
                File.Move(agent.Socket + ".old", agent.Socket);
            }
            using var together = new Barrier(2);
            var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
            {
                together.SignalAndWait();
                return agent.StartServer();
            })));
            var serving = both.Where(one => one.Server is not null).ToList();
            Assert.Equal([$"control socket {agent.Socket}: address already in use by another flipagent"], both.Select(one => one.Error).OfType<string>());
            Assert.Single(serving);
            using (var client = Client.Of(agent))
                Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/healthz")).StatusCode);
            await serving[0].Server!.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_socket_that_somebody_listens_on_is_an_error_and_stays()
    {
        await using var agent = await AgentInMemory.Start();

        var error = await agent.TryServe();

        Assert.Equal($"control socket {agent.Socket}: address already in use by another flipagent", error);
        using var client = Client.Of(agent);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/status")).StatusCode);
    }

    [Fact]
    public async Task An_ordinary_file_in_the_way_is_not_deleted()
    {
        await using var agent = AgentInMemory.Silent();
        File.WriteAllText(agent.Socket, "precious");

        var error = await agent.TryServe();

        Assert.Equal($"control socket {agent.Socket}: there is a file that is not a socket; expected nothing or a socket there", error);
        Assert.Equal("precious", File.ReadAllText(agent.Socket));
    }

    [Fact]
    public async Task A_path_that_is_too_long_for_a_socket_says_so()
    {
        await using var agent = AgentInMemory.Silent();

        var error = await agent.TryServe(options => options with { SocketPath = "/tmp/" + new string('x', 120) });

        Assert.Contains("longer than the 107 bytes that the path", error);
    }

    [Fact]
    public async Task A_tcp_address_that_is_taken_is_an_error_and_leaves_no_socket()
    {
        await using var agent = AgentInMemory.Silent();
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();

        var error = await agent.TryServe(options => options with { Http = (IPEndPoint)other.LocalEndpoint });

        Assert.Equal($"control.http {other.LocalEndpoint}: address already in use by another program (ss -ltnp shows which)", error);
        Assert.False(Path.Exists(agent.Socket));
    }

    [Fact]
    public async Task Missing_directories_are_made_and_the_socket_is_removed_at_the_end()
    {
        await using var agent = AgentInMemory.Silent();
        var path = Path.Combine(agent.Directory, "run", "flipagent", "control.sock");

        Assert.Null(await agent.TryServe(options => options with { SocketPath = path }));

        Assert.True(Directory.Exists(Path.GetDirectoryName(path)));
        Assert.False(Path.Exists(path));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task The_tcp_listener_takes_GET_only(string method)
    {
        await using var agent = await AgentInMemory.Start(options => options with { Http = new IPEndPoint(IPAddress.Loopback, 0) });
        using var client = new HttpClient { BaseAddress = agent.Http };

        var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/v1/promote"));

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(["GET"], answer.Content.Headers.Allow);
        Assert.Empty(agent.Commands);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/status")).StatusCode);
    }

    [Fact]
    public async Task Stopping_takes_little_time_though_somebody_follows_the_events()
    {
        await using var agent = await AgentInMemory.Start();
        using var client = Client.Of(agent);
        using var follow = await client.GetAsync("/v1/events?follow=1", HttpCompletionOption.ResponseHeadersRead);
        var reading = follow.Content.ReadAsStringAsync();
        var clock = System.Diagnostics.Stopwatch.StartNew();

        await agent.StopServing();

        Assert.Equal("", await reading);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);
    }
}
