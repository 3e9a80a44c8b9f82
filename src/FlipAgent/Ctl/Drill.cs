using System.Globalization;
using FlipAgent.Control;

namespace FlipAgent.Ctl;

/// <summary>
/// <c>flipagentctl drill</c>: a fire drill. It makes sure that somebody can take over, lets him take over for real, measures how long that took,
/// and with --back returns. A failover that is rehearsed each month works in the night when it is needed.
/// </summary>
internal sealed class Drill(AgentClient agent, Terminal terminal)
{
    /// <summary>After this a move that was not seen is called unknown.</summary>
    public TimeSpan MoveLimit { get; init; } = ChangeVerbs.UsualMoveLimit;

    /// <param name="to">The node to rehearse with; null: the best fit peer.</param>
    /// <param name="yes">Do not ask.</param>
    public async Task<int> Run(string? to, bool back, bool yes, CancellationToken stop)
    {
        var answer = await agent.Status(stop);
        if (answer.Failure is { } failure)
            return terminal.Fail(failure);
        var status = answer.Value!;
        var (peer, obstacle) = Partner(status, to);
        if (peer is null)
            return terminal.Fail(ExitCode.Refused, $"no drill: {obstacle}");
        terminal.Error.WriteLine($"{status.FloatingIp.Address} moves from {status.Node} to {peer}"
            + (back ? " and back: connections through it break twice." : ": connections through it break once."));
        if (!yes && !terminal.Person)
            return terminal.Fail(ExitCode.Usage, "nobody can be asked here; say drill --yes to do it");
        if (!yes && !terminal.Agrees("Begin the drill?"))
            return terminal.Fail(ExitCode.Failed, "nothing was done");

        var there = await Move($"{status.Node} -> {peer}", peer, Order.Release(peer), stop);
        if (there != ExitCode.Done || !back)
            return there;
        return await Move($"{peer} -> {status.Node}", status.Node, Order.Promote(yes: false), stop);
    }

    /// <summary>Who takes over, or why there can be no drill. Everything must be well: a drill must never be what breaks the service.</summary>
    internal static (string? Peer, string? Obstacle) Partner(StatusReport status, string? to)
    {
        if (status.Verdict != "ok")
            return (null, $"the cluster is {status.Verdict}: {status.Summary}");
        if (!Patience.IsMasterAndHolder(status, status.Node))
            return (null, $"{status.Node} is not the master that holds {status.FloatingIp.Address}; run it on {status.Master ?? "the master"}");
        if (to == status.Node)
            return (null, $"{to} is master already; name another node");
        var peers = status.Nodes.Where(node => node.Name != status.Node).ToList();
        if (to is not null && peers.TrueForAll(node => node.Name != to))
            return (null, $"there is no node {to}; expected one of {string.Join(", ", peers.Select(node => node.Name))}");
        var able = peers.Where(node => (to is null || node.Name == to) && Able(node)).ToList();
        return able.Count > 0
            ? (able.MaxBy(node => node.EffectivePriority)!.Name, null)
            : (null, $"the cluster is not redundant: {(to ?? "no peer")} is {(to is null ? "" : "not ")}fit, heard, and able to reach the cloud API");
    }

    private static bool Able(NodeReport node) =>
        node is { Fit: true, Maintenance: false, Api: "ok", Up: true, HearsMe: null or true };

    private async Task<int> Move(string what, string target, Order order, CancellationToken stop)
    {
        var patience = new Patience(agent, MoveLimit);
        var asked = await agent.Post(order, AgentClient.Usual, stop);
        if (asked.Failure is { } failure)
            return terminal.Fail(failure);
        var promoted = await patience.Until(status => status.Master == target, stop);
        var promotedAfter = patience.Elapsed;
        var held = promoted is null ? null : await patience.Until(status => Patience.IsMasterAndHolder(status, target), stop);
        if (held is null)
            return terminal.Fail(ExitCode.Unknown,
                $"{what} was not seen to be done within {MoveLimit.TotalSeconds:0} s{patience.Standing}");
        terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}: master after {promotedAfter.TotalSeconds:0.0} s, address seen there after {patience.Elapsed.TotalSeconds:0.0} s"));
        if (held.LastMove is { } move && move.To == target)
            terminal.Out.WriteLine($"  {Printable.Of(StatusWords.Move(move))}");
        return ExitCode.Done;
    }
}
