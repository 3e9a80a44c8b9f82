using System.CommandLine;
using System.CommandLine.Help;

namespace FlipAgent.Ctl;

/// <summary>
/// Every verb with its options, in the order of the documentation: the table of contents of flipagentctl. The help texts and the completion
/// scripts are made from it, so they cannot forget a verb.
/// </summary>
internal sealed class CommandTree
{
    /// <summary>Names of option and argument values; the completion scripts know by them what to offer.</summary>
    public const string File = "FILE", Path = "PATH", Node = "NODE";

    private readonly Terminal _terminal;
    private readonly Command _root;
    private readonly Option<string> _socket;

    private CommandTree(Terminal terminal)
    {
        _terminal = terminal;
        // Not a RootCommand: that one would call itself after the executable, which is flipagent, and read words in brackets as directives.
        _root = new Command(CtlProgram.Name, "Shows and controls the FlipAgent of this machine.");
        _root.Options.Add(new HelpOption("--help", "-h") { Recursive = true });
        _socket = new Option<string>("--socket")
        {
            Description = $"the agent's control socket (default: ${CtlProgram.SocketVariable}, else {CtlProgram.DefaultSocket})",
            HelpName = Path,
            Recursive = true,
        };
        _root.Options.Add(_socket);
    }

    private delegate Task<int> Verb(ParseResult arguments, AgentClient agent, CancellationToken stop);

    public static Command Build(Terminal terminal)
    {
        var tree = new CommandTree(terminal);
        tree.AddReads();
        tree.AddChanges();
        tree.AddFiles();
        tree.AddHealth();
        tree.AddRest();
        return tree._root;
    }

