using System.Diagnostics;
using FlipAgent.Kernel;
using FlipAgent.Supervision;

namespace FlipAgent.Systemd;

/// <summary>
/// The agent's only connection to systemd. A single thread holds it, listens for signals, asks on behalf of everybody else and connects again when it is
/// cut: the bus is read by this thread alone, and no thread of the pool is needed for an answer. Without a bus everything here still answers, with the reason.
/// </summary>
public sealed class SystemBus : IDisposable
{
    private static readonly TimeSpan s_ownJobTimeout = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan s_orderTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Between two readings of a unit or of what others send here. Short enough that a flood stays in the socket meanwhile: the bus leaves out what it cannot get rid of.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(1);

    private readonly Lock _gate = new();
    private readonly Queue<Action> _work = [];
    private readonly WakeSignal _wake = new();
    private readonly SupervisedPart _part;
    private readonly Thread _thread;
    /// <summary>The thread's own.</summary>
    private readonly BusLine _line;
    private bool _stopping;

    /// <summary>Starts the thread, which connects at once, so that the line is warm when it is needed.</summary>
    public SystemBus(Supervisor? supervisor = null)
        : this(Environment.GetEnvironmentVariable(BusAddress.Variable), supervisor)
    {
    }

    /// <param name="address">As in DBUS_SYSTEM_BUS_ADDRESS; null: the system's.</param>
    internal SystemBus(string? address, Supervisor? supervisor)
    {
        _part = (supervisor ?? Supervisor.Silent).Part("connection to systemd");
        _line = new BusLine(_part, address);
        _thread = _part.NewThread("system-bus", Loop, () => _stopping);
        _thread.Start();
    }

    /// <summary>
    /// What job systemd has pending on the unit that this process runs in: asked on SIGTERM, it tells a restart from a stop (rule E12). Blocks for a
    /// millisecond or two as a rule, and for 300 ms at the most; the answer is then <see cref="OwnJobKind.NoAnswer"/>.
    /// </summary>
    public OwnJob OwnJob() => Ask(_line.OwnJob, new(OwnJobKind.NoAnswer, "", $"no answer within {s_ownJobTimeout.TotalMilliseconds:0} ms"), s_ownJobTimeout);

    /// <summary>Orders systemd to start a unit (rule E14). Blocks until the job is queued, not until it is done; 3 s at the most.</summary>
    public UnitOrder StartUnit(string name) => Order("StartUnit", name);

    /// <summary>Orders systemd to stop a unit. Blocks until the job is queued, not until it is done; 3 s at the most.</summary>
    public UnitOrder StopUnit(string name) => Order("StopUnit", name);

    /// <summary>Reads a unit now. A cancelled <paramref name="stop"/> ends the waiting.</summary>
    internal async Task<UnitAnswer> Read(string unit, CancellationToken stop)
    {
        var answer = new TaskCompletionSource<UnitAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() => answer.SetResult(_line.Read(unit)));
        return await answer.Task.WaitAsync(stop).ConfigureAwait(false);
    }

    /// <summary>
    /// Calls <paramref name="seen"/> on the bus thread with the state of the unit at first, then whenever systemd signals a change of it, and with the
    /// problem when the line is cut. Disposing the answer ends it; one late call may still come.
    /// </summary>
    internal IDisposable Watch(string unit, Action<UnitAnswer> seen)
    {
        var watch = new UnitWatch(unit, seen, gone => Post(() => _line.Remove(gone)));
        Post(() => _line.Add(watch));
        return watch;
    }

    /// <summary>
    /// Reads the unit again and again, each millisecond, until it is <paramref name="settled"/> or the time is over, and hands in what it read last.
    /// The kernel tells of an exit some milliseconds before systemd has drawn its conclusions from it.
    /// </summary>
    internal void AskUntil(string unit, Func<UnitState, bool> settled, TimeSpan timeout, Action<UnitAnswer> seen) => Post(() =>
    {
        var begun = Stopwatch.GetTimestamp();
        var answer = _line.ReadAgain(unit);
        while (answer.State is { } state && !settled(state) && Stopwatch.GetElapsedTime(begun) < timeout && _line.IsConnected)
        {
            _line.Listen(Clocks.Monotonic + s_pause);
            answer = _line.ReadAgain(unit);
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
            _line.Connect();
            while (NextWork(out var stopping) is { } work)
            {
                _part.Run(work);
                if (stopping)
                    break;
            }
            lock (_gate)
                if (_stopping)
                    break;
            _line.Listen();
            _line.ReportStale();
            _line.HangUpIfLost();
            Sleep();
        }
        _line.Dispose();
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
        Span<PollFd> list = [_wake.PollFd, _line.PollFd];
        // A thousand foreign messages read at once cost little more than one of them.
        var some = _line.IsFlooded ? Poll.Wait(list[..1], Clocks.Monotonic + s_pause) : Poll.Wait(list, _line.WakeAt);
        if (some && list[0].Returned != 0)
            _wake.Clear();
    }

    private UnitOrder Order(string verb, string unit) => Ask(
        () => _line.Order(verb, unit, s_orderTimeout), new UnitOrder(UnitOrderResult.Failed, $"no answer within {s_orderTimeout.TotalSeconds:0} s"), s_orderTimeout);
}
