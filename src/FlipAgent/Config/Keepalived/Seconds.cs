using System.Globalization;

namespace FlipAgent.Config.Keepalived;

/// <summary>keepalived's times: seconds, with or without a fraction.</summary>
internal static class Seconds
{
    /// <summary>Null when it is no number; otherwise brought into the range.</summary>
    public static TimeSpan? Parse(string? text, double least, double most) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromMilliseconds(Math.Round(Math.Clamp(seconds, least, most) * 1000))
            : null;
}
