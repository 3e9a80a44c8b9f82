using System.Diagnostics;
using FlipAgent.Kernel;
using FlipAgent.Supervision;

namespace FlipAgent.Systemd;

/// <summary>
/// The agent's one line to systemd. A single thread holds it, listens for signals, asks on behalf of everybody else and dials again when the line
/// is cut, because sd-bus allows one speaker only. Without a bus everything here still answers,
/// with the reason.
/// </summary>
public sealed class SystemBus : IDisposable
{
    private const string DriverName = "org.freedesktop.DBus";
    private const string DriverPath = "/org/freedesktop/DBus";
    private const string SystemdOwner =
        $"type='signal',sender='{DriverName}',path='{DriverPath}',interface='{DriverName}',member='NameOwnerChanged',arg0='{UnitReader.Systemd}'";

    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DriverTimeout = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan OwnJobTimeout = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan OrderTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastBackOff = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Queue<Action> _work = [];
    private readonly WakeSignal _wake = new();
    private readonly SupervisedPart _part;
    private readonly Thread _thread;
    private bool _stopping;

    // From here on: the bus thread's own.
    private readonly List<UnitWatch> _watches = [];
    private BusConnection? _bus;
    private string _problem = "not connected yet";
    private bool _shortage;
    private TimeSpan _backOff = FirstBackOff;
    private TimeSpan _retryAt;

    /// <summary>Starts the thread, which connects at once, so that the line is warm when it is needed.</summary>
    public SystemBus(Supervisor? supervisor = null)
    {
        _part = (supervisor ?? Supervisor.Silent).Part("connection to systemd");
        _thread = _part.NewThread("system-bus", Loop, () => _stopping);
        _thread.Start();
    }

    /// <summary>
    /// What job systemd has pending on the unit that this process runs in: asked on SIGTERM, it tells a restart from a stop (rule E12). Blocks for a
    /// millisecond or two as a rule, and for 300 ms at the most; the answer is then <see cref="OwnJobKind.NoAnswer"/>.
    /// </summary>
    public OwnJob OwnJob() => Ask(ReadOwnJob, new(OwnJobKind.NoAnswer, "", $"no answer within {OwnJobTimeout.TotalMilliseconds:0} ms"), OwnJobTimeout);

    /// <summary>Orders systemd to start a unit (rule E14). Blocks until the job is queued, not until it is done; 3 s at the most.</summary>
    public UnitOrder StartUnit(string name) => Order("StartUnit", name);

    /// <summary>Orders systemd to stop a unit. Blocks until the job is queued, not until it is done; 3 s at the most.</summary>
    public UnitOrder StopUnit(string name) => Order("StopUnit", name);

