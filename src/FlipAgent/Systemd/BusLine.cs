using FlipAgent.Kernel;
using FlipAgent.Supervision;

namespace FlipAgent.Systemd;

/// <summary>
/// The connection of a <see cref="SystemBus"/>, with the units that are watched over it: dialled again when it is cut, and watching the same units then. Its
/// thread only. Without a bus everything here still answers, with the reason.
/// </summary>
internal sealed class BusLine(SupervisedPart part, string? address) : IDisposable
{
    /// <summary>Of 64 KiB, between two looks at the work: what others send here has no end.</summary>
    private const int MostReads = 64;

    private static readonly TimeSpan s_handshakeTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_subscribeTimeout = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan s_firstBackOff = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_lastBackOff = TimeSpan.FromSeconds(5);

    private readonly List<UnitWatch> _watches = [];
    private BusConnection? _bus;
    private string _problem = "not connected yet";
    private bool _shortage;
    private TimeSpan _backOff = s_firstBackOff;
    private TimeSpan _retryAt;

    public bool IsConnected => _bus is not null;

    /// <summary>Passed over by a wait while there is no connection.</summary>
    public PollFd PollFd => _bus?.PollFd ?? new(-1, 0);

    /// <summary>When the connection, or the next attempt at one, wants to be looked after even without an event.</summary>
    public TimeSpan WakeAt => _bus is not { } bus ? _retryAt : bus.HasSignal ? TimeSpan.Zero : TimeSpan.MaxValue;

    /// <summary>Somebody else than systemd sends messages here, and all that had come are read.</summary>
    public bool IsFlooded { get; private set; }

    public void Add(UnitWatch watch)
    {
        _watches.Add(watch);
        Attach(watch);
    }

    public void Remove(UnitWatch watch)
    {
        _watches.Remove(watch);
        if (watch.Path is { } path)
            _bus?.CallDriver("RemoveMatch", Rule(path));
    }

    public void Dispose() => _bus?.Dispose();

    /// <summary>Dials when there is no connection and it is time to.</summary>
    public void Connect()
    {
        if (_bus is not null || Clocks.Monotonic < _retryAt)
            return;
        _bus = BusConnection.Open(address, s_handshakeTimeout, out var problem, out _shortage);
        if (_bus is null)
        {
            _problem = problem;
            _retryAt = Clocks.Monotonic + _backOff;
            _backOff = _backOff * 2 < s_lastBackOff ? _backOff * 2 : s_lastBackOff;
            return;
        }
        _backOff = s_firstBackOff;
        Subscribe();
        foreach (var watch in _watches)
            Attach(watch);
    }

    /// <summary>systemd sends signals of units only while somebody has asked for them.</summary>
    private void Subscribe()
    {
        _bus?.Call(UnitReader.Systemd, UnitReader.ManagerPath, UnitReader.Manager, "Subscribe", s_subscribeTimeout, UnitReader.Nothing);
        // "Already subscribed" is fine, and so is a refusal: the checks also look at each interval.
    }

    private void Attach(UnitWatch watch)
    {
        watch.Stale = true;
        if (_bus is null || UnitReader.PathOf(_bus, watch.Unit, out _) is not { } path)
            return;
        watch.Path = path;
        _bus.CallDriver("AddMatch", Rule(path));
    }

    private static string Rule(string path) =>
        $"type='signal',sender='{UnitReader.Systemd}',path='{path}',interface='{UnitReader.Properties}',member='PropertiesChanged'";

    /// <summary>Takes the signals that are there. They only say *look again*: what they carry may be older than what is read afterwards.</summary>
    public void Listen()
    {
        IsFlooded = false;
        if (_bus is not { } bus)
            return;
        var reads = 0;
        while (reads < MostReads && bus.Process())
            reads++;
        var renewed = false;
        while (bus.NextSignal(out var signal))
        {
            renewed |= signal.IsNameOwnerChanged;
            if (signal is { Interface: UnitReader.Properties, Member: "PropertiesChanged", Path: var path })
                _watches.ForEach(w => w.Stale |= w.Path == path);
        }
        // systemd is back after a re-execution: it may have forgotten who listens.
        if (renewed)
        {
            Subscribe();
            _watches.ForEach(w => w.Stale = true);
        }
        IsFlooded = bus.TakeForeign() && reads < MostReads && !bus.HasSignal;
    }

