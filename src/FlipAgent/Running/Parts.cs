using FlipAgent.Alerts;
using FlipAgent.Checks;
using FlipAgent.Cloud;
using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Config.Sections;
using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Events;
using FlipAgent.Kernel;
using FlipAgent.Lease;
using FlipAgent.Logging;
using FlipAgent.Loop;
using FlipAgent.Net;
using FlipAgent.State;

namespace FlipAgent.Running;

/// <summary>All parts of the agent of one node, made and connected. The only place that knows all of them; it runs nothing.</summary>
internal sealed class Parts
{
    private static readonly TimeSpan s_heartbeatAgain = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_diskPatience = TimeSpan.FromSeconds(5);

    public required Ground Ground { get; init; }

    public required CurrentConfig Current { get; init; }

    public required StateFile StateFile { get; init; }

    public required CheckRunner Checks { get; init; }

    public required AlertDispatcher Alerts { get; init; }

    public required UnitOrders Units { get; init; }

    public required Agent Agent { get; init; }

    public required ReloadSteps ReloadSteps { get; init; }

    public required ReloadTarget ReloadTarget { get; init; }

    public required Reload Reload { get; init; }

    public required ControlRequests Requests { get; init; }

    public required Heartbeat Heartbeat { get; init; }

    public required ArrivalWatch Arrival { get; init; }

    /// <summary>Everything that can fail at the start but the control server, failing with one sentence.</summary>
    /// <param name="node">As in <see cref="ConfigReader.Read(string, string?)"/>.</param>
    public static (Parts? Parts, string? Failure) Open(AgentConfig config, string? node, Ground ground)
    {
        // The log is all that a start has to say while a disk hangs.
        var place = "";
        using var hangs = new Timer(_ => ground.Log.StartHangs(Volatile.Read(ref place), $"{s_diskPatience.TotalSeconds:0}"), null, s_diskPatience, Timeout.InfiniteTimeSpan);
        void Turn(string to) => Volatile.Write(ref place, to);
        Turn($"{config.RuntimeDir} or {config.StateDir}");
        if (MakeDirectories(config) is { } problem)
            return (null, problem);
        var secrets = new SecretStore(SecretSet.Of(config, before: null, Turn), ground.Notice, () => ground.Inbox.Put(new Input.TokenChanged()));
        // The last run may have told that one is missing; the core knows.
        foreach (var (name, trouble) in secrets.Current.Read)
            if (trouble is null)
                ground.Notice(new Event(EventKind.SecretRestored, Severity.Info) { Subject = name, Alert = true });
        Turn($"{config.StateDir} or {config.RuntimeDir}");
        var stateFile = new StateFile(config.StateDir, config.RuntimeDir, config.Cluster, saveProblem => OnStateWritten(ground, saveProblem), ground.Supervisor);
        var state = Election.Start(RunningConfig.SettingsOf(config), LastRun(stateFile, ground.Log), Clocks.WallMilliseconds, Clocks.Monotonic);
        hangs.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var opening = AdvertPort.Open(config, beside: null, ground.Supervisor, ground.RealTime);
        if (opening.Socket is not { } socket)
            return (null, opening.Text);
        ground.Log.AdvertsBound(new System.Net.IPEndPoint(config.Self.Address, config.Election.Port));
        return (Connect(config, node, ground, secrets, stateFile, state, socket), null);
    }

    /// <summary>Begins to serve the control socket; or one sentence why not.</summary>
    public Task<(ControlServer? Server, string? Error)> Serve()
    {
        var config = Current.Value.Config;
        return ControlServer.Start(
            new ControlOptions { SocketPath = config.ControlSocket, Http = config.ControlHttp, HttpHosts = config.ControlHttpHosts }, Handlers(), Ground.AgentLog.Factory, Ground.Supervisor);
    }

    private static Parts Connect(AgentConfig config, string? node, Ground ground, SecretStore secrets, StateFile stateFile, ElectionState state, AdvertSocket socket)
    {
        var (inbox, supervisor, counters, log) = (ground.Inbox, ground.Supervisor, ground.Counters, ground.Log);
        var checks = new CheckRunner(config.Checks, ground.Exits, ground.Bus, input => inbox.Put(input, state.Settings), supervisor);
        var current = new CurrentConfig(First(config, state.Settings, secrets, checks, ground));
        var ownChecks = new OwnChecks(current, secrets, inbox);
        var arrival = new ArrivalWatch(() => current.Value.Config, supervisor);
        var particulars = new OwnParticulars(current, () => arrival.Found);
        var adverts = new AdvertPort(socket, current, inbox, counters, ownChecks, particulars);
        adverts.Use(current.Value, socket);
        ownChecks.Report();
        current.Value.Cloud.Begin();
        var alerts = new AlertDispatcher(config.Cluster, config.Self.Name, config.FloatingIp.Address.ToString(), secrets.OfFile, log, supervisor);
        alerts.Apply(config.Alerts);
        counters.ConfigHash = config.Hash;
        var units = new UnitOrders(current, ground.Bus, checks, inbox, supervisor);
        var clients = new ClientView();
        var announcer = new Announcer(current, ground.Events, alerts, counters, clients, log);
        var signs = new LifeSigns(current, adverts, particulars, stateFile, ground.Notify, counters, clients, log);
        var agent = new Agent(state, inbox, ground.Waiter, CallbacksOf(current, adverts, announcer, stateFile, units, signs), ground.Permit, ground.RealTime);
        var file = new ConfigFile(config, node);
        var target = new ReloadTarget(current, secrets, adverts, ownChecks, counters, file);
        var steps = new ReloadSteps
        {
            ReadConfig = () => ConfigReader.Read(config.Path, node),
            ReadSecrets = next => SecretSet.Of(next, secrets.Current),
            OpenSocket = next => AdvertPort.Open(next, adverts.Socket, supervisor, ground.RealTime),
            MakeCloud = next => CloudOf(next, secrets, ground),
            MakeLease = (next, read) => LeaseOf(next, read, secrets, ground),
            PrepareChecks = checks.Prepare,
            PrepareAlerts = alerts.Prepare,
        };
        var requests = new ControlRequests(current, particulars, file, inbox, secrets, ownChecks, checks, alerts, stateFile, counters, ground.AgentLog, supervisor);
        var heartbeat = new Heartbeat(() => current.Value.Config.Heartbeat, secrets.OfFile, requests.Status, counters, supervisor, log, s_heartbeatAgain);
        requests.Show(heartbeat);
        return new Parts
        {
            Ground = ground,
            Current = current,
            StateFile = stateFile,
            Checks = checks,
            Alerts = alerts,
            Units = units,
            Agent = agent,
            ReloadTarget = target,
            ReloadSteps = steps,
            Reload = new Reload(target, steps, inbox, agent.Ended, ground.Notify, supervisor, log, Applied),
            Requests = requests,
            Heartbeat = heartbeat,
            Arrival = arrival,
        };

        void Applied()
        {
            heartbeat.Nudge();
            arrival.Nudge();
        }
    }

