using System.Globalization;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>keepalived's numbers and times (seconds, with or without a fraction), and what becomes of one that FlipAgent has no room for.</summary>
internal static class Seconds
{
    /// <summary>Null when keepalived would not take it for a time either.</summary>
    public static TimeSpan? Parse(string? text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds < 1e9
            ? TimeSpan.FromMilliseconds(Math.Round(seconds * 1000))
            : null;

    /// <summary>Null when keepalived would refuse it as well.</summary>
    public static int? Whole(string? text, int least, int most) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number : null;

    /// <summary>Brought into the range, with a note when that changes it.</summary>
    public static TimeSpan Within(TimeSpan value, TimeSpan least, TimeSpan most, Statement at, string what, Notes notes)
    {
        var result = value < least ? least : value > most ? most : value;
        if (result != value)
            notes.Add(at, $"{what}: {Duration.Text(value)} became {Duration.Text(result)}; FlipAgent takes {Duration.Text(least)} to {Duration.Text(most)}");
        return result;
    }

    /// <inheritdoc cref="Within(TimeSpan, TimeSpan, TimeSpan, Statement, string, Notes)"/>
    public static int Within(int value, int least, int most, Statement at, string what, Notes notes)
    {
        var result = Math.Clamp(value, least, most);
        if (result != value)
            notes.Add(at, $"{what}: {value} became {result}; FlipAgent takes {least} to {most}");
        return result;
    }
}
