using System.Text.Json;
using FlipAgent.Ctl;
using FlipAgent.Tests.Control;
using static FlipAgent.Tests.Ctl.JournalLines;

namespace FlipAgent.Tests.Ctl;

/// <summary>history, events --since and explain, from the journal, and what is said when there is none.</summary>
public class HistoryVerbTests
{
    private static readonly HistoryVerbs.Span s_all = new("2025-12-01", null);

    private readonly Terminal _terminal = CtlRun.Plain();

    private string Out => _terminal.Out.ToString()!;

    private string Error => _terminal.Error.ToString()!;

    [Fact]
    public async Task The_moves_are_a_table_with_a_sum()
    {
        var journal = Of([.. FailoverOfTwo, Order("haproxy-2", 600, "promote", uid: 0), Event("haproxy-2", 602, "claim-held", 4, ("peer", "haproxy-1"), ("cause", "promote on haproxy-2"), ("assign_ms", "900"))]);
        Assert.Equal(0, await Past(journal).History(s_all, null, json: false, CancellationToken.None));
        Assert.Equal(
            """
            WHEN (UTC)           ADDRESS       FROM       TO         TOOK    WHY                               ASKED BY
            2026-01-01 12:00:01  203.0.113.10  haproxy-1  haproxy-2  1.2 s   HAProxy on haproxy-1 was stopped  -
            2026-01-01 12:10:02  203.0.113.10  haproxy-1  haproxy-2  900 ms  an operator promoted haproxy-2    root (promote)

            2 moves since 2025-12-01 00:00:00Z: 1 failover, 1 planned

            """, Out);
        Assert.Contains("MESSAGE_ID=42e6fb169d1242e6ae55a2bc95902c51", Asked(journal));
        Assert.Contains(" + FLIPAGENT_LOG_ID=555", Asked(journal));
        Assert.Contains("--since=@1764547200", Asked(journal));
    }

    [Fact]
    public async Task As_JSON_each_move_is_a_line_and_a_node_or_a_time_can_be_chosen()
    {
        await Past(Of(FailoverOfTwo)).History(s_all, "haproxy-1", json: true, CancellationToken.None);
        var move = JsonDocument.Parse(Assert.Single(Out.TrimEnd('\n').Split('\n'))).RootElement;
        Assert.Equal(("2026-01-01T12:00:01.250Z", "haproxy-1", "haproxy-2", false, 1190.5), (move.GetProperty("at").GetString(), move.GetProperty("from").GetString(),
            move.GetProperty("to").GetString(), move.GetProperty("planned").GetBoolean(), move.GetProperty("assign_ms").GetDouble()));
        await Past(Of(FailoverOfTwo)).History(s_all, "haproxy-3", json: false, CancellationToken.None);
        Assert.EndsWith("no move of haproxy-3 since 2025-12-01 00:00:00Z\n", Out);
        await Past(Of(FailoverOfTwo)).History(new("2025-12-01", "2025-12-31"), null, json: false, CancellationToken.None);
        Assert.EndsWith("no move since 2025-12-01 00:00:00Z\n", Out);
    }

    /// <summary>journald's clock goes by whole seconds here, and by the time at which an entry got there: what happened in the second that is asked up to would not be in it.</summary>
    [Fact]
    public async Task The_last_second_is_whole()
    {
        var journal = Of(FailoverOfTwo);
        await Past(journal).Events(new("2026-01-01", "2026-01-01 12:00:01.500"), null, _ => { }, CancellationToken.None);
        Assert.Contains("--until=@1767268802", Asked(journal));
    }

