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
    /// <summary>Null when there is no command that keepalived would run: it is empty, or a quote is never closed.</summary>
    /// <param name="hasUser">User and group may follow, as they do with notify scripts.</param>
    public static CommandLine? Of(Statement statement, bool hasUser)
    {
        if (Words.OfCommand(statement.Text) is not [_, var command, .. var rest] || Words.OfCommand(command) is not { Length: > 0 } argv || argv[0].Length == 0)
            return null;
        var isUser = hasUser && rest.Length is > 0 and <= 2 && rest.All(w => w.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'))
            && !rest[0].StartsWith('-');
        if (isUser || rest.Length == 0)
            return new CommandLine(command, argv, isUser ? rest[0] : null, []);
        // Somebody forgot the quotes. What was meant is the whole line.
        var meant = statement.Text.TrimStart()[statement.Keyword.Length..].Trim();
        return Words.OfCommand(meant) is { } words ? new CommandLine(meant, words, null, rest) : new CommandLine(command, argv, null, rest);
    }

    /// <summary>The script, or the program that is no interpreter and no sudo, without what may be a secret.</summary>
    public string Shown => Values.Echo.Mask(ScriptFiles.ProgramOf(Peeled.Of(Text).Text)?.Path ?? Argv[0]);
}
