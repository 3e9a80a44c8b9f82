using FlipAgent.Redaction;

namespace FlipAgent.Outbound;

/// <summary>Text from outside, safe for a log line: printable ASCII, without any secret that this process has read, cut to a length.</summary>
internal static class PlainText
{
    /// <param name="most">In characters.</param>
    public static string Of(string text, int most)
    {
        // In this order: of a secret that is cut first, no search would find the rest.
        var known = Redactor.Redact(text);
        var cut = known.Length <= most ? known : known[..most];
        return string.Create(cut.Length, cut, static (to, from) =>
        {
            for (var i = 0; i < from.Length; i++)
                to[i] = from[i] is >= ' ' and <= '~' ? from[i] : '?';
        });
    }
}
