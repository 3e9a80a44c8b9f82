using System.Text;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// A look at the bare characters of a file before it is read. keepalived reads bytes: a byte order mark, a no-break space or UTF-16 make words that it does not
/// know, and nobody sees why.
/// </summary>
internal static class Characters
{
    private const int MostNotes = 20;
    private const int Beginning = 1000;

    /// <summary>The text as far as it is one; nothing of UTF-16 and of what is no text at all.</summary>
    public static string Checked(string text, string file, Notes notes)
    {
        if (NoText(text) is { } why)
        {
            notes.IsIncomplete = true;
            notes.Add(file, 1, $"{why}; nothing in it is imported");
            return "";
        }

        var found = 0;
        var lines = text.Split('\n');
        for (var n = 0; n < lines.Length; n++)
            if (lines[n].AsSpan().ContainsAnyExceptInRange(' ', '~') && Remark(Comments.Removed(lines[n].TrimEnd('\r'))) is { } remark && ++found <= MostNotes)
                notes.Add(file, n + 1, remark);
        if (found > MostNotes)
            notes.Add(file, 1, $"{found - MostNotes} more lines have characters that nobody sees, or are not UTF-8");
        return text;
    }

    /// <summary>The first character that only a program sees; null: there is none.</summary>
    public static Rune? Unseen(string text)
    {
        foreach (var rune in text.EnumerateRunes())
            if (Invisible.Is(rune) && !(rune.IsAscii && char.IsWhiteSpace((char)rune.Value)))
                return rune;
        return null;
    }

    private static string? Remark(string line) => Unseen(line) is { } rune
        ? $"the invisible character {Invisible.Name(rune)}: to keepalived it is a part of the word that it is in, which is another word thereby; " +
            (rune.Value == 0xFEFF ? "save the file as UTF-8 without it" : "take it out, or write a plain space")
        : line.Contains('\uFFFD') ? "a character that is not UTF-8: keepalived takes its bytes as they are, the draft has U+FFFD in its place; save the file as UTF-8"
        : null;

    /// <summary>Why it cannot be read; null: it can. A few bytes of zero, which a crash may leave at the end of a file, are no reason.</summary>
    private static string? NoText(string text)
    {
        var beginning = text.AsSpan(0, Math.Min(text.Length, Beginning)).TrimStart('\uFFFD');
        if (!beginning.Contains('\0'))
            return null;
        var (zeros, strange) = (new int[2], 0);
        for (var i = 0; i < beginning.Length; i++)
            if (beginning[i] == '\0')
                zeros[i % 2]++;
            else if (beginning[i] == '\uFFFD' || (char.IsControl(beginning[i]) && !char.IsWhiteSpace(beginning[i])))
                strange++;
        var (most, least) = (zeros.Max(), zeros.Min());
        if (most > beginning.Length * 0.4 && least < beginning.Length * 0.1)
            return "is UTF-16, which keepalived cannot read; expected UTF-8 (iconv -f UTF-16 -t UTF-8)";
        return most + least + strange > beginning.Length * 0.1 ? "is no text, it has bytes of zero; expected a keepalived.conf" : null;
    }
}
