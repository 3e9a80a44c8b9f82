namespace FlipAgent.Events;

/// <summary>Shortens texts between two words, so that nobody has to guess at half of one.</summary>
public static class WholeWords
{
    private const string More = " ...";

    /// <summary>The text, or as many whole words of it as fit, with dots in place of the rest.</summary>
    /// <param name="max">Characters, the dots included; at least 8. One word that is longer than that is cut all the same.</param>
    public static string Cut(string text, int max)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 8);
        if (text.Length <= max)
            return text;
        var end = max - More.Length;
        var space = text.LastIndexOfAny([' ', '\n'], end);
        if (space <= 0)
            space = char.IsHighSurrogate(text[end - 1]) ? end - 1 : end;
        return text[..space].TrimEnd(' ', '\n', ',', ';', ':') + More;
    }

    /// <summary>What the wire cut (three dots at its end) without the word that it cut through, and without a bracket that is not closed.</summary>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.EndsWith("...", StringComparison.Ordinal))
            return text;
        var whole = text[..^3];
        var space = whole.LastIndexOf(' ');
        // An agent since 1.2.0 cuts between words; the word before its dots is whole.
        if (text.Length >= FlipAgent.Core.AdvertCodec.MaxCauseBytes - 1 && space > 0)
            whole = whole[..space];
        var bracket = whole.LastIndexOf('(');
        if (bracket > 0 && whole.IndexOf(')', bracket) < 0)
            whole = whole[..bracket];
        return whole.TrimEnd(' ', ',', ';', ':');
    }
}
