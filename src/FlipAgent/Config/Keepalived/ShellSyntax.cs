using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;

namespace FlipAgent.Config.Keepalived;

/// <summary>Whether a line means something to a shell only, and to which: on Debian and Ubuntu <c>/bin/sh</c> is dash, which reads bash's own otherwise, or not at all.</summary>
internal static class ShellSyntax
{
    /// <summary>Something that only a shell understands stands outside quotes, or it begins with a word of the shell's.</summary>
    public static bool NeedsShell(string line) =>
        s_word.IsMatch(line) || Outside(line).Any(c => "|&;<>$`".Contains(c));

    /// <summary>What of it is bash's and not every shell's, such as <c>[[</c>; null when nothing is seen.</summary>
    public static string? OfBash(string line)
    {
        var outside = Outside(line);
        return s_ofBash.FirstOrDefault(b => b.Pattern.IsMatch(outside)).Shown
            ?? (line.Contains("/dev/tcp/") ? "/dev/tcp" : line.Contains("/dev/udp/") ? "/dev/udp" : null);
    }

    /// <summary>Without what stands in quotes or behind a backslash.</summary>
    private static string Outside(string line)
    {
        var text = new StringBuilder();
        var quote = '\0';
        for (var i = 0; i < line.Length; i++)
            if (line[i] == '\\')
                i++;
            else if (quote != '\0')
                quote = line[i] == quote ? '\0' : quote;
            else if (line[i] is '"' or '\'')
                quote = line[i];
            else
                text.Append(line[i]);
        return text.ToString();
    }

    private static readonly Regex s_word = Patterns.Safe(@"^(!|\[\[|\{|if|for|while|until|case|cd|source|\.|:|eval|export|set|type|ulimit|umask|exit|trap|read)(\s|$)|^\(");

    private static readonly ImmutableArray<(string Shown, Regex Pattern)> s_ofBash =
    [
        ("[[", Patterns.Safe(@"(^|[\s;&|(!])\[\[\s")),
        ("&>", Patterns.Safe(@"&>|>&\s*[^\s\d&-]")),
        ("<<<", Patterns.Safe("<<<")),
        ("<(", Patterns.Safe(@"[<>]\(")),
        ("((", Patterns.Safe(@"(^|[^$(])\(\(")),
        ("|&", Patterns.Safe(@"\|&")),
        ("== in [ ]", Patterns.Safe(@"(^|[\s;&|(!])\[\s[^\]]*==\s")),
        ("pipefail", Patterns.Safe(@"\bset\s[^;|&]*pipefail\b")),
        ("source", Patterns.Safe(@"(^|[;&|(])\s*(source|function|declare|shopt|let)\s")),
    ];
}
