using System.Text;
using System.Text.Json;
using FlipAgent.Alerts;
using FlipAgent.Core;
using FlipAgent.Events;
using static FlipAgent.Tests.AlertFixtures;

namespace FlipAgent.Tests;

/// <summary>The parts of the alerts that need no network: what is told, in which words, and what gives way.</summary>
public class AlertRulesTests
{
    private static readonly AlertText s_words = new("web-lb", "haproxy-2", "203.0.113.10");

    private static readonly Event s_tookOver = new(EventKind.BecameMaster, Severity.Critical)
    {
        Term = 7,
        RoleFrom = Role.Backup,
        RoleTo = Role.Master,
        Peer = "haproxy-1",
        Holder = "haproxy-2",
        ActionId = 10_000_000_001,
        Detect = TimeSpan.FromMilliseconds(12),
        Assign = TimeSpan.FromSeconds(1.1),
        Verify = TimeSpan.FromMilliseconds(240),
    };

    private static readonly Announcement s_takeover = new(s_tookOver, "haproxy-2 took over from haproxy-1", "HAProxy stopped", "look at haproxy-1: systemctl status haproxy");

    [Theory]
    [InlineData(Severity.Info, false, false)]
    [InlineData(Severity.Info, true, true)]
    [InlineData(Severity.Warning, false, true)]
    [InlineData(Severity.Critical, false, true)]
    public void Alerts_are_what_is_worse_than_informational_or_says_so(Severity severity, bool marked, bool wanted) =>
        Assert.Equal(wanted, FlipAgent.Alerts.Alert.IsWanted(new Event(EventKind.CheckUp, severity) { Alert = marked }));

    [Fact]
    public void A_takeover_says_who_is_master_who_lost_it_why_what_clients_saw_and_what_to_do()
    {
        var lines = s_words.Lines(new Alert(s_takeover, At, 5, "haproxy-2")).ToDictionary(l => l.Label, l => l.Text);
        Assert.Equal("haproxy-2", lines["Master now"]);
        Assert.Equal("haproxy-2", lines["203.0.113.10 is at"]);
        Assert.Equal("haproxy-1 (HAProxy stopped)", lines["Lost by"]);
        Assert.Equal("12 ms to detect, 1.1 s to assign, 240 ms to verify", lines["It took"]);
        Assert.Equal("look at haproxy-1: systemctl status haproxy", lines["Next"]);
        Assert.Equal("haproxy-2, term 7, 2026-01-01 12:30:00 UTC", lines["Seen by"]);
        Assert.Equal("CRITICAL [web-lb] haproxy-2 took over from haproxy-1", s_words.Headline(new Alert(s_takeover, At, 5, "haproxy-2")));
    }

    [Fact]
    public void A_release_names_this_node_as_the_one_that_lost_it()
    {
        var release = new Announcement(new Event(EventKind.Released, Severity.Warning) { Term = 7, Peer = "haproxy-1" }, "x", "check haproxy is down");
        var lines = s_words.Lines(new Alert(release, At, 5, null)).ToDictionary(l => l.Label, l => l.Text);
        Assert.Equal("haproxy-2 (check haproxy is down)", lines["Lost by"]);
        Assert.Equal("haproxy-1", lines["Other node"]);
        Assert.Equal("none known", lines["Master now"]);
        Assert.Contains("flipagentctl explain 7", lines["Next"]);
    }

    [Fact]
    public void An_address_taken_from_nobody_was_lost_by_nobody()
    {
        var held = new Announcement(new Event(EventKind.ClaimHeld, Severity.Info) { Term = 7, Peer = "nobody" }, "x", "start");
        var lines = s_words.Lines(new Alert(held, At, 5, "haproxy-2")).ToDictionary(l => l.Label, l => l.Text);
        Assert.Equal("start", lines["Cause"]);
        Assert.DoesNotContain(lines, l => l.Value == "nobody");
    }

