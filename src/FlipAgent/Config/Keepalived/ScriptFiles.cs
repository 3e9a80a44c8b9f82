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

    private readonly KeepalivedFiles _files;
    private readonly StringBuilder _text = new();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    private ScriptFiles(KeepalivedFiles files) => _files = files;

    /// <summary>The command line and everything that was read, without comments.</summary>
    public string Text => _text.ToString();

    /// <summary>The program that could not be looked into, and why: "/opt/x.sh is not there".</summary>
    public string? Unread { get; private set; }

    public static ScriptFiles Behind(string command, KeepalivedFiles files)
    {
        var found = new ScriptFiles(files);
        found._text.Append(command).Append('\n');
        var peeled = Peeled.Of(command);
        if (ProgramOf(peeled.Text) is { } program)
            found.Add(program.Path, 0, true);
        else
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
        var at = 0;
        if (s_interpreter.IsMatch(words[0]))
            at = 1 + words.Skip(1).TakeWhile(w => w.StartsWith('-')).Count();
        return at < words.Length && words[at].StartsWith('/') && !s_ofTheSystem.IsMatch(words[at]) ? (words[at], words.Length - at - 1) : null;
    }

    private void Add(string path, int depth, bool isProgram)
    {
        if (depth > Deepest || _seen.Count >= MostFiles || !_seen.Add(path))
            return;
        if (_files.Read(path) is not { } text)
            Unread ??= isProgram ? $"{Echo.Mask(path)} {_files.WhyNot(path)}" : null;
        else if (text.Contains('\0'))
            Unread ??= isProgram ? $"{Echo.Mask(path)} is a program, not a script" : null;
        else
        {
            var code = s_comment.Replace(text.Length > LongestText ? text[..LongestText] : text, "");
            _text.Append(code).Append('\n');
            Follow(code, Path.GetDirectoryName(path) ?? "/", depth + 1);
        }
    }

    private void Follow(string text, string directory, int depth)
    {
        foreach (Match use in s_uses.Matches(text))
            if (use.Groups["path"].Value is { Length: > 1 } path && !s_ofTheSystem.IsMatch(path))
                Add(path, depth, use.Groups["runs"].Success);
            else if (use.Groups["beside"].Value is { Length: > 0 } beside)
                Add(Path.Combine(directory, beside), depth, false);
    }

    private static readonly Regex s_interpreter = new(@"^(/usr)?(/local)?(/s?bin/)?(ba|da|a|k|z)?sh$|^(\S*/)?(python|perl|ruby|php|node)[\d.]*$");

    private static readonly Regex s_ofTheSystem = new(@"^(/usr)?/s?bin/|^/(dev|proc|sys|etc/init\.d|etc/rc\.d)/|\.(log|pid|sock|lock|cfg|conf|crt|pem)$");

    /// <summary>Not the first line, which names the interpreter, and not $#.</summary>
    private static readonly Regex s_comment = new(@"(?<=^|\n)[ \t]*#(?!!)[^\n]*|(?<=[ \t])#[ \t][^\n]*");

    private static readonly Regex s_uses = new(
        @"(?<runs>(^|\n|[;&|(`]|\b(source|sudo|bash|sh|python\d?|then|do|else|exec|-[cn])|(?<=\s)\.)[ \t]*[""']?)(?<path>/[\w.+-]+(/[\w.+-]+)+)" +
        @"|(?<path>/[\w.+-]+(/[\w.+-]+)+)|[""'](?<beside>[\w-]+\.(json|ya?ml|ini|env|toml))[""']",
        RegexOptions.ExplicitCapture);
}
