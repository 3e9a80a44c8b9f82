using System.CommandLine;
using FlipAgent.Control;
using FlipAgent.Kernel;
using FlipAgent.Redaction;

namespace FlipAgent.Ctl;

/// <summary>
/// flipagentctl: the remote control of the agent on this machine. It takes the arguments apart, asks the agent over its socket, prints what
/// came back, and ends with an exit code that a script can rely on (<see cref="ExitCode"/>).
/// </summary>
public static class CtlProgram
{
    /// <summary>The name that the binary is called by to be this program and not the daemon.</summary>
    public const string Name = "flipagentctl";

    public const string DefaultConfig = "/etc/flipagent/flipagent.yaml";

    public const string DefaultSocket = "/run/flipagent/control.sock";

    /// <summary>Takes the place of the default socket where no --socket is given.</summary>
    public const string SocketVariable = "FLIPAGENT_SOCKET";

    /// <summary>Runs one verb to its end and gives the exit code, 0 to 8.</summary>
    /// <param name="args">Without the program's own name.</param>
    public static int Run(string[] args) => Run(args, Terminal.OfThisProcess(), CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>As everywhere; the verb says what version the running agent has, too.</summary>
    public const string VersionOption = "--version";

    internal static async Task<int> Run(string[] args, Terminal terminal, CancellationToken stop)
    {
        if (args is [VersionOption or "-V"])
        {
            terminal.Out.WriteLine($"{Name} {typeof(CtlProgram).Assembly.GetName().Version?.ToString(3)}");
            return ExitCode.Done;
        }
        // A word that begins with @ is a word: the reason of a maintenance must not become the name of a file to read arguments from.
        var parsed = CommandTree.Build(terminal).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in Errors(parsed))
                terminal.Error.WriteLine($"{Name}: {WithoutSecrets(error, parsed.UnmatchedTokens)}");
            terminal.Error.WriteLine($"{Name}: see {Name} {PathOf(parsed.CommandResult.Command)}--help");
            return ExitCode.Usage;
        }
        if (Hashes(parsed.CommandResult.Command) && OpenSsl.Missing() is { } missing)
            return terminal.Fail(ExitCode.Failed, missing);
        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            // Ctrl-C just ends the process, as everybody expects.
            ProcessTerminationTimeout = null,
        }, stop);
    }

    /// <summary>The help of a verb, or of all with none.</summary>
    internal static Task<int> Help(string[] verbs, Terminal terminal, CancellationToken stop)
    {
        var command = CommandTree.Build(terminal);
        foreach (var verb in verbs)
        {
            if (command.Subcommands.FirstOrDefault(one => one.Name == verb) is not { } next)
                return Task.FromResult(terminal.Fail(ExitCode.Usage, $"there is no verb {Printable.Of(verb, 40)}; {Name} help lists all"));
            command = next;
        }
        return Run([.. verbs, "--help"], terminal, stop);
    }

    /// <summary>The verbs that read a configuration or make a key; the others only ask the agent, and load no OpenSSL.</summary>
    private static bool Hashes(Command? command) =>
        command is not null && (command.Name is "config" or "doctor" or "init" or "import-keepalived" or "keygen" or "join" || Hashes(command.Parents.FirstOrDefault() as Command));

    private static IEnumerable<string> Errors(ParseResult parsed)
    {
        var verbs = parsed.CommandResult.Command.Subcommands.Select(command => command.Name).ToList();
        if (verbs.Count == 0)
            return parsed.Errors.Select(error => parsed.UnmatchedTokens.FirstOrDefault(word => error.Message == $"Unrecognized command or argument '{word}'.") is { } word
                ? error.Message.TrimEnd('.') + Instead(parsed.CommandResult.Command, word) : error.Message);
        if (parsed.UnmatchedTokens is not [var typed, ..])
            return [$"a verb is missing, expected one of {string.Join(", ", verbs)}"];
        if (verbs.Contains(typed))
            return [$"what stands behind -- is no verb; expected {Name} {typed}"];
        var hint = Config.Values.NearestName.Of(typed, verbs) is { } near ? $"did you mean {near}?" : $"expected one of {string.Join(", ", verbs)}";
        return [$"there is no {(typed.StartsWith('-') ? "option" : "verb")} {Printable.Of(typed, 40)}; {hint}"];
    }

    /// <summary>What may have been meant by a word that the verb does not take; empty: nothing that is known.</summary>
    private static string Instead(Command command, string word)
    {
        if (word.StartsWith('-'))
            return Meant(command, word) is { } meant ? $"; {meant}" : "";
        var taking = command.Options.Where(option => option.HelpName is not null).Select(option => $"{option.Name} {option.HelpName}").ToList();
        return command.Name == "promote" ? "; it makes the node master on which it is run: run it there, or release --to NODE on the master"
            : taking.Count == 0 ? $"; {command.Name} takes {(command.Arguments.Count == 0 ? "no word" : "no other word")}" : $"; expected it behind an option, such as {string.Join(" or ", taking)}";
    }

    /// <summary>A question for the option of the verb that is written almost so; null: there is none.</summary>
    internal static string? Meant(Command? command, string option) =>
        command is not null && Config.Values.NearestName.Of(option.TrimStart('-'), command.Options.Select(one => one.Name.TrimStart('-'))) is { } near ? $"did you mean --{near}?" : null;

    /// <summary>Who puts a token or a key where none belongs is not to find it in a log: what has its shape, and any other word as long, is not repeated.</summary>
    private static string WithoutSecrets(string error, IReadOnlyList<string> unmatched)
    {
        foreach (var word in unmatched)
            if (word.Length >= 32 && !word.Contains('/'))
                error = error.Replace(word, "***", StringComparison.Ordinal).Replace(Printable.Of(word, 40), "***", StringComparison.Ordinal);
        return Config.Values.Echo.Mask(error);
    }

    private static string PathOf(Command command) => command.Parents.FirstOrDefault() is Command parent ? PathOf(parent) + command.Name + " " : "";
}