    [Fact]
    public void The_slack_text_alone_says_it_all_and_cannot_call_a_channel()
    {
        using var slack = new SlackSink(new WebPost(() => null), s_words);
        var message = slack.Message(new Alert(s_takeover with { Text = "<!channel> & co" }, At, 5, "haproxy-2"));
        Assert.StartsWith("*CRITICAL [web-lb] &lt;!channel&gt; &amp; co*\nNext: look at haproxy-1", message.Text);
        foreach (var needed in new[] { "Lost by: haproxy-1 (HAProxy stopped)", "It took: 12 ms to detect, 1.1 s to assign", "Master now: haproxy-2" })
            Assert.Contains(needed, message.Text);
        Assert.DoesNotContain("<", Encoding.UTF8.GetString(SlackJson.Of(message)));
        Assert.Equal(":rotating_light: *CRITICAL [web-lb] &lt;!channel&gt; &amp; co*", Assert.Single(message.Blocks).Text!.Text);
        Assert.Equal("danger", message.Attachments[0].Color);
        Assert.StartsWith("*Next:* look at haproxy-1", message.Attachments[0].Blocks[0].Text!.Text);
        Assert.Equal("Seen by haproxy-2, term 7, 2026-01-01 12:30:00 UTC", Assert.Single(message.Attachments[0].Blocks[^1].Elements!).Text);
        Assert.True(slack.Message(new Alert(s_takeover with { Text = new string('x', 9000) }, At, 5, null)).Text.Length < 3100);
    }

    [Theory]
    [InlineData("@channel")]
    [InlineData("look @Here now")]
    [InlineData("(@all) @everyone")]
    public void No_plain_word_calls_everybody_and_no_text_is_made_a_link(string text)
    {
        using var slack = new SlackSink(new WebPost(() => null), s_words);
        var sent = Encoding.UTF8.GetString(SlackJson.Of(slack.Message(new Alert(s_takeover with { Text = $"{text} http://evil.example/" }, At, 5, "haproxy-2"))));
        Assert.DoesNotMatch("(?i)@(channel|here|all|everyone)", sent);
        using var json = JsonDocument.Parse(sent);
        Assert.True(json.RootElement.GetProperty("blocks")[0].GetProperty("text").GetProperty("verbatim").GetBoolean());
        Assert.DoesNotMatch("\"type\":\"mrkdwn\"(?!,\"text\":\"[^\"]*\",\"verbatim\":true)", sent);
    }

    [Fact]
    public void A_runbook_is_a_link_to_the_event_that_no_text_can_bend()
    {
        using var slack = new SlackSink(new WebPost(() => null), s_words with { RunbookUrl = "https://wiki.example.com/a?b=1&c=2#{event}" });
        var message = slack.Message(new Alert(s_takeover, At, 5, "haproxy-2"));
        Assert.Equal("<https://wiki.example.com/a?b=1&amp;c=2#became-master|What to do: runbook>", message.Attachments[0].Blocks[1].Text!.Text);
        Assert.Contains("Runbook: https://wiki.example.com/a?b=1&amp;c=2#became-master", message.Text);
    }

    [Fact]
    public void An_escape_is_never_cut()
    {
        using var slack = new SlackSink(new WebPost(() => null), s_words);
        for (var i = 0; i < 8; i++)
            Assert.DoesNotMatch("&[a-z]* ", slack.Message(new Alert(s_takeover with { Text = new string('x', i) + new string('&', 900) }, At, 5, null)).Text);
    }

    [Fact]
    public void The_json_has_the_fields_of_the_events_and_who_says_it()
    {
        using var json = JsonDocument.Parse(AlertJson.Of(new Alert(s_takeover, At, 42, "haproxy-2") { Times = 3 }, s_words));
        var root = json.RootElement;
        Assert.Equal("web-lb", root.GetProperty("cluster").GetString());
        Assert.Equal("haproxy-2", root.GetProperty("node").GetString());
        Assert.Equal("haproxy-2", root.GetProperty("master").GetString());
        Assert.Equal("203.0.113.10", root.GetProperty("floating_ip").GetString());
        Assert.Equal("203.0.113.10", Assert.Single(root.GetProperty("floating_ips").EnumerateArray()).GetString());
        Assert.Equal(("haproxy-2 took over from haproxy-1 (3 times since it was last reported)", false), (root.GetProperty("headline").GetString(), root.GetProperty("resolved").GetBoolean()));
        Assert.Equal((1, 3, 42, 7), (root.GetProperty("schema").GetInt32(), root.GetProperty("times").GetInt32(),
            root.GetProperty("id").GetInt32(), root.GetProperty("term").GetInt32()));
        Assert.Equal(("became-master", "critical", "backup", "master"), (root.GetProperty("event").GetString(),
            root.GetProperty("severity").GetString(), root.GetProperty("role_from").GetString(), root.GetProperty("role_to").GetString()));
        Assert.Equal((12.0, 1100.0, 240.0), (root.GetProperty("detect_ms").GetDouble(), root.GetProperty("assign_ms").GetDouble(), root.GetProperty("verify_ms").GetDouble()));
        Assert.Equal(10_000_000_001, root.GetProperty("action_id").GetInt64());
        Assert.Equal(At, root.GetProperty("at").GetDateTimeOffset());
        Assert.Equal("haproxy-1", root.GetProperty("peer").GetString());
    }

