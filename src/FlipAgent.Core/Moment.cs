namespace FlipAgent.Core;

/// <summary>Points in time of one run, on the clock that every step is given (<c>CLOCK_MONOTONIC</c>), and the two that lie outside of it.</summary>
public static class Moment
{
    /// <summary>Long before any other moment: "it has not happened", and can still be subtracted from.</summary>
    public static readonly TimeSpan Never = TimeSpan.FromDays(-36500);

    /// <summary>Long after any other moment: a deadline that does not come.</summary>
    public static readonly TimeSpan Forever = TimeSpan.FromDays(36500);

    internal static TimeSpan Min(TimeSpan a, TimeSpan b) => new(Math.Min(a.Ticks, b.Ticks));

    internal static TimeSpan Max(TimeSpan a, TimeSpan b) => new(Math.Max(a.Ticks, b.Ticks));
}
