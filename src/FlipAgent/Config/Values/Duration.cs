using System.Globalization;

namespace FlipAgent.Config.Values;

/// <summary>
/// Times as people write them: <c>800ms</c>, <c>1.5s</c>, <c>2m</c>, <c>1h</c>. A bare number is refused, because nobody can see from a 5
/// whether it means seconds or milliseconds, and an election that is a thousand times too slow looks like a failover that does not work.
/// </summary>
public static class Duration
{
    private static readonly (string Unit, long Ticks)[] s_units =
    [
        ("ms", TimeSpan.TicksPerMillisecond),
        ("s", TimeSpan.TicksPerSecond),
        ("m", TimeSpan.TicksPerMinute),
        ("h", TimeSpan.TicksPerHour),
    ];

    /// <summary>Null when <paramref name="text"/> is a time; otherwise what is wrong with it and what was expected.</summary>
    /// <param name="value">At most 1000 days.</param>
    public static string? Parse(string text, out TimeSpan value)
    {
        ArgumentNullException.ThrowIfNull(text);
        value = default;
        var digits = 0;
        while (digits < text.Length && (char.IsAsciiDigit(text[digits]) || text[digits] == '.'))
            digits++;
        var number = text[..digits];
        var unit = text[digits..];
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
            || number.Length > 12 || number.StartsWith('.') || number.EndsWith('.'))
            return "is no time; expected a number and a unit, such as 800ms, 1.5s, 2m or 1h";
        if (unit.Length == 0)
            return amount == 0 ? "has no unit; expected 0s" : $"has no unit; expected {number}ms, {number}s, {number}m or {number}h";
        foreach (var (name, ticks) in s_units)
        {
            if (unit != name)
                continue;
            var total = amount * ticks;
            if (total > TimeSpan.TicksPerDay * 1000)
                return "is too long; expected at most 24000h";
            value = TimeSpan.FromTicks((long)total);
            return null;
        }

        return "has a unit that is not known; expected ms, s, m or h right after the number";
    }

    /// <summary>The shortest text that <see cref="Parse"/> reads as the same time.</summary>
    public static string Text(TimeSpan value)
    {
        if (value == TimeSpan.Zero)
            return "0s";
        for (var i = s_units.Length - 1; i >= 0; i--)
            if (value.Ticks % s_units[i].Ticks == 0)
                return $"{value.Ticks / s_units[i].Ticks}{s_units[i].Unit}";
        return ((decimal)value.Ticks / TimeSpan.TicksPerMillisecond).ToString("0.####", CultureInfo.InvariantCulture) + "ms";
    }

    internal static Parse<TimeSpan> Between(TimeSpan least, TimeSpan most) => (string text, out TimeSpan value) =>
    {
        if (Parse(text, out value) is { } complaint)
            return complaint;
        return value < least || value > most ? $"is out of range; expected {Text(least)} to {Text(most)}" : null;
    };
}
