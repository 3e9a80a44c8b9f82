using FlipAgent.Control;

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
        return await Move(Order.Promote(yes), now => Patience.IsMasterAndHolder(now, status.Node), stop);
    }

    public async Task<int> Release(string? to, CancellationToken stop)
    {
        var answer = await agent.Status(stop);
        if (answer.Failure is { } failure)
            return terminal.Fail(failure);
        var node = answer.Value!.Node;
        return await Move(
            Order.Release(to),
            now => now.Master is { } master && (to is null ? master != node : master == to) && Patience.IsMasterAndHolder(now, master), stop);
    }

    /// <param name="time">Null: until it is switched off. Valid: the command line has looked at it.</param>
    public async Task<int> Maintenance(bool on, string? time, string? reason, CancellationToken stop)
    {
        TimeSpan? length = time is not null && Config.Duration.Parse(time, out var parsed) is null ? parsed : null;
        return await Do(Order.Maintenance(on, length, reason), AgentClient.Usual, stop);
    }

    /// <summary>Ends with 8 and every error when the file is not valid; the agent then goes on with the old settings.</summary>
    public Task<int> Reload(CancellationToken stop) => Do(Order.Reload, AgentClient.Long, stop);

    public Task<int> PrepareRestart(CancellationToken stop) => Do(Order.PrepareRestart, AgentClient.Usual, stop);

    public Task<int> TestAlert(CancellationToken stop) => Do(Order.TestAlert, AgentClient.Long, stop);

    private async Task<int> Do(Order order, TimeSpan patience, CancellationToken stop)
    {
        var answer = await agent.Post(order, patience, stop);
        if (answer.Failure is { } failure)
            return terminal.Fail(failure);
        terminal.Out.WriteLine(Printable.Of(answer.Value!));
        return ExitCode.Done;
    }

    private async Task<int> Move(Order order, Func<StatusReport, bool> done, CancellationToken stop)
    {
        var taken = await Do(order, AgentClient.Usual, stop);
        if (taken != ExitCode.Done)
            return taken;
        var patience = new Patience(agent, MoveLimit);
        if (await patience.Until(done, stop) is not { } status)
            return terminal.Fail(ExitCode.Unknown,
                $"not seen to be done within {MoveLimit.TotalSeconds:0} s{patience.Standing}");
        terminal.Out.WriteLine($"{status.Master} is master and holds {status.FloatingIp.Address} after {patience.Elapsed.TotalSeconds:0.0} s");
        return ExitCode.Done;
    }

    private static string Forecast(StatusReport status)
    {
        var address = status.FloatingIp.Address;
        if (Patience.IsMasterAndHolder(status, status.Node))
            return $"{status.Node} is master and holds {address} already.";
        var give = status.Master is { } master && master != status.Node ? $"{master} gives the mastership up and " : "";
        var from = status.FloatingIp.Holder switch
        {
            "other" => $"from a droplet that is none of the cluster ({status.FloatingIp.HolderId})",
            "nobody" => "which nobody holds",
            "unknown" => "whose holder is not known",
            var holder when holder == status.Node => "which is there already",
            var holder => $"from {holder}",
        };
        return $"{give}{status.Node} claims {address} {from}. Connections through the address break when it moves.";
    }
}
