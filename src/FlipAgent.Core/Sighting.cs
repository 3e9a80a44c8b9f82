namespace FlipAgent.Core;

/// <summary>What the guard of a node saw of the service through the floating IP. The values are those on the wire (docs/wire.md).</summary>
public enum Sight
{
    /// <summary>The node has no guard, or does not say (1.0.0).</summary>
    Off = 0,
    /// <summary>The floating IP is an address of that machine itself, so its probes ask nobody.</summary>
    Blind = 1,
    /// <summary>It has not been answered yet.</summary>
    Unasked = 2,
    /// <summary>The service answered.</summary>
    Answers = 3,
    /// <summary>The connection was refused or broken, or something else answered than what was expected.</summary>
    Refused = 4,
    /// <summary>Nothing answered in time.</summary>
    TimedOut = 5,
}

/// <summary>What the sender of an advert says of the service through the floating IP, as its own guard sees it.</summary>
/// <param name="Sight">The answer to its last probe.</param>
/// <param name="Proven">One of its probes has succeeded in this run: its path to the floating IP exists.</param>
/// <param name="Period">How often it probes at present. Wire: whole milliseconds.</param>
/// <param name="Age">How long ago the probe was sent that <see cref="Sight"/> is of.</param>
/// <param name="FailingFor">How long ago the first failing probe since the last success was sent; null: the last one succeeded, or there was none.</param>
/// <param name="SeenAge">How long ago the last probe was sent that succeeded; null: none has.</param>
public sealed record ServiceReport(Sight Sight, bool Proven, TimeSpan Period, TimeSpan Age, TimeSpan? FailingFor, TimeSpan? SeenAge);

/// <summary>A <see cref="ServiceReport"/>, or what the own guard saw, in moments of this node's clock.</summary>
/// <param name="Sight">The answer to the last probe.</param>
/// <param name="Proven">A probe has succeeded in this run.</param>
/// <param name="Period">How often it probes.</param>
/// <param name="At">When the probe was sent that was answered last; <see cref="Moment.Never"/>: none was.</param>
/// <param name="FailingSince">When the first failing probe since the last success was sent; <see cref="Moment.Never"/>: the last one succeeded, or there was none.</param>
/// <param name="SeenAt">When the last probe was sent that succeeded; <see cref="Moment.Never"/>: none has.</param>
public readonly record struct Sighting(Sight Sight, bool Proven, TimeSpan Period, TimeSpan At, TimeSpan FailingSince, TimeSpan SeenAt)
{
    private static readonly TimeSpan s_leastFresh = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_mostFresh = TimeSpan.FromSeconds(10);

    /// <summary>Nothing is known.</summary>
    public static readonly Sighting None = new(Sight.Off, false, TimeSpan.Zero, Moment.Never, Moment.Never, Moment.Never);

    /// <summary>The last probe was answered, or failed in a way that says something.</summary>
    internal bool IsResult => Sight is Sight.Answers or Sight.Refused or Sight.TimedOut;

    /// <summary>Younger than three periods, or than 5 s where those are shorter; never older than 10 s.</summary>
    internal bool IsFresh(TimeSpan now) => IsResult && now - At < Moment.Max(Moment.Min(3 * Period, s_mostFresh), s_leastFresh);

    /// <summary>A witness: it has seen the service in this run, and looked a moment ago.</summary>
    public bool CanTell(TimeSpan now) => Proven && IsFresh(now);

    internal static Sighting Of(ServiceReport? report, TimeSpan now) => report is null
        ? None
        : new(report.Sight, report.Proven, report.Period, now - report.Age,
            report.FailingFor is { } failing ? now - failing : Moment.Never, report.SeenAge is { } seen ? now - seen : Moment.Never);

    internal ServiceReport? Report(TimeSpan now) => Sight == Sight.Off
        ? null
        : new ServiceReport(Sight, Proven, Period, IsResult ? Moment.Max(now - At, TimeSpan.Zero) : TimeSpan.Zero, Age(FailingSince, now), Age(SeenAt, now));

    private static TimeSpan? Age(TimeSpan at, TimeSpan now) => at == Moment.Never ? null : Moment.Max(now - at, TimeSpan.Zero);
}