    /// <summary>Reads a unit now. A cancelled <paramref name="stop"/> ends the waiting.</summary>
    internal async Task<UnitAnswer> Read(string unit, CancellationToken stop)
    {
        var answer = new TaskCompletionSource<UnitAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() => answer.SetResult(ReadNow(unit)));
        return await answer.Task.WaitAsync(stop).ConfigureAwait(false);
    }

    /// <summary>
    /// Calls <paramref name="seen"/> on the bus thread with the state of the unit at first, then whenever systemd signals a change of it, and with the
    /// problem when the line is cut. Disposing the answer ends it; one late call may still come.
    /// </summary>
    internal IDisposable Watch(string unit, Action<UnitAnswer> seen)
    {
        var watch = new UnitWatch(this, unit, seen);
        Post(() =>
        {
            _watches.Add(watch);
            Attach(watch);
        });
        return watch;
    }

    /// <summary>
    /// Reads the unit again and again, each millisecond, until it is <paramref name="settled"/> or the time is over, and hands in what it read last.
    /// The kernel tells of an exit some milliseconds before systemd has drawn its conclusions from it.
    /// </summary>
    internal void AskUntil(string unit, Func<UnitState, bool> settled, TimeSpan timeout, Action<UnitAnswer> seen) => Post(() =>
    {
        var begun = Stopwatch.GetTimestamp();
        var answer = ReadAgain(unit);
        while (answer.State is { } state && !settled(state) && Stopwatch.GetElapsedTime(begun) < timeout && _bus is { } bus)
        {
            Poll.Wait([bus.PollFd], Clocks.Monotonic + TimeSpan.FromMilliseconds(1));
            Listen();
            answer = ReadAgain(unit);
        }
        seen(answer);
    });

    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopping)
                return;
            _stopping = true;
            _wake.Signal();
        }
        // A call in progress ends by its own time-out; nobody waits for it here beyond the time that a stop may take.
        _thread.Join(TimeSpan.FromMilliseconds(500));
    }

    private void Forget(UnitWatch watch) => Post(() =>
    {
        _watches.Remove(watch);
        if (watch.Path is { } path)
            Match("RemoveMatch", Rule(path));
    });

    private void Post(Action work)
    {
        lock (_gate)
        {
            if (_stopping)
                return;
            _work.Enqueue(work);
            _wake.Signal();
        }
    }

    // No pool thread is needed for the answer: it is wanted at a moment when there may be none.
    private T Ask<T>(Func<T> question, T late, TimeSpan timeout)
    {
        var answer = new TaskCompletionSource<T>();
        Post(() => answer.SetResult(question()));
        return answer.Task.Wait(timeout) ? answer.Task.Result : late;
    }

    private void Loop()
    {
        while (true)
        {
            Connect();
            while (NextWork(out var stopping) is { } work)
            {
                _part.Run(work);
                if (stopping)
                    break;
            }
            lock (_gate)
                if (_stopping)
                    break;
            Listen();
            foreach (var watch in _watches.ToArray())
                if (watch.Stale)
                    Tell(watch);
            HangUpIfLost();
            Sleep();
        }
        _bus?.Dispose();
        lock (_gate)
            _wake.Dispose();
    }

    private Action? NextWork(out bool stopping)
    {
        lock (_gate)
        {
            stopping = _stopping;
            return _work.TryDequeue(out var work) ? work : null;
        }
    }

    private void Sleep()
    {
        Span<PollFd> list = [_wake.PollFd, _bus?.PollFd ?? new(-1, 0)];
        if (Poll.Wait(list, _bus?.WakeAt ?? _retryAt) && list[0].Returned != 0)
            _wake.Clear();
    }

    private void Connect()
    {
        if (_bus is not null || Clocks.Monotonic < _retryAt)
            return;
        _bus = BusConnection.Open(out var problem, out _shortage);
        if (_bus is not null && !Handshake(_bus))
        {
            problem = $"the system bus at {BusConnection.SocketPath} does not complete the handshake";
            _bus.Dispose();
            _bus = null;
        }
        if (_bus is null)
        {
            _problem = problem;
            _retryAt = Clocks.Monotonic + _backOff;
            _backOff = _backOff * 2 < LastBackOff ? _backOff * 2 : LastBackOff;
            return;
        }
        _backOff = FirstBackOff;
        Match("AddMatch", SystemdOwner);
        Subscribe();
        foreach (var watch in _watches)
            Attach(watch);
    }

    private static bool Handshake(BusConnection bus)
    {
        var deadline = Clocks.Monotonic + HandshakeTimeout;
        while (!bus.IsReady)
        {
            if (!bus.IsOpen || Clocks.Monotonic >= deadline)
                return false;
            if (bus.Process(out var signal))
            {
                signal?.Dispose();
                continue;
            }
            Poll.Wait([bus.PollFd], deadline);
        }
        return true;
    }

    /// <summary>systemd sends signals of units only while somebody has asked for them.</summary>
    private void Subscribe()
    {
        using var reply = _bus?.Call(UnitReader.Systemd, UnitReader.ManagerPath, UnitReader.Manager, "Subscribe", DriverTimeout);
        // "Already subscribed" is fine, and so is a refusal: the checks also look at each interval.
    }

    private void Attach(UnitWatch watch)
    {
        watch.Stale = true;
        if (_bus is null || UnitReader.PathOf(_bus, watch.Unit, out _) is not { } path)
            return;
        watch.Path = path;
        Match("AddMatch", Rule(path));
    }

    private void Match(string verb, string rule)
    {
        using var reply = _bus?.Call(DriverName, DriverPath, DriverName, verb, DriverTimeout, rule);
    }

    private static string Rule(string path) =>
        $"type='signal',sender='{UnitReader.Systemd}',path='{path}',interface='{UnitReader.Properties}',member='PropertiesChanged'";

    /// <summary>Takes all signals that are there. They only say *look again*: what they carry may be older than what is read afterwards.</summary>
    private void Listen()
    {
        while (_bus is { } bus && bus.Process(out var signal))
        {
            using (signal)
            {
                if (signal is null)
                    continue;
                // systemd is back after a re-execution: it may have forgotten who listens.
                if (signal.IsSignal(DriverName, "NameOwnerChanged"))
                {
                    Subscribe();
                    _watches.ForEach(w => w.Stale = true);
                }
                else if (signal.IsSignal(UnitReader.Properties, "PropertiesChanged"))
                {
                    var path = signal.Path;
                    _watches.ForEach(w => w.Stale |= w.Path == path);
                }
            }
        }
    }

    private void Tell(UnitWatch watch)
    {
        watch.Stale = false;
        _part.Run(() => watch.Seen(ReadAgain(watch.Unit)));
    }

    /// <summary>Reads a unit whose object is known, which saves the question for it where milliseconds count.</summary>
    private UnitAnswer ReadAgain(string unit) =>
        _bus is { } bus && _watches.Find(w => w.Unit == unit)?.Path is { } path ? UnitReader.Read(bus, path) : ReadNow(unit);

    private UnitAnswer ReadNow(string unit)
    {
        if (_bus is not { } bus)
            return new(null, _problem) { Shortage = _shortage };
        if (UnitReader.PathOf(bus, unit, out var problem) is not { } path)
            return new(null, problem);
        foreach (var watch in _watches.Where(w => w.Unit == unit && w.Path != path))
            Attach(watch);
        return UnitReader.Read(bus, path);
    }

    private void HangUpIfLost()
    {
        if (_bus is null || _bus.IsOpen)
            return;
        _bus.Dispose();
        _bus = null;
        _problem = "the connection to the system bus is lost";
        _retryAt = Clocks.Monotonic + FirstBackOff;
        foreach (var watch in _watches.ToArray())
        {
            watch.Path = null;
            _part.Run(() => watch.Seen(new(null, _problem)));
        }
    }

    private OwnJob ReadOwnJob()
    {
        if (_bus is not { } bus)
            return new(OwnJobKind.NoAnswer, "", _problem);
        if (UnitReader.OwnPath(bus, out var problem) is not { } path)
            return new(OwnJobKind.NoAnswer, "", problem);
        var (unit, job) = UnitReader.ReadJob(bus, path, out problem);
        if (problem.Length > 0)
            return new(OwnJobKind.NoAnswer, unit, problem);
        return job switch
        {
            null => new(OwnJobKind.None, unit, "no job pending"),
            "restart" or "try-restart" or "reload-or-start" => new(OwnJobKind.Restart, unit, job),
            "stop" => new(OwnJobKind.Stop, unit, job),
            _ => new(OwnJobKind.None, unit, job),
        };
    }

    private UnitOrder Order(string verb, string unit) => Ask(
        () =>
        {
            if (_bus is not { } bus)
                return new UnitOrder(UnitOrderResult.Failed, _problem);
            using var reply = bus.Call(UnitReader.Systemd, UnitReader.ManagerPath, UnitReader.Manager, verb, OrderTimeout, unit, "replace");
            return reply.Ok ? new(UnitOrderResult.Accepted, "") : Refused(reply);
        },
        new UnitOrder(UnitOrderResult.Failed, $"no answer within {OrderTimeout.TotalSeconds:0} s"),
        OrderTimeout);

    // Told by the error's name, never by its text.
    private static UnitOrder Refused(BusReply reply) => reply.ErrorName switch
    {
        "org.freedesktop.DBus.Error.AccessDenied" or "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired" =>
            new(UnitOrderResult.Permission, $"permission denied: {reply.Problem}"),
        "org.freedesktop.systemd1.NoSuchUnit" or "org.freedesktop.systemd1.UnitMasked" or "org.freedesktop.systemd1.LoadFailed"
            or "org.freedesktop.systemd1.BadUnitSetting" => new(UnitOrderResult.NotStartable, reply.Problem),
        _ => new(UnitOrderResult.Failed, reply.Problem),
    };

    private sealed class UnitWatch(SystemBus owner, string unit, Action<UnitAnswer> seen) : IDisposable
    {
        public string Unit => unit;

        public Action<UnitAnswer> Seen => seen;

        /// <summary>Object path that signals come from; null while there is no connection.</summary>
        public string? Path { get; set; }

        /// <summary>A signal came since it was last read.</summary>
        public bool Stale { get; set; }

        public void Dispose() => owner.Forget(this);
    }
}
