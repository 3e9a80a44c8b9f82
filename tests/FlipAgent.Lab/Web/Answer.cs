using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using FlipAgent.Lab.Cloud;
using Microsoft.AspNetCore.Connections.Features;

namespace FlipAgent.Lab.Web;

/// <summary>
/// What a request is answered with, before it goes out: an envelope that is still open, so that a fault can tear it up, send half of it, or
/// lose it.
/// </summary>
internal sealed record Answer(int Status, string Body, string ContentType)
{
    public const string Json = "application/json; charset=utf-8";
    public const string Text = "text/plain; charset=utf-8";

    public Dictionary<string, string> Headers { get; init; } = [];

    public static Answer Of(int status, JsonNode? body) => new(status, body?.ToJsonString(LabJson.Plain) ?? "", Json);

    public static Answer Plain(int status, string body) => new(status, body, Text);

    public static Answer Error(int status, string id, string message) => Of(status, new JsonObject { ["id"] = id, ["message"] = message });

    public static Answer Of(Refusal refusal) => Error(refusal.Status, refusal.Id, refusal.Message);

    public Answer With(string header, string value) => this with { Headers = new(Headers) { [header] = value } };

    public Task Send(HttpContext context)
    {
        var bytes = Begin(context);
        return bytes.Length == 0 ? Task.CompletedTask : context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
    }

    /// <summary>The same, a byte at a time, for as long as the caller has patience.</summary>
    public async Task Drip(HttpContext context, TimeSpan interval)
    {
        foreach (var one in Begin(context))
        {
            await context.Response.Body.WriteAsync(new[] { one }, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await Task.Delay(interval, context.RequestAborted);
        }
    }

    /// <summary>Resets the caller's connection: it sees ECONNRESET.</summary>
    public static void Reset(HttpContext context)
    {
        context.Features.Get<IConnectionSocketFeature>()?.Socket.LingerState = new LingerOption(true, 0);
        context.Abort();
    }

    /// <summary>Closes the caller's connection in good order, with no answer: it sees the end of the stream.</summary>
    public static void Drop(HttpContext context)
    {
        context.Features.Get<IConnectionSocketFeature>()?.Socket.Shutdown(SocketShutdown.Both);
        context.Abort();
    }

    /// <summary>Says nothing until the caller gives up or the lab ends.</summary>
    public static async Task Hang(HttpContext context, CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        await Task.Delay(Timeout.Infinite, either.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        context.Abort();
    }

    private byte[] Begin(HttpContext context)
    {
        var bytes = Encoding.UTF8.GetBytes(Body);
        context.Response.StatusCode = Status;
        foreach (var (name, value) in Headers)
        {
            context.Response.Headers[name] = value;
        }

        if (Status is not (204 or 304))
        {
            context.Response.ContentType = ContentType;
            context.Response.ContentLength = bytes.Length;
        }

        return Status is 204 or 304 ? [] : bytes;
    }
}
