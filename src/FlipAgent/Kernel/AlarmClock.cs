using Microsoft.Win32.SafeHandles;

namespace FlipAgent.Kernel;

/// <summary>
/// Ends waits at their time, for work that is nearly always done before that. The platform's timers wake their own thread when one is set, once more at its time although the
/// wait is long over, and a thread of the pool each time; here one thread sleeps in the kernel until the first wait that still stands is due (timerfd_create(2)), and to set a
/// wait or to take it back wakes nobody.
/// </summary>
#pragma warning disable CA1001 // It lives as long as the process.
internal sealed class AlarmClock
#pragma warning restore CA1001
{
    private readonly Lock _lock = new();
    private readonly List<Alarm> _standing = [];
    private readonly SafeFileHandle _timer;
    private TimeSpan _set = TimeSpan.MaxValue;

    /// <exception cref="IOException">No file descriptor is left.</exception>
    private AlarmClock()
    {
        var fd = Libc.TimerFdCreate(Libc.ClockMonotonic, Libc.TfdCloseOnExec);
        if (fd < 0)
            throw new IOException($"timerfd: {Libc.LastError()}");
        _timer = new SafeFileHandle(fd, ownsHandle: true);
        new Thread(Run) { IsBackground = true, Name = "alarm clock" }.Start();
    }

    /// <summary>The one of this process, made when it is needed first; it never ends.</summary>
    public static AlarmClock Own => Kept.Clock;

    /// <summary>Waits for the work, but no longer than this.</summary>
    /// <returns>Whether the work has ended, in whatever way. What it came to is for the caller to see.</returns>
    public async Task<bool> Ends(Task work, TimeSpan within)
    {
        if (work.IsCompleted || within <= TimeSpan.Zero)
            return work.IsCompleted;
        var alarm = Set(Clocks.Monotonic + within);
        await Task.WhenAny(work, alarm.Task).ConfigureAwait(false);
        TakeBack(alarm);
        return work.IsCompleted;
    }

    private Alarm Set(TimeSpan at)
    {
        var alarm = new Alarm(at);
        lock (_lock)
        {
            _standing.Add(alarm);
            if (at < _set)
                SetTimer(at);
        }
        return alarm;
    }

    private void TakeBack(Alarm alarm)
    {
        lock (_lock)
            if (_standing.Remove(alarm) && alarm.At == _set)
                SetTimer(Next());
    }

    private void Run()
    {
        while (true)
        {
            // It is -1 after a signal, and the timer goes off again when it has only been set anew: either way it is looked at what is due.
            _ = Libc.Read(_timer, out _, sizeof(ulong));
            List<Alarm> due;
            lock (_lock)
            {
                var now = Clocks.Monotonic;
                due = _standing.FindAll(alarm => alarm.At <= now);
                _standing.RemoveAll(alarm => alarm.At <= now);
                SetTimer(Next());
            }
            foreach (var alarm in due)
                alarm.SetResult();
        }
    }

    private TimeSpan Next()
    {
        var next = TimeSpan.MaxValue;
        foreach (var alarm in _standing)
            if (alarm.At < next)
                next = alarm.At;
        return next;
    }

    private void SetTimer(TimeSpan at)
    {
        _set = at;
        // Zero is "never".
        var time = at == TimeSpan.MaxValue ? default : Libc.TimespecOf(at);
        _ = Libc.TimerFdSetTime(_timer, Libc.TfdAbsolute, new Libc.TimerSetting { First = time }, 0);
    }

    /// <summary>Who waits goes on in the pool, never on the clock's thread.</summary>
    private sealed class Alarm(TimeSpan at) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public TimeSpan At => at;
    }

    private static class Kept
    {
        public static readonly AlarmClock Clock = new();
    }
}
