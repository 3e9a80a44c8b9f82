using System.Globalization;
using System.Text;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Events;
using FlipAgent.Redaction;

namespace FlipAgent.Alerts;

/// <summary>
/// An alert as a mail in plain text (RFC 5322, RFC 2045 to 2047). The only header that has text of an alert in it is the subject: one line, without control characters, and
/// encoded unless it is plain ASCII, so that no text can begin a header of its own. The body is quoted-printable, so that no line of it is too long or means anything.
/// </summary>
internal static class MailMessage
{
    private const int MaxSubject = 200, MaxBody = 20_000, MaxLine = 76;

    /// <summary>As a mail program of Linux takes it: lines end with a line feed.</summary>
    public static byte[] Of(Alert alert, AlertText words, SinkConfig.Email config)
    {
        var mail = new StringBuilder();
        if (config.From is { } from)
            mail.Append($"From: {from}\n");
        mail.Append($"To: {string.Join(",\n ", config.To)}\n");
        mail.Append($"Subject: {Subject(WholeWords.Cut(words.Headline(alert), MaxSubject))}\n");
        mail.Append(CultureInfo.InvariantCulture, $"Date: {alert.At.UtcDateTime:ddd, dd MMM yyyy HH:mm:ss} +0000\n");
        mail.Append(CultureInfo.InvariantCulture, $"Message-ID: <{alert.At.ToUnixTimeMilliseconds()}.{alert.Id}.{alert.Times}.{(int)alert.Event.Kind}@{words.Node}.{words.Cluster}.flipagent>\n");
        // No robot answers a message of a robot (RFC 3834).
        mail.Append("Auto-Submitted: auto-generated\n");
        if (alert.Event.Severity == Severity.Critical)
            mail.Append("Importance: high\nX-Priority: 1\n");
        mail.Append("MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n");
        AppendBody(mail, WholeWords.Cut(Body(alert, words), MaxBody));
        return Encoding.ASCII.GetBytes(mail.ToString());
    }

    private static string Body(Alert alert, AlertText words)
    {
        var body = new StringBuilder(words.Headline(alert)).Append("\n\n");
        foreach (var (label, line) in words.Lines(alert))
            body.Append($"{label}: {line}\n");
        return body.ToString();
    }

    /// <summary>As it is when it is ASCII, otherwise in encoded words of at most 75 characters (RFC 2047).</summary>
    private static string Subject(string text)
    {
        var line = Printable.Of(text);
        if (line.All(char.IsAscii) && !line.Contains("=?", StringComparison.Ordinal))
            return line;
        // 45 bytes are 60 characters of base64; a character is never split over two words.
        var words = new List<string>();
        var bytes = new List<byte>(45);
        foreach (var rune in line.EnumerateRunes())
        {
            if (bytes.Count + rune.Utf8SequenceLength > 45)
                Flush();
            var one = new byte[rune.Utf8SequenceLength];
            rune.EncodeToUtf8(one);
            bytes.AddRange(one);
        }
        Flush();
        return string.Join("\n ", words);

        void Flush()
        {
            words.Add($"=?utf-8?B?{Convert.ToBase64String([.. bytes])}?=");
            bytes.Clear();
        }
    }

    private static void AppendBody(StringBuilder mail, string body)
    {
        foreach (var line in body.TrimEnd('\n').Split('\n'))
        {
            var length = 0;
            var bytes = Encoding.UTF8.GetBytes(line);
            for (var i = 0; i < bytes.Length; i++)
            {
                var isPlain = (bytes[i] is >= (byte)'!' and <= (byte)'~' and not (byte)'=' || bytes[i] == ' ') && (bytes[i] != ' ' || i < bytes.Length - 1);
                var shown = isPlain ? ((char)bytes[i]).ToString() : $"={bytes[i]:X2}";
                // One character of the line is for the sign that it goes on.
                if (length + shown.Length >= MaxLine)
                {
                    mail.Append("=\n");
                    length = 0;
                }
                mail.Append(shown);
                length += shown.Length;
            }
            mail.Append('\n');
        }
    }
}
