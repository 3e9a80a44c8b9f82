using FlipAgent.Counting;
using FlipAgent.Outbound;

namespace FlipAgent.Cloud.Api;

/// <summary>How often the API was asked and how it answered: the tally sheet behind <c>flipagent_api_*</c> in /metrics. Any thread may read it.</summary>
public sealed class ApiCounters
{
    private readonly LabelledTally _requests = new();
    private long _remaining = -1;
    private long _reset = -1;
    private long _clockOffsetTicks = long.MinValue;

    /// <param name="operations">What this provider asks.</param>
    /// <param name="codes">How each is answered, or fails; these lines are there before the first of them.</param>
    public ApiCounters(string[]? operations = null, string[]? codes = null)
    {
        foreach (var operation in operations ?? [])
            foreach (var code in codes ?? [])
                // An assign makes an action.
                _requests.Expect(operation, operation == "assign" && code == "200" ? "201" : code);
    }

    /// <summary>Of an API that is asked over HTTP.</summary>
    internal static ApiCounters OfHttp(params string[] operations) =>
        new(operations, ["200", "401", "403", "404", "422", "429", "500", "502", "503", "504", "timedout", "unreachable", "untrusted", "broken"]);

    /// <summary>Requests since the start by operation (read_holder, assign, read_action; read_droplet at DigitalOcean, find_address and read_lock at Hetzner Cloud; survey for people) and code, or a word such as timedout; of a program exit3, or killed.</summary>
    public IEnumerable<TallyLine> Requests => _requests.Read();

    /// <summary>How long requests took, all operations together.</summary>
    public Histogram Durations { get; } = new(0.05, 0.1, 0.25, 0.5, 1, 2, 5);

    /// <summary>Requests that the token has left in its window as the API last said; null: not said yet.</summary>
    public long? RateLimitRemaining => Interlocked.Read(ref _remaining) is >= 0 and var left ? left : null;

    /// <summary>When the oldest request leaves the window as the API last said (<c>ratelimit-reset</c>), in seconds since the epoch; null: not said yet.</summary>
    public long? RateLimitReset => Interlocked.Read(ref _reset) is >= 0 and var reset ? reset : null;

    /// <summary>How far this machine's clock is ahead of the one in the Date header of the last answer, to about a second; null: no answer had one.</summary>
    public TimeSpan? ClockOffset => Interlocked.Read(ref _clockOffsetTicks) is > long.MinValue and var ticks ? TimeSpan.FromTicks(ticks) : null;

    internal void Count(string operation, string label, TimeSpan duration)
    {
        _requests.Add(operation, label);
        Durations.Observe(duration);
    }

    internal void Count(string operation, HttpAnswer answer, TimeSpan duration)
    {
        Count(operation, answer.Label, duration);
        if (RetryAfter.Number(answer.Headers, "ratelimit-remaining") is >= 0 and var left)
            Interlocked.Exchange(ref _remaining, left);
        if (RetryAfter.Number(answer.Headers, "ratelimit-reset") is >= 0 and var reset)
            Interlocked.Exchange(ref _reset, reset);
        if (answer.Headers?.Date is { } date)
            Interlocked.Exchange(ref _clockOffsetTicks, (DateTimeOffset.UtcNow - date).Ticks);
    }
}
