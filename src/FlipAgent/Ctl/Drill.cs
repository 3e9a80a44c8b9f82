using System.Globalization;
using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Redaction;
using FlipAgent.Reporting;

namespace FlipAgent.Ctl;

/// <summary>
/// <c>flipagentctl drill</c>: a fire drill. It makes sure that somebody can take over, lets him take over for real, measures how long that took,
/// and with --back returns. A failover that is rehearsed each month works in the night when it is needed.
/// </summary>
internal sealed class Drill(AgentClient agent, Terminal terminal)
{
    /// <summary>After this a move that was not seen is called unknown.</summary>
    public TimeSpan MoveLimit { get; init; } = ChangeVerbs.UsualMoveLimit;

    /// <summary>After the address has arrived: a move says nothing for 8 s, a dead service is one after 5 s more.</summary>
    public TimeSpan ServedLimit { get; init; } = TimeSpan.FromSeconds(20);

    /// <param name="to">The node to rehearse with; null: the best fit peer.</param>
    /// <param name="yes">Do not ask.</param>
    public async Task<int> Run(string? to, bool back, bool yes, CancellationToken stop)
    {
        var answer = await agent.Status(stop);
        if (answer.Failure is { } failure)
            return terminal.Fail(failure);
        var status = answer.Value!;
        var (peer, obstacle) = Partner(status, to);
        obstacle ??= DrillBudget.Obstacle(status, moves: back ? 2 : 1);
        if (peer is null || obstacle is not null)
            return terminal.Fail(ExitCode.Refused, $"no drill: {obstacle}");
        terminal.Error.WriteLine($"{status.FloatingIp.Address} moves from {status.Node} to {peer}"
            + (back ? " and back: connections through it break twice." : ": connections through it break once."));
        if (!yes && !terminal.Person)
            return terminal.Fail(ExitCode.Usage, "nobody can be asked here; say drill --yes to do it");
        if (!yes && !terminal.Agrees("Begin the drill?"))
            return terminal.Fail(ExitCode.Failed, "nothing was done");

        var (there, after) = await Move($"{status.Node} -> {peer}", status, peer, ChangeRequest.Release(peer), stop);
        if (there != ExitCode.Done || !back)
            return there;
        var (again, _) = await Move($"{peer} -> {status.Node}", after!, status.Node, ChangeRequest.Promote(yes: false), stop);
        if (again != ExitCode.Done)
            await TellHowToReturn(status.Node, peer, stop);
        return again;
    }

    /// <summary>Who takes over, or why there can be no drill. Everything must be well: a drill must never be what breaks the service.</summary>
    internal static (string? Peer, string? Obstacle) Partner(StatusReport status, string? to)
    {
        if (status.Verdict != "ok")
            return (null, $"the cluster is {status.Verdict}: {status.Summary}");
        if (!StatusWait.IsMasterAndHolder(status, status.Node))
            return (null, $"{status.Node} is not the master that holds {status.FloatingIp.Address}; run it on {status.Master ?? "the master"}");
        if (to == status.Node)
            return (null, $"{to} is master already; name another node");
        var peers = status.Nodes.Where(node => node.Name != status.Node).ToList();
        if (to is not null && peers.TrueForAll(node => node.Name != to))
            return (null, $"there is no node {to}; expected one of {string.Join(", ", peers.Select(node => node.Name))}");
        var able = peers.Where(node => (to is null || node.Name == to) && Able(node)).ToList();
        return able.Count > 0
            ? (able.MaxBy(node => node.EffectivePriority)!.Name, null)
            : (null, $"the cluster is not redundant: {(to ?? "no peer")} is {(to is null ? "" : "not ")}fit, heard, and able to move the floating IP");
    }

    private static bool Able(NodeReport node) =>
        node is { Maintenance: false, HearsMe: null or true } && node.CouldTakeOver();

