using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using FlipAgent.Core;

namespace FlipAgent.Alerts;

/// <summary>
/// Slack's incoming webhook: one message for each alert. The text alone (which is also what a phone shows) has everything that matters; the attachment
/// only adds the colour.
/// </summary>
internal sealed class SlackSink(WebPost post, AlertText words) : IDisposable
{
    /// <summary>Slack takes one message a second and answers 429 above it (docs.slack.dev, rate limits).</summary>
    public static readonly TimeSpan Gap = TimeSpan.FromSeconds(1);

    // Slack cuts at 40,000 characters; nobody reads a tenth of it.
    private const int MostCharacters = 3000;

    public Task<Delivery> Deliver(Alert alert, CancellationToken cancel)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(Message(alert), SlackJson.Default.SlackMessage);
        return post.Send(body, null, cancel);
    }

    public void Dispose() => post.Dispose();

    internal SlackMessage Message(Alert alert)
    {
        var text = new StringBuilder($"*{Escape(words.Headline(alert))}*");
        foreach (var (label, line) in words.Lines(alert))
            text.Append($"\n{Escape(label)}: {Escape(line)}");
        var cut = text.Length <= MostCharacters ? text.ToString() : text.ToString(0, MostCharacters) + " ...";
        var colour = alert.Event.Severity switch
        {
            Severity.Critical => "danger",
            Severity.Warning => "warning",
            _ => "good",
        };
        SlackField[] fields = [new("Node", Escape(words.Node), true), new("Term", alert.Event.Term.ToString(), true)];
        return new(cut, [new(colour, Escape(words.Headline(alert)), fields, alert.At.ToUnixTimeSeconds())]);
    }

    /// <summary>The three characters that Slack's markup gives a meaning: without this a text could call a whole channel.</summary>
    private static string Escape(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");
}

internal sealed record SlackMessage(string Text, SlackAttachment[] Attachments);

internal sealed record SlackAttachment(string Color, string Fallback, SlackField[] Fields, long Ts);

internal sealed record SlackField(string Title, string Value, bool Short);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SlackMessage))]
internal sealed partial class SlackJson : JsonSerializerContext;
