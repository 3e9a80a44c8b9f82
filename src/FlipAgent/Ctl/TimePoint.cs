using System.Globalization;

namespace FlipAgent.Ctl;

/// <summary>
/// Points in time as people write them: so long ago (30d, 12h, 90m), a day or a minute of the calendar in UTC, as flipagentctl prints them, or a word.
/// </summary>
internal static class TimePoint
{
    public const string Expected = "expected so long ago, such as 30d, 12h or 90m, or a time in UTC, such as 2026-01-31 or \"2026-01-31 14:05\", or today, yesterday or now";

    private static readonly string[] s_forms =
    [
        "yyyy-MM-dd", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm:ss.FFF", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ss.FFFFFFF",
    ];

    private static readonly (char Unit, long Seconds)[] s_units = [('s', 1), ('m', 60), ('h', 3600), ('d', 86400), ('w', 604800)];

    /// <summary>Null when it is a time; otherwise what is wrong with it and what was expected.</summary>
    /// <param name="value">1970 to <paramref name="now"/>.</param>
    public static string? Parse(string text, DateTimeOffset now, out DateTimeOffset value)
    {
        value = now;
        var today = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        if (text is "now" or "today" or "yesterday")
        {
            value = text switch { "today" => today, "yesterday" => today.AddDays(-1), _ => now };
            return null;
        }
        if (Ago(text) is { } ago)
        {
            // Longer ago than anything was: from the beginning.
            value = ago < now - DateTimeOffset.UnixEpoch ? now - ago : DateTimeOffset.UnixEpoch;
            return null;
        }
        // As events and explain print them, with the Z of UTC.
        var plain = text.EndsWith('Z') ? text[..^1] : text;
        if (!DateTimeOffset.TryParseExact(plain, s_forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out value))
            return $"is no time; {Expected}";
        if (value < DateTimeOffset.UnixEpoch)
            return "is before 1970; expected a time of this cluster's life";
        return value > now ? $"lies in the future; expected a time up to now, {now.UtcDateTime:yyyy-MM-dd HH:mm} UTC" : null;
    }

    private static TimeSpan? Ago(string text)
    {
        if (text.Length < 2 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            return null;
        foreach (var (unit, seconds) in s_units)
            if (text[^1] == unit)
                return TimeSpan.FromSeconds(Math.Min(count * seconds, 86400L * 36500));
        return null;
    }
}
