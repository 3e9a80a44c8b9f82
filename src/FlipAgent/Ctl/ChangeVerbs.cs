using FlipAgent.Control;
using FlipAgent.Events;
using FlipAgent.Redaction;
using FlipAgent.Reporting;

namespace FlipAgent.Ctl;

/// <summary>
/// The verbs that change something. Those that move the address say before what will happen, ask a person, and wait until the cluster shows that it
/// has happened.
/// </summary>
internal sealed class ChangeVerbs(AgentClient agent, Terminal terminal)
{
    /// <summary>How long a move may take before its outcome is called unknown: a slow cloud and some retries.</summary>
    public static readonly TimeSpan UsualMoveLimit = TimeSpan.FromSeconds(60);

    public TimeSpan MoveLimit { get; init; } = UsualMoveLimit;

    /// <param name="yes">Do not ask, and override what only a person may override; an answer to the question overrides nothing.</param>
    public async Task<int> Promote(bool yes, CancellationToken stop)
    {
        var answer = await agent.Status(stop);
        if (answer.Failure is { } failure)
            return terminal.Fail(failure);
        var status = answer.Value!;
        if (!yes)
        {
            terminal.Error.WriteLine(Forecast(status));
            if (!terminal.Person)
                return terminal.Fail(ExitCode.Usage, "nobody can be asked here; say promote --yes to do it");
            if (!terminal.Agrees($"Make {status.Node} the master?"))
                return terminal.Fail(ExitCode.Failed, "nothing was done");
        }
        return await Move(ChangeRequest.Promote(yes), now => StatusWait.IsMasterAndHolder(now, status.Node), stop);
    }

    /// <param name="yes">Do not ask. Where nobody can be asked it is done as it always was.</param>
    public async Task<int> Release(string? to, bool yes, CancellationToken stop)
    {
        var answer = await agent.Status(stop);
        if (answer.Failure is { } failure)
            return terminal.Fail(failure);
        var node = answer.Value!.Node;
        if (!yes && !Agreed($"{Leaves(answer.Value!, to)}", "Give the mastership away?"))
            return terminal.Fail(ExitCode.Failed, "nothing was done");
        return await Move(
            ChangeRequest.Release(to),
            now => now.Master is { } master && (to is null ? master != node : master == to) && StatusWait.IsMasterAndHolder(now, master), stop);
    }

    /// <param name="time">Null: until it is switched off. Valid: the command line has looked at it.</param>
    /// <param name="yes">Do not ask. Where nobody can be asked it is done as it always was.</param>
    public async Task<int> Maintenance(bool on, string? time, string? reason, bool yes, CancellationToken stop)
    {
        if (on && !yes && terminal.Person)
        {
            var answer = await agent.Status(stop);
            if (answer.Failure is { } failure)
                return terminal.Fail(failure);
            var status = answer.Value!;
            var effect = status.Master == status.Node ? Leaves(status, to: null) : $"{status.Node} takes over nothing until it is switched off.";
            if (!Agreed(effect, $"Take {status.Node} out of service?"))
                return terminal.Fail(ExitCode.Failed, "nothing was done");
        }
        TimeSpan? length = time is not null && Config.Values.Duration.Parse(time, out var parsed) is null ? parsed : null;
        return await Do(ChangeRequest.Maintenance(on, length, reason), AgentClient.Usual, stop);
    }

    /// <summary>Ends with 8 and every error when the file is not valid; the agent then goes on with the old settings.</summary>
    public async Task<int> Reload(CancellationToken stop)
    {
        var done = await Do(ChangeRequest.Reload, AgentClient.Long, stop);
        if (done == ExitCode.Done)
            new RealTimeVerb(terminal).Renew(agent.Process);
        return done;
    }

    public Task<int> PrepareRestart(CancellationToken stop) => Do(ChangeRequest.PrepareRestart, AgentClient.Usual, stop);

    public Task<int> TestAlert(CancellationToken stop) => Do(ChangeRequest.TestAlert, AgentClient.Long, stop);

    private async Task<int> Do(ChangeRequest change, TimeSpan timeout, CancellationToken stop)
    {
        var answer = await agent.Post(change, timeout, stop);
        if (answer.Failure is { } failure)
            return terminal.Fail(failure);
        terminal.Out.WriteLine(Printable.Of(answer.Value!));
        return ExitCode.Done;
    }

    private async Task<int> Move(ChangeRequest change, Func<StatusReport, bool> done, CancellationToken stop)
    {
        var taken = await Do(change, AgentClient.Usual, stop);
        if (taken != ExitCode.Done)
            return taken;
        var wait = new StatusWait(agent, MoveLimit);
        if (await wait.Until(done, stop) is not { } status)
            return terminal.Fail(ExitCode.Unknown,
                $"not seen to be done within {MoveLimit.TotalSeconds:0} s{wait.Standing}");
        terminal.Out.WriteLine($"{status.Master} is master and holds {status.FloatingIp.Address} after {wait.Elapsed.TotalSeconds:0.0} s");
        return ExitCode.Done;
    }

    /// <summary>True where nobody can be asked.</summary>
    private bool Agreed(string effect, string question)
    {
        if (!terminal.Person)
            return true;
        terminal.Error.WriteLine(effect);
        return terminal.Agrees(question);
    }

    private static string Leaves(StatusReport status, string? to)
    {
        if (status.Master != status.Node)
            return $"{status.Node} is not master{(status.Master is { } master ? $", {master} is" : "")}: nothing moves.";
        var fit = status.Nodes.Any(node => node.Name != status.Node && node.Fit);
        var able = status.Nodes.Any(node => node.Name != status.Node && (to is null || node.Name == to) && node.CouldTakeOver());
        return $"{status.Node} gives the mastership to {to ?? (fit ? "the best fit peer" : "nobody, since no peer is fit")}. "
            + (able ? $"{status.FloatingIp.Address} leaves {status.Node}: connections through it break."
                : $"{to ?? "No other node"} could {(to is null ? "" : "not ")}take {status.FloatingIp.Address} over now, so it stays at {Words.Place(status.FloatingIp.Holder)}: HAProxy must go on running there ({CtlProgram.Name} doctor --cluster says what is missing).");
    }

    private static string Forecast(StatusReport status)
    {
        var address = status.FloatingIp.Address;
        if (StatusWait.IsMasterAndHolder(status, status.Node))
            return $"{status.Node} is master and holds {address} already.";
        var give = status.Master is { } master && master != status.Node ? $"{master} gives the mastership up and " : "";
        var from = status.FloatingIp.Holder switch
        {
            "other" => $"from a server that is none of the cluster ({status.FloatingIp.HolderServer ?? $"{status.FloatingIp.HolderId}"})",
            "nobody" => "which nobody holds",
            "unknown" => "whose holder is not known",
            var holder when holder == status.Node => "which is there already",
            var holder => $"from {holder}",
        };
        return $"{give}{status.Node} claims {address} {from}. Connections through the address break when it moves.";
    }
}
