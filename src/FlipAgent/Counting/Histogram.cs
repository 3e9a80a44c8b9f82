namespace FlipAgent.Counting;

/// <summary>
/// Counts durations in buckets, each in the first that is large enough. Any thread may observe at any time; nothing is allocated and nothing waits.
/// </summary>
/// <param name="bounds">Upper bounds in seconds, rising; what exceeds the last is counted as +Inf.</param>
public sealed class Histogram(params double[] bounds)
{
    private readonly long[] _counts = new long[bounds.Length + 1];
    private long _sumTicks;

    public ReadOnlySpan<double> Bounds => bounds;

    public void Observe(TimeSpan duration)
    {
        var seconds = duration.TotalSeconds;
        var i = 0;
        while (i < bounds.Length && seconds > bounds[i])
            i++;
        Interlocked.Increment(ref _counts[i]);
        Interlocked.Add(ref _sumTicks, duration.Ticks);
    }

    /// <summary>How many were at most as long as each bound, the last without a bound; and the sum in seconds.</summary>
    public (long[] Cumulative, double SumSeconds) Read()
    {
        var cumulative = new long[_counts.Length];
        var total = 0L;
        for (var i = 0; i < cumulative.Length; i++)
            cumulative[i] = total += Interlocked.Read(ref _counts[i]);
        return (cumulative, TimeSpan.FromTicks(Interlocked.Read(ref _sumTicks)).TotalSeconds);
    }
}
