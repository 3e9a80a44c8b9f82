using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FlipAgent.Harness;

/// <summary>
/// A client of an agent's control socket. It knows nothing of the agent's code, only of the documented HTTP and JSON (docs/cli.md), as any script of an
/// operator would; so a mistake in one cannot hide the same mistake in the other.
/// </summary>
/// <param name="socket">Path of the socket; need not be there yet.</param>
/// <param name="timeout">For one request.</param>
public sealed class AgentClient(string socket, TimeSpan timeout) : IDisposable
{
    /// <summary>For requests of any kind. Each has a connection of its own: the agent at the other end may be another one by then.</summary>
    public HttpClient Http { get; } = new(new SocketsHttpHandler
    {
        UseProxy = false,
        PooledConnectionLifetime = TimeSpan.Zero,
        ConnectCallback = (_, cancel) => Connected.Stream(
            new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(socket), cancel),
    })
    { BaseAddress = new("http://agent"), Timeout = timeout };

    /// <summary>The status; null: the agent does not answer.</summary>
    public async Task<JsonNode?> Status() => await Try("v1/status") is { Length: > 0 } text ? JsonNode.Parse(text) : null;

    /// <summary>The body of an answer that must be a success.</summary>
    public async Task<string> Get(string path) => await Http.GetStringAsync(new Uri(path, UriKind.Relative));

    /// <summary>The same; null: the agent does not answer, or not with a success.</summary>
    public async Task<string?> Try(string path)
    {
        try
        {
            return await Get(path);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>A change, as flipagentctl makes it.</summary>
    /// <param name="body">JSON; empty: none.</param>
    /// <returns>The answer, success or not: <c>{"ok":...,"code":...}</c>.</returns>
    public async Task<JsonNode> Post(string path, string body = "")
    {
        using var content = body.Length == 0 ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await Http.PostAsync(new Uri(path, UriKind.Relative), content);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    /// <summary>Events as they happen, those before included; ends when the agent goes away or is not there.</summary>
    public async Task Follow(Action<JsonNode> onEvent, CancellationToken cancel)
    {
        try
        {
            await using var stream = await Http.GetStreamAsync(new Uri("v1/events?follow=1", UriKind.Relative), cancel);
            using var lines = new StreamReader(stream);
            while (await lines.ReadLineAsync(cancel) is { } line)
                onEvent(JsonNode.Parse(line)!);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or JsonException)
        {
            // Not there yet, or gone.
        }
    }

    public void Dispose() => Http.Dispose();
}
