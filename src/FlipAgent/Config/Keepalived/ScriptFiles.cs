using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// The scripts behind a command line: the program itself, what an interpreter is given, and the files that those source, run and read. What cannot be read
/// is remembered, because what is in it is not known then.
/// </summary>
internal sealed class ScriptFiles
{
    private const int MostFiles = 12;
    private const int Deepest = 3;
    private const int LongestText = 100_000;
    private const int LongestLine = 2000;
    private const int MostPlaced = 50;

    // Why something was not looked into, to follow its name.
    private const string NoScript = " is a program, not a script";
    private const string Varies = " has a variable in its name";
    private const string Bare = " stands there without its directory, and was not looked into";

    private readonly KeepalivedFiles _files;
    private readonly StringBuilder _text = new();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    private ScriptFiles(KeepalivedFiles files) => _files = files;

    /// <summary>The command line and everything that was read, without comments.</summary>
    public string Text => _text.ToString();

    /// <summary>The program that could not be looked into, and why: "/opt/x.sh is not there".</summary>
    public string? Unread { get; private set; }

    /// <summary>The same for one of the system's that is run by the command line, of which nobody here knows what it does with what it is given.</summary>
    public string? Unknown { get; private set; }

    public static ScriptFiles Behind(string command, KeepalivedFiles files)
    {
        var found = new ScriptFiles(files);
        found._text.Append(command).Append('\n');
        var peeled = Peeled.Of(command);
        var commands = peeled.IsShell || ShellSyntax.NeedsShell(peeled.Text) ? ShellCommands.Of(peeled.Text) : [peeled.Text];
        foreach (var one in commands)
            found.Run(one);
        // The program's arguments were looked at.
        if (commands.Count != 1 || ProgramOf(peeled.Text) is null)
            found.Follow(peeled.Text, "/", 0);
        return found;
    }

    /// <summary>
    /// The path of the script that a command runs, by itself or by an interpreter, and how many arguments it gets. Null for a program of the system, and
    /// for anything that is more than one command.
    /// </summary>
    public static (string Path, int Arguments)? ProgramOf(string command)
    {
        if (Words.OfCommand(command) is not { Length: > 0 } words)
            return null;
        var at = Script(words);
        return at < words.Length && words[at].StartsWith('/') && !s_ofTheSystem.IsMatch(words[at]) ? (words[at], words.Length - at - 1) : null;
    }

    /// <summary>Where the name of the script stands: behind an interpreter and its options.</summary>
    private static int Script(ImmutableArray<string> words) =>
        s_interpreter.IsMatch(words[0]) ? 1 + words.Skip(1).TakeWhile(w => w.StartsWith('-')).Count() : 0;

    /// <summary>Looks at one command of the command line.</summary>
    private void Run(string command)
    {
        command = Peeled.Of(command).Text;
        if (Words.OfCommand(command) is not { Length: > 0 } words)
            return;
        var assigned = words.TakeWhile(ShellCommands.Assigns).Count();
        if (assigned > 0)
        {
            Run(command[Words.Start(command, assigned).Length..]);
            return;
        }

        if (ProgramOf(command) is { } program)
        {
            Add(program.Path, 0, true);
            RunArguments(words.TakeLast(program.Arguments).Where(a => s_script.IsMatch(a)));
            return;
        }

        var at = Script(words);
        var name = at < words.Length ? words[at] : words[0];
        var isInline = at > 0 && words.Take(at).Skip(1).Any(o => s_inline.IsMatch(o));
        if (isInline || SystemPrograms.AreHarmless(name[(name.LastIndexOf('/') + 1)..]) || ScriptActs.Service(command) is not null)
            return;
        if (name.StartsWith('/') && _files.Read(name) is { } text && text.StartsWith("#!", StringComparison.Ordinal))
            Add(name, 0, true);
        else if (!RunArguments(words.Skip(at + 1)))
            Unknown ??= Echo.Mask(name) + (
                name.Contains('$') ? Varies
                : name.StartsWith('/') ? NoScript
                : Bare);
    }

    /// <summary>Takes each file among a program's arguments for one that it may run; true when a script among them was read.</summary>
    private bool RunArguments(IEnumerable<string> arguments)
    {
        var before = _text.Length;
        foreach (var argument in arguments)
            if (s_file.Match(argument) is { Success: true } file && !s_ofTheSystem.IsMatch(file.Value) && (s_script.IsMatch(file.Value) || !s_data.IsMatch(file.Value)))
                Add(file.Value, 0, true);
        return _text.Length > before;
    }

    private void Add(string path, int depth, bool isProgram)
    {
        if (depth > Deepest || _seen.Count >= MostFiles || !_seen.Add(path))
            return;
        if (path.Contains('$'))
            Unread ??= isProgram ? $"{Echo.Mask(path)}{Varies}" : null;
        else if (_files.Read(path) is not { } text)
            Unread ??= isProgram ? $"{Echo.Mask(path)} {_files.WhyNot(path)}" : null;
        else if (text.Contains('\0'))
            Unread ??= isProgram ? $"{Echo.Mask(path)}{NoScript}" : null;
        else
        {
            var code = s_comment.Replace(text.Length > LongestText ? text[..LongestText] : text, "");
            _text.Append(code).Append('\n');
            Follow(code, Path.GetDirectoryName(path) ?? "/", depth + 1);
        }
    }

