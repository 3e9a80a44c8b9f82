using Microsoft.Win32.SafeHandles;

namespace FlipAgent.Kernel;

/// <summary>
/// Ends waits at their time. The platform's timers wake their own thread when one is set, once more at its time although the wait is long over, and two threads of the pool each
/// time; here one thread sleeps in the kernel until the first wait that still stands is due (timerfd_create(2)), to set a wait or to take it back wakes nobody, and who waited
/// goes on on this very thread.
/// </summary>
/// <remarks>
/// Who goes on may take long, or hang: a second thread stands in for the first one then, <see cref="s_patience"/> later, and earlier where somebody else is due while a look is made. While the first one is still away, whoever is due goes on in
/// the pool.
/// </remarks>
#pragma warning disable CA1001 // It lives as long as the process.
internal sealed class AlarmClock
#pragma warning restore CA1001
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(20);

    /// <summary>A look that is well takes less, and others whose time comes meanwhile are better off waiting for its end than for another thread.</summary>
    private static readonly TimeSpan s_wellLook = TimeSpan.FromMilliseconds(2);

    /// <summary>Stands for "it does not sleep": before the leader does, it looks at all that stands, and sets its timer itself.</summary>
    private static readonly TimeSpan s_awake = TimeSpan.MinValue;

    /// <summary>What comes after the one who goes on, on this thread of the clock; null on other threads, and while nobody goes on.</summary>
    [ThreadStatic]
    private static Errand? s_errand;

    private readonly Lock _lock = new();
    private readonly List<Alarm> _standing = [];
    private readonly SafeFileHandle _timer = NewTimer();
    private readonly SafeFileHandle _relief = NewTimer();
    // When the timer goes off for the leader.
    private TimeSpan _wakeAt = s_awake;
    // When the other thread is to lead, and when the timer goes off for that, which may be earlier.
    private TimeSpan _relieveAt = TimeSpan.MaxValue;
    private TimeSpan _reliefSet = TimeSpan.MaxValue;
    private Thread? _leader;
    private bool _hasStandIn;
    private bool _leaderMayBlock;

    /// <exception cref="IOException">No file descriptor is left.</exception>
    private AlarmClock()
    {
        _leader = NewThread("alarm clock");
        _leader.Start();
        NewThread("alarm relief").Start();
    }

    /// <summary>The one of this process, made when it is needed first; it never ends.</summary>
    public static AlarmClock Own => Kept.Clock;

    /// <summary>Waits for the work, but no longer than this.</summary>
    /// <param name="early">Or so much less, when the clock's thread is awake for somebody else then: what comes at intervals comes together, and one wake-up does for all.</param>
    /// <returns>Whether the work has ended, in whatever way. What it came to is for the caller to see.</returns>
    public async Task<bool> Ends(Task work, TimeSpan within, TimeSpan early = default)
    {
        if (work.IsCompleted || within <= TimeSpan.Zero)
            return work.IsCompleted;
        var alarm = Set(Clocks.Monotonic + within, early);
        await Task.WhenAny(work, alarm.Task).ConfigureAwait(false);
        TakeBack(alarm);
        return work.IsCompleted;
    }

    /// <summary>
    /// For work that may block, from someone who goes on on a thread of the clock because his time has come: it is done on that thread, which is awake anyhow, as soon as he waits again. So he
    /// can still be told that it takes too long.
    /// </summary>
    /// <returns>False: this is no such thread, or it has such work already, and nothing was done.</returns>
    public static bool TryAfter(Action work)
    {
        if (s_errand is not { Work: null } errand)
            return false;
        errand.Work = work;
        return true;
    }

    private Alarm Set(TimeSpan at, TimeSpan early)
    {
        var alarm = new Alarm(at, at - early);
        lock (_lock)
        {
            _standing.Add(alarm);
            if (at < _wakeAt)
                WakeAt(at);
            if (_leaderMayBlock)
                RelieveFor(at);
        }
        return alarm;
    }

    private void TakeBack(Alarm alarm)
    {
        lock (_lock)
            if (_standing.Remove(alarm) && alarm.At == _wakeAt)
                WakeAtNext();
    }

    private Thread NewThread(string name) => new(Run) { IsBackground = true, Name = name };

    private void Run()
    {
        while (true)
        {
            if (IsLeader)
                Lead();
            else
                StandIn();
        }
    }

    private bool IsLeader
    {
        get
        {
            lock (_lock)
                return _leader == Thread.CurrentThread;
        }
    }

    /// <summary>Returns when another thread leads.</summary>
    private void Lead()
    {
        while (true)
        {
            while (TakeDue(out var canBeRelieved) is { } due)
                if (canBeRelieved)
                    GoOn(due);
                else
                    ThreadPool.UnsafeQueueUserWorkItem(static due => due.SetResult(), due, preferLocal: false);
            if (!IsLeader)
                return;
            // It is -1 after a signal: it is looked at what is due in any case.
            _ = Libc.Read(_timer, out _, sizeof(ulong));
        }
    }

    private void GoOn(Alarm due)
    {
        var errand = s_errand = new Errand();
        due.SetResult();
        while (errand.Work is { } work)
        {
            errand.Work = null;
            AboutToBlock();
            work();
        }
        s_errand = null;
    }

    /// <summary>Whoever is due meanwhile does not wait for the end of it.</summary>
    private void AboutToBlock()
    {
        lock (_lock)
        {
            if (_leader != Thread.CurrentThread)
                return;
            _leaderMayBlock = true;
            if (Next() is { } next)
                RelieveFor(next.At);
        }
    }

    private void RelieveFor(TimeSpan due)
    {
        var soonest = Clocks.Monotonic + s_wellLook;
        var at = due > soonest ? due : soonest;
        if (at < _relieveAt)
            RelieveAt(at);
    }

    /// <summary>The next wait that is due, which is then over. Null: there is none, and the timer is set for the one that comes next; or this thread does not lead any more.</summary>
    private Alarm? TakeDue(out bool canBeRelieved)
    {
        lock (_lock)
        {
            canBeRelieved = _hasStandIn;
            if (_leader != Thread.CurrentThread)
                return null;
            _leaderMayBlock = false;
            var now = Clocks.Monotonic;
            if (Next(from: now) is not { } due)
            {
                WakeAtNext();
                RelieveAt(TimeSpan.MaxValue);
                return null;
            }
            _standing.Remove(due);
            _wakeAt = s_awake;
            RelieveAt(now + s_patience);
            return due;
        }
    }

    /// <summary>Returns when this thread leads.</summary>
    private void StandIn()
    {
        lock (_lock)
            _hasStandIn = true;
        while (true)
        {
            _ = Libc.Read(_relief, out _, sizeof(ulong));
            lock (_lock)
            {
                _reliefSet = TimeSpan.MaxValue;
                if (_relieveAt > Clocks.Monotonic)
                {
                    RelieveAt(_relieveAt);
                    continue;
                }
                (_leader, _hasStandIn, _leaderMayBlock, _relieveAt) = (Thread.CurrentThread, false, false, TimeSpan.MaxValue);
                return;
            }
        }
    }

    private Alarm? Next() => Next(from: TimeSpan.MaxValue);

    /// <summary>The first of those that may end then.</summary>
    private Alarm? Next(TimeSpan from)
    {
        Alarm? next = null;
        foreach (var alarm in _standing)
            if (alarm.From <= from && (next is null || alarm.At < next.At))
                next = alarm;
        return next;
    }

    private void WakeAtNext() => WakeAt(Next()?.At ?? TimeSpan.MaxValue);

    private void WakeAt(TimeSpan at)
    {
        _wakeAt = at;
        SetTimer(_timer, at);
    }

    /// <summary>What is put off does not cost a call of the kernel: the timer goes off too early then, if at all, and is set anew.</summary>
    private void RelieveAt(TimeSpan at)
    {
        _relieveAt = at;
        if (at > _reliefSet && at != TimeSpan.MaxValue || at == _reliefSet)
            return;
        _reliefSet = at;
        SetTimer(_relief, at);
    }

    private static void SetTimer(SafeFileHandle timer, TimeSpan at)
    {
        // Zero is "never".
        var time = at == TimeSpan.MaxValue ? default : Libc.TimespecOf(at);
        _ = Libc.TimerFdSetTime(timer, Libc.TfdAbsolute, new Libc.TimerSetting { First = time }, 0);
    }

    private static SafeFileHandle NewTimer()
    {
        var fd = Libc.TimerFdCreate(Libc.ClockMonotonic, Libc.TfdCloseOnExec);
        return fd < 0 ? throw new IOException($"timerfd: {Libc.LastError()}") : new SafeFileHandle(fd, ownsHandle: true);
    }

    /// <summary>Who waits goes on within <see cref="TaskCompletionSource.SetResult"/>.</summary>
    private sealed class Alarm(TimeSpan at, TimeSpan from) : TaskCompletionSource
    {
        public TimeSpan At => at;

        public TimeSpan From => from;
    }

    private sealed class Errand
    {
        public Action? Work { get; set; }
    }

    private static class Kept
    {
        public static readonly AlarmClock Clock = new();
    }
}
