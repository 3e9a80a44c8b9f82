using System.Diagnostics;
using FlipAgent.Kernel;
using FlipAgent.Supervision;
using Microsoft.Win32.SafeHandles;

namespace FlipAgent.Checks;

/// <summary>
/// Sees processes exit, within a millisecond. One thread sleeps in poll(2) on a descriptor per process: it needs no
/// privileges, and works in containers. A thread of its own, because a starved thread pool must not delay
/// the one event that a failover begins with.
/// </summary>
public sealed class ExitWatch : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Watched> _watched = [];
    private readonly WakeSignal _wake = new();
    private readonly SupervisedPart _part;
    private readonly Thread _thread;
    private bool _stopping;

    /// <summary>Starts the thread. Throws <see cref="IOException"/> when there are no file descriptors left.</summary>
    public ExitWatch(Supervisor? supervisor = null)
    {
        _part = (supervisor ?? Supervisor.Silent).Part("watch of processes");
        _thread = _part.NewThread("exit-watch", Loop, () => _stopping);
        _thread.Start();
    }

    /// <summary>
    /// Begins to watch. <paramref name="exited"/> runs once on the watcher's thread, with the <see cref="Stopwatch.GetTimestamp"/> at which the
    /// exit was seen; it must be quick.
    /// </summary>
    /// <param name="gone">The process is not there (any more).</param>
    /// <param name="problem">Why it cannot be watched, when the answer is null: it is gone, or the kernel has no pidfd.</param>
    internal Watched? Watch(ProcessIdentity process, Action<Watched, long> exited, out bool gone, out string problem)
    {
        var fd = PidFd.Open(process.Pid, out gone, out problem);
        if (fd is null)
            return null;
        // Between reading who has the number and opening it, the number may have changed hands; from here on it cannot any more.
        if (ProcessIdentity.OfLiving(process.Pid, out problem) != process)
        {
            fd.Dispose();
            gone = problem.Length == 0;
            problem = gone ? "no such process" : problem;
            return null;
        }
        var watched = new Watched(this, process, fd, exited);
        lock (_gate)
        {
            if (_stopping)
                fd.Dispose();
            ObjectDisposedException.ThrowIf(_stopping, this);
            _watched.Add(watched);
            _wake.Signal();
        }
        return watched;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopping)
                return;
            _stopping = true;
            _wake.Signal();
        }
        if (Thread.CurrentThread != _thread)
            _thread.Join();
    }

    internal void Forget(Watched watched)
    {
        lock (_gate)
        {
            watched.Cancelled = true;
            // The descriptor is closed by the thread that polls it: closed here, its number could be another file's while poll still looks at it.
            if (!_stopping)
                _wake.Signal();
        }
    }

    private void Loop()
    {
        var order = new List<Watched>();
        var polled = new PollFd[16];
        while (true)
        {
            lock (_gate)
            {
                _watched.RemoveAll(Finished);
                if (_stopping)
                    break;
                order.Clear();
                order.AddRange(_watched);
            }
            if (polled.Length <= order.Count)
                polled = new PollFd[2 * order.Count];
            for (var i = 0; i < order.Count; i++)
                polled[i] = new((int)order[i].Fd.DangerousGetHandle(), Poll.In);
            polled[order.Count] = _wake.PollFd;
            if (!Poll.Wait(polled.AsSpan(0, order.Count + 1), TimeSpan.MaxValue))
                continue;
            var now = Stopwatch.GetTimestamp();
            for (var i = 0; i < order.Count; i++)
                if (polled[i].Returned != 0)
                    Report(order[i], now);
            if (polled[order.Count].Returned != 0)
                _wake.Clear();
        }
        foreach (var left in _watched)
            left.Fd.Dispose();
        _wake.Dispose();
    }

    private void Report(Watched watched, long at) => _part.Run(() => watched.Ended(at));

    private static bool Finished(Watched watched)
    {
        if (!watched.Cancelled && !watched.HasExited)
            return false;
        watched.Fd.Dispose();
        return true;
    }
}

/// <summary>A process under watch. Disposing it ends the watch, not the process.</summary>
internal sealed class Watched(ExitWatch owner, ProcessIdentity process, SafeFileHandle fd, Action<Watched, long> exited) : IDisposable
{
    private volatile bool _hasExited;
    private volatile bool _cancelled;

    public ProcessIdentity Process => process;

    /// <summary>True as soon as the exit was seen, before the call-back runs.</summary>
    public bool HasExited => _hasExited;

    internal SafeFileHandle Fd => fd;

    internal bool Cancelled
    {
        get => _cancelled;
        set => _cancelled = value;
    }

    public void Dispose() => owner.Forget(this);

    internal void Ended(long at)
    {
        _hasExited = true;
        // Not needed any more, and the call-back may need one to look for a successor (fault F11). This is the thread that polls it.
        fd.Dispose();
        if (!_cancelled)
            exited(this, at);
    }
}