    [Fact]
    public void The_same_thing_is_told_once_in_a_window_and_its_last_word_at_the_end_of_it()
    {
        var recent = new RecentAlerts(TimeSpan.FromMinutes(5));
        var first = Alert(Severity.Warning, 1, "first");
        Assert.True(recent.IsNew(first, Minute(0)));
        Assert.False(recent.IsNew(Alert(Severity.Warning, 1, "again"), Minute(1)));
        Assert.False(recent.IsNew(Alert(Severity.Warning, 1, "last"), Minute(2)));
        Assert.True(recent.IsNew(Alert(Severity.Warning, 2), Minute(2)));
        Assert.True(recent.IsNew(Changed(first, first.Event with { Peer = "haproxy-1" }), Minute(2)));
        Assert.True(recent.IsNew(Changed(first, first.Event with { Kind = EventKind.ClaimHeld }), Minute(2)));
        Assert.Empty(recent.Due(Minute(4.9)));

        var due = Assert.Single(recent.Due(Minute(5)));
        Assert.Equal(("last", 2), (due.Announcement.Text, due.Times));
        Assert.Contains("2 times", s_words.Headline(due));
        // What was just repeated begins a window of its own.
        Assert.False(recent.IsNew(first, Minute(6)));
        Assert.Equal(1, Assert.Single(recent.Due(Minute(10.1))).Times);
        Assert.Empty(recent.Due(Minute(20)));
        Assert.True(recent.IsNew(first, Minute(21)));
    }

    [Fact]
    public void F62_a_full_queue_lets_the_least_urgent_go_and_never_a_critical_one_for_less()
    {
        using var queue = new AlertQueue();
        queue.Add(Alert(Severity.Critical, 1, "the one that matters"));
        for (uint i = 0; i < 1000; i++)
            queue.Add(Alert(i % 2 == 0 ? Severity.Info : Severity.Warning, i));
        Assert.Equal((AlertQueue.Capacity, 1001L - AlertQueue.Capacity), (queue.Count, queue.DroppedEver));
        for (uint i = 0; i < AlertQueue.Capacity; i++)
            queue.Add(Alert(Severity.Critical, i, $"critical {i}"));
        queue.Add(Alert(Severity.Info, 1));
        queue.Add(Alert(Severity.Warning, 1));

        Assert.Equal(AlertQueue.Capacity, queue.Count);
        Assert.StartsWith("1003 not delivered (1 critical, 501 warning, 501 informational). Critical: ", queue.Summary(out var upTo));
        Assert.Contains("the one that matters", queue.Summary(out _));
        var all = queue.TakeAll();
        Assert.Equal(AlertQueue.Capacity, all.Count);
        Assert.All(all, a => Assert.Equal(Severity.Critical, a.Event.Severity));
        Assert.Equal("critical 0", all[0].Announcement.Text);
        queue.SummaryTold(upTo);
        Assert.Null(queue.Summary(out _));
    }

    [Fact]
    public async Task The_queue_gives_alerts_in_the_order_in_which_they_came()
    {
        using var queue = new AlertQueue();
        for (uint i = 1; i <= 3; i++)
            queue.Add(Alert(Severity.Info, i));
        for (uint i = 1; i <= 3; i++)
            Assert.Equal(i, (await queue.Take(CancellationToken.None)).Event.Term);
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void What_is_lost_while_a_summary_is_on_its_way_is_in_the_next_one()
    {
        using var queue = new AlertQueue();
        queue.WriteOff(Alert(Severity.Critical, 1, "one"));
        Assert.Contains("1 not delivered", queue.Summary(out var upTo));
        queue.WriteOff(Alert(Severity.Critical, 2, "two"));
        queue.SummaryTold(upTo);
        var next = queue.Summary(out _);
        Assert.Contains("1 not delivered", next);
        Assert.Contains("two", next);
        Assert.DoesNotContain("one", next);
    }

    private static TimeSpan Minute(double n) => TimeSpan.FromMinutes(n);

    private static Alert Changed(Alert alert, Event e) => alert with { Announcement = alert.Announcement with { Event = e } };
}
