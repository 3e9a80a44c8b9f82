using System.CommandLine;
using System.CommandLine.Completions;
using System.Text;

namespace FlipAgent.Ctl;

/// <summary>
/// Completion scripts for bash, zsh and fish, made from the command tree: three translations of one table of contents. They are static, so that the
/// Tab key is fast and works where no agent runs; only node names are asked of the agent.
/// </summary>
internal static partial class Completion
{
    // The first column of the table between its head and the empty line that ends it, as far as a configuration takes it for a name: whatever answers at the
    // socket chose it, and it gets into the words of a shell.
    private const string NodesCommand = "flipagentctl status 2>/dev/null | LC_ALL=C awk '/^NODE /{t=1; next} t && !NF {exit} t && $1 !~ /[^A-Za-z0-9._-]/ && length($1) <= 32 {print $1}'";

    /// <summary>The script, which the package puts where the shell looks for it.</summary>
    /// <param name="shell">bash, zsh or fish.</param>
    public static string Script(string shell, Command root)
    {
        var verbs = root.Subcommands.Select(command => EntryOf(command, command.Name)).ToList();
        var global = OptionsOf(root).ToList();
        return shell switch
        {
            "bash" => Bash(verbs, global),
            "zsh" => Zsh(verbs, global),
            "fish" => Fish(verbs, global),
            _ => throw new ArgumentOutOfRangeException(nameof(shell), shell, "expected bash, zsh or fish"),
        };
    }

    /// <summary>What a value is, for the shell to offer: nothing (free text), files, node names, or one of some words.</summary>
    private sealed record Value(bool Files, bool Nodes, IReadOnlyList<string> Words)
    {
        public bool Free => !Files && !Nodes && Words.Count == 0;
    }

    /// <param name="Names">Long and short, with their dashes.</param>
    /// <param name="Value">Null: it takes none.</param>
    private sealed record Flag(IReadOnlyList<string> Names, string Description, Value? Value);

    /// <summary>A verb, or one with its second word: <c>config check</c>.</summary>
    private sealed record Entry(string Path, string Description, IReadOnlyList<Entry> Below, IReadOnlyList<Flag> Flags, Value? Argument);

    private static Entry EntryOf(Command command, string path) => new(
        path,
        command.Description ?? "",
        [.. command.Subcommands.Select(below => EntryOf(below, $"{path} {below.Name}"))],
        [.. OptionsOf(command)],
        command.Arguments is [{ Hidden: false } argument, ..]
            ? ValueOf(argument.HelpName ?? argument.Name, argument.GetCompletions(CompletionContext.Empty))
            : null);

    private static IEnumerable<Flag> OptionsOf(Command command) => command.Options.Select(option => new Flag(
        [option.Name, .. option.Aliases],
        option.Description ?? "show help",
        option.ValueType == typeof(bool) || option is System.CommandLine.Help.HelpOption
            ? null
            : ValueOf(option.HelpName, option.GetCompletions(CompletionContext.Empty))));

    private static Value ValueOf(string? name, IEnumerable<CompletionItem> completions) =>
        new(name is CommandTree.File or CommandTree.Path, name is CommandTree.Node, [.. completions.Select(item => item.Label)]);

    private static IEnumerable<Entry> All(IEnumerable<Entry> verbs) => verbs.SelectMany(verb => All(verb.Below).Append(verb));

    private static void Line(this StringBuilder script, string line) => script.Append(line).Append('\n');

    private static string LastWord(Entry entry) => entry.Path[(entry.Path.LastIndexOf(' ') + 1)..];
}
