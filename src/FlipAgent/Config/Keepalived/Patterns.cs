using System.Text.RegularExpressions;

namespace FlipAgent.Config.Keepalived;

/// <summary>Patterns for text that anybody may have written: whatever it is, the time they take grows with its length only.</summary>
internal static class Patterns
{
    public static Regex Safe(string pattern, RegexOptions options = RegexOptions.None) => new(pattern, options | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking);

    /// <summary>The same, where small and capital letters are the same.</summary>
    public static Regex AnyCase(string pattern) => Safe(pattern, RegexOptions.IgnoreCase);
}