    [Fact]
    public async Task A_journal_that_begins_later_says_so()
    {
        await Past(Of(FailoverOfTwo)).History(s_all, null, json: false, CancellationToken.None);
        Assert.Equal("flipagentctl: the journal begins at 2026-01-01 12:00:00Z: what was before is not kept (MaxRetentionSec= and SystemMaxUse= in journald.conf)\n", Error);
        await Past(Of(FailoverOfTwo)).History(new("2026-01-01 12:00:01", null), null, json: false, CancellationToken.None);
        Assert.Single(Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Events_of_the_past_are_printed_as_those_of_the_present()
    {
        var journal = Of([.. FailoverOfOne, .. FailoverOfTwo]);
        var lines = new List<string>();
        Assert.Equal(0, await Past(journal).Events(new("2026-01-01", "2026-01-02"), null, lines.Add, CancellationToken.None));
        Assert.Equal(["released", "became-master", "claim-held", "holder-changed"], lines.Select(l => JsonDocument.Parse(l).RootElement.GetProperty("event").GetString()));
        await Past(journal).Events(new("2026-01-01", null), 1, lines.Add, CancellationToken.None);
        Assert.Equal(5, lines.Count);
    }

    [Fact]
    public async Task A_term_that_the_agent_has_forgotten_is_explained_from_the_journal()
    {
        await using var agent = await AgentInMemory.Start();
        agent.Happened(Reports.Event(1, 9, "check-up", "event 1"));
        using var client = new AgentClient(agent.Socket);
        Assert.Equal(0, await new ReadVerbs(client, _terminal).Explain(2, new HistoryVerbs(client, _terminal, Of(FailoverOfTwo)), elsewhere: false, CancellationToken.None));
        Assert.StartsWith("Term 2: this node became master (check haproxy is down: deactivating...).\nIt took ", Out);
        Assert.Equal(1, await new ReadVerbs(client, _terminal).Explain(3, new HistoryVerbs(client, _terminal, Of([])), elsewhere: false, CancellationToken.None));
        Assert.Equal("flipagentctl: no event of term 3 is kept; there are events of the terms 9; this machine keeps no journal, or none that this user may read\n", Error);
    }

    [Fact]
    public async Task Without_a_journal_the_agent_is_asked_and_both_are_named_when_neither_knows()
    {
        await using var agent = await AgentInMemory.Start();
        agent.Happened(Reports.Event(1, 7, "holder-changed", "x") with { From = "haproxy-1", Holder = "haproxy-2" });
        using var client = new AgentClient(agent.Socket);
        Assert.Equal(0, await new HistoryVerbs(client, _terminal, Of([])).History(s_all, null, json: false, CancellationToken.None));
        Assert.Contains("2026-01-01 12:00:00  203.0.113.10  haproxy-1  haproxy-2", Out);
        Assert.Equal("flipagentctl: this machine keeps no journal, or none that this user may read; shown is what the running agent remembers, its last 1,000 events at most\n", Error);

        var nobody = CtlRun.Plain();
        using var away = new AgentClient("/nonexistent/control.sock");
        Assert.Equal(3, await new HistoryVerbs(away, nobody, new Journal(null) { Program = null }).History(s_all, null, json: false, CancellationToken.None));
        Assert.StartsWith("flipagentctl: there is no journalctl on this machine; the agent is not running here", nobody.Error.ToString());
    }

    [Fact]
    public async Task A_node_that_is_none_has_no_moves_and_that_is_said()
    {
        await using var agent = await AgentInMemory.Start();
        agent.Happened(Reports.Event(1, 7, "holder-changed", "x") with { From = "haproxy-1", Holder = "haproxy-2" });
        async Task<CtlRun> Of(string node)
        {
            var terminal = CtlRun.Plain();
            using var client = new AgentClient(agent.Socket);
            var exit = await new HistoryVerbs(client, terminal, JournalLines.Of([])).History(s_all, node, json: false, CancellationToken.None);
            return new CtlRun(exit, terminal.Out.ToString()!, terminal.Error.ToString()!);
        }

        var typo = await Of("haproxy-l");
        Assert.Equal(0, typo.Exit);
        Assert.EndsWith("\nflipagentctl: there is no node haproxy-l in the running configuration; its nodes are haproxy-1, haproxy-2\n", typo.Error);
        Assert.Contains("there is no node \"\" in the running configuration", (await Of("")).Error);
        Assert.DoesNotContain("there is no node", (await Of("haproxy-1")).Error);
    }

    [Theory]
    [InlineData("echo 'No journal files were opened due to insufficient permissions.' >&2; exit 1", "no right to read the journal")]
    [InlineData("echo 'Hint: You are currently not seeing messages from other users and the system.' >&2", "no right to read the journal: run it as root or as a member of the group systemd-journal")]
    [InlineData("echo 'Failed to open files: Input/output error' >&2; exit 1", "Failed to open files: Input/output error")]
    [InlineData("exit 3", "journalctl failed with exit status 3")]
    [InlineData("exec sleep 60", "journalctl was not done within 0.5 s")]
    public async Task A_journal_that_cannot_be_read_says_why(string journalctl, string problem)
    {
        using var away = new AgentClient("/nonexistent/control.sock");
        var journal = new Journal(null) { Program = Script(System.IO.Directory.CreateTempSubdirectory("flipagent-journal-").FullName, journalctl), Timeout = TimeSpan.FromSeconds(journalctl.Contains("sleep", StringComparison.Ordinal) ? 0.5 : 30) };
        Assert.Equal(3, await new HistoryVerbs(away, _terminal, journal).History(s_all, null, json: false, CancellationToken.None));
        Assert.Contains(problem, Error);
        Assert.Single(Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task A_flood_and_a_line_without_end_are_bounded()
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("flipagent-journal-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "line"), FailoverOfTwo[1] + "\n");
        var flood = new Journal(null) { Program = Script(folder, $"yes \"$(cat {folder}/line)\""), MaxEntries = 1000 };
        var answer = await flood.Read(null, null, [], CancellationToken.None);
        Assert.Equal((1000, null), (answer.Entries.Count, answer.Problem));
        Assert.Contains("more than 1000 entries", answer.Note);

        var endless = new Journal(null) { Program = Script(System.IO.Directory.CreateTempSubdirectory("flipagent-journal-").FullName, $"head -c 3000000 /dev/zero | tr '\\0' x; echo; cat {folder}/line") };
        Assert.Single((await endless.Read(null, null, [], CancellationToken.None)).Entries);
    }

    [NeedsFact("journalctl")]
    public async Task The_real_journalctl_is_asked_in_words_that_it_takes()
    {
        var empty = System.IO.Directory.CreateTempSubdirectory("flipagent-journal-").FullName;
        var run = await CtlRun.Of("history", "--directory", empty);
        Assert.Equal((1, $"flipagentctl: there is no journal in {empty}\n"), (run.Exit, run.Error));
        run = await CtlRun.Of("history", "-D", empty + "/not-there", "--since", "1w", "--until", "now", "--node", "haproxy-1", "--json");
        Assert.Equal(1, run.Exit);
        Assert.Contains("No such file or directory", run.Error);
        run = await CtlRun.Of("events", "--since", "2h", "--directory", empty);
        Assert.Equal((1, $"flipagentctl: there is no journal in {empty}\n"), (run.Exit, run.Error));
        run = await CtlRun.Of("explain", "7", "--directory", empty);
        Assert.Equal((1, $"flipagentctl: there is no journal in {empty}\n"), (run.Exit, run.Error));
    }

    [Theory]
    [InlineData("--since soon: is no time; expected so long ago", "history", "--since", "soon")]
    [InlineData("--until 2999-01-01: lies in the future", "history", "--until", "2999-01-01")]
    [InlineData("nothing lies between them", "history", "--since", "2h", "--until", "3h")]
    [InlineData("--since 2026-02-30: is no time", "events", "--since", "2026-02-30")]
    [InlineData("--follow shows what happens from now on", "events", "--since", "2h", "--follow")]
    [InlineData("expected the number of a term with --directory", "explain", "--directory", "/tmp")]
    public async Task A_time_that_is_none_is_refused(string expected, params string[] args)
    {
        var run = await CtlRun.Of(args);
        Assert.Equal(2, run.Exit);
        Assert.Contains(expected, run.Error);
    }

    [Theory]
    [InlineData("30d", "2026-05-02 10:30:00")]
    [InlineData("1w", "2026-05-25 10:30:00")]
    [InlineData("90m", "2026-06-01 09:00:00")]
    [InlineData("999999999w", "1970-01-01 00:00:00")]
    [InlineData("today", "2026-06-01 00:00:00")]
    [InlineData("yesterday", "2026-05-31 00:00:00")]
    [InlineData("now", "2026-06-01 10:30:00")]
    [InlineData("2026-01-31", "2026-01-31 00:00:00")]
    [InlineData("2026-01-31 14:05", "2026-01-31 14:05:00")]
    [InlineData("2026-01-31T14:05:06Z", "2026-01-31 14:05:06")]
    [InlineData("2026-01-31 14:05:06.789Z", "2026-01-31 14:05:06")]
    public void Times_are_read_as_people_write_them(string text, string value)
    {
        Assert.Null(TimePoint.Parse(text, new DateTimeOffset(2026, 6, 1, 10, 30, 0, TimeSpan.Zero), out var at));
        Assert.Equal(value, at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture));
    }

    private HistoryVerbs Past(Journal journal) => new(new AgentClient("/nonexistent/control.sock"), _terminal, journal);
}
