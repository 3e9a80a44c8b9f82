using System.Text.RegularExpressions;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// What a check script does besides asking. A check of FlipAgent only answers by its exit status, and runs as a user who may do little: a script that
/// stops keepalived to move the address, or repairs what it finds, does not work that way.
/// </summary>
internal static class ScriptActs
{
    private const int LongestIf = 40;

    /// <summary>It ends or restarts keepalived instead of failing.</summary>
    public static bool StopsKeepalived(string text) => s_stops.IsMatch(s_harmless.Replace(text, ""));

    /// <summary>What else it does, for a sentence that begins with the script; null when nothing is seen.</summary>
    public static string? Other(string text) =>
        s_reboots.IsMatch(text) ? "restarts or stops the machine"
        : s_services.Match(text) is { Success: true } service ? $"acts: {Shown(service.Value)}"
        : s_starts.Matches(text).FirstOrDefault(s => !s_onlyLooks.IsMatch(s.Value)) is { } program ? $"acts: it starts {Shown(program.Groups["program"].Value)}"
        : s_kills.Match(s_harmless.Replace(text, "")) is { Success: true } kill ? $"acts: {Shown(kill.Value)}"
        : NotifyScript.SetsAddress(text) || s_network.IsMatch(text) ? "changes addresses, routes or the firewall"
        : null;

    /// <summary>It searches the addresses of the interfaces, mostly to see whether this node is the master.</summary>
    public static bool LooksForAddress(string text) => s_searchedAddress.IsMatch(text);

    /// <summary>It ends with status 0 and no other way out is seen.</summary>
    public static bool IsAlwaysWell(string text) => s_endsWell.IsMatch(text) && !s_canFail.IsMatch(text);

    /// <summary>It sends a signal, be it 0, which only asks: the kernel lets nobody but root and the process's own user do that.</summary>
    public static bool Signals(string text) => s_signal.IsMatch(text);

    /// <summary>It looks at what only root sees.</summary>
    public static bool NeedsRoot(string text) => s_rootOnly.IsMatch(text);

    /// <summary>The one process whose presence it asks for; null when there is none or more than one.</summary>
    public static string? Process(string text)
    {
        if (s_fullLine.Matches(text).Any(m => !ScriptGuess.IsDaemon(m.Groups["name"].Value)))
            return null;
        var asked = s_asked.Matches(text);
        var names = asked.Select(m => m.Groups["name"].Value)
            .Select(n => n[(n.LastIndexOf('/') + 1)..].Replace("[", "").Replace("]", ""))
            .Where(n => n.Length > 0 && !n.Contains("keepalived", StringComparison.Ordinal))
            .Distinct()
            .ToArray();
        return names.Length == 1 && !asked.Any(m => StopsWhenThere(text, m)) ? names[0] : null;
    }

    /// <summary>It stops keepalived because the process is there: <c>pgrep backup &amp;&amp; systemctl stop keepalived</c>, <c>if pgrep backup; then ...</c>.</summary>
    private static bool StopsWhenThere(string text, Match asked)
    {
        var before = text[Math.Max(0, asked.Index - LongestIf)..asked.Index];
        var after = text[(asked.Index + asked.Length)..];
        var line = after.AsSpan().IndexOfAny("\n;|") is >= 0 and var end ? after[..end] : after;
        if (line.Contains("&&"))
            return StopsKeepalived(line);
        var branch = s_branchEnd.Match(after) is { Success: true } other ? after[..other.Index] : after;
        return s_if.IsMatch(before) && StopsKeepalived(branch);
    }

    /// <summary>It starts or stops services, as the first of them does; null when none is seen.</summary>
    public static string? Service(string text) => s_services.Match(text) is { Success: true } service ? Shown(service.Value) : null;

    /// <summary>The program by which it acts on another machine, or has it done by what stands elsewhere; null: none is seen.</summary>
    public static string? Elsewhere(string text) => s_elsewhere.Match(text) is { Success: true } run ? run.Groups["program"].Value : null;

    private static string Shown(string command) => Values.Echo.Mask(s_blank.Replace(command.Trim(), " "));

    private static readonly Regex s_stops = Patterns.Safe(
        @"\bsystemctl\b[^\n;|&]*\b(stop|kill|restart|try-restart|disable)\b[^\n;|&]*keepalived" +
        @"|\b(rc-service|invoke-rc\.d|service)\s+keepalived\s+(stop|restart|condrestart)|/init\.d/keepalived\s+(stop|restart)" +
        @"|\b(killall|pkill|kill|skill)\b[^\n;|&]*keepalived|keepalived[^\n;&]*(\|[^\n;&]*)*\|\s*(sudo\s+)?xargs[^\n]*\bkill\b" +
        @"|\b(docker|podman)\s+(stop|kill|restart)\s[^\n;|&]*keepalived");

    private static readonly Regex s_searchedAddress = Patterns.Safe(@"(\bip\s+(-\S+\s+)*(a|addr|address)\b|\bifconfig\b|\bhostname\s+-I\b)[^\n|]*\|\s*(e|f)?grep\b");

