using System.Net.Http.Headers;

namespace FlipAgent.Outbound;

/// <summary>
/// How long a server asks to be left alone. A date is read against the server's own clock (its Date header) where there is one, so that a wrong clock on
/// this node does not matter (F17).
/// </summary>
internal static class RetryAfter
{
    /// <summary>Retry-After in seconds or as a date (RFC 9110 section 10.2.3); null when there is none that can be read. 0 to <paramref name="most"/>.</summary>
    public static TimeSpan? Of(HttpResponseHeaders? headers, TimeSpan most) => headers?.RetryAfter switch
    {
        { Delta: { } delta } => Within(delta, most),
        { Date: { } date } => Within(date - ClockOf(headers), most),
        _ => null,
    };

    /// <summary><c>ratelimit-reset</c>: epoch seconds at which the oldest request leaves the sliding window.</summary>
    public static TimeSpan? OfRateLimitReset(HttpResponseHeaders? headers, TimeSpan most) =>
        Number(headers, "ratelimit-reset") is { } epoch and >= 0 and <= int.MaxValue * 2L
            ? Within(DateTimeOffset.FromUnixTimeSeconds(epoch) - ClockOf(headers!), most)
            : null;

    /// <summary>The first value of a header as a whole number, or null.</summary>
    public static long? Number(HttpResponseHeaders? headers, string name) =>
        headers is not null && headers.TryGetValues(name, out var values) && long.TryParse(values.FirstOrDefault(), out var number) ? number : null;

    private static DateTimeOffset ClockOf(HttpResponseHeaders headers) => headers.Date ?? DateTimeOffset.UtcNow;

    private static TimeSpan Within(TimeSpan wait, TimeSpan most) => wait < TimeSpan.Zero ? TimeSpan.Zero : wait > most ? most : wait;
}
