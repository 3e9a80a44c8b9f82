using System.Collections.Immutable;
using System.Text.RegularExpressions;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// Finds passwords and tokens in a command line: by their shape, by the name of the option or variable they stand behind, and by the options of the
/// programs that checks use. It rather finds one too many: what is left out is named in a note, what is copied is out.
/// </summary>
internal static class CommandSecrets
{
    public static bool AreIn(string command) => Echo.IsSecretLike(command) || s_known.Any(k => k.IsMatch(command));

    /// <summary>Words between a program and its option, of the same command.</summary>
    private const string Until = @"[^|;&]*[\s""']";

    private static Regex Safe(string pattern) => new(pattern, RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking);

    /// <summary>The same, where small and capital letters are different options.</summary>
    private static Regex Exact(string pattern) => new(pattern, RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking);

    private static readonly ImmutableArray<Regex> s_known =
    [
        Safe(@"(pass(word|wd|phrase|code)?|token|secret|credentials?|api[-_]?key|access[-_]?key|auth[-_]?key)[""']?\s*[=:]\s*\S"),
        Safe(@"\b(Authorization|Cookie|X-Auth[\w-]*)\s*:"),
        Safe(@"(^|[\s""'])--?([\w]+-)*((require)?pass(word|wd|phrase|code)?|masterauth|token|secret|bearer|api-?key|access-?key|cookie|credentials?)([\s=]+)[""']?[^\s""'/$-]"),
        Safe(@"(^|[\s""'])(-u|--(proxy-|ftp-|http-)?user)[\s=]*[""']?[^\s:""'/]+:[^\s/]"),
        Exact(@"\b(curl|wget)\s(" + Until + @")?-[a-zA-Z#0-9]*[uUE]\s*[""']?[^\s:""'/]*:[^\s/]"),
        Exact(@"\bcurl\s(" + Until + @")?(-[a-zA-Z#0-9]*b\s*|--cookie[\s=])[""']?[^\s=""']+="),
        Exact(@"(^|[\s/""'(`])(mysql|mariadb|mytop|pt-)[\w-]*\s(" + Until + @")?-[BNsve]*p[^\s|;&-]"),
        Exact(@"\b(redis|valkey|keydb|dragonfly)-cli\s(" + Until + @")?-a\s*\S"),
        Exact(@"\b(sshpass|mongo|mongosh|mongostat|mongodump|cqlsh|cypher-shell|rabbitmqadmin|fence_\w+|hdbsql|tsql|sqlcmd)\s(" + Until + @")?-[pP]\s*[^\s/-]"),
        Exact(@"\bldap\w+\s(" + Until + @")?-[a-zA-Z]*w\s*\S"),
        Exact(@"\b(ipmitool|ipmipower|mosquitto_(sub|pub|rr)|unzip)\s(" + Until + @")?-[a-zA-Z]*P\s*[^\s/-]"),
        Exact(@"\b(snmp\w+)\s(" + Until + @")?-[cAX]\s*\S"),
        Exact(@"\b(smbclient|rpcclient|net|wmic|winexe)\s(" + Until + @")?-U\s*\S+%\S"),
        Exact(@"\b(sqlplus|rman)\s(" + Until + @")?[^\s/@]+/[^\s/@]+@"),
        Exact(@"\bopenssl\s(" + Until + @")?-pass(in|out)?\s+pass:"),
        Exact(@"\b(htpasswd|chpasswd)\s"),
    ];
}
