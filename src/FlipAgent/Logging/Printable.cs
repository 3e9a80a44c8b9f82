namespace FlipAgent.Logging;

/// <summary>
/// Makes a text from elsewhere safe to show on a terminal or in a log line: control characters could repaint the screen or forge a second
/// line, so each becomes a dot.
/// </summary>
internal static class Printable
{
    /// <param name="max">Longer texts are cut, with "..." in place of the rest.</param>
    public static string Of(string text, int max = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(text);
        var shown = text.Length <= max ? text : string.Concat(text.AsSpan(0, Math.Max(0, max - 3)), "...");
        return shown.AsSpan().ContainsAnyInRange('\0', '\x1f') || shown.AsSpan().ContainsAnyInRange('\x7f', '\x9f')
            ? string.Concat(shown.Select(c => char.IsControl(c) ? '.' : c))
            : shown;
    }
}