    /// <summary>Takes in what arrives until systemd signals something, or until the deadline: what others send ends no wait.</summary>
    public void Listen(TimeSpan deadline)
    {
        while (_bus is { IsOpen: true, HasSignal: false } bus && Clocks.Monotonic < deadline)
            if (Poll.Wait([bus.PollFd], deadline))
                bus.Process();
        Listen();
    }

    /// <summary>Reads the units that signals came from, for those who watch them.</summary>
    public void ReportStale()
    {
        foreach (var watch in _watches.ToArray())
        {
            if (!watch.Stale)
                continue;
            watch.Stale = false;
            part.Run(() => watch.Seen(ReadAgain(watch.Unit)));
        }
    }

    /// <summary>Reads a unit whose object is known, which saves the question for it where milliseconds count.</summary>
    public UnitAnswer ReadAgain(string unit) =>
        _bus is { } bus && _watches.Find(w => w.Unit == unit)?.Path is { } path ? UnitReader.Read(bus, path) : Read(unit);

    public UnitAnswer Read(string unit)
    {
        if (_bus is not { } bus)
            return new(null, _problem) { Shortage = _shortage };
        if (UnitReader.PathOf(bus, unit, out var problem) is not { } path)
            return new(null, problem);
        foreach (var watch in _watches.Where(w => w.Unit == unit && w.Path != path))
            Attach(watch);
        return UnitReader.Read(bus, path);
    }

    /// <summary>A connection that broke is put away, and those who watch a unit hear of it.</summary>
    public void HangUpIfLost()
    {
        if (_bus is null || _bus.IsOpen)
            return;
        _problem = _bus.Problem;
        _bus.Dispose();
        _bus = null;
        _retryAt = Clocks.Monotonic + s_firstBackOff;
        foreach (var watch in _watches.ToArray())
        {
            watch.Path = null;
            part.Run(() => watch.Seen(new(null, _problem)));
        }
    }

    /// <summary>What job is pending on the unit that this process runs in.</summary>
    public OwnJob OwnJob()
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

    /// <summary>Orders a job on a unit; answers when it is queued.</summary>
    public UnitOrder Order(string verb, string unit, TimeSpan timeout)
    {
        if (_bus is not { } bus)
            return new UnitOrder(UnitOrderResult.Failed, _problem);
        var reply = bus.Call(UnitReader.Systemd, UnitReader.ManagerPath, UnitReader.Manager, verb, timeout, UnitReader.Nothing, unit, "replace");
        return reply.Ok ? new(UnitOrderResult.Accepted, "") : Refused(reply);
    }

    // Told by the error's name, never by its text.
    private static UnitOrder Refused(BusReply<object?> reply) => reply.ErrorName switch
    {
        "org.freedesktop.DBus.Error.AccessDenied" or "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired" =>
            new(UnitOrderResult.Permission, $"permission denied: {reply.Problem}"),
        "org.freedesktop.systemd1.NoSuchUnit" or "org.freedesktop.systemd1.UnitMasked" or "org.freedesktop.systemd1.LoadFailed"
            or "org.freedesktop.systemd1.BadUnitSetting" => new(UnitOrderResult.NotStartable, reply.Problem),
        _ => new(UnitOrderResult.Failed, reply.Problem),
    };
}

/// <summary>Somebody's interest in a unit. Disposing of it ends that; one late call may still come.</summary>
/// <param name="forget">Called by <see cref="Dispose"/>, from any thread.</param>
internal sealed class UnitWatch(string unit, Action<UnitAnswer> seen, Action<UnitWatch> forget) : IDisposable
{
    public string Unit => unit;

    public Action<UnitAnswer> Seen => seen;

    /// <summary>Object path that signals come from; null while there is no connection.</summary>
    public string? Path { get; set; }

    /// <summary>A signal came since it was last read.</summary>
    public bool Stale { get; set; }

    public void Dispose() => forget(this);
}
