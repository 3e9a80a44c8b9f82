using System.Collections.Immutable;
using FlipAgent.Cloud;
using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Config.Sections;
using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Reporting;
using FlipAgent.Running;
using FlipAgent.Supervision;
using FlipAgent.Systemd;

namespace FlipAgent;

/// <summary>What people can ask of the agent: status, commands, and a reload that either works as a whole or changes nothing.</summary>
internal sealed partial class Daemon
{
    private CloudParts MakeCloud(AgentConfig config) => new(config, _secrets, _agent.MayAssign, _inbox.Put, _supervisor);

    private ControlHandlers MakeHandlers() => new()
    {
        Status = Status,
        EventsAfter = _events.After,
        NextEvent = _events.Next,
        CheckNow = async cancel => [.. (await _checks.CheckNow(cancel)).Select(Control.CheckReports.Of)],
        Run = Run,
        Reload = Reload,
        TestAlert = async cancel => await _alerts.TestAlert((await Status(cancel)).Master, cancel),
        ConfigText = () => ConfigText.Render(_running.Config),
        Metrics = async cancel => Metrics.Render(await Status(cancel), Gathered(), DateTimeOffset.UtcNow),
        Healthy = () => Kernel.Clocks.Monotonic - _agent.TurnedAt < TimeSpan.FromSeconds(3),
    };

    private Task<StatusReport> Status(CancellationToken cancel)
    {
        var answer = new TaskCompletionSource<StatusReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        _inbox.Put(new Message.Asked((s, now) =>
        {
            try
            {
                // On the loop, where the state and the configuration are of one age.
                var running = _running;
                var alerts = _alerts.Counts;
                var around = new StatusContext(
                    running.Config, Version, CheckReports(running), new AlertsReport(alerts.Sent, alerts.Queued, alerts.Failed), Troubles(running), _networkFault ?? _secrets.KeyTrouble, running.Cloud.MetadataIsStale);
                answer.TrySetResult(StatusBuilder.Build(s, now, DateTimeOffset.UtcNow, around));
            }
            catch (Exception e)
            {
                // This runs on the decision loop, which must not end because somebody asked a question.
                answer.TrySetException(e);
            }
        }));
        return answer.Task.WaitAsync(cancel);
    }

    /// <summary>The configured checks, and the agent's own only while they are down.</summary>
    private List<CheckReport> CheckReports(RunningConfig running)
    {
        List<CheckReport> reports = [.. running.Snapshots().Select(Control.CheckReports.Of)];
        lock (_ownVerdicts)
        {
            foreach (var ((name, kind), (_, trouble, since)) in s_ownChecks.Zip(_ownVerdicts))
                if (trouble is not null)
                    reports.Add(new CheckReport(name, kind, false, since, trouble));
        }
        return reports;
    }

    private static readonly (string Name, string Kind)[] s_ownChecks = [("adverts", "network"), ("cluster key", "secret")];

    private static readonly TimeSpan AlertGrace = TimeSpan.FromSeconds(30);

    private ImmutableArray<string> Troubles(RunningConfig running)
    {
        var list = _secrets.Troubles.Where(t => t != _secrets.KeyTrouble).ToList();
        if (_stateTrouble is { } state)
            list.Add($"the state cannot be saved: {state}");
        if (running.Cloud.Client.NameIsStale)
            list.Add($"{running.Config.FloatingIp.ApiUrl.Host} cannot be resolved: the addresses of the past are used");
        list.AddRange(_supervisor.Problems);
        // One that is on its way is no trouble.
        if (_alerts.WaitingSince is { } since && DateTimeOffset.UtcNow - since > AlertGrace)
            list.Add($"alerts are not delivered, {_alerts.Counts.Queued} wait since {since.UtcDateTime:HH:mm:ss}Z: flipagentctl test-alert says why");
        return [.. list];
    }

    private Counters Gathered()
    {
        foreach (var check in _checks.Snapshots)
            if (check.LastDuration is { } duration)
                _counters.CheckSeconds[check.Name] = duration.TotalSeconds;
        _counters.Api = _running.Cloud.Client.Counters;
        _counters.LogDropped = _agentLog.Dropped;
        return _counters;
    }

    private async Task<CommandResult> Run(Command command, CancellationToken cancel)
    {
        var answer = new TaskCompletionSource<CommandResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        _inbox.Put(new Message.Ordered(command, result => answer.TrySetResult(result)));
        return await answer.Task.WaitAsync(cancel);
    }

    /// <summary>Null: done. Otherwise every error; then nothing was changed.</summary>
    internal async Task<string?> Reload(CancellationToken cancel)
    {
        await _reloading.WaitAsync(cancel);
        try
        {
            _notify.Reloading();
            var problem = await Task.Run(
                () => _supervisor.Part("reload").Run(ReloadNow, e => $"the reload failed inside the agent: {SupervisedPart.Describe(e)}"), cancel);
            _counters.LastReloadWorked = problem is null;
            if (problem is not null)
                _inbox.Put(new Input.Noticed(new Event(EventKind.ReloadFailed, Severity.Warning, 0, $"the reload failed, the old settings stay: {problem.ReplaceLineEndings("; ")}")
                { Next = "flipagentctl config check" }));
            return problem;
        }
        finally
        {
            _notify.Ready();
            _reloading.Release();
        }
    }

