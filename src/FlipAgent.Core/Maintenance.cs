namespace FlipAgent.Core;

/// <summary>A person took this node out of service. Outlives restarts and reboots. Always true: no reason, no end and nobody who began it while it is off.</summary>
public sealed class Maintenance
{
    /// <summary>It is out of service.</summary>
    public bool On { get; private set; }

    /// <summary>What the person gave as the reason; null: nothing.</summary>
    public string? Reason { get; private set; }

    /// <summary>Who began it, for people; null: not known.</summary>
    public string? By { get; private set; }

    /// <summary>It ends by itself then; <see cref="Moment.Forever"/>: when somebody switches it off.</summary>
    public TimeSpan Until { get; private set; } = Moment.Forever;

    /// <summary>Counts the changes that the next run should know of.</summary>
    internal int Revision { get; private set; }

    internal void Begin(TimeSpan? length, string? reason, TimeSpan now, string? by = null) =>
        (On, Reason, By, Until, Revision) = (true, reason, by, length is { } l ? now + l : Moment.Forever, Revision + 1);

    internal void End() => (On, Reason, By, Until, Revision) = (false, null, null, Moment.Forever, Revision + 1);
}
