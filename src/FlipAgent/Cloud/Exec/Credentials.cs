using System.Text.RegularExpressions;

namespace FlipAgent.Cloud.Exec;

/// <summary>What looks like a credential in the words of a foreign program: clients print their requests when something goes wrong, headers and all.</summary>
internal static class Credentials
{
    public static string Mask(string text) => s_pattern.Replace(text, "$1$2***");

    private static readonly Regex s_pattern = new(
        "(://[^\\s:/@\"']*:)[^\\s@/\"']+(?=@)|((?:authorization|bearer|basic|token|api[-_]?key|secret|pass(?:word|wd|phrase)|access[-_]?key(?:[-_]?id)?)\\b[\"']?(?:\\s*[:=]\\s*|\\s+)(?:(?:bearer|basic)\\s+)?[\"']?)[^\\s\"']+",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
}