    private async Task<string?> ReloadNow()
    {
        var result = ConfigReader.Read(_path, _node);
        if (result is not ConfigResult.Valid { Config: { } config })
            return result.ToString();
        var old = _running;
        if (NeedsRestart(old.Config, config) is { } why)
            return $"{_path}: {why} cannot change while the agent runs: systemctl restart flipagent (it moves nothing)";
        if (Secrets.Problem(config) is { } unusable)
            return unusable;
        _secrets.Read(config);
        var next = old with { Config = config, Settings = SettingsOf(config), Keys = _secrets.Keys };
        if (MoveSocket(old, next) is { } lost)
            return lost;
        if (config.FloatingIp != old.Cloud.Config || config.Self.DropletId != old.Cloud.Droplet)
            next = next with { Cloud = MakeCloud(config) };
        if (!await HandToLoop(next))
            return "the agent is stopping";
        TellAdverts();
        if (next.Cloud != old.Cloud)
            _ = Task.Delay(TimeSpan.FromSeconds(10)).ContinueWith(_ => old.Cloud.Dispose(), TaskScheduler.Default);
        _alerts.Apply(config.Alerts);
        foreach (var warning in config.Warnings)
            Logging.Log.ConfigWarning(_log, warning);
        return null;
    }

    /// <summary>Another port or group takes another socket; null: done, or nothing to do.</summary>
    private string? MoveSocket(RunningConfig old, RunningConfig next)
    {
        if (next.Config.Election.Port == old.Config.Election.Port && Equals(next.Config.Election.Multicast, old.Config.Election.Multicast))
            return null;
        _socket?.Dispose();
        if (OpenSocket(next))
            return null;
        var (failure, back) = (StartFailure, OpenSocket(old));
        StartFailure = null;
        return $"{_path}: election: {failure}{(back ? "" : "; the old port is lost too: restart flipagent")}";
    }

    /// <summary>Returns when the loop goes by the new configuration; false: it has ended.</summary>
    private async Task<bool> HandToLoop(RunningConfig next)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // Between the last verdict under the old numbers and the first under the new ones.
        _checks.Apply(next.Config.Checks, () =>
        {
            var running = next with { Snapshots = _checks.Reporter };
            _inbox.Put(new Message.Reloaded(running.Settings, () => Use(running), done.SetResult));
        });
        return await Task.WhenAny(done.Task, _agent.Ended) == done.Task;
    }

    /// <summary>On the loop, between two steps: the one moment at which the configuration changes.</summary>
    private bool Use(RunningConfig next)
    {
        var before = _running.Cloud;
        _running = next;
        _socket?.ChangeNodes([.. next.Config.Nodes.Select(n => n.Address)], next.Config.Me, CallbacksOf(next));
        _counters.ConfigHash = next.Config.Hash;
        if (next.Cloud == before)
            return false;
        before.Retire();
        next.Cloud.Begin();
        return true;
    }

    private static string? NeedsRestart(AgentConfig old, AgentConfig next) =>
        old.Cluster != next.Cluster ? "cluster"
        : old.Self.Name != next.Self.Name || !old.Self.Address.Equals(next.Self.Address) ? "the name or address of this node"
        : old.ControlSocket != next.ControlSocket || !Equals(old.ControlHttp, next.ControlHttp) ? "control"
        : old.RuntimeDir != next.RuntimeDir ? "runtime_dir"
        : old.StateDir != next.StateDir ? "state_dir"
        : null;

    /// <summary>Is our own job at systemd a restart? No answer counts as a final stop (rule E12).</summary>
    private StopKind OwnStopKind() => _bus.OwnJob().Kind == OwnJobKind.Restart ? StopKind.Restart : StopKind.Final;

    /// <summary>Rule E14. The unit's new state comes back through the unit check.</summary>
    private void OrderUnit(bool start)
    {
        if (_running.Config.Checks.OfType<CheckConfig.Unit>().FirstOrDefault(c => c.ColdStandby) is not { } unit)
            return;
        var orders = _supervisor.Part("orders to systemd");
        _ = Task.Run(() => orders.Run(() =>
        {
            var order = start ? _bus.StartUnit(unit.UnitName) : _bus.StopUnit(unit.UnitName);
            var done = order.Result == UnitOrderResult.Accepted;
            _inbox.Put(new Input.Noticed(done
                ? new Event(start ? EventKind.UnitStarted : EventKind.UnitStopped, Severity.Info, 0, $"{(start ? "started" : "stopped")} {unit.UnitName}")
                : new Event(EventKind.UnitFailed, Severity.Critical, 0, $"{unit.UnitName} could not be {(start ? "started" : "stopped")}: {order.Detail}") { Cause = order.Detail }));
            _checks.TriggerAll();
        }));
    }
}
