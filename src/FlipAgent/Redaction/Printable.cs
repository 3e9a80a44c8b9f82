using System.Globalization;

namespace FlipAgent.Redaction;

/// <summary>
/// Makes a text from elsewhere safe to show on a terminal or in a log line. Control characters could repaint the screen or forge a second line, U+2028 and
/// U+2029 break lines too, and format characters (Unicode category Cf: bidirectional overrides, zero-width ones, the soft hyphen) make a text read
/// otherwise than it is; each becomes a dot.
/// </summary>
internal static class Printable
{
    /// <param name="max">Longer texts are cut, with "..." in place of the rest.</param>
    public static string Of(string text, int max = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(text);
        var shown = text.Length <= max ? text : string.Concat(text.AsSpan(0, Math.Max(0, max - 3)), "...");
        return shown.All(IsSafe) ? shown : string.Concat(shown.Select(c => IsSafe(c) ? c : '.'));
    }

    /// <summary>Shows as itself, wherever it stands.</summary>
    public static bool IsSafe(char c) => char.IsBetween(c, ' ', '~') || char.GetUnicodeCategory(c) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
