using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace FlipAgent.Config.Keepalived;

/// <summary>A program that runs another one and is only around it.</summary>
/// <param name="Letters">Its short options that take a word.</param>
/// <param name="Names">Its long options that do, when no = is in them.</param>
/// <param name="Operands">Words of its own before the command.</param>
internal sealed record Wrapper(string Letters = "", string Names = "", int Operands = 0)
{
    /// <summary>It takes <c>NAME=value</c> before the command.</summary>
    public bool Assigns { get; private init; }

    /// <summary>The line that a shell is given: what stands behind -c, when nothing follows it, or with su and its like anywhere. Null: there is none.</summary>
    public static string? Line(ImmutableArray<string> words)
    {
        var name = NameOf(words[0]);
        if (name == "flock")
            return s_known[name].Options(words, out _) + 1 is var end && end + 1 < words.Length && words[end] is "-c" or "--command" ? words[end + 1] : null;
        if (s_givesLine.Contains(name))
        {
            var at = words.IndexOf("-c") is > 0 and var c ? c : words.IndexOf("--command");
            return at > 0 && at + 1 < words.Length ? words[at + 1] : words.FirstOrDefault(w => w.StartsWith("--command=", StringComparison.Ordinal))?["--command=".Length..];
        }

        var options = words.Skip(1).TakeWhile(w => w.StartsWith('-')).ToArray();
        return s_shell.IsMatch(name) && words.Length == options.Length + 2 && options.Any(o => o[^1] == 'c' && !o.StartsWith("--", StringComparison.Ordinal)) ? words[^1] : null;
    }

    /// <summary>How many of the words belong to the wrapper; 0: it is none, or nothing follows it.</summary>
    /// <param name="time">After which <c>timeout</c> ends the command; null: it is something else.</param>
    public static int Length(ImmutableArray<string> words, out string? time)
    {
        time = null;
        var name = NameOf(words[0]);
        if (name == "ip")
            return words is [_, "netns", "exec", _, _, ..] ? 4 : 0;
        if (!s_known.TryGetValue(name, out var wrapper))
            return 0;
        var end = wrapper.Options(words, out var options);
        // command -v asks where a program is, and runuser without a user wants -c.
        if ((name == "command" && options.Any(o => o is "-v" or "-V")) || (name == "runuser" && !options.Any(o => o is "-u" || o.StartsWith("--user", StringComparison.Ordinal))))
            return 0;
        if (name == "timeout")
        {
            if (end >= words.Length || !s_time.IsMatch(words[end]))
                return 0;
            time = words[end];
        }

        end += wrapper.Operands;
        return end < words.Length && !"|&;<>".Contains(words[end].Length > 0 ? words[end][0] : ';') ? end : 0;
    }

    /// <summary>Where the options end, with what follows each.</summary>
    private int Options(ImmutableArray<string> words, out List<string> options)
    {
        options = [];
        var at = 1;
        while (at < words.Length && words[at] is { Length: > 1 } option && option[0] == '-')
        {
            at++;
            options.Add(option);
            if (option == "--")
                break;
            var takesWord = option[1] == '-'
                ? $" {Names} ".Contains($" {option[2..]} ", StringComparison.Ordinal)
                : option.AsSpan(1).IndexOfAny(Letters) == option.Length - 2;
            at += takesWord ? 1 : 0;
        }

        while (Assigns && at < words.Length && ShellCommands.Assigns(words[at]))
            at++;
        return at;
    }

    /// <summary>What it runs sees other processes, files or networks than the agent does.</summary>
    public static bool GoesElsewhere(ImmutableArray<string> words) => s_elsewhere.Contains(NameOf(words[0]));

    private static string NameOf(string word) => word[(word.LastIndexOf('/') + 1)..];

    private static readonly string[] s_elsewhere = ["ip", "nsenter", "unshare", "chroot", "systemd-run"];

    private static readonly string[] s_givesLine = ["su", "runuser", "sg", "script"];

    private static readonly Dictionary<string, Wrapper> s_known = new()
    {
        ["sudo"] = new("ugpCRrtTDU", "user group prompt chdir chroot role type other-user close-from") { Assigns = true },
        ["doas"] = new("uC"),
        ["env"] = new("uC", "unset chdir") { Assigns = true },
        ["timeout"] = new("ks", "kill-after signal", 1),
        ["nice"] = new("n", "adjustment"),
        ["ionice"] = new("cn", "class classdata"),
        ["chrt"] = new("TPD", "sched-runtime sched-period sched-deadline", 1),
        ["taskset"] = new(Operands: 1),
        ["numactl"] = new("NmCpi", "interleave cpunodebind physcpubind membind preferred"),
        ["stdbuf"] = new("ioe", "input output error"),
        ["time"] = new("fo", "format output"),
        ["nohup"] = new(),
        ["setsid"] = new(),
        ["command"] = new(),
        ["builtin"] = new(),
        ["chronic"] = new(),
        ["unbuffer"] = new(),
        ["dumb-init"] = new(),
        ["exec"] = new("a"),
        ["flock"] = new("wE", "wait timeout conflict-exit-code", 1),
        ["runuser"] = new("ugG", "user group supp-group"),
        ["gosu"] = new(Operands: 1),
        ["su-exec"] = new(Operands: 1),
        ["setuidgid"] = new(Operands: 1),
        ["s6-setuidgid"] = new(Operands: 1),
        ["setpriv"] = new("", "reuid regid groups inh-caps ambient-caps bounding-set securebits"),
        ["chroot"] = new(Operands: 1),
        ["nsenter"] = new("tSG", "target setuid setgid"),
        ["unshare"] = new("SG", "setuid setgid"),
        ["systemd-run"] = new("puEMHGC", "property unit setenv machine host slice uid gid description working-directory nice service-type on-active"),
        ["systemd-cat"] = new("tp", "identifier priority stderr-priority level-prefix"),
        ["systemd-inhibit"] = new("", "what who why mode"),
    };

    private static readonly Regex s_shell = new("^(ba|da|a|k|z)?sh$");

    private static readonly Regex s_time = new(@"^\d+(\.\d+)?[smhd]?$");
}
