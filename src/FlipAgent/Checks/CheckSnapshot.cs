namespace FlipAgent.Checks;

/// <summary>How one check stands at this moment. Replaced as a whole, so that it can be read at any time from any thread.</summary>
/// <param name="Kind">process, tcp, http, haproxy or exec.</param>
/// <param name="Up">The verdict; null until the first one.</param>
/// <param name="Since">When the verdict was reached (UTC); until there is one, when the check was begun.</param>
/// <param name="Detail">What the last look saw.</param>
public sealed record CheckSnapshot(string Name, string Kind, bool? Up, DateTimeOffset Since, string Detail)
{
    /// <summary>Up, but with something that a person should know.</summary>
    public bool Degraded { get; init; }

    /// <summary>Since when that is so (UTC); null: it is not.</summary>
    public DateTimeOffset? DegradedSince { get; init; }

    /// <summary>How long the last run took; null before the first has ended.</summary>
    public TimeSpan? LastDuration { get; init; }

    /// <summary>Runs that ended, by their result; for metrics.</summary>
    public long Successes { get; init; }

    public long Failures { get; init; }
}
