using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;

namespace FlipAgent.Redaction;

/// <summary>
/// The last line of defence against a secret in a log or an alert: it knows every secret that this process has read, and blacks out each one that turns
/// up in a text, wherever it came from.
/// </summary>
public static class Redactor
{
    /// <summary>Shorter ones would blacken innocent text.</summary>
    private const int ShortestSecret = 8;

    /// <summary>A value of a file of names and values that is shorter is no secret by itself.</summary>
    private const int ShortestValue = 16;

    /// <summary>The path of a URL that is shorter is no secret by itself, and may be part of the agent's own paths (/flipagent).</summary>
    private const int ShortestPath = 20;

    private static readonly Lock s_gate = new();
    private static Known s_known = new([], [], SearchValues.Create([], StringComparison.Ordinal));

    /// <summary>
    /// Makes a secret known, together with the forms that it takes on its way out: each line, the path of a URL, the key of <c>ID:HEX</c>, the value of <c>NAME = VALUE</c>, escaped, in base64.
    /// </summary>
    public static void Register(string secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        lock (s_gate)
        {
            // The longest first, so that a part does not spoil the whole.
            var all = s_known.Secrets.Union(Forms(secret, encoded: true)).OrderByDescending(s => s.Length).ToArray();
            if (all.Length > s_known.Secrets.Length)
                Volatile.Write(ref s_known, new Known(all, [.. s_known.Beginnings.Union(Forms(secret, encoded: false))], SearchValues.Create(all, StringComparison.Ordinal)));
        }
    }

    /// <summary>
    /// The text with every known secret replaced by three stars; the same instance when there is none, which costs one search and no memory.
    /// </summary>
    public static string Redact(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var known = Volatile.Read(ref s_known);
        if (known.Secrets.Length == 0 || !text.AsSpan().ContainsAny(known.Search))
            return text;
        foreach (var secret in known.Secrets)
            text = text.Replace(secret, "***", StringComparison.Ordinal);
        return text;
    }

    /// <summary>
    /// The same for a text whose end was cut off before it came here: the beginning of a secret at its end, however short, is blacked out as well, because no search finds it.
    /// </summary>
    public static string RedactCut(string text)
    {
        text = Redact(text);
        var longest = 0;
        // Not those in base64: they begin with so many characters that nearly every text would end in one.
        foreach (var secret in Volatile.Read(ref s_known).Beginnings)
            longest = Math.Max(longest, Overlap(text, secret));
        return longest == 0 ? text : $"{text.AsSpan(0, text.Length - longest)}***";
    }

    /// <summary>How many characters at the end of the text are those that the secret begins with.</summary>
    private static int Overlap(string text, string secret)
    {
        var most = Math.Min(text.Length, secret.Length - 1);
        for (var length = most; length > 0; length--)
            if (text.AsSpan(text.Length - length).SequenceEqual(secret.AsSpan(0, length)))
                return length;
        return 0;
    }

    private static IEnumerable<string> Forms(string secret, bool encoded)
    {
        var parts = new List<string>();
        foreach (var line in secret.Split(['\n', '\r'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            // A comment in a key file.
            if (line.StartsWith('#'))
                continue;
            parts.Add(line);
            // A comment behind a key.
            var bare = line.IndexOf(" #", StringComparison.Ordinal) is > 0 and var comment ? line[..comment].TrimEnd() : line;
            parts.Add(bare);
            if (bare.IndexOf(':') is > 0 and var colon)
                parts.Add(bare[(colon + 1)..].Trim());
            // aws_secret_access_key = ...: short values of such files are regions and output formats.
            if (bare.IndexOf('=') is > 0 and var equals && bare[(equals + 1)..].Trim() is { Length: >= ShortestValue } value)
                parts.Add(value);
            if (!Uri.TryCreate(line, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
                continue;
            parts.Add(url.AbsoluteUri);
            if (url.PathAndQuery.Length >= ShortestPath)
                parts.Add(url.PathAndQuery);
        }

        return parts
            .Where(p => p.Length > 0)
            .SelectMany(p => (string[])[p, .. Escaped(p, Uri.EscapeDataString(p)), .. Escaped(p, JavaScriptEncoder.Default.Encode(p)), p.Replace("/", "\\/"), .. encoded ? InBase64(p) : []])
            .Where(p => p.Length >= ShortestSecret)
            .Distinct(StringComparer.Ordinal);
    }

    /// <summary>Escapes are written with large and with small hexadecimal digits (RFC 3986 section 2.1, RFC 8259 section 7).</summary>
    private static IEnumerable<string> Escaped(string secret, string escaped) => escaped == secret ? [] : [escaped, WithSmallDigits(escaped)];

    /// <summary>The digits behind each % and \u in lower case.</summary>
    private static string WithSmallDigits(string escaped) => string.Create(escaped.Length, escaped, static (to, from) =>
    {
        for (int i = 0, digits = 0; i < from.Length; i++)
        {
            to[i] = digits-- > 0 ? char.ToLowerInvariant(from[i]) : from[i];
            if (from[i] == '%' || (from[i] == 'u' && i > 0 && from[i - 1] == '\\'))
                digits = from[i] == '%' ? 2 : 4;
        }
    });

    /// <summary>
    /// What a text in base64 shows of a secret that is somewhere in it, such as behind the name of a user (RFC 7617): one form for each place within three bytes at which it can begin, without the
    /// characters that it shares with its neighbours.
    /// </summary>
    private static IEnumerable<string> InBase64(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        for (var before = 0; before < 3; before++)
        {
            var text = Convert.ToBase64String([.. new byte[before], .. bytes]);
            var whole = text[((before * 8 + 5) / 6)..((before + bytes.Length) * 8 / 6)];
            yield return whole;
            // RFC 4648 section 5.
            yield return whole.Replace('+', '-').Replace('/', '_');
        }
    }

    private sealed record Known(string[] Secrets, string[] Beginnings, SearchValues<string> Search);
}
