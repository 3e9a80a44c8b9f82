using System.Text.Json.Nodes;
using FlipAgent.Harness;

namespace FlipAgent.Lab.Demo;

/// <summary>What one agent says about itself: the status on demand, and its events as they happen, in the timeline.</summary>
internal sealed class AgentWatch : IAsyncDisposable
{
    private readonly string _lane;
    private readonly Timeline _timeline;
    private readonly AgentClient _client;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _following;

    public AgentWatch(string lane, string socketPath, Timeline timeline)
    {
        _lane = lane;
        _timeline = timeline;
        _client = new(socketPath, TimeSpan.FromSeconds(3));
        _following = Follow();
    }

    /// <summary>Null: it does not answer.</summary>
    public Task<JsonNode?> Status() => _client.Status();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following;
        _client.Dispose();
        _stop.Dispose();
    }

    /// <summary>When the agent goes away, waits for the next one, which begins with events of its own.</summary>
    private async Task Follow()
    {
        while (!_stop.IsCancellationRequested)
        {
            await _client.Follow(Keep, _stop.Token);
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
