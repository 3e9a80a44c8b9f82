using System.Globalization;
using System.Text;

namespace FlipAgent.Config.Values;

/// <summary>
/// Characters that nobody sees: spaces that are none to a program (U+00A0 from a web page or a word processor), zero-width ones, the soft hyphen, marks of
/// direction. They make a name, a path or a key another one than what is read, so they are shown by their code.
/// </summary>
internal static class Invisible
{
    public static bool Is(Rune rune) => rune.Value != ' ' && (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned || IsBlank(rune.Value));

    /// <summary>"U+00A0".</summary>
    public static string Code(Rune rune) => $"U+{rune.Value:X4}";

    /// <summary>"U+00A0 (no-break space)".</summary>
    public static string Name(Rune rune) => rune.Value switch
    {
        0x00A0 => "U+00A0 (a no-break space)",
        0x00AD => "U+00AD (a soft hyphen)",
        0x200B => "U+200B (a zero-width space)",
        0xFEFF => "U+FEFF (a byte order mark)",
        _ => Code(rune),
    };

    /// <summary>Letters and marks by their category, and nothing to the eye: joiners, fillers, variation selectors, the empty braille cell.</summary>
    private static bool IsBlank(int value) =>
        value is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or (>= 0x180B and <= 0x180F) or 0x2800 or 0x3164 or (>= 0xFE00 and <= 0xFE0F) or 0xFFA0
            or (>= 0xE0100 and <= 0xE01EF);
}
