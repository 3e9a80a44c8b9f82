namespace FlipAgent.Config.Yaml;

/// <summary>Files of other programs that are taken for a configuration now and then: each of them would be an error of YAML that leads nowhere.</summary>
internal static class OtherFile
{
    /// <summary>What the file is, and what was expected; null: it may be a configuration. Its first line tells, or the first that is no comment in any of their ways to write one.</summary>
    public static string? Of(string text)
    {
        if (text.StartsWith("#!/", StringComparison.Ordinal))
            return "this is a script; expected the file that it writes";
        var first = true;
        foreach (var raw in text.AsSpan().EnumerateLines())
        {
            var line = raw.Trim();
            if (first && line is "#cloud-config")
                return "this is a cloud-init document; expected the file that it writes";
            first = false;
            if (line.IsEmpty || line[0] == '#' || (line[0] == '!' && line.Contains(' ')))
                continue;
            return Begins(line, s_keepalived) || line is ['$' or '@', (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or '_', ..]
                ? "this is a file of keepalived's; flipagentctl import-keepalived makes a configuration of it"
                : line is "global" or "defaults" || Begins(line, s_haproxy)
                    ? "this is a configuration of HAProxy; expected the one of flipagent (flipagentctl init writes a first one)"
                    : line is ['<', '!' or (>= 'a' and <= 'z') or (>= 'A' and <= 'Z'), ..] ? "this is a page of a web site, not a configuration" : null;
        }
        return null;
    }

    /// <summary>Definitions ($) and conditions (@) begin a file of keepalived's as well.</summary>
    private static readonly string[] s_keepalived = ["global_defs", "vrrp_", "virtual_server", "static_", "include ", "include_", "net_namespace "];

    private static readonly string[] s_haproxy = ["global ", "defaults ", "frontend ", "listen ", "backend ", "userlist ", "resolvers ", "peers ", "cache ", "program "];

    private static bool Begins(ReadOnlySpan<char> line, string[] words)
    {
        foreach (var word in words)
            if (line.StartsWith(word))
                return !line.Contains(':') || !word.EndsWith(' ');
        return false;
    }
}
