using System.Text;
using System.Text.RegularExpressions;

namespace FlipAgent.Config.Values;

/// <summary>
/// Text of the file as an error may repeat it: short, visible, and blanked out when it has the shape of a secret. Somebody will paste the
/// token where the name of its file belongs; the error that says so goes to logs and chat rooms.
/// </summary>
internal static class Echo
{
    private const int Longest = 60;

    /// <summary>In quotes, at most 60 characters.</summary>
    public static string Of(string text)
    {
        if (IsSecretLike(text))
            return "\"***\"";
        var shown = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes().Take(Longest))
            if (Invisible.Is(rune) || rune == Rune.ReplacementChar)
                shown.Append($"<{Invisible.Code(rune)}>");
            else
                shown.Append(rune.ToString());
        return shown.Append(text.Length > Longest ? "...\"" : "\"").ToString();
    }

    /// <summary>The text with everything that has the shape of a secret replaced.</summary>
    public static string Mask(string text) => s_secretShape.Replace(text, "***");

    /// <summary>A token of DigitalOcean or Slack, a webhook's path, a key in hex, a JSON web token, user and password in a URL.</summary>
    public static bool IsSecretLike(string text) => s_secretShape.IsMatch(text);

    // Token prefixes: docs.digitalocean.com/reference/api/create-personal-access-token; webhooks: api.slack.com/messaging/webhooks.
    private static readonly Regex s_secretShape = new(@"do[por]_v1_\w*|hooks\.slack\.com/\S+|/services/T\w+/\S*|[0-9a-fA-F]{32,}|xox[a-z]-\S+|eyJ[\w-]{20,}\S*|://[^/\s@]+@");
}
