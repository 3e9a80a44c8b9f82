using System.Net;

namespace FlipAgent.Tests.Control;

/// <summary>Readers that follow the events take no connection that others need, and the TCP listener is asked by its own names only.</summary>
public sealed class FollowTests
{
    private const string Follow = "/v1/events?follow=1";

    [Fact]
    public async Task F63_Followers_over_tcp_have_eight_seats_and_the_rest_is_answered_503_while_others_are_served()
    {
        await using var agent = await AgentInMemory.Start(options => options with { Http = new IPEndPoint(IPAddress.Loopback, 0) });
        using var client = new HttpClient { BaseAddress = agent.Http };
        List<HttpResponseMessage> followers = [];
        for (var i = 0; i < 20; i++)
            followers.Add(await client.GetAsync(Follow, HttpCompletionOption.ResponseHeadersRead));
        Assert.Equal(8, followers.Count(f => f.StatusCode == HttpStatusCode.OK));
        Assert.Equal(12, followers.Count(f => f.StatusCode == HttpStatusCode.ServiceUnavailable));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/healthz")).StatusCode);
        // A seat is free again when its reader has gone.
        followers.ForEach(f => f.Dispose());
        Assert.True(await Eventually(async () =>
        {
            using var again = await client.GetAsync(Follow, HttpCompletionOption.ResponseHeadersRead);
            return again.StatusCode == HttpStatusCode.OK;
        }));
    }

    [Fact]
    public async Task F63_A_follower_over_tcp_is_let_go_when_nothing_happens_and_one_on_the_socket_is_not()
    {
        await using var agent = await AgentInMemory.Start(options => options with
        { Http = new IPEndPoint(IPAddress.Loopback, 0), FollowIdleTimeout = TimeSpan.FromMilliseconds(100) });
        using var tcp = new HttpClient { BaseAddress = agent.Http };
        using var unix = Client.Of(agent);
        using var over = await tcp.GetAsync(Follow, HttpCompletionOption.ResponseHeadersRead);
        using var here = await unix.GetAsync(Follow, HttpCompletionOption.ResponseHeadersRead);
        var stays = here.Content.ReadAsStringAsync();
        Assert.Equal("", await over.Content.ReadAsStringAsync());
        Assert.False(stays.IsCompleted);
    }

    /// <summary>That it stops, and to whom it hands over, is the last that an agent has to say.</summary>
    [Fact]
    public async Task The_last_words_of_an_agent_reach_who_follows_it()
    {
        for (var round = 0; round < 20; round++)
        {
            await using var agent = await AgentInMemory.Start();
            using var client = Client.Of(agent);
            using var follower = await client.GetAsync(Follow, HttpCompletionOption.ResponseHeadersRead);
            agent.Happened(Reports.Event(1, 2, "stopping", "the agent is stopping"));
            agent.Happened(Reports.Event(2, 2, "released", "given up"));
            await agent.StopServing();
            var lines = (await follower.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal([1, 2], lines.Select(line => System.Text.Json.Nodes.JsonNode.Parse(line)!["id"]!.GetValue<long>()));
        }
    }

    [Theory]
    [InlineData("127.0.0.1:9166", 200)]
    [InlineData("[::1]:9166", 200)]
    [InlineData("localhost", 200)]
    [InlineData("haproxy-1:9166", 200)]
    [InlineData("LB1.example.com", 200)]
    [InlineData("lb1.example.com.:9166", 200)]
    [InlineData("lb1.example.com.evil.example", 421)]
    [InlineData("evil.example:9166", 421)]
    [InlineData("127.0.0.1.evil.example", 421)]
    public async Task A_name_that_is_not_the_listeners_own_is_refused_over_tcp(string host, int status)
    {
        await using var agent = await AgentInMemory.Start(options => options with { Http = new IPEndPoint(IPAddress.Loopback, 0), HttpHosts = ["lb1.example.com"] });
        using var client = new HttpClient { BaseAddress = agent.Http };
        foreach (var path in new[] { "/", "/v1/status", "/metrics", "/healthz" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = host;
            using var answer = await client.SendAsync(request);
            Assert.Equal(status, (int)answer.StatusCode);
        }
    }

    private static async Task<bool> Eventually(Func<Task<bool>> holds)
    {
        for (var i = 0; i < 500; i++, await Task.Delay(20))
            if (await holds())
                return true;
        return false;
    }
}
