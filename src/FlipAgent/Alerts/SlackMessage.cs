using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FlipAgent.Alerts;

/// <summary>A message as Slack takes it (docs.slack.dev, "Formatting with Block Kit").</summary>
internal sealed record SlackMessage(string Text, SlackBlock[] Blocks, SlackAttachment[] Attachments);

/// <param name="Color">good, warning or danger.</param>
/// <param name="Fallback">For servers that know no blocks.</param>
internal sealed record SlackAttachment(string Color, string Fallback, SlackBlock[] Blocks);

/// <param name="Type">section, with a text, or context, with elements.</param>
internal sealed record SlackBlock(string Type, SlackText? Text, SlackText[]? Elements)
{
    public static SlackBlock Section(string markup) => new("section", SlackText.Markup(markup), null);

    public static SlackBlock Context(string markup) => new("context", null, [SlackText.Markup(markup)]);
}

/// <param name="Verbatim">Nothing in the text is made a link or a mention but what is marked as one (docs.slack.dev, "Text object"): parts of it come from elsewhere.</param>
internal sealed record SlackText(string Type, string Text, bool Verbatim)
{
    public static SlackText Markup(string text) => new("mrkdwn", text, Verbatim: true);
}

[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SlackMessage))]
internal sealed partial class SlackJson : JsonSerializerContext
{
    public static byte[] Of(SlackMessage message)
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        // An apostrophe stays one: the message is no HTML, and somebody may read it in a log of what was sent.
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            JsonSerializer.Serialize(writer, message, Default.SlackMessage);
        return bytes.WrittenSpan.ToArray();
    }
}
