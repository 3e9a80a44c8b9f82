using System.Text.RegularExpressions;
using FlipAgent.Core;
using FlipAgent.Events;

namespace FlipAgent.Alerts;

/// <summary>
/// Slack's incoming webhook: one message for each alert, in Block Kit (docs.slack.dev/block-kit). The text alone says everything as well: a phone shows it, and so do servers
/// that take Slack's messages and know no blocks. The attachment is for the colour beside the details.
/// </summary>
internal sealed class SlackSink(WebPost post, AlertText words) : IDisposable
{
    /// <summary>Slack takes one message a second and answers 429 above it (docs.slack.dev, rate limits).</summary>
    public static readonly TimeSpan Gap = TimeSpan.FromSeconds(1);

    // Slack refuses a section of more than 3,000 characters, after the escapes; a phone shows a tenth of that.
    private const int MaxSection = 2900;

    // Nobody reads more than a few lines of a headline.
    private const int MaxHeadline = 1000;

    /// <summary>As a word, and not within an address.</summary>
    private static readonly Regex s_everybody = new(@"(?<!\w)@(?=(channel|here|all|everyone)\b)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    public Task<Delivery> Deliver(Alert alert, CancellationToken cancel) => post.Send(SlackJson.Of(Message(alert)), null, cancel);

    public void Dispose() => post.Dispose();

    internal SlackMessage Message(Alert alert)
    {
        var headline = Cut(Escape(words.Headline(alert)), MaxHeadline);
        var lines = words.Lines(alert).ToList();
        var text = Cut(string.Join("\n", lines.Select(l => $"{Escape(l.Label)}: {Escape(l.Text)}").Prepend($"*{headline}*")), MaxSection);
        var footer = lines[^1];
        var details = Cut(string.Join("\n", lines.SkipLast(1).Where(l => l.Label != "Runbook").Select(l => $"*{Escape(l.Label)}:* {Escape(l.Text)}")), MaxSection);
        List<SlackBlock> under = [];
        if (details.Length > 0)
            under.Add(SlackBlock.Section(details));
        // A link and no button: a button makes Slack call the app back, and an incoming webhook has nobody to be called.
        if (words.Runbook(alert) is { } runbook)
            under.Add(SlackBlock.Section($"<{Link(runbook)}|What to do: runbook>"));
        under.Add(SlackBlock.Context(Cut(Escape($"{footer.Label} {footer.Text}"), MaxHeadline)));
        return new(text, [SlackBlock.Section($"{Sign(alert.Event)} *{headline}*")], [new(Colour(alert.Event), headline, [.. under])]);
    }

    private static string Sign(Event e) => e.Severity switch
    {
        Severity.Critical => ":rotating_light:",
        Severity.Warning => ":warning:",
        _ => Tone.IsResolved(e) ? ":white_check_mark:" : ":information_source:",
    };

    private static string Colour(Event e) => e.Severity switch
    {
        Severity.Critical => "danger",
        Severity.Warning => "warning",
        _ => "good",
    };

    /// <summary>
    /// The three characters that Slack's markup gives a meaning: without this a text could call a whole channel. Servers that take Slack's messages (Mattermost, Rocket.Chat) call one for the
    /// plain word as well, so a character of no width parts it.
    /// </summary>
    private static string Escape(string text) => Marked(s_everybody.Replace(text, "@\u200B"));

    private static string Marked(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");

    /// <summary>In a link the bar ends the address.</summary>
    private static string Link(string url) => Marked(url).Replace("|", "%7C");

    /// <summary>Never through one of the escapes, which have no space in them.</summary>
    private static string Cut(string text, int max) => text.Length <= max ? text : CutEscaped(text, max);

    private static string CutEscaped(string text, int max)
    {
        var cut = WholeWords.Cut(text, max);
        var escape = cut.LastIndexOf('&');
        return escape >= 0 && cut.IndexOf(';', escape) < 0 ? cut[..escape] + " ..." : cut;
    }
}