    private static RunningConfig First(AgentConfig config, ClusterSettings settings, SecretStore secrets, CheckRunner checks, Ground ground) => new()
    {
        Config = config,
        Settings = settings,
        Keys = secrets.Current.Keys,
        Cloud = CloudOf(config, secrets, ground),
        Lease = config.Election.Lease is null ? null : LeaseOf(config, secrets.Current, secrets, ground),
        Snapshots = checks.Reporter,
    };

    private static CloudParts CloudOf(AgentConfig config, SecretStore secrets, Ground ground)
    {
        // Its answers name the floating IPs by their place in this file, whatever the file is when they come.
        var numbering = RunningConfig.SettingsOf(config);
        return new(config, secrets, ground.Permit.Allows, input => ground.Inbox.Put(input, numbering), ground.Supervisor);
    }

    /// <param name="read">The secrets of this configuration: a reload makes the worker before they are in use.</param>
    private static LeaseWorker LeaseOf(AgentConfig config, SecretSet read, SecretStore secrets, Ground ground)
    {
        var numbering = RunningConfig.SettingsOf(config);
        var begun = new LeaseGround(
            () => secrets.Current.LeasePassword ?? read.LeasePassword, () => secrets.Current.LeaseKey ?? read.LeaseKey, secrets.ReadLease, () => Clocks.Monotonic);
        return new LeaseWorker(config, begun, read.LeaseKey, input => ground.Inbox.Put(input, numbering), ground.Supervisor);
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

    private static LastRun? LastRun(StateFile stateFile, ILogger log)
    {
        var last = stateFile.Load(out var problems);
        foreach (var (file, reason, wholeFile) in problems)
        {
            if (wholeFile)
                log.StateUnusable(file, reason);
            else
                log.StateFieldIgnored(file, reason);
        }
        if (last is { SameBoot: true })
            log.StateRestored(Words.Of(last.Remembered.Role), last.Remembered.Term, last.Age.TotalMilliseconds);
        return last;
    }

    private static void OnStateWritten(Ground ground, string? problem)
    {
        ground.Inbox.Put(new Input.Noticed(problem is not null
            ? new Event(EventKind.StateNotSaved, Severity.Warning) { Detail = problem }
            : new Event(EventKind.StateNotSaved, Severity.Info) { Ended = true, Alert = true }));
    }

    private static LoopCallbacks CallbacksOf(CurrentConfig current, AdvertPort adverts, Announcer announcer, StateFile stateFile, UnitOrders units, LifeSigns signs) => new()
    {
        Send = adverts.Send,
        Drain = time => adverts.Socket.Drain(time),
        ReadHolder = address => current.Value.Cloud.Worker.ReadHolder(address),
        Assign = (address, term, server) => current.Value.Cloud.Worker.Assign(address, term, server),
        ReadAction = (address, id) =>
        {
            current.Value.Cloud.Worker.ReadAction(address, id);
            current.Value.Cloud.Nudge(); // The free witness is asked with it (C6).
        },
        ProbeGuard = number => current.Value.Cloud.Worker.ProbeGuard(number),
        AskLease = ask => current.Value.Lease?.Ask(ask),
        Announce = announcer.Announce,
        Save = stateFile.Save,
        StartUnit = () => units.OrderUnit(start: true),
        StopUnit = () => units.OrderUnit(start: false),
        Turned = signs.OnTurned,
        Late = signs.OnLate,
    };

    private ControlHandlers Handlers() => new()
    {
        Status = Requests.Status,
        EventsAfter = Ground.Events.After,
        NextEvent = Ground.Events.Next,
        CheckNow = async cancel => [.. (await Checks.CheckNow(cancel)).Select(CheckReports.Of)],
        Run = Requests.Run,
        Reload = Reload.Run,
        TestAlert = async cancel => await Alerts.TestAlert((await Requests.Status(cancel)).Master, cancel),
        ConfigText = () => ConfigText.Render(Current.Value.Config),
        Metrics = Requests.Metrics,
        Healthy = () => Clocks.Monotonic - Agent.TurnedAt < TimeSpan.FromSeconds(3),
    };
}
