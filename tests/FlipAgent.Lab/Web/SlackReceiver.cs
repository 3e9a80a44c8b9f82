using System.Text.Json;
using System.Text.Json.Nodes;
using FlipAgent.Harness;

namespace FlipAgent.Lab.Web;

/// <summary>One message that the receiver took.</summary>
/// <param name="Text">The field <c>text</c>.</param>
/// <param name="Body">The whole payload.</param>
public sealed record SlackMessage(DateTimeOffset At, string Path, string Text, string Body);

/// <summary>
/// The stand-in for Slack's incoming webhooks: a letter box that checks the form of a letter, keeps it, and answers <c>ok</c>.
/// </summary>
internal sealed class SlackReceiver(Door door)
{
    private readonly Lock _lock = new();
    private readonly List<SlackMessage> _messages = [];

    public IReadOnlyList<SlackMessage> Messages
    {
        get
        {
            lock (_lock)
            {
                return _messages.ToList();
            }
        }
    }

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/services/{t}/{b}/{x}", Handle);
        app.Map("/services/{**rest}", context => Answer.Plain(context.Request.Method == "POST" ? 404 : 405, "invalid_request").Send(context));
    }

    private async Task Handle(HttpContext context)
    {
        var arrived = DateTimeOffset.UtcNow;
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        // The path is the webhook's secret, so it stays out of the history.
        var note = new HistoryEntry("slack", "a message") { At = arrived };
        await door.Pass(context, FaultPoint.Slack, null, null, _ => Task.FromResult(Take(context.Request.Path, body, arrived)), note);
    }

    private Answer Take(string path, string body, DateTimeOffset arrived)
    {
        JsonObject? payload;
        try
        {
            payload = JsonNode.Parse(body) as JsonObject;
        }
        catch (JsonException)
        {
            payload = null;
        }

        if (payload is null)
        {
            return Answer.Plain(400, "invalid_payload");
        }

        var text = payload["text"] is JsonValue value && value.TryGetValue<string>(out var said) ? said : "";
        if (text.Length == 0 && payload["blocks"] is null && payload["attachments"] is null)
        {
            return Answer.Plain(400, "no_text");
        }

        lock (_lock)
        {
            _messages.Add(new(arrived, path, text, body));
        }

        return Answer.Plain(200, "ok");
    }
}
