namespace FlipAgent.Core;

/// <summary>
/// A memory of failures (rule E2): a node that fails again and again ranks last for a while; it is not unfit for it. The first failure costs nothing; the
/// second within 10 minutes costs 10 s, doubling with each further one to 5 minutes.
/// </summary>
public sealed class HoldDown
{
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_max = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(10);
    private TimeSpan _lastFailureAt = Moment.Never;

    /// <summary><see cref="Moment.Never"/>: there was none.</summary>
    public TimeSpan Until { get; private set; } = Moment.Never;

    /// <summary>Failures of which each came within 10 minutes of the one before.</summary>
    internal int Failures { get; private set; }

    internal bool IsOn(TimeSpan now) => now < Until;

    /// <returns>How long the node ranks last for it; null when not at all.</returns>
    internal TimeSpan? Fail(TimeSpan now)
    {
        Failures = now - _lastFailureAt < s_window ? Failures + 1 : 1;
        _lastFailureAt = now;
        if (Failures < 2)
            return null;
        var length = Moment.Min(s_first * (1 << Math.Min(Failures - 2, 5)), s_max);
        Until = now + length;
        return length;
    }
}
