namespace FlipAgent.Outbound;

/// <summary>Text from outside, safe for a log line: printable ASCII, cut to a length.</summary>
internal static class PlainText
{
    /// <param name="most">In characters.</param>
    public static string Of(string text, int most)
    {
        var cut = text.Length <= most ? text : text[..most];
        return string.Create(cut.Length, cut, static (to, from) =>
        {
            for (var i = 0; i < from.Length; i++)
                to[i] = from[i] is >= ' ' and <= '~' ? from[i] : '?';
        });
    }
}
