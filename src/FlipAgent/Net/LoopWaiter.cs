using System.Runtime.InteropServices;

namespace FlipAgent.Net;

/// <summary>
/// How a thread of the agent waits: for a signal or for a point in time, whichever is first. Like sleeping with an alarm clock beside a door
/// bell. It needs no thread pool and no timer of .NET, so nothing that runs there can make it late.
/// </summary>
public sealed class LoopWaiter : IDisposable
{
    private readonly WakeSignal _signal = new();

    /// <summary>Wakes the waiter now, or makes its next wait return at once. From any thread; never blocks, allocates nothing.</summary>
    public void Signal() => _signal.Signal();

    /// <summary>Waits until a signal or the deadline. One thread only. Allocates nothing.</summary>
    /// <param name="deadline">On <see cref="Clocks.Monotonic"/>; <see cref="TimeSpan.MaxValue"/> for none. A past one returns at once.</param>
    /// <returns>True when there was a signal; several that came before are one. Look for its cause after this returned, not before.</returns>
    public bool Wait(TimeSpan deadline)
    {
        while (true)
        {
            var poll = new Libc.PollFd { Fd = _signal.Fd, Events = Libc.PollIn };
            if (Poll.Wait(new Span<Libc.PollFd>(ref poll), deadline))
            {
                _signal.Clear();
                return true;
            }
            if (deadline != TimeSpan.MaxValue && Clocks.Monotonic >= deadline)
                return false;
        }
    }

    public void Dispose() => _signal.Dispose();
}

/// <summary>ppoll(2) with a deadline instead of a duration.</summary>
internal static class Poll
{
    /// <returns>True when something is ready; false at the deadline, or earlier when a signal handler ran.</returns>
    public static bool Wait(Span<Libc.PollFd> fds, TimeSpan deadline)
    {
        ref var first = ref MemoryMarshal.GetReference(fds);
        if (deadline == TimeSpan.MaxValue)
            return Libc.PpollForEver(ref first, (nuint)fds.Length, 0, 0) > 0;
        var left = deadline - Clocks.Monotonic;
        if (left < TimeSpan.Zero)
            left = TimeSpan.Zero;
        var timeout = new Libc.Timespec
        {
            Seconds = left.Ticks / TimeSpan.TicksPerSecond,
            Nanoseconds = left.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick,
        };
        return Libc.Ppoll(ref first, (nuint)fds.Length, in timeout, 0) > 0;
    }
}
