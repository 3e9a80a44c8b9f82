namespace FlipAgent.Sim;

/// <summary>
/// The rate limit of one account at the cloud, which all its clusters share: so many requests an hour, and a twentieth of that in a minute (DigitalOcean API reference,
/// "Rate Limit"). Requests that are refused count for nothing.
/// </summary>
internal sealed class Account(long hourly)
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);
    private readonly Queue<TimeSpan> _accepted = new();
    private TimeSpan _minuteSince;
    private int _inMinute;

    public int Accepted { get; private set; }

    public int Refused { get; private set; }

    /// <summary>Takes a request that arrives now.</summary>
    /// <returns>What is left when it is taken, or how long to wait when it is not.</returns>
    public (RateLimit Left, TimeSpan? RetryAfter) Take(TimeSpan now)
    {
        while (_accepted.TryPeek(out var oldest) && now - oldest >= s_hour)
            _accepted.Dequeue();
        if (now - _minuteSince >= s_minute)
            (_minuteSince, _inMinute) = (now, 0);
        var wait = _accepted.Count >= hourly ? _accepted.Peek() + s_hour - now : _inMinute >= hourly / 20 ? _minuteSince + s_minute - now : (TimeSpan?)null;
        if (wait is null)
        {
            _accepted.Enqueue(now);
            _inMinute++;
            Accepted++;
        }
        else
            Refused++;
        return (new RateLimit(hourly - _accepted.Count, hourly), wait);
    }
}
