using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FlipAgent.Lab.Demo;

/// <summary>
/// What one agent says about itself, over its control socket: the status on demand, and its events as they happen. It knows nothing of the
/// agent's code, only of the documented JSON, as any script of an operator would.
/// </summary>
internal sealed class AgentWatch : IAsyncDisposable
{
    private readonly string _lane;
    private readonly Timeline _timeline;
    private readonly HttpClient _http;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _following;

    public AgentWatch(string lane, string socketPath, Timeline timeline)
    {
        _lane = lane;
        _timeline = timeline;
        _http = new(new SocketsHttpHandler { ConnectCallback = (_, cancel) => Connect(socketPath, cancel) })
        {
            BaseAddress = new("http://agent"),
            Timeout = TimeSpan.FromSeconds(3),
        };
        _following = Follow();
    }

    /// <summary>Null: it does not answer.</summary>
    public async Task<JsonNode?> Status()
    {
        try
        {
            return JsonNode.Parse(await _http.GetStringAsync("/v1/status"));
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or JsonException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following;
        _http.Dispose();
        _stop.Dispose();
    }

    private static async ValueTask<Stream> Connect(string path, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Reads the ticker; when the agent goes away, waits for the next one.</summary>
    private async Task Follow()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await using var tape = await _http.GetStreamAsync("/v1/events?follow=1", _stop.Token);
                using var lines = new StreamReader(tape);
                while (await lines.ReadLineAsync(_stop.Token) is { } line)
                {
                    Keep(JsonNode.Parse(line)!);
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or JsonException)
            {
                // Not there yet, or gone. A restarted agent begins a tape of its own.
            }

            await Task.Delay(20, _stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private void Keep(JsonNode one)
    {
        var what = one["event"]!.GetValue<string>();
        var text = one["text"]!.GetValue<string>();
        _timeline.Add(new(one["at"]!.GetValue<DateTimeOffset>(), _lane, what, $"{what}: {text}"));
    }
}
