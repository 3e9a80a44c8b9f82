using FlipAgent.Config;
using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Logging;
using FlipAgent.Running;
using FlipAgent.Systemd;

namespace FlipAgent;

/// <summary>The agent as a service of the host: opens the parts, runs them, and takes them down again.</summary>
internal sealed class Daemon(AgentConfig config, string? node, AgentLog agentLog, SdNotify notify, IHostApplicationLifetime lifetime) : BackgroundService
{
    // By then the first looks, answers and readers have come.
    private static readonly TimeSpan s_settles = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_rests = TimeSpan.FromMinutes(5);

    private readonly TimeSpan _startedAt = Clocks.Monotonic;
    private readonly Ground _ground = Ground.Of(agentLog, notify, realTime: true);

    /// <summary>Null until all of them are made.</summary>
    private volatile Parts? _parts;

    /// <summary>Why the start failed, as one sentence; null when it did not.</summary>
    public string? StartFailure { get; private set; }

    public static string Version { get; } = typeof(Daemon).Assembly.GetName().Version!.ToString(3);

    /// <summary>
    /// The last net, for an exception that no part has contained: true when the process may go on. Not for the decision loop, nor before it runs: there it
    /// is better to begin anew.
    /// </summary>
    public bool Contain(Exception e)
    {
        if (_parts is not { } parts || parts.Agent.IsOnItsThread)
            return false;
        _ground.Supervisor.Part($"thread {Thread.CurrentThread.Name ?? "without a name"}").Failed(e);
        return true;
    }

    /// <summary>As <see cref="Running.Reload.Run"/>. Who asks before the agent has started gets the configuration that it starts with.</summary>
    public Task<string?> Reload(CancellationToken cancel) => _parts?.Reload.Run(cancel) ?? Task.FromResult<string?>(null);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _ground.Log.Starting(Version, config.Self.Name, config.Cluster, config.Path);
        foreach (var warning in config.Warnings)
            _ground.Log.ConfigWarning(warning);
        // The last moment: the first thread of the parts locks memory.
        ProgramImage.GiveBack();
        (_parts, StartFailure) = Parts.Open(config, node, _ground);
        if (_parts is not { } parts)
        {
            lifetime.StopApplication();
            return;
        }
        (var control, StartFailure) = await parts.Serve();
        if (control is null)
        {
            lifetime.StopApplication();
            return;
        }
        _ground.Log.ControlListening(config.ControlSocket);
        _ground.Inbox.Put(new Input.Noticed(new Event(EventKind.Started, Severity.Info) { Subject = Version }));
        if (config.Nodes.Length == 1)
            _ground.Inbox.Put(new Input.Noticed(new Event(EventKind.NotRedundant, Severity.Warning)));
        parts.Agent.Start();
        parts.Checks.Start();
        parts.Heartbeat.Start();
        parts.Arrival.Start();
        notify.Ready();
        _ = GiveBackWhatRests(stoppingToken);
        await Task.WhenAny(parts.Agent.Ended, WhenCancelled(stoppingToken));
        if (!parts.Agent.Ended.IsCompleted)
            await Stop(parts);
        await Close(parts, control);
    }

    private static async Task GiveBackWhatRests(CancellationToken stop)
    {
        for (var pause = s_settles; ; pause = s_rests)
        {
            await Task.Delay(pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
                return;
            ProgramImage.GiveBack();
        }
    }

    private static Task WhenCancelled(CancellationToken token)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        token.Register(() => done.TrySetResult());
        return done.Task;
    }

    /// <summary>Rule E12. The host has taken SIGTERM.</summary>
    private async Task Stop(Parts parts)
    {
        var kind = await Task.Run(parts.Units.OwnStopKind);
        notify.Stopping(kind == StopKind.Restart ? "restarting: the peers hold" : "stopping");
        notify.ExtendTimeout(TimeSpan.FromSeconds(6));
        _ground.Inbox.Put(new Input.Stopping(kind));
        await Task.WhenAny(parts.Agent.Ended, Task.Delay(TimeSpan.FromSeconds(6)));
    }

    /// <summary>The last words are out; what is left is courtesy, and may take no longer than E12 allows (1 s in all).</summary>
    private async Task Close(Parts parts, ControlServer control)
    {
        parts.ReloadTarget.Adverts.Dispose();
        parts.Heartbeat.Dispose();
        parts.Arrival.Dispose();
        var courtesy = Task.WhenAll(
            Task.Run(() => parts.StateFile.Flush(TimeSpan.FromMilliseconds(300))),
            Task.Run(parts.Checks.Dispose),
            Task.Run(() => control.DisposeAsync().AsTask()),
            parts.Alerts.Drain(TimeSpan.FromMilliseconds(700)));
        await Task.WhenAny(courtesy, Task.Delay(TimeSpan.FromMilliseconds(700)));
        _ground.Log.Ending((Clocks.Monotonic - _startedAt).TotalSeconds);
        lifetime.StopApplication();
    }
}
