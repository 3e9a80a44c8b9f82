using System.Globalization;
using System.Text;

namespace FlipAgent.Redaction;

/// <summary>
/// Makes a text from elsewhere safe to show on a terminal or in a log line. Control characters could repaint the screen or forge a second line, U+2028 and
/// U+2029 break lines too, and format characters (Unicode category Cf: bidirectional overrides, zero-width ones, the soft hyphen, tags) make a text read
/// otherwise than it is; each becomes a dot. Secrets become stars.
/// </summary>
internal static class Printable
{
    /// <summary>Redacts, then cuts, then cleans: of a secret that is cut first, no search would find the rest.</summary>
    /// <param name="max">Longer texts are cut, with "..." in place of the rest.</param>
    public static string Of(string text, int max = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(text);
        var known = Redactor.Redact(text);
        return Clean(known.Length <= max ? known : $"{known.AsSpan(0, CutAt(known, max - 3))}...", '.');
    }

    /// <summary>The same, cut without dots, and with a space for what is not safe.</summary>
    /// <param name="wasCut">The text was cut already before it came here.</param>
    public static string Line(string text, int max, bool wasCut)
    {
        ArgumentNullException.ThrowIfNull(text);
        var known = (wasCut ? Redactor.RedactCut(text) : Redactor.Redact(text)).Trim();
        return Clean(known.Length <= max ? known : known[..CutAt(known, max)], ' ');
    }

    /// <summary>The text with this in place of each character that is not safe; the same instance when all are.</summary>
    public static string Clean(string text, char instead)
    {
        if (IsSafe(text))
            return text;
        var clean = new StringBuilder(text.Length);
        for (int at = 0, length; at < text.Length; at += length)
            if (IsSafe(text.AsSpan(at), out length))
                clean.Append(text, at, length);
            else
                clean.Append(instead);
        return clean.ToString();
    }

    private static bool IsSafe(string text)
    {
        for (int at = 0, length; at < text.Length; at += length)
            if (!IsSafe(text.AsSpan(at), out length))
                return false;
        return true;
    }

    /// <summary>Whether the first character shows as itself, wherever it stands. It is judged as a whole: half of one beyond U+FFFF has no category of its own.</summary>
    private static bool IsSafe(ReadOnlySpan<char> text, out int length)
    {
        length = 1;
        if (char.IsBetween(text[0], ' ', '~'))
            return true;
        // Half a pair is nothing that could mislead; it shows as a replacement.
        if (Rune.DecodeFromUtf16(text, out var rune, out var used) != System.Buffers.OperationStatus.Done)
            return true;
        length = used;
        return Rune.GetUnicodeCategory(rune) is not
            (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
    }

    /// <summary>Never through one character.</summary>
    private static int CutAt(string text, int max)
    {
        max = Math.Max(0, max);
        return max > 0 && max < text.Length && char.IsSurrogatePair(text[max - 1], text[max]) ? max - 1 : max;
    }
}
