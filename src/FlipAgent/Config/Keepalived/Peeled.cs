using System.Globalization;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// A command without what is only around it: <c>sudo</c>, <c>timeout 2</c>, <c>flock FILE</c>, <c>sh -c '...'</c>, with or without a path.
/// </summary>
/// <param name="Text">What is asked in the end; a shell line when <paramref name="IsShell"/>.</param>
/// <param name="IsShell">A shell was asked to run it.</param>
/// <param name="Timeout">Of the shortest <c>timeout</c> around it.</param>
internal sealed record Peeled(string Text, bool IsShell, TimeSpan? Timeout)
{
    private const int MostLayers = 6;
    private const int LongestLine = 2000;

    /// <param name="staysHere">What changes the namespace, the root or the machine stays around the command: the same question asked here would be another one.</param>
    public static Peeled Of(string command, bool staysHere = false)
    {
        var peeled = new Peeled(command.Trim(), false, null);
        for (var n = 0; n < MostLayers && peeled.Text.Length <= LongestLine && Words.OfCommand(peeled.Text) is { Length: > 1 } words; n++)
            if (Wrapper.Line(words) is { } line)
                peeled = peeled with { Text = line.Trim(), IsShell = true };
            else if (Wrapper.Length(words, out var time) is > 0 and var length && !(staysHere && Wrapper.GoesElsewhere(words)))
                peeled = peeled with { Text = peeled.Text[Words.Start(peeled.Text, length).Length..].Trim(), Timeout = Shorter(peeled.Timeout, time) };
            else
                break;
        return peeled;
    }

    private static TimeSpan? Shorter(TimeSpan? known, string? time) =>
        time is null || Duration(time) is not { } found || known < found ? known : found;

    /// <summary>timeout(1): a number, with a fraction perhaps, and s, m, h or d; 0 is none.</summary>
    private static TimeSpan? Duration(string text)
    {
        var unit = text[^1] switch { 'm' => 60.0, 'h' => 3600, 'd' => 86_400, _ => 1 };
        return double.TryParse(text.TrimEnd('s', 'm', 'h', 'd'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number > 0
            ? TimeSpan.FromSeconds(Math.Min(number * unit, 86_400))
            : null;
    }
}