    private void AddReads()
    {
        var json = new Option<bool>("--json") { Description = "print the agent's answer as JSON" };
        var watch = new Option<bool>("--watch") { Description = "draw it again every second, until Ctrl-C" };
        var status = Add("status", "show the verdict, the cluster, the checks and the last move",
            (arguments, agent, stop) => new ReadVerbs(agent, _terminal).Status(arguments.GetValue(json), arguments.GetValue(watch), stop), json, watch);
        status.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(watch))
                result.AddError("--json and --watch exclude each other; ask for --json again and again instead");
        });

        var follow = new Option<bool>("--follow", "-f") { Description = "go on with what happens from now on, until Ctrl-C" };
        var lines = new Option<bool>("--json") { Description = "one JSON object a line" };
        var number = new Option<int>("-n") { Description = "how many of the kept events, 0 for all", HelpName = "N", DefaultValueFactory = _ => 20 };
        number.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, out var value) && value >= 0))
                result.AddError($"-n {token.Value}: expected a whole number, not negative");
        });
        Add("events", "show what happened",
            (arguments, agent, stop) => new ReadVerbs(agent, _terminal).Events(arguments.GetValue(follow), arguments.GetValue(lines), arguments.GetValue(number), stop),
            follow, lines, number);

        var term = new Argument<uint?>("TERM") { Description = "number of the mastership; default: that of the last move", Arity = ArgumentArity.ZeroOrOne };
        Add("explain", "tell why the mastership and the address moved", (arguments, agent, stop) => new ReadVerbs(agent, _terminal).Explain(arguments.GetValue(term), stop), term);
        Add("check", "run every check now", (_, agent, stop) => new ReadVerbs(agent, _terminal).Check(stop));
    }

    private void AddChanges()
    {
        var yes = new Option<bool>("--yes") { Description = "do not ask, and override what only a person may override" };
        Add("promote", "make this node the master", (arguments, agent, stop) => new ChangeVerbs(agent, _terminal).Promote(arguments.GetValue(yes), stop), yes);

        var to = new Option<string>("--to") { Description = "the node that is master next (default: the best fit one)", HelpName = Node };
        Add("release", "give the mastership of this node to another", (arguments, agent, stop) => new ChangeVerbs(agent, _terminal).Release(arguments.GetValue(to), stop), to);

        var onOff = new Argument<string>("on|off") { Description = "begin or end it", HelpName = "on|off" };
        onOff.AcceptOnlyFromAmong("on", "off");
        var time = new Option<string>("--for") { Description = "how long, such as 30m or 2h (default: until it is switched off)", HelpName = "TIME" };
        time.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (Config.Duration.Parse(token.Value, out var value) ?? (value <= TimeSpan.Zero ? "is not above zero" : null)) is { } wrong)
                result.AddError($"--for {token.Value}: {wrong}");
        });
        var reason = new Option<string>("--reason") { Description = "shown in the status and in the alert", HelpName = "TEXT" };
        var maintenance = Add("maintenance", "take this node out of service, or back into it",
            (arguments, agent, stop) => new ChangeVerbs(agent, _terminal).Maintenance(arguments.GetValue(onOff) == "on", arguments.GetValue(time), arguments.GetValue(reason), stop),
            onOff, time, reason);
        maintenance.Validators.Add(result =>
        {
            if (result.GetResult(onOff)?.Tokens is [{ Value: "off" }] && (result.GetResult(time) ?? result.GetResult(reason)) is not null)
                result.AddError("--for and --reason go with maintenance on");
        });

        Add("reload", "read configuration and secrets again", (_, agent, stop) => new ChangeVerbs(agent, _terminal).Reload(stop));
        Add("prepare-restart", "let the next stop of the agent count as a restart, which moves nothing", (_, agent, stop) => new ChangeVerbs(agent, _terminal).PrepareRestart(stop));
    }

    private void AddFiles()
    {
        var file = new Argument<string>(File) { Description = $"default: {CtlProgram.DefaultConfig}", HelpName = File, DefaultValueFactory = _ => CtlProgram.DefaultConfig };
        var node = new Option<string>("--node") { Description = "check it as this node would read it", HelpName = Node };
        var config = new Command("config", "check a configuration file, or show the running one");
        var check = new Command("check", "report every error and warning of a configuration file and its secret files") { file, node };
        check.SetAction((arguments, _) => Task.FromResult(new FileVerbs(_terminal).ConfigCheck(arguments.GetValue(file)!, arguments.GetValue(node))));
        var show = new Command("show", "print the running configuration, secrets hidden");
        show.SetAction((arguments, stop) => WithAgent(arguments, agent => new ReadVerbs(agent, _terminal).ConfigShow(stop)));
        config.Subcommands.Add(check);
        config.Subcommands.Add(show);
        _root.Subcommands.Add(config);

        var target = new Argument<string>(File) { Description = $"default: {CtlProgram.DefaultConfig}", HelpName = File, DefaultValueFactory = _ => CtlProgram.DefaultConfig };
        Add("init", "write a first configuration file with comments; never over an existing one", (arguments, _, _) => Task.FromResult(new FileVerbs(_terminal).Init(arguments.GetValue(target)!)), target);

        var id = new Option<int>("--id") { Description = "number of the key, 1 to 255: a new key of a rotation takes another one", HelpName = "ID", DefaultValueFactory = _ => 1 };
        id.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, out var value) && value is >= 1 and <= 255))
                result.AddError($"--id {token.Value}: expected a whole number from 1 to 255");
        });
        Add("keygen", "print a new cluster key", (arguments, _, _) => Task.FromResult(new FileVerbs(_terminal).KeyGen(arguments.GetValue(id))), id);
    }

    private void AddHealth()
    {
        var file = new Argument<string>(File) { Description = $"default: {CtlProgram.DefaultConfig}", HelpName = File, DefaultValueFactory = _ => CtlProgram.DefaultConfig };
        Add("doctor", "look for everything that is known to go wrong, and say what to do", (arguments, agent, stop) => new Doctor(agent, _terminal).Run(arguments.GetValue(file)!, stop), file);

        var to = new Option<string>("--to") { Description = "the node to rehearse with (default: the best fit one)", HelpName = Node };
        var back = new Option<bool>("--back") { Description = "bring the mastership back afterwards" };
        var yes = new Option<bool>("--yes") { Description = "do not ask" };
        Add("drill", "rehearse a failover: move to a peer, measure, and with --back return",
            (arguments, agent, stop) => new Drill(agent, _terminal).Run(arguments.GetValue(to), arguments.GetValue(back), arguments.GetValue(yes), stop), to, back, yes);
    }

    private void AddRest()
    {
        var file = new Argument<string>(File) { Description = "a keepalived.conf", HelpName = File };
        Add("import-keepalived", "print a flipagent.yaml made from a keepalived.conf", (arguments, _, _) => Task.FromResult(new FileVerbs(_terminal).ImportKeepalived(arguments.GetValue(file)!)), file);
        Add("test-alert", "send a test alert through every sink", (_, agent, stop) => new ChangeVerbs(agent, _terminal).TestAlert(stop));
        Add("metrics", "print what Prometheus would scrape", (_, agent, stop) => new ReadVerbs(agent, _terminal).Metrics(stop));
        Add("version", "print the versions of this program and of the running agent", (_, agent, stop) => new ReadVerbs(agent, _terminal).Version(stop));

        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        Add("completion", "print the completion script of a shell", (arguments, _, _) =>
        {
            _terminal.Out.Write(Completion.Script(arguments.GetValue(shell)!, _root));
            return Task.FromResult(Control.ExitCode.Done);
        }, shell);
    }

    private Command Add(string name, string description, Verb run, params Symbol[] symbols)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Option option)
                command.Options.Add(option);
            else
                command.Arguments.Add((Argument)symbol);
        }
        command.SetAction((arguments, stop) => WithAgent(arguments, agent => run(arguments, agent, stop)));
        _root.Subcommands.Add(command);
        return command;
    }

    private async Task<int> WithAgent(ParseResult arguments, Func<AgentClient, Task<int>> run)
    {
        var variable = Environment.GetEnvironmentVariable(CtlProgram.SocketVariable);
        using var agent = new AgentClient(arguments.GetValue(_socket) ?? (string.IsNullOrEmpty(variable) ? CtlProgram.DefaultSocket : variable));
        return await run(agent);
    }
}
