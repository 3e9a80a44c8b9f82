using System.Globalization;
using System.Text.RegularExpressions;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// A command without what is only around it: <c>sudo</c>, <c>timeout 2</c>, <c>nice</c>, <c>sh -c '...'</c>, with or without a path.
/// </summary>
/// <param name="Text">What is asked in the end; a shell line when <paramref name="IsShell"/>.</param>
/// <param name="IsShell">A shell was asked to run it.</param>
/// <param name="Timeout">Of the shortest <c>timeout</c> around it.</param>
internal sealed record Peeled(string Text, bool IsShell, TimeSpan? Timeout)
{
    private const int MostLayers = 6;
    private const int LongestLine = 2000;

    public static Peeled Of(string command)
    {
        var peeled = new Peeled(command.Trim(), false, null);
        for (var n = 0; n < MostLayers && peeled.Text.Length <= LongestLine; n++)
            if (s_wrapper.Match(peeled.Text) is { Success: true } wrapper)
                peeled = peeled with { Text = peeled.Text[wrapper.Length..], Timeout = Shorter(peeled.Timeout, wrapper.Groups["time"]) };
            else if (s_shell.IsMatch(peeled.Text) && Words.OfCommand(peeled.Text) is { } words && Body(words) is { } body)
                peeled = peeled with { Text = body.Trim(), IsShell = true };
            else
                break;
        return peeled;
    }

    /// <summary>The line that the shell is given, when nothing follows it.</summary>
    private static string? Body(IReadOnlyList<string> words)
    {
        var option = words.Skip(1).TakeWhile(w => w.StartsWith('-')).Count();
        return option > 0 && words.Count == option + 2 && words.Take(option + 1).Skip(1).Any(w => w[^1] == 'c' && !w.StartsWith("--")) ? words[^1] : null;
    }

    private static TimeSpan? Shorter(TimeSpan? known, Group time)
    {
        if (!time.Success || Duration(time.Value) is not { } found)
            return known;
        return known < found ? known : found;
    }

    /// <summary>timeout(1): a number, with a fraction perhaps, and s, m, h or d; 0 is none.</summary>
    private static TimeSpan? Duration(string text)
    {
        var unit = text[^1] switch { 'm' => 60.0, 'h' => 3600, 'd' => 86_400, _ => 1 };
        return double.TryParse(text.TrimEnd('s', 'm', 'h', 'd'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number > 0
            ? TimeSpan.FromSeconds(Math.Min(number * unit, 86_400))
            : null;
    }

    private static readonly Regex s_wrapper = new(
        @"^(\S*/)?(sudo(?>(\s+-[nEHS]+|\s+-[ug]\s*\S+)*)" +
        @"|timeout(?>(\s+(-k|-s|--kill-after|--signal)[\s=]?\S+|\s+--?[a-z][a-z-]*)*)\s+(?<time>\d+(\.\d+)?[smhd]?)" +
        @"|nice(\s+-n\s*-?\d+|\s+-\d+)?|ionice(?>(\s+-[cn]\s*\d)*)|nohup|setsid|exec|command|env)\s+(?=\S)",
        RegexOptions.ExplicitCapture);

    private static readonly Regex s_shell = new(@"^(\S*/)?(ba|da|a|k|z)?sh\s+-");
}