    /// <param name="before">As it was when the move was ordered.</param>
    private async Task<(int Code, StatusReport? After)> Move(string what, StatusReport before, string target, ChangeRequest change, CancellationToken stop)
    {
        var wait = new StatusWait(agent, MoveLimit);
        var asked = await agent.Post(change, AgentClient.Usual, stop);
        if (asked.Failure is { } failure)
            return (terminal.Fail(failure), null);
        var promoted = await wait.Until(status => status.Master == target || WasHandedBack(before, status), stop);
        var promotedAfter = wait.Elapsed;
        var held = promoted is null
            ? null
            : await wait.Until(status => StatusWait.IsMasterAndHolder(status, target) || WasHandedBack(before, status), stop);
        if (held is null)
            return (terminal.Fail(ExitCode.Unknown, $"{what} was not seen to be done within {MoveLimit.TotalSeconds:0} s{wait.Standing}"), null);
        if (held.Master != target)
            return (await FailHandedBack(what, before, target, stop), null);
        terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}: master after {promotedAfter.TotalSeconds:0.0} s, address seen there after {wait.Elapsed.TotalSeconds:0.0} s"));
        if (held.LastMove is { } move && move.To == target)
            terminal.Out.WriteLine($"  {Printable.Of(StatusWords.Move(move))}");
        return (await Served(what, before, target, stop), held);
    }

    /// <summary>A move that serves nobody is no success, whatever role and holder say.</summary>
    private async Task<int> Served(string what, StatusReport before, string target, CancellationToken stop)
    {
        var wait = new StatusWait(agent, ServedLimit);
        var seen = await wait.Until(
            status => status.Master != target || status.FloatingIp.Served is null or "answers" or "off" or "dead" or "never-answered" or "never-reached", stop);
        if (seen is null)
            return terminal.Fail(ExitCode.Failed, $"{what}: nobody has seen clients being served through {target} within {ServedLimit.TotalSeconds:0} s{wait.Standing}");
        if (seen.Master != target)
            return WasHandedBack(before, seen) ? await FailHandedBack(what, before, target, stop)
                : terminal.Fail(ExitCode.Failed, $"{what}: {target} is not master any more, {seen.Master ?? "nobody"} is: clients were not served there, or it failed; {CtlProgram.Name} events tells why");
        switch (seen.FloatingIp.Served)
        {
            case "answers":
                terminal.Out.WriteLine($"  clients are served through {target} after {wait.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s");
                return ExitCode.Done;
            case null or "off":
                terminal.Out.WriteLine("  whether clients are served nobody can tell: no node has a guard");
                return ExitCode.Done;
            default:
                return terminal.Fail(ExitCode.Failed, $"{what}: it moved, but clients are not served: {Printable.Of(seen.Summary)}");
        }
    }

    /// <summary>The old master is master again in a later term, and the address never left it: the other one could not or would not take it.</summary>
    private static bool WasHandedBack(StatusReport before, StatusReport now) =>
        Terms.IsLater(now.Term, before.Term) && now.Master == before.Master && now.FloatingIp.Holder == before.FloatingIp.Holder;

    private async Task<int> FailHandedBack(string what, StatusReport before, string target, CancellationToken stop)
    {
        var events = await agent.Get("v1/events?n=50", ReportJson.Default.IReadOnlyListEventReport, AgentClient.Usual, stop);
        var cause = events.Value?.LastOrDefault(e => Terms.IsLater(e.Term, before.Term) && e.Event is "became-master" or "released" && e.Cause is not null)?.Cause;
        var why = cause == ReleaseCause.FlapHold ? "it has counted too many moves away from a fit holder (flap-hold, rule C8)" : cause ?? "the events tell why";
        return terminal.Fail(cause == ReleaseCause.FlapHold ? ExitCode.Refused : ExitCode.Failed,
            $"{what}: {target} handed the mastership back: {why}. Nothing moved, {before.FloatingIp.Address} is at {before.FloatingIp.Holder}");
    }

    /// <summary>After a way back that failed: where the address is, and what a person can do.</summary>
    private async Task TellHowToReturn(string node, string peer, CancellationToken stop)
    {
        var now = (await agent.Status(stop)).Value;
        if (now is not null && StatusWait.IsMasterAndHolder(now, node))
        {
            terminal.Error.WriteLine($"{now.FloatingIp.Address} is back at {node} all the same.");
            return;
        }
        var where = now is null ? $"the address was last seen at {peer}" : $"{now.FloatingIp.Address} is at {now.FloatingIp.Holder}, and {now.Master ?? "nobody"} is master";
        var when = now?.MoveBudget is { Left: 0 } budget && DrillBudget.Wait(budget, 1) is { } wait ? $" in {DrillBudget.Text(wait)}, or now with --yes" : "";
        terminal.Error.WriteLine($"The drill has not come back: {where}. To bring it back: {CtlProgram.Name} promote on {node}{when}.");
    }
}
