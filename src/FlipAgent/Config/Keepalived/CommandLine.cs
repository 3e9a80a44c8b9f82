using System.Collections.Immutable;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// What follows <c>script</c>, <c>notify_master</c> and their like: a command with its arguments in quotes, then user and group. keepalived runs it
/// without a shell, and only what is in the quotes.
/// </summary>
/// <param name="Text">The command with its arguments, in keepalived's quoting.</param>
/// <param name="Argv">The same as words; at least one.</param>
/// <param name="User">Who runs it; null: script_user.</param>
/// <param name="Outside">Words behind the command that keepalived does not give to it, although they look like its arguments.</param>
internal sealed record CommandLine(string Text, ImmutableArray<string> Argv, string? User, ImmutableArray<string> Outside)
{
    private static readonly string[] s_keywords = ["interval", "timeout", "weight", "rise", "fall", "user", "init_fail"];

    /// <summary>Words behind the command that keepalived ignores and that were no arguments either: other keywords on the same line, a comment of another language.</summary>
    public ImmutableArray<string> Ignored { get; private init; } = [];

    /// <summary>The quotes are typographic ones, which mean nothing to keepalived.</summary>
    public bool HasOddQuotes { get; private init; }

    /// <summary>Null when there is no command that keepalived would run: it is empty, or a quote is never closed.</summary>
    /// <param name="hasUser">User and group may follow, as they do with notify scripts.</param>
    public static CommandLine? Of(Statement statement, bool hasUser)
    {
        if (OddQuotes.Of(statement) is { } mended)
            return Of(mended, hasUser) is { } meant ? meant with { HasOddQuotes = true } : null;
        if (Words.OfCommand(statement.Text) is not [_, var command, .. var rest] || Words.OfCommand(command) is not { Length: > 0 } argv || argv[0].Length == 0)
            return null;
        var isUser = hasUser && rest.Length is > 0 and <= 2 && rest.All(w => w.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'))
            && !rest[0].StartsWith('-');
        if (isUser || rest.Length == 0)
            return new CommandLine(command, argv, isUser ? rest[0] : null, []);
        // A word with blanks in it was in quotes, so it is the whole command.
        var arguments = argv.Length > 1 ? 0 : Arguments(rest);
        return arguments == 0
            ? new CommandLine(command, argv, null, []) { Ignored = [.. rest] }
            : Whole(statement, command, argv, [.. rest], arguments);
    }

    /// <summary>The script, or the program that is no interpreter and no sudo, without what may be a secret.</summary>
    public string Shown => Values.Echo.Mask(ScriptFiles.ProgramOf(Peeled.Of(Text).Text)?.Path ?? ShellCommands.Program(Argv));

    /// <summary>What keepalived makes of the line, where that is not what it looks like.</summary>
    /// <param name="instead">What is done about missing quotes.</param>
    public IEnumerable<string> Remarks(string what, string instead)
    {
        if (HasOddQuotes)
            yield return $"{what}: typographic quotes are no quotes for keepalived, which takes them for letters and runs no such program; they were read as if they were";
        if (Outside.Length > 0)
            yield return $"{what}: keepalived gives {Shown} no arguments, because the whole is not in quotes; {instead}";
        // Nothing of it is repeated but keywords: it may be a password.
        if (Ignored.Length > 0)
            yield return $"{what}: keepalived takes one command, and ignores what follows it in the line" +
                (s_keywords.Where(k => Ignored.Contains(k)).ToArray() is { Length: > 0 } keywords
                    ? $" ({string.Join(", ", keywords)}: each belongs on a line of its own)"
                    : "") + "; so does the draft";
    }

    /// <summary>Somebody forgot the quotes. What was meant is the whole line, as far as other keywords.</summary>
    private static CommandLine Whole(Statement statement, string command, ImmutableArray<string> argv, ImmutableArray<string> rest, int arguments)
    {
        var meant = statement.Text.TrimStart()[statement.Keyword.Length..].Trim();
        if (arguments < rest.Length)
            meant = Words.Start(meant, arguments + 1);
        var outside = rest[..arguments];
        var line = Words.OfCommand(meant) is { } words ? new CommandLine(meant, words, null, outside) : new CommandLine(command, argv, null, outside);
        return line with { Ignored = rest[arguments..] };
    }

    /// <summary>How many of the words behind a command may be its arguments.</summary>
    private static int Arguments(IReadOnlyList<string> rest)
    {
        for (var i = 0; i < rest.Count; i++)
            if (rest[i] is "//" or ";" || rest[i].StartsWith("//", StringComparison.Ordinal)
                || (s_keywords.Contains(rest[i]) && (rest[i] is "init_fail" or "user" || (i + 1 < rest.Count && double.TryParse(rest[i + 1], out _)))))
                return i;
        return rest.Count;
    }
}

/// <summary>Quotes as word processors and web pages write them, around a command.</summary>
internal static class OddQuotes
{
    private const string Double = "\u201c\u201d\u201e\u201f\u00ab\u00bb";
    private const string Single = "\u2018\u2019\u201a\u201b";

    /// <summary>The statement as it was meant; null where none is in the place of a quote.</summary>
    public static Statement? Of(Statement statement)
    {
        var rest = statement.Text.TrimStart();
        rest = rest[Math.Min(statement.Keyword.Length, rest.Length)..].TrimStart();
        return rest.Length > 0 && ((Double + Single).Contains(rest[0]) || (!rest.Contains('"') && rest.Any(c => Double.Contains(c))))
            ? statement with { Text = new string([.. statement.Text.Select(c => Double.Contains(c) ? '"' : Single.Contains(c) ? '\'' : c)]) }
            : null;
    }
}
