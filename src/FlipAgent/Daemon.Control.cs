using System.Collections.Immutable;
using FlipAgent.Config;
using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Systemd;

namespace FlipAgent;

/// <summary>What people can ask of the agent: status, commands, and a reload that either works as a whole or changes nothing.</summary>
internal sealed partial class Daemon
{
    private CloudParts MakeCloud(AgentConfig config) => new(config, _secrets, _agent.MayAssign, _inbox.Put);

    private ControlHandlers MakeHandlers() => new()
    {
        Status = Status,
        EventsAfter = _events.After,
        NextEvent = _events.Next,
        CheckNow = _checks.CheckNow,
        Run = Run,
        Reload = Reload,
        TestAlert = async cancel => await _alerts.TestAlert((await Status(cancel)).Master, cancel),
        ConfigText = () => ConfigText.Render(_config),
        Metrics = async cancel => Metrics.Render(await Status(cancel), Gathered(), DateTimeOffset.UtcNow),
        Healthy = () => Net.Clocks.Monotonic - _agent.TurnedAt < TimeSpan.FromSeconds(3),
    };

    private Task<StatusReport> Status(CancellationToken cancel)
    {
        var answer = new TaskCompletionSource<StatusReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        _inbox.Put(new Letter.Ask((s, now) =>
        {
            var around = new StatusContext(
                _config, Version, CheckReports(), _alerts.Report, Troubles(), _networkFault ?? _secrets.KeyTrouble, _cloud.MetadataIsStale);
            answer.TrySetResult(StatusBuilder.Build(s, now, DateTimeOffset.UtcNow, around));
        }));
        return answer.Task.WaitAsync(cancel);
    }

    /// <summary>The configured checks, and the agent's own only while they are down.</summary>
    private List<CheckReport> CheckReports()
    {
        List<CheckReport> reports = [.. _checks.Reports];
        lock (_ownVerdicts)
        {
            foreach (var ((name, kind), (_, trouble, since)) in s_ownChecks.Zip(_ownVerdicts))
                if (trouble is not null)
                    reports.Add(new CheckReport(name, kind, false, since, trouble));
        }
        return reports;
    }

    private static readonly (string Name, string Kind)[] s_ownChecks = [("adverts", "network"), ("cluster key", "secret")];

    private static readonly TimeSpan AlertPatience = TimeSpan.FromSeconds(30);

    private ImmutableArray<string> Troubles()
    {
        var list = _secrets.Troubles.Where(t => t != _secrets.KeyTrouble).ToList();
        if (_stateTrouble is { } state)
            list.Add($"the state cannot be saved: {state}");
        if (_cloud.Client.NameIsStale)
            list.Add($"{_config.FloatingIp.ApiUrl.Host} cannot be resolved: the addresses of the past are used");
        // One that is on its way is no trouble.
        if (_alerts.WaitingSince is { } since && DateTimeOffset.UtcNow - since > AlertPatience)
            list.Add($"alerts are not delivered, {_alerts.Report.Queued} wait since {since.UtcDateTime:HH:mm:ss}Z: flipagentctl test-alert says why");
        return [.. list];
    }

    private Counters Gathered()
    {
        foreach (var check in _checks.Snapshots)
            if (check.LastDuration is { } duration)
                _counters.CheckSeconds[check.Name] = duration.TotalSeconds;
        _counters.Api = _cloud.Client.Counters;
        _counters.LogDropped = _agentLog.Dropped;
        return _counters;
    }

    private async Task<CommandResult> Run(Command command, CancellationToken cancel)
    {
        var answer = new TaskCompletionSource<CommandResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        _inbox.Put(new Letter.Order(command, answer));
        return await answer.Task.WaitAsync(cancel);
    }

    /// <summary>Null: done. Otherwise every error; then nothing was changed.</summary>
    internal async Task<string?> Reload(CancellationToken cancel)
    {
        await _reloading.WaitAsync(cancel);
        try
        {
            _notify.Reloading();
            var problem = await Task.Run(ReloadNow, cancel);
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

    private string? ReloadNow()
    {
        var result = ConfigReader.Read(_path, _node);
        if (result is not ConfigResult.Valid { Config: { } next })
            return result.ToString();
        var old = _config;
        if (NeedsRestart(old, next) is { } why)
            return $"{_path}: {why} cannot change while the agent runs: systemctl restart flipagent (it moves nothing)";
        if (Secrets.Problem(next) is { } unusable)
            return unusable;
        _secrets.Read(next);
        if (next.Election.Port != old.Election.Port || !Equals(next.Election.Multicast, old.Election.Multicast))
        {
            _socket?.Dispose();
            if (!OpenSocket(next))
            {
                var (failure, back) = (StartFailure, OpenSocket(old));
                StartFailure = null;
                return $"{_path}: election: {failure}{(back ? "" : "; the old port is lost too: restart flipagent")}";
            }
        }
        else
        {
            _intake = NewIntake(next);
            _socket?.ChangeNodes([.. next.Nodes.Select(n => n.Address)], next.Me);
        }
        // Between the last verdict under the old numbers and the first under the new ones.
        _checks.Apply(next.Checks, () =>
        {
            _config = next;
            lock (_ownVerdicts)
                Array.Clear(_ownVerdicts);
            _inbox.Put(new Input.SettingsChanged(SettingsOf(next)));
        });
        TellAdverts();
        if (next.FloatingIp != _cloud.Config || next.Self.DropletId != _cloud.Droplet)
        {
            var before = _cloud;
            _cloud = MakeCloud(next);
            before.Retire();
            _ = Task.Delay(TimeSpan.FromSeconds(10)).ContinueWith(_ => before.Dispose(), TaskScheduler.Default);
        }
        _alerts.Apply(next.Alerts);
        _counters.ConfigHash = next.Hash;
        foreach (var warning in next.Warnings)
            Logging.Log.ConfigWarning(_log, warning);
        return null;
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
        if (_config.Checks.OfType<CheckConfig.Unit>().FirstOrDefault(c => c.ColdStandby) is not { } unit)
            return;
        _ = Task.Run(() =>
        {
            var order = start ? _bus.StartUnit(unit.UnitName) : _bus.StopUnit(unit.UnitName);
            var done = order.Result == UnitOrderResult.Accepted;
            _inbox.Put(new Input.Noticed(done
                ? new Event(start ? EventKind.UnitStarted : EventKind.UnitStopped, Severity.Info, 0, $"{(start ? "started" : "stopped")} {unit.UnitName}")
                : new Event(EventKind.UnitFailed, Severity.Critical, 0, $"{unit.UnitName} could not be {(start ? "started" : "stopped")}: {order.Detail}") { Cause = order.Detail }));
            _checks.TriggerAll();
        });
    }
}
