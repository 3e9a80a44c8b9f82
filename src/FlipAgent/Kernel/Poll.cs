using System.Runtime.InteropServices;

namespace FlipAgent.Kernel;

/// <summary>One entry of the list that <see cref="Poll.Wait"/> waits for, laid out as struct pollfd of poll(2).</summary>
/// <param name="fd">-1: the entry is passed over.</param>
[StructLayout(LayoutKind.Sequential)]
internal struct PollFd(int fd, short events)
{
    public int Fd = fd;
    public short Events = events;

    /// <summary>What is the case now; 0: nothing that was asked for.</summary>
    public short Returned = 0;
}

/// <summary>
/// Waiting for several descriptors at once, on a thread of one's own: .NET's own waits go through the thread pool, which may be busy at the moment that
/// counts. Allocates nothing.
/// </summary>
internal static class Poll
{
    /// <summary>There is something to read.</summary>
    public const short In = 1;

    /// <summary>An error is pending; reported whether it was asked for or not.</summary>
    public const short Error = 8;

    /// <summary>ppoll(2) with a deadline instead of a duration.</summary>
    /// <param name="deadline">On <see cref="Clocks.Monotonic"/>; <see cref="TimeSpan.MaxValue"/> for none. A past one returns at once.</param>
    /// <returns>True when something is ready; false at the deadline, or earlier when a signal handler ran: then nothing was returned.</returns>
    /// <exception cref="IOException">The kernel has no memory, or the list is longer than the limit of open files.</exception>
    public static bool Wait(Span<PollFd> list, TimeSpan deadline)
    {
        var ready = Call(list, deadline);
        if (ready >= 0)
            return ready > 0;
        var errno = Marshal.GetLastPInvokeError();
        return errno == Libc.Eintr ? false : throw new IOException($"ppoll: {Marshal.GetPInvokeErrorMessage(errno)}");
    }

    private static int Call(Span<PollFd> list, TimeSpan deadline)
    {
        ref var first = ref MemoryMarshal.GetReference(list);
        if (deadline == TimeSpan.MaxValue)
            return Libc.PpollForEver(ref first, (nuint)list.Length, 0, 0);
        var left = deadline - Clocks.Monotonic;
        if (left < TimeSpan.Zero)
            left = TimeSpan.Zero;
        var timeout = Libc.TimespecOf(left);
        return Libc.Ppoll(ref first, (nuint)list.Length, in timeout, 0);
    }
}
