using System.Text.RegularExpressions;

namespace FlipAgent.Cloud.Exec;

/// <summary>What looks like a credential in the words of a foreign program: clients print their requests when something goes wrong, headers and all.</summary>
internal static partial class Credentials
{
    public static string Mask(string text) => Pattern().Replace(text, "$1***");

    [GeneratedRegex("((?:authorization|bearer|basic|token|api[-_]?key|secret|password|passwd|access[-_]?key(?:[-_]?id)?)\\b[\"']?(?:\\s*[:=]\\s*|\\s+)(?:(?:bearer|basic)\\s+)?[\"']?)[^\\s\"']+",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
