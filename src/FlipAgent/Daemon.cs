using FlipAgent.Alerts;
using FlipAgent.Checks;
using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Logging;
using FlipAgent.Loop;
using FlipAgent.Net;
using FlipAgent.Running;
using FlipAgent.State;
using FlipAgent.Supervision;
using FlipAgent.Systemd;

namespace FlipAgent;

/// <summary>
/// The whole agent of one node: makes the parts, connects them to the loop, and takes them down again. Like the stage manager: everybody has one job and
/// none knows the others; only here is it written down who gives a cue to whom.
/// </summary>
internal sealed partial class Daemon : BackgroundService
{
    private readonly string _path;
    private readonly string? _node;
    private readonly AgentConfig _first;
    private readonly AgentLog _agentLog;
    private readonly ILogger _log;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly SdNotify _notify;
    private readonly LoopWaiter _waiter = new();
    private readonly Inbox _inbox;
    private readonly EventRing _events = new();
    private readonly Counters _counters = new();
    private readonly Secrets _secrets;
    private readonly Supervisor _supervisor;
    private readonly ExitWatch _exits;
    private readonly SystemBus _bus;
    private readonly SemaphoreSlim _reloading = new(1, 1);
    private volatile RunningConfig _running = null!;
    private Agent _agent = null!;
    private StateFile _stateFile = null!;
    private volatile AdvertSocket? _socket;
    private CheckRunner _checks = null!;
    private AlertDispatcher _alerts = null!;
    private ControlServer? _control;
    private volatile string? _networkFault;
    private volatile string? _stateTrouble;
    private readonly (bool Said, string? Trouble, DateTimeOffset Since)[] _ownVerdicts = new (bool, string?, DateTimeOffset)[2];
    private readonly byte[] _datagram = new byte[AdvertCodec.MaxBytes];
    private readonly TimeSpan _startedAt = Clocks.Monotonic;

    public Daemon(AgentConfig config, string? node, AgentLog log, SdNotify notify, IHostApplicationLifetime lifetime)
    {
        (_path, _node, _first, _agentLog, _notify, _lifetime) = (config.Path, node, config, log, notify, lifetime);
        _log = log.Factory.CreateLogger("FlipAgent");
        _inbox = new Inbox(_waiter);
        _supervisor = new Supervisor(e => _inbox.Put(new Input.Noticed(e)), _log);
        _exits = new ExitWatch(_supervisor);
        _bus = new SystemBus(_supervisor);
        _secrets = new Secrets(e => _inbox.Put(new Input.Noticed(e)));
    }

    /// <summary>Why the start failed, as one sentence; null when it did not.</summary>
    public string? StartFailure { get; private set; }

    public static string Version { get; } = typeof(Daemon).Assembly.GetName().Version!.ToString(3);

