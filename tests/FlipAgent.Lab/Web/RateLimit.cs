namespace FlipAgent.Lab.Web;

/// <summary>
/// The two limits of every token: so many requests an hour, so many a minute. Each request is a coin that comes back an hour later, so the
/// window slides.
/// </summary>
internal sealed class RateLimit(LabKnobs knobs, bool hetzner = false)
{
    private double _left = double.NaN;
    private DateTimeOffset _filledAt;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Queue<DateTimeOffset>> _spent = [];

    /// <summary>Spends one request; null: fine. In both cases <paramref name="headers"/> is what every answer carries.</summary>
    public Answer? Spend(string token, DateTimeOffset now, out Dictionary<string, string> headers)
    {
        lock (_lock)
        {
            if (hetzner)
            {
                return SpendOfProject(now, out headers);
            }

            if (!_spent.TryGetValue(token, out var spent))
            {
                _spent[token] = spent = new();
            }

            while (spent.TryPeek(out var oldest) && oldest <= now.AddHours(-1))
            {
                spent.Dequeue();
            }

            var inMinute = spent.Count(at => at > now.AddMinutes(-1));
            var hourly = spent.Count >= knobs.PerHour;
            var burst = inMinute >= knobs.PerMinute;
            if (!hourly && !burst)
            {
                spent.Enqueue(now);
            }

            var reset = spent.TryPeek(out var first) ? first.AddHours(1) : now.AddHours(1);
            headers = new()
            {
                ["ratelimit-limit"] = $"{knobs.PerHour}",
                ["ratelimit-remaining"] = $"{(burst ? 0 : Math.Max(0, knobs.PerHour - spent.Count))}",
                ["ratelimit-reset"] = $"{reset.ToUnixTimeSeconds()}",
            };
            if (burst)
            {
                var wait = spent.First(at => at > now.AddMinutes(-1)).AddMinutes(1) - now;
                headers["retry-after"] = $"{Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds))}";
            }

            return hourly || burst ? Answer.Error(429, "too_many_requests", "API rate limit exceeded.") : null;
        }
    }

    /// <summary>Hetzner Cloud: one store for all tokens of the project, which fills up again in an hour, evenly.</summary>
    private Answer? SpendOfProject(DateTimeOffset now, out Dictionary<string, string> headers)
    {
        var most = Math.Min(knobs.PerHour, 3600);
        var rate = most / 3600.0;
        _left = double.IsNaN(_left) ? most : Math.Min(most, _left + ((now - _filledAt).TotalSeconds * rate));
        _filledAt = now;
        var refused = _left < 1;
        if (!refused)
        {
            _left--;
        }

        headers = new()
        {
            ["RateLimit-Limit"] = $"{most}",
            ["RateLimit-Remaining"] = $"{(int)_left}",
            ["RateLimit-Reset"] = $"{now.AddSeconds((most - _left) / Math.Max(rate, 0.001)).ToUnixTimeSeconds()}",
        };
        return refused ? Answer.Error(429, "rate_limit_exceeded", "limit of 3600 requests per hour reached") : null;
    }
}
