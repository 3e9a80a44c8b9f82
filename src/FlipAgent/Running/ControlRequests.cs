using System.Collections.Immutable;
using FlipAgent.Alerts;
using FlipAgent.Checks;
using FlipAgent.Config.Secrets;
using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Events;
using FlipAgent.Logging;
using FlipAgent.Loop;
using FlipAgent.Reporting;
using FlipAgent.State;
using FlipAgent.Supervision;

namespace FlipAgent.Running;

/// <summary>What is asked of the loop and of the parts around it: the status report, the page of metrics, and commands. Any thread.</summary>
internal sealed class ControlRequests(
    CurrentConfig current, OwnParticulars particulars, ConfigFile file, Inbox inbox, SecretStore secrets, OwnChecks ownChecks, CheckRunner checks, AlertDispatcher alerts, StateFile stateFile, Counters counters,
    AgentLog log, Supervisor supervisor)
{
    private readonly SecretWatch _secretWatch = new(() => current.Value.Config, secrets);
    private readonly StatusQuestion _status = new(inbox);
    private Heartbeat? _heartbeat;

    /// <summary>How long an alert may be on its way before that is a problem.</summary>
    private static readonly TimeSpan s_alertGrace = TimeSpan.FromSeconds(30);

    public async Task<StatusReport> Status(CancellationToken cancel)
    {
        // Here and not on the loop: it may read files.
        var looking = _secretWatch.LookSoon();
        var onDisk = await file.LookSoon();
        var lost = await looking;
        return await _status.Ask((s, now) =>
        {
            var around = Around();
            return StatusBuilder.Build(s, now, DateTimeOffset.UtcNow, around with { File = onDisk, Problems = [.. around.Problems, .. lost] });
        }).WaitAsync(cancel);
    }

    /// <summary>How long a disk that works takes at the most for what a person ordered.</summary>
    private static readonly TimeSpan s_savingTime = TimeSpan.FromSeconds(1);

    /// <summary>Hands a command to the loop; answers when it is taken or refused.</summary>
    public async Task<CommandAnswer> Run(Command command, CancellationToken cancel)
    {
        var answer = new TaskCompletionSource<CommandResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        inbox.Put(new Message.Ordered(command, result => answer.TrySetResult(result)));
        var result = await answer.Task.WaitAsync(cancel);
        var (refusal, text) = CommandText.Of(result);
        if (result is CommandResult.MaintenanceBegun or CommandResult.MaintenanceEnded && await NotLasting(cancel) is { } problem)
            text += $"; this is not saved ({problem}), so a reboot of {result.Node} forgets it";
        return new CommandAnswer(refusal, text);
    }

    /// <summary>Why the state that the last command made would not survive a reboot; null: it would.</summary>
    private async Task<string?> NotLasting(CancellationToken cancel)
    {
        // The loop hands the state over in the step that answers, and takes this after it.
        var handedOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        inbox.Put(new Message.Asked((_, _) => handedOver.TrySetResult()));
        await handedOver.Task.WaitAsync(cancel);
        return await Task.Run(() => stateFile.NotLasting(s_savingTime), cancel);
    }

    /// <summary>What the status shows of the heartbeat, which itself asks for the status.</summary>
    public void Show(Heartbeat heartbeat) => _heartbeat = heartbeat;

    /// <param name="openMetrics">As in <see cref="Control.Metrics.Render"/>.</param>
    public async Task<string> Metrics(bool openMetrics, CancellationToken cancel)
    {
        var status = await Status(cancel);
        foreach (var check in checks.Snapshots)
            if (check.LastDuration is { } duration)
                counters.CheckSeconds[check.Name] = duration.TotalSeconds;
        counters.Api = current.Value.Cloud.Provider.Counters;
        counters.LogDropped = log.Dropped;
        return Control.Metrics.Render(status, counters, DateTimeOffset.UtcNow, openMetrics);
    }

    /// <summary>On the loop, where the state and the configuration are of one age.</summary>
    private StatusContext Around()
    {
        var running = current.Value;
        // The agent's own checks only while they are down.
        ImmutableArray<CheckReport> reports = [.. running.Snapshots().Select(CheckReports.Of), .. ownChecks.Down];
        var counts = alerts.Counts;
        return new StatusContext(
            running.Config, running.Settings.AgentVersion.ToString(3), reports, new AlertsReport(counts.Sent, counts.Queued, counts.Failed) { OldestS = WaitingFor() }, Problems(running, counts), ownChecks.AdvertProblem,
            running.Cloud.MetadataIsStale)
        {
            ApiProblem = running.Cloud.Provider.Problem,
            Secrets = [.. secrets.Current.Read.Select(one => new SecretReport(one.Key, one.Value))],
            Heartbeat = _heartbeat?.Report,
            Lease = running.Lease?.View,
            Prints = particulars.Prints,
            Listens = particulars.Listens,
        };
    }

    private double? WaitingFor() => alerts.WaitingSince is { } since ? Math.Round(Math.Max(0, (DateTimeOffset.UtcNow - since).TotalSeconds), 1) : null;

    private ImmutableArray<string> Problems(RunningConfig running, AlertCounts counts)
    {
        var secret = secrets.Current;
        var list = secret.Problems.Where(p => p != secret.KeyProblem).ToList();
        if (stateFile.Problem is { } state)
            list.Add($"the state cannot be saved: {state}");
        if (running.Cloud.Provider.NameIsStale)
            list.Add($"{running.Config.FloatingIp.ApiUrl.Host} cannot be resolved: the addresses of the past are used");
        list.AddRange(supervisor.Problems);
        list.AddRange(alerts.Problems);
        if (alerts.WaitingSince is { } since && DateTimeOffset.UtcNow - since > s_alertGrace)
            list.Add($"alerts are not delivered, {counts.Queued} wait since {since.UtcDateTime:HH:mm:ss}Z: flipagentctl test-alert says why");
        return [.. list];
    }
}
