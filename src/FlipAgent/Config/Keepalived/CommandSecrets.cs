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

    private static readonly ImmutableArray<Regex> s_known =
    [
        Patterns.AnyCase(@"(pass(word|wd|phrase|code)?|token|secret|credentials?|api[-_]?key|access[-_]?key|auth[-_]?key)[""']?\s*[=:]\s*\S"),
        Patterns.AnyCase(@"\b(Authorization|Cookie|X-Auth[\w-]*)\s*:"),
        Patterns.AnyCase(@"(^|[\s""'])--?([\w]+-)*((require)?pass(word|wd|phrase|code)?|masterauth|token|secret|bearer|api-?key|access-?key|cookie|credentials?)([\s=]+)[""']?[^\s""'/$-]"),
        Patterns.AnyCase(@"(^|[\s""'])(-u|--(proxy-|ftp-|http-)?user)[\s=]*[""']?[^\s:""'/]+:[^\s/]"),
        Patterns.Safe(@"\b(curl|wget)\s(" + Until + @")?-[a-zA-Z#0-9]*[uUE]\s*[""']?[^\s:""'/]*:[^\s/]"),
        Patterns.Safe(@"\bcurl\s(" + Until + @")?(-[a-zA-Z#0-9]*b\s*|--cookie[\s=])[""']?[^\s=""']+="),
        Patterns.Safe(@"(^|[\s/""'(`])(mysql|mariadb|mytop|pt-)[\w-]*\s(" + Until + @")?-[BNsve]*p[^\s|;&-]"),
        Patterns.Safe(@"\b(redis|valkey|keydb|dragonfly)-cli\s(" + Until + @")?-a\s*\S"),
        Patterns.Safe(@"\b(sshpass|mongo|mongosh|mongostat|mongodump|cqlsh|cypher-shell|rabbitmqadmin|fence_\w+|hdbsql|tsql|sqlcmd)\s(" + Until + @")?-[pP]\s*[^\s/-]"),
        Patterns.Safe(@"\bldap\w+\s(" + Until + @")?-[a-zA-Z]*w\s*\S"),
        Patterns.Safe(@"\b(ipmitool|ipmipower|mosquitto_(sub|pub|rr)|unzip)\s(" + Until + @")?-[a-zA-Z]*P\s*[^\s/-]"),
        Patterns.Safe(@"\b(snmp\w+)\s(" + Until + @")?-[cAX]\s*\S"),
        Patterns.Safe(@"\b(smbclient|rpcclient|net|wmic|winexe)\s(" + Until + @")?-U\s*\S+%\S"),
        Patterns.Safe(@"\b(sqlplus|rman)\s(" + Until + @")?[^\s/@]+/[^\s/@]+@"),
        Patterns.Safe(@"\bopenssl\s(" + Until + @")?-pass(in|out)?\s+pass:"),
        Patterns.Safe(@"\b(htpasswd|chpasswd)\s"),
    ];
}
