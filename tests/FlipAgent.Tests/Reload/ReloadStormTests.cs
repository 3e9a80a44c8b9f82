using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace FlipAgent.Tests.Reload;

/// <summary>
/// Reloads as fast as they go, of a real agent that peers talk to and that many people ask. It must live, and nobody may ever see half of one file and half
/// of another.
/// </summary>
// A running agent that is reloaded again and again.
[Trait("Category", "RealTime")]
public sealed class ReloadStormTests
{
    private const string Up = "{name: comm, process: {name: flipagent}, interval: 50ms}";
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(4);

    [Fact]
    public async Task The_guard_goes_on_and_off_by_reload_and_the_agent_lives()
    {
        await using var agent = await RunningAgent.Prepare("127.86.1", 25112);
        string[] url = [Up], http = [Up, "{name: site, http: \"http://127.0.0.1:9/\", interval: 50ms, weight: 1}"];
        string[] files =
        [
            agent.Yaml([1, 2], url, "off"), agent.Yaml([1, 2], url, "http://127.86.1.100:9/"),
            // Without a line of its own the first http check turns it on.
            agent.Yaml([1, 2], url, null), agent.Yaml([1, 2], http, null),
        ];
        agent.Write(files[0]);
        agent.Start();
        await agent.Answers();
        for (var i = 1; i <= 24; i++)
        {
            await agent.Reload(files[i % files.Length]);
            var guard = $"{(await agent.Status())["floating_ip"]!["guard"]}";
            Assert.Equal(i % 2 == 0, guard == "off");
        }
        var (exit, log) = await agent.Stop();
        Assert.True(exit == 0, log);
    }

    [Fact]
    public async Task Nodes_and_checks_come_and_go_while_status_is_asked_and_no_answer_mixes_two_files()
    {
        await using var agent = await RunningAgent.Prepare("127.86.2", 25113);
        string Check(string name) => $"{{name: {name}, process: {{name: flipagent}}, interval: 50ms}}";
        await Storm(
            agent,
            new("n1 n2 n3/a b c/off", agent.Yaml([1, 2, 3], [Check("a"), Check("b"), Check("c")], "off")),
            new("n1/b/on", agent.Yaml([1], [Check("b")], "http://127.86.2.100:9/")),
            new("n3 n1/c a/off", agent.Yaml([3, 1], [Check("c"), Check("a")], "off")));
    }

    [Fact]
    public async Task Nodes_and_checks_change_places_and_no_advert_or_verdict_is_put_down_to_another()
    {
        using var open = new TcpListener(IPAddress.Loopback, 0);
        open.Start(200);
        await using var agent = await RunningAgent.Prepare("127.86.3", 25114);
        var up = $"{{name: open, tcp: \"127.0.0.1:{((IPEndPoint)open.LocalEndpoint).Port}\", interval: 20ms, fall: 1, rise: 1, weight: 1}}";
        var down = "{name: shut, tcp: \"127.0.0.1:9\", interval: 20ms, fall: 1, rise: 1, weight: 2}";
        await Storm(
            agent,
            new("n1 n2 n3/open shut comm/off", agent.Yaml([1, 2, 3], [up, down, Up], "off")),
            new("n3 n1 n2/shut comm open/off", agent.Yaml([3, 1, 2], [down, Up, up], "off")),
            new("n2 n3 n1/comm open shut/off", agent.Yaml([2, 3, 1], [Up, up, down], "off")));
    }

    private sealed record Variant(string Mark, string Yaml);

    private static async Task Storm(RunningAgent agent, params Variant[] variants)
    {
        agent.Write(variants[0].Yaml);
        agent.Start();
        await agent.Answers();
        using var second = new TalkingPeer(agent, 2);
        using var third = new TalkingPeer(agent, 3);
        using var over = new CancellationTokenSource(s_long);
        HashSet<string> seen = [];
        var asking = Enumerable.Range(0, 3).Select(_ => Task.Run(() => Ask(agent, seen, over.Token))).ToArray();
        var reloads = 0;
        while (!over.IsCancellationRequested)
            await agent.Reload(variants[++reloads % variants.Length].Yaml);
        await Task.WhenAll(asking);
        Assert.True(reloads >= 10, $"{reloads} reloads");
        Assert.Subset(variants.Select(v => v.Mark).ToHashSet(), seen);
        Assert.True(seen.Count > 1);
        foreach (var e in await agent.Events())
        {
            Assert.NotEqual("duplicate-node", $"{e!["event"]}");
            Assert.False($"{e["event"]}" == "peer-rejected" && e["peer"] is not null, $"{e}");
            Assert.False($"{e["event"]}" == "check-down" && !$"{e["text"]}".StartsWith("check shut ", StringComparison.Ordinal), $"{e}");
            Assert.False($"{e["event"]}" == "check-up" && $"{e["text"]}".StartsWith("check shut ", StringComparison.Ordinal), $"{e}");
        }
        var (exit, log) = await agent.Stop();
        Assert.True(exit == 0, log);
    }

    private static async Task Ask(RunningAgent agent, HashSet<string> seen, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            var mark = Mark(await agent.Status());
            lock (seen)
                seen.Add(mark);
            Assert.NotNull(await agent.Try("metrics"));
        }
    }

    private static string Mark(JsonNode status) =>
        $"{Names(status["nodes"]!)}/{Names(status["checks"]!)}/{($"{status["floating_ip"]!["guard"]}" == "off" ? "off" : "on")}";

    private static string Names(JsonNode list) => string.Join(' ', list.AsArray().Select(one => $"{one!["name"]}"));
}
