namespace FlipAgent.Config.Values;

/// <summary>
/// One plain mail address. Far less than RFC 5322 allows: no quotes, no comments, no names, nothing that a mail program could read as a second address, an option or a
/// header.
/// </summary>
internal static class MailAddress
{
    private const string Expected = "expected one address such as ops@example.com, without a name";

    // RFC 5321 section 4.5.3.1.
    private const int LongestLocal = 64, Longest = 254;

    public static string? Parse(string text, out string value)
    {
        value = text;
        var at = text.LastIndexOf('@');
        var (local, domain) = at < 0 ? (text, "localhost") : (text[..at], text[(at + 1)..]);
        if (text.Length > Longest || local.Length is 0 or > LongestLocal)
            return $"is no mail address; {Expected}";
        // A bare name is a user of this machine, such as root.
        if (local[0] is '-' or '.' || !local.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '+' or '='))
            return $"is no mail address; {Expected}";
        return Uri.CheckHostName(domain) == UriHostNameType.Dns && domain.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-') && domain[0] != '-'
            ? null
            : $"has no mail domain; {Expected}";
    }
}
