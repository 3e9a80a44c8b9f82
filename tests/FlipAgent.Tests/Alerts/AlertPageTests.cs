using System.Globalization;
using System.Text;
using System.Text.Json;
using FlipAgent.Alerts;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Events;
using FlipAgent.Harness;
using FlipAgent.Logging;
using FlipAgent.Tests.Events;
using static FlipAgent.Tests.AlertFixtures;

namespace FlipAgent.Tests;

/// <summary>docs/alerts.md shows every alert as people get it. REWRITE=1 renews the page between its two marks.</summary>
public class AlertPageTests
{
    private const string Begin = "<!-- Written by the test AlertPageTests; REWRITE=1 renews it. -->\n", End = "<!-- End of what the test writes. -->\n";

    private static readonly AlertText s_words = new("web-lb", "haproxy-2", "203.0.113.10") { RunbookUrl = "https://wiki.example.com/flipagent#{event}" };

    private static Alert Failover => new(Announcement.Of(new Event(EventKind.ClaimHeld, Severity.Info)
    {
        Node = "haproxy-2",
        Term = 7,
        Peer = "haproxy-1",
        Holder = "haproxy-2",
        Alert = true,
        Cause = new Cause.Heard("check haproxy is down: deactivating..."),
        Detect = TimeSpan.FromMilliseconds(12),
        Assign = TimeSpan.FromSeconds(1.1),
        Verify = TimeSpan.FromMilliseconds(90),
    }), At, 42, "haproxy-2")
    { Clients = "no answer for at most 1.4 s, as measured by haproxy-2" };

    [Fact]
    public void The_page_shows_every_alert_as_it_is()
    {
        var text = new StringBuilder();
        AppendFailover(text);
        AppendAll(text);
        var path = Repository.PathOf("docs/alerts.md");
        var page = File.ReadAllText(path);
        var (from, to) = (page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, page.IndexOf(End, StringComparison.Ordinal));
        Assert.True(from >= Begin.Length && to >= from, "docs/alerts.md has lost the marks");
        if (Environment.GetEnvironmentVariable("REWRITE") == "1")
            File.WriteAllText(path, page = page[..from] + text + page[to..]);
        Assert.Equal(text.ToString(), page[from..page.IndexOf(End, StringComparison.Ordinal)]);
    }

    [Fact]
    public void Nothing_that_people_read_is_cut_in_a_word_or_begins_a_second_line()
    {
        var all = EventExamples.All.Select(e => Make(e with { Detail = string.Concat(Enumerable.Repeat("word ", 3000)) })).Append(Failover);
        using var slack = new SlackSink(new WebPost(() => null), s_words);
        Assert.All(all, alert =>
        {
            Assert.DoesNotContain('\n', s_words.Headline(alert));
            var message = slack.Message(alert);
            foreach (var text in message.Blocks.Concat(message.Attachments[0].Blocks).SelectMany(b => b.Elements ?? [b.Text!]).Select(t => t.Text).Append(message.Text))
            {
                Assert.InRange(text.Length, 1, 3000);
                Assert.DoesNotMatch(@"\b(w|wo|wor) \.\.\.", text);
            }
        });
    }

    private static void AppendFailover(StringBuilder text)
    {
        text.Append("\nA failover, as the text of a Slack message and as a mail:\n\n");
        using var slack = new SlackSink(new WebPost(() => null), s_words);
        var message = slack.Message(Failover);
        foreach (var line in message.Text.Split('\n'))
            text.Append(CultureInfo.InvariantCulture, $"> {line.Replace("*", "**", StringComparison.Ordinal)}  \n");
        text.Append("\n```\n").Append(Encoding.ASCII.GetString(MailMessage.Of(Failover, s_words, new SinkConfig.Email(["ops@example.com"], "flipagent@example.com", "/usr/sbin/sendmail", TimeSpan.FromSeconds(5)))));
        text.Append("```\n\nWhat Slack gets, in Block Kit:\n\n```json\n").Append(Indented(SlackJson.Of(message))).Append("\n```\n\n");
        text.Append("What a webhook and a program get:\n\n```json\n").Append(Indented(AlertJson.Of(Failover, s_words))).Append("\n```\n\n");
    }

    private static void AppendAll(StringBuilder text)
    {
        text.Append("Every alert there is, from haproxy-1 in term 7:\n\n| event | first line | clients saw | next |\n|---|---|---|---|\n");
        foreach (var alert in EventExamples.All.Select(Make).Where(a => FlipAgent.Alerts.Alert.IsWanted(a.Event)))
        {
            var lines = (s_words with { Node = "haproxy-1" }).Lines(alert).ToLookup(l => l.Label, l => l.Text);
            text.Append(CultureInfo.InvariantCulture, $"| {EventIds.Name(alert.Event.Kind)} | {s_words.Headline(alert)} | {lines["Clients saw"].FirstOrDefault()} | {lines["Next"].FirstOrDefault()} |\n");
        }
    }

    private static Alert Make(Event e) => new(Announcement.Of(e), At, 1, "haproxy-1");

    private static string Indented(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            document.WriteTo(writer);
        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