    /// <summary>
    /// The last net, for an exception that no part has contained: true when the process may go on. Not for the decision loop, nor before it runs: there it
    /// is better to begin anew.
    /// </summary>
    public bool Contain(Exception e)
    {
        if (_agent is not { } agent || agent.IsOnItsThread)
            return false;
        _supervisor.Part($"thread {Thread.CurrentThread.Name ?? "without a name"}").Failed(e);
        return true;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!await Open())
        {
            _lifetime.StopApplication();
            return;
        }
        _agent.Start();
        _checks.Start();
        _notify.Ready();
        await Task.WhenAny(_agent.Ended, WhenCancelled(stoppingToken));
        if (!_agent.Ended.IsCompleted)
            await Stop();
        await Close();
    }

    private static Task WhenCancelled(CancellationToken token)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        token.Register(() => done.TrySetResult());
        return done.Task;
    }

    /// <summary>Everything that can fail at the start, failing with one sentence.</summary>
    private async Task<bool> Open()
    {
        var config = _first;
        _log.Starting(Version, config.Self.Name, config.Cluster, config.Path);
        foreach (var warning in config.Warnings)
            _log.ConfigWarning(warning);
        if (MakeDirectories(config) is { } problem)
            return Fail(problem);
        _secrets.Read(config);
        _stateFile = new StateFile(config.StateDir, config.RuntimeDir, config.Cluster, StateWritten, _supervisor);
        var last = _stateFile.Load(out var problems);
        foreach (var (file, reason, wholeFile) in problems)
        {
            if (wholeFile)
                _log.StateUnusable(file, reason);
            else
                _log.StateFieldIgnored(file, reason);
        }
        if (last is { SameBoot: true })
            _log.StateRestored(Words.Of(last.Remembered.Role), last.Remembered.Term, last.Age.TotalMilliseconds);
        var state = Election.Start(SettingsOf(config), last, Clocks.WallMilliseconds, Clocks.Monotonic);
        _agent = new Agent(state, _inbox, _waiter, MakeIo(), realTime: true);
        _checks = new CheckRunner(config.Checks, _exits, _bus, _inbox.Put, _supervisor);
        _running = new RunningConfig
        {
            Config = config,
            Settings = state.Settings,
            Keys = _secrets.Keys,
            Cloud = MakeCloud(config),
            Snapshots = _checks.Reporter,
        };
        if (!OpenSocket(_running))
            return false;
        _running.Cloud.Begin();
        _alerts = new AlertDispatcher(config.Cluster, config.Self.Name, config.FloatingIp.Address.ToString(), _secrets.OfFile, _log, _supervisor);
        _alerts.Apply(config.Alerts);
        _counters.ConfigHash = config.Hash;
        (_control, var controlProblem) = await ControlServer.Start(
            new ControlOptions { SocketPath = config.ControlSocket, Http = config.ControlHttp }, MakeHandlers(), _agentLog.Factory, _supervisor);
        if (_control is null)
            return Fail(controlProblem!);
        _log.ControlListening(config.ControlSocket);
        TellAdverts();
        _inbox.Put(new Input.Noticed(new Event(EventKind.Started, Severity.Info, 0, $"flipagent {Version} has started on {config.Self.Name}")));
        if (config.Nodes.Length == 1)
            _inbox.Put(new Input.Noticed(new Event(EventKind.NotRedundant, Severity.Warning, 0, "the cluster has one node: nothing can take over")));
        return true;
    }

    private bool Fail(string problem)
    {
        StartFailure = problem;
        return false;
    }

    private static string? MakeDirectories(AgentConfig config)
    {
        foreach (var directory in new[] { config.RuntimeDir, config.StateDir })
        {
            try
            {
                Directory.CreateDirectory(directory);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The state directory is a comfort (F15); without a runtime directory there is no control socket.
                if (directory == config.RuntimeDir)
                    return $"cannot make {directory}: {e.Message}";
            }
        }
        return null;
    }

    /// <summary>The settings of the election. The last two checks are the agent's own: can it send and believe adverts at all (F27, F61)?</summary>
    internal static ClusterSettings SettingsOf(AgentConfig config)
    {
        var settings = config.ToClusterSettings() with { AgentVersion = System.Version.Parse(Version), ConfigHash = config.Hash };
        return settings with
        {
            Checks = settings.Checks.Add(new CheckWeight("adverts", 0, OfService: false)).Add(new CheckWeight("cluster key", 0, OfService: false, OfKey: true)),
        };
    }

    private bool OpenSocket(RunningConfig running)
    {
        var config = running.Config;
        var opening = AdvertSocket.Open(
            new AdvertSocketSettings([.. config.Nodes.Select(n => n.Address)], config.Me, config.Election.Port, config.Election.Multicast, RealTime: true),
            CallbacksOf(running), _supervisor);
        if (opening.Socket is null)
            return Fail(opening.Text);
        _socket = opening.Socket;
        _log.AdvertsBound(new System.Net.IPEndPoint(config.Self.Address, config.Election.Port));
        return true;
    }

    /// <summary>What the socket calls with indices into the nodes of this configuration.</summary>
    private AdvertSocketCallbacks CallbacksOf(RunningConfig running)
    {
        var intake = NewIntake(running);
        return new AdvertSocketCallbacks(
            (node, source, datagram) => Decode(running, intake, node, source, datagram), (node, reason, detail) => Rejected(running, node, reason, detail), NetworkChanged);
    }

    /// <summary>On the receive thread: parse and authenticate here, so that the loop only sees what counts.</summary>
    private static bool Decode(RunningConfig running, AdvertIntake intake, int node, System.Net.IPAddress source, ReadOnlySpan<byte> datagram) =>
        running.Keys is { } keys && intake.Take(node, source, datagram, keys, running.Config.Cluster);

    private AdvertIntake NewIntake(RunningConfig running) => new(
        running.Config.Nodes.Select(n => n.Address),
        (node, advert) =>
        {
            _counters.AdvertisementsReceived.Add(advert.Node);
            _inbox.Put(new Input.AdvertHeard(node, advert), running.Settings);
        },
        (node, reason, detail) => Rejected(running, node, reason, detail),
        reason => _counters.AdvertisementsDropped.Add(s_rejections[(int)reason]));

    private static readonly string[] s_rejections =
        [.. Enum.GetValues<Rejection>().Select(r => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(r.ToString()))];

    private void Rejected(RunningConfig running, int peer, Rejection reason, string detail) =>
        _inbox.Put(new Input.AdvertRejected(peer, reason, detail), running.Settings);

    private void NetworkChanged(string? fault)
    {
        _networkFault = fault;
        _inbox.Put(new Input.Noticed(fault is null
            ? new Event(EventKind.NetworkRestored, Severity.Info, 0, "adverts can be sent again") { Alert = true }
            : new Event(EventKind.NetworkFault, Severity.Critical, 0, $"adverts cannot be sent: {fault}") { Cause = fault, Next = "Check the private interface of this node." }));
        TellAdverts();
    }

    /// <summary>The verdicts of the agent's own two checks.</summary>
    private void TellAdverts()
    {
        var running = _running;
        var keyTrouble = running.Config.Nodes.Length > 1 && running.Keys is null ? _secrets.KeyTrouble : null;
        lock (_ownVerdicts)
        {
            TellOwn(0, _networkFault, "adverts are sent and heard");
            TellOwn(1, keyTrouble, "the key can be read");
        }

        void TellOwn(int which, string? trouble, string well)
        {
            if (_ownVerdicts[which].Said && _ownVerdicts[which].Trouble == trouble)
                return;
            _ownVerdicts[which] = (true, trouble, DateTimeOffset.UtcNow);
            _inbox.Put(new Input.CheckChanged(running.OwnCheck(which), trouble is null, trouble ?? well), running.Settings);
        }
    }

    private AgentIo MakeIo() => new()
    {
        Send = SendAdvert,
        Drain = time => _socket?.Drain(time),
        ReadHolder = () => _running.Cloud.Worker.ReadHolder(),
        Assign = term => _running.Cloud.Worker.Assign(term),
        ReadAction = id =>
        {
            _running.Cloud.Worker.ReadAction(id);
            _running.Cloud.Nudge(); // The free witness is asked with it (C6).
        },
        ProbeGuard = () => _running.Cloud.Worker.ProbeGuard(),
        Announce = Announce,
        Save = remembered => _stateFile.Save(remembered),
        StartUnit = () => OrderUnit(start: true),
        StopUnit = () => OrderUnit(start: false),
        Turned = Turned,
        Late = Late,
    };

    private void SendAdvert(Advert advert)
    {
        var running = _running;
        if (running.Keys is not { } keys || _socket is not { } socket)
            return;
        var length = AdvertCodec.Encode(advert, keys, running.Config.Self.Address, _datagram);
        socket.Send(_datagram.AsSpan(0, length));
        _counters.AdvertisementsSent.Add();
    }

    private void Late(TimeSpan late)
    {
        _counters.AdvertLateness.Observe(late);
        if (late <= TimeSpan.FromMilliseconds(250))
            return;
        _counters.Stalled(late);
        _log.LoopLate(late.TotalMilliseconds);
    }

    private void Announce(Event e, ElectionState s)
    {
        e = e with { Text = Redactor.Redact(e.Text), Cause = e.Cause is null ? null : Redactor.Redact(e.Cause) };
        var wall = DateTimeOffset.UtcNow;
        Count(e);
        var id = _events.Add(e, wall);
        EventLog.Write(_log, e, _running.Config.Self.Name, _running.Config.FloatingIp.Address);
        _alerts.Post(e, wall, id, MasterOf(s));
    }

    private static string? MasterOf(ElectionState s)
    {
        var master = s.Role == Role.Master ? s.Settings.Me : Election.LivingMaster(s, Clocks.Monotonic);
        // Right after a release it is the one that was named.
        if (master < 0 && s.Releases.Last is { } release)
            master = s.Settings.IndexOf(release.Successor);
        return master >= 0 ? s.Settings.Nodes[master].Name : null;
    }

    private void Count(Event e)
    {
        switch (e.Kind)
        {
            case EventKind.BecameMaster:
                _counters.BecameMaster.Add();
                break;
            case EventKind.Released:
                _counters.ReleasedMaster.Add(e.Next is null ? "planned" : "unfit");
                break;
            case EventKind.AssignAccepted:
                _counters.Assigns.Add("accepted");
                break;
            case EventKind.AssignRefused:
                _counters.Assigns.Add("refused");
                break;
            case EventKind.AssignUnclear:
                _counters.Assigns.Add("unclear");
                break;
            case EventKind.ClaimHeld when e.Assign is { } assign:
                _counters.FailoverDetect.Observe(e.Detect ?? TimeSpan.Zero);
                _counters.FailoverAssign.Observe(assign);
                _counters.FailoverVerify.Observe(e.Verify ?? TimeSpan.Zero);
                break;
            default:
                break;
        }
    }

    private TimeSpan _stampedAt = Moment.Never;
    private TimeSpan _fedAt = Moment.Never;
    private readonly long[] _dropped = new long[s_rejections.Length];
    private int _statusFacts;

    private AdvertSocket? _countedSocket;
    private AdvertSocketCounts _counted;

    /// <summary>What the socket dropped since the last time; another socket counts from zero.</summary>
    private void CountSocketDrops()
    {
        if (_socket is not { } socket)
            return;
        var before = socket == _countedSocket ? _counted : default;
        var counts = socket.Counts;
        (_countedSocket, _counted) = (socket, counts);
        Count(Rejection.UnknownSender, counts.UnknownSender - before.UnknownSender);
        Count(Rejection.WrongPort, counts.WrongPort - before.WrongPort);
        Count(Rejection.Flooded, counts.Flooded - before.Flooded);
        Count(Rejection.Malformed, counts.TooLong - before.TooLong);

        void Count(Rejection reason, long dropped)
        {
            if (dropped > 0)
                _counters.AdvertisementsDropped.Add(s_rejections[(int)reason], dropped);
        }
    }

    /// <summary>On the loop, after every turn: signs of life, and only when all threads that matter are alive (F06).</summary>
    private void Turned(ElectionState s, TimeSpan now)
    {
        for (var reason = 0; reason < _dropped.Length; reason++)
        {
            for (; _dropped[reason] < s.Dropped[reason]; _dropped[reason]++)
                _counters.AdvertisementsDropped.Add(s_rejections[reason]);
        }
        CountSocketDrops();
        if (now - _stampedAt >= s.Settings.Interval / 2)
        {
            _stampedAt = now;
            _stateFile.Stamp();
        }
        if (_notify.WatchdogTimeout is { } timeout && now - _fedAt >= timeout / 4)
        {
            _fedAt = now;
            if (_socket is not { } socket || now - socket.LastTurn < timeout / 2)
                _notify.Watchdog();
            else
                _log.WatchdogWithheld("adverts", (now - socket.LastTurn).TotalMilliseconds);
        }
        if (_notify.Enabled)
            ShowStatus(s, now);
    }

    /// <summary>In the turn in which it changes: who asks <c>systemctl status</c> right after a failover gets the truth.</summary>
    private void ShowStatus(ElectionState s, TimeSpan now)
    {
        var config = _running.Config;
        var facts = StatusLine.Facts(s, now, config);
        if (facts != _statusFacts && _notify.Status(StatusLine.Of(s, now, config), now))
            _statusFacts = facts;
    }

    private void StateWritten(string? problem)
    {
        _stateTrouble = problem;
        if (problem is not null)
            _inbox.Put(new Input.Noticed(new Event(EventKind.StateNotSaved, Severity.Warning, 0, $"the state cannot be saved: {problem}")
            { Next = "Free the disk or mend its rights; decisions are made from memory meanwhile." }));
    }

    /// <summary>Rule E12. The host has taken SIGTERM.</summary>
    private async Task Stop()
    {
        var kind = await Task.Run(OwnStopKind);
        _notify.Stopping(kind == StopKind.Restart ? "restarting: the peers hold" : "stopping");
        _notify.ExtendTimeout(TimeSpan.FromSeconds(6));
        _inbox.Put(new Input.Stopping(kind));
        await Task.WhenAny(_agent.Ended, Task.Delay(TimeSpan.FromSeconds(6)));
    }

    private async Task Close()
    {
        // The last words are out; what is left is courtesy, and may take no longer than E12 allows (1 s in all).
        _socket?.Dispose();
        var courtesy = Task.WhenAll(
            Task.Run(() => _stateFile.Flush(TimeSpan.FromMilliseconds(300))),
            Task.Run(_checks.Dispose),
            Task.Run(() => _control?.DisposeAsync().AsTask() ?? Task.CompletedTask),
            _alerts.Drain(TimeSpan.FromMilliseconds(700)));
        await Task.WhenAny(courtesy, Task.Delay(TimeSpan.FromMilliseconds(700)));
        _log.Ending((Clocks.Monotonic - _startedAt).TotalSeconds);
        _lifetime.StopApplication();
    }
}