    private void Follow(string text, string directory, int depth)
    {
        foreach (var line in text.Split('\n').Where(l => l.Length <= LongestLine && s_wraps.IsMatch(l)))
            foreach (var wrapped in ShellCommands.Of(line).Where(c => Peeled.Of(c).Text != c).SelectMany(c => ShellCommands.Of(Peeled.Of(c).Text)))
                if (ProgramOf(wrapped) is { } program)
                    Add(program.Path, depth, true);
                else if (s_placed.Match(wrapped) is { Success: true, Index: 0 } placed)
                    Placed(placed, text, directory, depth);
        foreach (Match use in s_uses.Matches(text))
            if (use.Groups["path"].Value is { Length: > 1 } path && !s_ofTheSystem.IsMatch(path))
            {
                if (use.Groups["more"].Value is not { Length: > 0 } more)
                    Add(path, depth, use.Groups["runs"].Success);
                else if (use.Groups["runs"].Success)
                    Unread ??= $"{Echo.Mask(path + more)}{Varies}";
            }
            else if (use.Groups["beside"].Value is { Length: > 0 } beside)
                Add(Path.Combine(directory, beside), depth, false);
        foreach (var use in s_placed.Matches(text).Take(MostPlaced))
            Placed(use, text, directory, depth);
    }

    /// <summary>A script whose directory is in a variable, is the present one, or that of the script which runs it.</summary>
    private void Placed(Match use, string text, string directory, int depth)
    {
        var (variable, name) = (use.Groups["variable"].Value, use.Groups["name"].Value);
        var value = variable.Length == 0 ? "" : Regex.Match(
            text, $@"(?<=^|[\s;]){variable}=[""']?(?<value>/[\w./+-]*\w)/?[""']?(\s|;|$)", RegexOptions.ExplicitCapture).Groups["value"].Value;
        var path = Path.Combine(value.Length > 0 ? value : directory, name);
        if (s_ofTheSystem.IsMatch(path) || s_ofTheSystem.IsMatch($"/{name}"))
            return;
        // Where the directory is not known, the script's own is a good guess.
        if (value.Length > 0 || (variable.Length == 0 && !use.Groups["here"].Success) || _files.Read(path) is not null)
            Add(path, depth, true);
        else
            Unread ??= variable.Length > 0 ? $"{Echo.Mask($"${variable}/{name}")}{Varies}" : $"{Echo.Mask($"./{name}")}{Bare}";
    }

    private static readonly Regex s_interpreter = new(
        @"^(/usr)?(/local)?(/s?bin/)?(ba|da|a|k|z)?sh$|^(\S*/)?((python|perl|ruby|php|node)[\d.]*|pwsh|lua[\d.]*|tclsh[\d.]*|expect)$|^(\.|source)$");

    /// <summary>The script stands in the command line itself.</summary>
    private static readonly Regex s_inline = new("^-[a-zA-Z]*[cer]$|^-Command$|^--(eval|execute)$");

    private static readonly Regex s_ofTheSystem = new(@"^(/usr)?/s?bin/|^/(dev|proc|sys|etc/init\.d|etc/rc\.d)/|\.(log|pid|sock|lock|cfg|conf|crt|pem)$");

    private static readonly Regex s_script = new(@"\.(sh|bash|py|rb|pl|js|php|lua|ps1|jar|ya?ml)$");

    /// <summary>What a program reads and writes, in places and under names where no script is.</summary>
    private static readonly Regex s_data = new(@"^/(var/)?(run|lock|log|tmp|spool|lib)/|\.(json|ini|env|toml|txt|key|csv|html?|state|tmp|cnf|cred|token)$");

    private static readonly Regex s_file = new(@"^/[\w.+@-]+(/[\w.+@-]+)*(?=$|\s)");

    /// <summary>Not the first line, which names the interpreter, and not $#.</summary>
    private static readonly Regex s_comment = new(@"(?<=^|\n)[ \t]*#(?!!)[^\n]*|(?<=[ \t])#[ \t][^\n]*");

    /// <summary>A bracket behind a word is a call of another language, which runs something only under a few names.</summary>
    private static readonly Regex s_uses = new(
        @"(?<runs>(^|\n|[;&|`]|(?<!\w)\(|\b(?i:system|run|call|check_call|check_output|getoutput|popen|exec[lv]?[pe]*|spawn\w*|execFile\w*|execSync|shell_exec|passthru|qx)\(\[?" +
        @"|\b(source|sudo|bash|sh|python\d?|then|do|else|exec|-[cn])|(?<=\s)\.)[ \t]*[""']?)(?<path>/[\w.+-]+(/[\w.+-]+)+)(?<more>/?[#$%{*][^\s""'`;|&)]*)?" +
        @"|(?<path>/[\w.+-]+(/[\w.+-]+)+)(?<more>/?[#$%{*][^\s""'`;|&)]*)?|[""'](?<beside>[\w-]+\.(json|ya?ml|ini|env|toml))[""']",
        RegexOptions.ExplicitCapture);

    private static readonly Regex s_wraps = Patterns.Safe(
        @"\b(su|runuser|flock|env|nice|ionice|chrt|taskset|numactl|stdbuf|nohup|setsid|timeout|systemd-(run|cat|inhibit)|chroot|gosu|setpriv|unshare|nsenter|netns)\s");

    private static readonly Regex s_placed = new(
        @"(^|\n|[;&|`]|(?<!\w)\(|\b(then|do|else|exec|source|sudo|bash|sh)[ \t]|(?<=\s)\.[ \t]|\)[ \t])[ \t]*" +
        @"""?(\$\{?(?<variable>[A-Za-z_]\w*)\}?|\$\(dirname [^)\n]*\)|(?<here>\.))""?/(?<name>[\w+-][\w.+/-]*)",
        RegexOptions.ExplicitCapture);
}
