using System.CommandLine;
using System.CommandLine.Help;
using FlipAgent.Control;

namespace FlipAgent.Ctl;

/// <summary>
/// Every verb with its options, in the order of the documentation: the table of contents of flipagentctl. The help texts and the completion
/// scripts are made from it, so they cannot forget a verb.
/// </summary>
internal sealed partial class CommandTree
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
        _root.Options.Add(new Option<bool>(CtlProgram.VersionOption) { Description = "print the version of this program" });
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
        tree.AddLooks();
        tree.AddEvents();
        tree.AddMoves();
        tree.AddMaintenance();
        tree.AddConfig();
        tree.AddSetUp();
        tree.AddKeys();
        tree.AddHealth();
        tree.AddRest();
        tree.AddHelp();
        return tree._root;
    }

    private ReadVerbs Reads(AgentClient agent) => new(agent, _terminal);

    private ChangeVerbs Changes(AgentClient agent) => new(agent, _terminal);

    private FileVerbs Files() => new(_terminal);

    private void AddLooks()
    {
        var json = new Option<bool>("--json") { Description = "print the agent's answer as JSON" };
        var watch = new Option<bool>("--watch") { Description = "draw it again every second, until Ctrl-C" };
        var status = Add("status", "show the verdict, the cluster, the checks and the last move",
            (arguments, agent, stop) => Reads(agent).Status(arguments.GetValue(json), arguments.GetValue(watch), stop), json, watch);
        status.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(watch))
                result.AddError("--json and --watch exclude each other; ask for --json again and again instead");
        });
    }

    private void AddMoves()
    {
        var yes = new Option<bool>("--yes") { Description = "do not ask, and override what only a person may override" };
        Add("promote", "make this node the master", (arguments, agent, stop) => Changes(agent).Promote(arguments.GetValue(yes), stop), yes);

        var to = new Option<string>("--to") { Description = "the node that is master next (default: the best fit one)", HelpName = Node };
        var noQuestion = Options.NoQuestion();
        Add("release", "give the mastership of this node to another",
            (arguments, agent, stop) => Changes(agent).Release(arguments.GetValue(to), arguments.GetValue(noQuestion), stop), to, noQuestion);
    }

    private void AddMaintenance()
    {
        var onOff = new Argument<string>("on|off") { Description = "begin or end it", HelpName = "on|off" };
        onOff.AcceptOnlyFromAmong("on", "off");
        var time = new Option<string>("--for") { Description = "how long, such as 30m or 2h (default: until it is switched off)", HelpName = "TIME" };
        time.Validators.Add(Options.CheckTime);
        var yes = Options.NoQuestion();
        var reason = new Option<string>("--reason") { Description = "shown in the status and in the alert", HelpName = "TEXT" };
        reason.Validators.Add(Options.CheckReason);
        var maintenance = Add("maintenance", "take this node out of service, or put it back",
            (arguments, agent, stop) =>
                Changes(agent).Maintenance(
                    arguments.GetValue(onOff) == "on", arguments.GetValue(time), arguments.GetValue(reason), arguments.GetValue(yes), stop),
            onOff, time, reason, yes);
        maintenance.Validators.Add(result =>
        {
            if (result.GetResult(onOff)?.Tokens is [{ Value: "off" }] && (result.GetResult(time) ?? result.GetResult(reason)) is not null)
                result.AddError("--for and --reason go with maintenance on");
        });

        Add("reload", "read configuration and secrets again", (_, agent, stop) => Changes(agent).Reload(stop));
        Add("prepare-restart", "let the next stop of the agent count as a restart, which moves nothing",
            (_, agent, stop) => Changes(agent).PrepareRestart(stop));

        var pid = new Argument<int>("PID") { Description = "the agent's process" };
        pid.Validators.Add(Options.CheckPid);
        Add("realtime", "for flipagent.service, not for people: give the threads of a running agent real-time scheduling",
            (arguments, _, _) => Task.FromResult(new RealTimeVerb(_terminal).Run(arguments.GetValue(pid))), pid);
    }

    private void AddConfig()
    {
        var file = Options.ConfigFile();
        var node = new Option<string>("--node") { Description = "check it as this node would read it", HelpName = Node };
        var check = new Command("check", "report every error and warning of a configuration file and its secret files") { file, node };
        check.SetAction((arguments, _) => Task.FromResult(Files().ConfigCheck(arguments.GetValue(file)!, arguments.GetValue(node))));
        var show = new Command("show", "print the running configuration, secrets hidden");
        show.SetAction((arguments, stop) => WithAgent(arguments, agent => Reads(agent).ConfigShow(stop)));
        var schema = new Command("schema", "print the JSON Schema of the configuration file, for editors");
        schema.SetAction((_, _) => Task.FromResult(Files().ConfigSchema()));
        _root.Subcommands.Add(new Command("config", "check a configuration file, or show the running one") { check, show, schema });
    }

    private void AddHealth()
    {
        var file = Options.ConfigFile();
        var node = new Option<string>("--node") { Description = "which node this is (default: the running agent knows)", HelpName = Node };
        var prove = new Option<bool>("--prove-write") { Description = "on the master: ask the cloud to assign the address to its present holder, which changes nothing but shows whether the token may write; at most once an hour" };
        file.Description = "the configuration file";
        var cluster = new Option<bool>("--cluster") { Description = "every node, from here: would a failover work now? Warnings end with 7" };
        var json = new Option<bool>("--json") { Description = "with --cluster: one object" };
        var doctor = Add("doctor", "look for everything that is known to go wrong, and say what to do",
            (arguments, agent, stop) => arguments.GetValue(cluster)
                ? new ClusterDoctor(agent, _terminal).Run(arguments.GetValue(json), stop)
                : new Doctor(agent, _terminal).Run(arguments.GetValue(file)!, arguments.GetValue(node), arguments.GetValue(prove), stop),
            file, node, prove, cluster, json);
        doctor.Validators.Add(result =>
        {
            if (result.GetValue(json) && !result.GetValue(cluster))
                result.AddError("--json goes with doctor --cluster");
            if (result.GetValue(cluster) && (result.GetValue(prove) || result.GetResult(node) is { Implicit: false } || result.GetResult(file)?.Tokens.Count > 0))
                result.AddError("doctor --cluster looks at the running cluster: no FILE, --node or --prove-write goes with it");
        });

        var to = new Option<string>("--to") { Description = "the node to rehearse with (default: the best fit one)", HelpName = Node };
        var back = new Option<bool>("--back") { Description = "bring the mastership back afterwards" };
        var yes = Options.NoQuestion();
        Add("drill", "rehearse a failover: move to a peer, measure, and with --back return",
            (arguments, agent, stop) =>
                new Drill(agent, _terminal).Run(arguments.GetValue(to), arguments.GetValue(back), arguments.GetValue(yes), stop),
            to, back, yes);
    }

    private void AddRest()
    {
        var file = Options.FileArgument("a keepalived.conf; - is the standard input");
        var id = new Option<string>("--config-id", "-i") { Description = "keepalived's -i: whose @ lines count (default: the host name)", HelpName = "ID" };
        Add("import-keepalived", "print a flipagent.yaml made from a keepalived.conf",
            (arguments, _, _) => Task.FromResult(new ImportVerb(_terminal).Run(arguments.GetValue(file)!, arguments.GetValue(id))), file, id);
        Add("test-alert", "send a test alert through every sink", (_, agent, stop) => Changes(agent).TestAlert(stop));
        Add("metrics", "print what Prometheus would scrape", (_, agent, stop) => Reads(agent).Metrics(stop));
        Add("version", "print the versions of this program and of the running agent", (_, agent, stop) => Reads(agent).Version(stop));

        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        Add("completion", "print the completion script of a shell", (arguments, _, _) =>
        {
            _terminal.Out.Write(Completion.Script(arguments.GetValue(shell)!, _root));
            return Task.FromResult(ExitCode.Done);
        }, shell);
    }

    private void AddHelp()
    {
        var verbs = new Argument<string[]>("VERB") { Description = "a verb (default: all of them)", Arity = ArgumentArity.ZeroOrMore };
        Add("help", "print what a verb does and takes",
            (arguments, _, stop) => CtlProgram.Help(arguments.GetValue(verbs) ?? [], _terminal, stop), verbs);
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
