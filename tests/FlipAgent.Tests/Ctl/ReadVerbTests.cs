using System.Text.Json;
using FlipAgent.Tests.Control;

namespace FlipAgent.Tests.Ctl;

public class ReadVerbTests
{
    [Fact]
    public async Task Events_are_lines_and_the_last_twenty_by_default()
    {
        await using var agent = await WithEvents(25);

        var all = await CtlRun.Of(agent, "events", "-n", "0");
        var usual = await CtlRun.Of(agent, "events");
        var two = await CtlRun.Of(agent, "events", "-n", "2");

        Assert.Equal((25, 20, 2), (Lines(all), Lines(usual), Lines(two)));
        Assert.Equal("2026-01-01 12:00:00.250Z  info      term 7     check-up              event 25", two.Out.TrimEnd('\n').Split('\n')[^1]);
        Assert.Equal(0, two.Exit);
    }

    [Fact]
    public async Task Events_as_JSON_are_one_object_a_line()
    {
        await using var agent = await WithEvents(3);

        var run = await CtlRun.Of(agent, "events", "--json");

        var ids = run.Out.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement.GetProperty("id").GetInt64());
        Assert.Equal([1L, 2, 3], ids);
    }

    [Fact]
    public async Task Following_goes_on_until_the_agent_stops()
    {
        await using var agent = await WithEvents(1);
        var output = new LineOutput();
        var running = CtlRun.With(CtlRun.Plain() with { Out = output }, CancellationToken.None, "--socket", agent.Socket, "events", "--follow", "--json");

        Assert.Contains("event 1", await output.Next());
        agent.Happened(Reports.Event(2, 8, "became-master", "event 2"));
        Assert.Contains("event 2", await output.Next());
        await agent.StopServing();

        Assert.Equal(3, (await running).Exit);
    }

    [Fact]
    public async Task Explain_without_a_term_explains_the_last_move()
    {
        await using var agent = await WithEvents(2);
        var run = await CtlRun.Of(agent, "explain");
        Assert.Equal(0, run.Exit);
        Assert.StartsWith("Term 7: ", run.Out);
        Assert.Contains("check-up: event 2", run.Out);

        var none = await CtlRun.Of(agent, "explain", "9");
        Assert.Equal(1, none.Exit);
        Assert.Contains("no event of term 9 is kept; there are events of the terms 7", none.Error);
    }

    [Fact]
    public async Task Check_runs_the_checks_now()
    {
        await using var agent = await AgentInMemory.Start();
        var run = await CtlRun.Of(agent, "check");
        Assert.Equal(0, run.Exit);
        Assert.StartsWith("CHECK    KIND     STATE  SINCE", run.Out);
        Assert.Equal(1, agent.CheckRuns);
    }

    [Fact]
    public async Task Configuration_and_metrics_are_printed_as_the_agent_says_them()
    {
        await using var agent = await AgentInMemory.Start();
        Assert.StartsWith("cluster: web-lb\n", (await CtlRun.Of(agent, "config", "show")).Out);
        Assert.Contains("\nflipagent_up{cluster=\"web-lb\",node=\"haproxy-1\"} 1\n", (await CtlRun.Of(agent, "metrics")).Out);
    }

    [Fact]
    public async Task Version_answers_with_and_without_an_agent()
    {
        await using var agent = await AgentInMemory.Start();
        var with = await CtlRun.Of(agent, "version");
        Assert.Matches("^flipagentctl [0-9.]+\nflipagent 1.1.0, running as haproxy-1\n$", with.Out);
        var without = await CtlRun.Of("--socket", "/nonexistent/control.sock", "version");
        Assert.Equal((0, 0), (with.Exit, without.Exit));
        Assert.Contains("flipagent: the agent is not running here", without.Out);
    }

    [Fact]
    public async Task Every_verb_has_help()
    {
        string[] verbs =
        [
            "status", "events", "explain", "history", "check", "promote", "release", "maintenance", "reload", "prepare-restart", "config check", "config show", "config schema", "init", "keygen", "join",
            "doctor", "drill", "import-keepalived", "test-alert", "metrics", "version", "completion", "realtime",
        ];
        foreach (var verb in verbs)
        {
            var run = await CtlRun.Of([.. verb.Split(' '), "--help"]);
            Assert.Equal((0, ""), (run.Exit, run.Error));
            Assert.Contains($"flipagentctl {verb} ", run.Out);
        }
    }

    private static async Task<AgentInMemory> WithEvents(int count)
    {
        var agent = await AgentInMemory.Start();
        for (var id = 1; id <= count; id++)
            agent.Happened(Reports.Event(id, 7, "check-up", $"event {id}"));
        return agent;
    }

    private static int Lines(CtlRun run) => run.Out.Count(c => c == '\n');

    /// <summary>An output whose lines can be waited for.</summary>
    private sealed class LineOutput : StringWriter
    {
        private readonly System.Threading.Channels.Channel<string> _lines = System.Threading.Channels.Channel.CreateUnbounded<string>();

        public async Task<string> Next() => await _lines.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

        public override void WriteLine(string? value) => _lines.Writer.TryWrite(value ?? "");
    }
}
