using System.CommandLine;
using FlipAgent.Redaction;

namespace FlipAgent.Ctl;

/// <summary>The verbs that tell what has happened: events, explain, history.</summary>
internal sealed partial class CommandTree
{
    private void AddEvents()
    {
        var follow = new Option<bool>("--follow", "-f") { Description = "go on with what happens from now on, until Ctrl-C" };
        var json = new Option<bool>("--json") { Description = "one JSON object a line" };
        var number = Options.Number("-n", "N", "how many of the kept events, 0 for all; with --since and --until: the last N (default: all)", 20, 0, int.MaxValue);
        var (since, until, directory) = Past("reads the journal, beyond the present run of the agent");
        var events = Add("events", "show what happened",
            (arguments, agent, stop) =>
                IsOfThePast(arguments, since, until, directory)
                    ? History(arguments, agent, directory).Events(
                        new(arguments.GetValue(since), arguments.GetValue(until)), arguments.GetResult(number) is { Implicit: false } ? arguments.GetValue(number) : null,
                        line => Reads(agent).Print(line, arguments.GetValue(json)), stop)
                    : Reads(agent).Events(arguments.GetValue(follow), arguments.GetValue(json), arguments.GetValue(number), stop),
            follow, json, number, since, until, directory);
        events.Validators.Add(result =>
        {
            if (result.GetValue(follow) && (result.GetResult(since) ?? result.GetResult(until) ?? result.GetResult(directory)) is not null)
                result.AddError("--follow shows what happens from now on; expected it without --since, --until and --directory");
        });

        var term = new Argument<uint?>("TERM")
        {
            Description = "number of the mastership; default: that of the last move",
            Arity = ArgumentArity.ZeroOrOne,
        };
        term.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !uint.TryParse(token.Value, out _))
                result.AddError($"explain {Printable.Of(token.Value, 40)}: expected the number of a mastership, a whole number, 0 to {uint.MaxValue}");
        });
        var place = Directory();
        Add("explain", "tell why the mastership and the address moved",
            (arguments, agent, stop) => Reads(agent).Explain(arguments.GetValue(term), History(arguments, agent, place), arguments.GetValue(place) is not null, stop), term, place);
        AddHistory();
        Add("check", "run every check now", (_, agent, stop) => Reads(agent).Check(stop));
    }

    private void AddHistory()
    {
        var (since, until, directory) = Past("default: 30d");
        var node = new Option<string>("--node") { Description = "only moves from or to this node", HelpName = Node };
        var json = new Option<bool>("--json") { Description = "one JSON object a line" };
        Add("history", "list the moves of the floating IP, from the journal",
            (arguments, agent, stop) => History(arguments, agent, directory).History(
                new(arguments.GetValue(since), arguments.GetValue(until)), arguments.GetValue(node), arguments.GetValue(json), stop),
            since, until, node, json, directory);
    }

    private static (Option<string> Since, Option<string> Until, Option<string> Directory) Past(string note) => (
        new("--since") { Description = $"from then on, such as 30d, 2h, 2026-01-31 or \"2026-01-31 14:05\" (UTC); {note}", HelpName = "TIME" },
        new("--until") { Description = "up to then (default: now)", HelpName = "TIME" },
        Directory());

    private static Option<string> Directory() => new("--directory", "-D") { Description = "read the journal files there, such as those of all nodes in one place", HelpName = Path };

    private static bool IsOfThePast(ParseResult arguments, params ReadOnlySpan<Option<string>> options)
    {
        foreach (var option in options)
            if (arguments.GetValue(option) is not null)
                return true;
        return false;
    }

    private HistoryVerbs History(ParseResult arguments, AgentClient agent, Option<string> directory) => new(agent, _terminal, new Journal(arguments.GetValue(directory)));
}