    private static readonly Regex s_endsWell = Patterns.Safe(@"(^|[\n;]|\|\|)[ \t]*exit 0[""']?\s*\z");

    private static readonly Regex s_canFail = Patterns.Safe(@"\b(exit|return)\s+([1-9\-""'$]|\$)|\bset -\w*e|\bfalse\b|\bexec\s");

    /// <summary>Signal 0 only asks.</summary>
    private static readonly Regex s_harmless = Patterns.Safe(@"\b(killall|pkill|kill)\s+(-\w+\s+)*-(s\s*)?(0|SIGNULL)\b[^\n;|&]*");

    private static readonly Regex s_reboots = Patterns.Safe(
        @"(^|[\s;&|(])(/sbin/|/usr/sbin/)?(reboot|poweroff|halt|shutdown|init [06])(\s|;|$)|\bsystemctl\s+(reboot|poweroff|halt)\b",
        RegexOptions.Multiline);

    private static readonly Regex s_services = Patterns.Safe(
        @"\bsystemctl\s+(-\S+\s+)*(start|stop|restart|reload|try-restart|reload-or-restart|kill)\s+[\w@.:-]+" +
        @"|\b(service|rc-service|invoke-rc\.d)\s+[\w@.-]+\s+(start|stop|restart|reload)|(/etc)?/init\.d/[\w@.-]+\s+(start|stop|restart|reload)" +
        @"|\b(docker|podman)(-compose|\s+compose)?\s+(start|stop|restart|up|run|kill)\b");

    /// <summary>Its options are not shown: they may be passwords.</summary>
    private static readonly Regex s_starts = Patterns.Safe(
        @"(^|[;&{]|\bthen\b|\bdo\b|\belse\b)[ \t]*(sudo\s+)?" +
        @"(?<program>(\S*/)?(haproxy|nginx|httpd|apache2|apachectl|mysqld(_safe)?|redis-server))(\s+-[^\n;&|]*)?[ \t]*(;|&|$)",
        RegexOptions.Multiline);

    /// <summary>With these options they only look at their configuration, or say what they are.</summary>
    private static readonly Regex s_onlyLooks = Patterns.Safe(
        @"(haproxy\s(.*\s)?-[dqVW]*(c|vv?)|nginx\s(.*\s)?-q?[tTvVh]|(httpd|apache2|apachectl)\s(.*\s)?-[tSMvVlLh]" +
        @"|mysqld\s(.*\s)?(-V|--(validate-config|help|version))|redis-server\s(.*\s)?(-[vh]|--(version|help)))(\s|$)");

    private static readonly Regex s_kills = Patterns.Safe(@"\b(killall|pkill)\s+(-\w+\s+)*[\w./-]+|\bkill\s+-(9|KILL|TERM|15|HUP|USR\d)\b");

    private static readonly Regex s_network = Patterns.Safe(
        @"\bip\s+(-\S+\s+)*(a|addr|address|route|r|link|rule)\s+(add|del|delete|replace|change|set|flush)\b" +
        @"|\b(iptables|ip6tables|nft|ufw|firewall-cmd|arping)\s");

    private static readonly Regex s_signal = Patterns.Safe(@"(^|[\s;&|(`/""'])(killall|pkill|kill)\s", RegexOptions.Multiline);

    private static readonly Regex s_rootOnly = Patterns.Safe(
        @"\b(ss|netstat)\s+-\w*p|\blsof\b|\biptables\b|\bnft\b|\bipvsadm\b|/root/|\bdmidecode\b|\bcrm(_mon)?\b|\b(docker|podman|nerdctl|crictl)\s+\S|(^|[\s;&|(])(sudo|runuser|su)\s", RegexOptions.Multiline);

    private static readonly Regex s_asked = Patterns.Safe(
        @"(\b(pidof|ps\s+-C|pgrep|killall\s+-0|pkill\s+-0)\s+(-\S+\s+)*|\bps\b[^\n|]*\|\s*grep\s+(-[A-Za-uw-z]\s+)*[""']?)(?<name>[\w./\[\]-]+)");

    private static readonly Regex s_elsewhere = Patterns.Safe(
        @"(^|[;&|(`""']|\b(then|do|else|exec|nohup)\b|\bsudo(\s+-\S+(\s+\w+)?)*|\btimeout\s+\S+|\bsshpass\s+-\S+(\s+\S+)?)[ \t]*(\S*/)?(?<program>ssh|ansible(-playbook)?|terraform|tofu|pulumi|salt)\s+[^\s;&|]",
        RegexOptions.Multiline);

    private static readonly Regex s_blank = Patterns.Safe(@"\s+");

    /// <summary>Asks by the whole command line, which says nothing about the name that the kernel has.</summary>
    private static readonly Regex s_fullLine = Patterns.Safe(@"\b(pgrep|pkill)\s+(-\S+\s+)*(-[a-zA-Z]*f[a-zA-Z]*|--full)\s+[""']?(?<name>[^\s""']+)");

    private static readonly Regex s_if = Patterns.Safe(@"\bif\s+(sudo\s+)?[\w./]*$");

    private static readonly Regex s_branchEnd = Patterns.Safe(@"\b(else|elif|fi)\b");
}
