using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Lease;
using FlipAgent.Logging;
using FlipAgent.Loop;
using FlipAgent.Supervision;
using FlipAgent.Systemd;

namespace FlipAgent.Running;

/// <summary>What a reload exchanges.</summary>
internal sealed record ReloadTarget(CurrentConfig Current, SecretStore Secrets, AdvertPort Adverts, OwnChecks OwnChecks, Counters Counters, ConfigFile File);

/// <summary>
/// A reload is a transaction: everything is prepared beside what is in use, then put in use by one message to the loop, then what was in use is put away. Until
/// that message is taken, a failure of any step leaves keys, socket, checks, cloud, alerts and settings as they were.
/// </summary>
/// <param name="applied">Called after another configuration was put in use.</param>
internal sealed class Reload(
    ReloadTarget target, ReloadSteps steps, Inbox inbox, Task loopEnded, SdNotify notify, Supervisor supervisor, ILogger log, Action applied)
{
    /// <summary>What was asked of a cloud that is put away is still answered for so long; no request takes longer.</summary>
    private static readonly TimeSpan s_cloudGrace = TimeSpan.FromSeconds(10);

    /// <summary>Lives as long as the process.</summary>
    private SemaphoreSlim One { get; } = new(1, 1);

    /// <summary>One at a time. Null: done. Otherwise every error; then nothing was changed.</summary>
    public async Task<string?> Run(CancellationToken cancel)
    {
        await One.WaitAsync(cancel);
        try
        {
            notify.Reloading();
            var problem = await Task.Run(
                () => supervisor.Part("reload").Run(Now, e => $"the reload failed inside the agent: {SupervisedPart.Describe(e)}"), cancel);
            target.Counters.LastReloadWorked = problem is null;
            if (problem is null)
                target.File.Applied();
            else
                target.File.Refused(problem);
            if (problem is not null)
                inbox.Put(new Input.Noticed(new Event(EventKind.ReloadFailed, Severity.Warning) { Detail = problem.ReplaceLineEndings("; ") }));
            return problem;
        }
        finally
        {
            notify.Ready();
            One.Release();
        }
    }

    private async Task<string?> Now()
    {
        var result = steps.ReadConfig();
        if (result is not ConfigResult.Valid { Config: { } config })
            return result.ToString();
        var old = target.Current.Value;
        if (NeedsRestart(old.Config, config) is { } why)
            return $"{config.Path}: {why} cannot change while the agent runs: systemctl restart flipagent (it moves nothing)";
        using var prepared = PreparedReload.Of(config, old, steps, inbox, out var problem);
        if (prepared is null)
            return problem;
        var oldSocket = target.Adverts.Socket;
        if (!await Commit(prepared))
            return "the agent is stopping";
        prepared.Checks!.Settle();
        prepared.Alerts!.Commit();
        target.OwnChecks.Report();
        applied();
        if (prepared.Socket is not null)
        {
            log.AdvertsBound(new System.Net.IPEndPoint(config.Self.Address, config.Election.Port));
            oldSocket.Dispose();
        }
        if (prepared.Cloud is not null)
            _ = Task.Delay(s_cloudGrace).ContinueWith(_ => old.Cloud.Dispose(), TaskScheduler.Default);
        if (old.Lease is { } lease && lease != prepared.Next.Lease)
            PutAway(lease);
        foreach (var warning in config.Warnings)
            log.ConfigWarning(warning);
        return null;
    }

    /// <summary>What was asked for is still answered, and the connections last as long as that.</summary>
    private static void PutAway(LeaseWorker lease)
    {
        lease.Dispose();
        _ = Task.Delay(lease.Config.Ttl).ContinueWith(_ => lease.Close(), TaskScheduler.Default);
    }

    /// <summary>Returns when the loop goes by the new configuration; false: it has ended and will not.</summary>
    private async Task<bool> Commit(PreparedReload prepared)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        inbox.Put(new Message.Reloaded(prepared.Next.Settings, () => prepared.Commit(target), done.SetResult));
        return await Task.WhenAny(done.Task, loopEnded) == done.Task;
    }

    private static string? NeedsRestart(AgentConfig old, AgentConfig next) =>
        old.Cluster != next.Cluster ? "cluster"
        : old.Self.Name != next.Self.Name || !old.Self.Address.Equals(next.Self.Address) ? "the name or address of this node"
        : old.ControlSocket != next.ControlSocket || !Equals(old.ControlHttp, next.ControlHttp) || !old.ControlHttpHosts.SequenceEqual(next.ControlHttpHosts) ? "control"
        : old.RuntimeDir != next.RuntimeDir ? "runtime_dir"
        : old.StateDir != next.StateDir ? "state_dir"
        : null;
}
