namespace FlipAgent.Alerts;

/// <summary>How fast one sink is used: its rate, its timeout, and how long failures are retried.</summary>
/// <param name="Gap">Between two attempts.</param>
/// <param name="FirstRetry">After the first failure about this; doubles, with jitter.</param>
/// <param name="LastRetry">It never waits longer by itself.</param>
/// <param name="Silence">After a refusal: nothing is sent for this long.</param>
/// <param name="LongOutage">From here on people are told that alerts were late.</param>
internal sealed record SinkPace(TimeSpan Gap, TimeSpan FirstRetry, TimeSpan LastRetry, TimeSpan Silence, TimeSpan LongOutage)
{
    public static SinkPace WithGap(TimeSpan gap) => new(
        gap, FirstRetry: TimeSpan.FromSeconds(1), LastRetry: TimeSpan.FromSeconds(30), Silence: TimeSpan.FromMinutes(5), LongOutage: TimeSpan.FromMinutes(1));
}
