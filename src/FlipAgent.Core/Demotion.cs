namespace FlipAgent.Core;

/// <summary>
/// This node had the floating IP and nobody saw the service answer here, so the mastership was given back (rule C10). Until the service is seen here, or the time is over,
/// it ranks last and its wish for the mastership is ignored; it stays fit, for it is the last resort. Always true: each time in a row lasts twice as long, 10 to 80 minutes.
/// </summary>
public sealed class Demotion
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromMinutes(10);

    /// <summary>How often in a row.</summary>
    public int Count { get; private set; }

    /// <summary>When it ends by itself; <see cref="Moment.Never"/>: it is over.</summary>
    public TimeSpan Until { get; private set; } = Moment.Never;

    /// <summary>It ranks last now.</summary>
    public bool IsOn(TimeSpan now) => now < Until;

    internal void Begin(TimeSpan now)
    {
        Until = now + s_shortest * (1 << Math.Min(Count, 3));
        Count++;
    }

    /// <summary>The service was seen to answer at this node.</summary>
    internal void End() => (Count, Until) = (0, Moment.Never);
}
