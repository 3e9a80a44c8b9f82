using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FlipAgent.Kernel;

/// <summary>One entry of poll(2)'s list, laid out as struct pollfd.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Polled(int fd, short events)
{
    public int Fd = fd;
    public short Events = events;

    /// <summary>What is the case now; 0: nothing that was asked for.</summary>
    public short Returned = 0;
}

/// <summary>
/// Waiting for several descriptors at once, on a thread of one's own: a waiter who watches all tables and sleeps while nobody raises a hand.
/// .NET's own waits go through the thread pool, which may be busy at the moment that counts.
/// </summary>
internal static partial class Poll
{
    /// <summary>poll(2) event: there is something to read.</summary>
    public const short In = 1;

    private const int Eintr = 4;

    /// <summary>Waits until one of the descriptors is ready or the time is over; null: for ever. False when a signal interrupted it: nothing was returned.</summary>
    public static unsafe bool Wait(Span<Polled> list, TimeSpan? time)
    {
        // Rounded up: a wait that ends a fraction of a millisecond early only turns the loop once more for nothing.
        var milliseconds = time is { } limit ? (int)Math.Clamp(Math.Ceiling(limit.TotalMilliseconds), 0, int.MaxValue) : -1;
        fixed (Polled* first = list)
        {
            if (PollCall(first, (nuint)list.Length, milliseconds) >= 0)
                return true;
        }
        var errno = Marshal.GetLastPInvokeError();
        return errno == Eintr ? false : throw new IOException($"poll: {Marshal.GetPInvokeErrorMessage(errno)}");
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static unsafe partial int PollCall(Polled* list, nuint count, int milliseconds);
}

/// <summary>An eventfd: the bell by which another thread wakes one that sleeps in <see cref="Poll.Wait"/>. It rings on until it is hushed.</summary>
internal sealed partial class Bell : IDisposable
{
    private const int CloseOnExecNonBlocking = 0x80000 | 0x800;

    private readonly SafeFileHandle _handle;

    /// <summary>Throws <see cref="IOException"/> when there are no file descriptors left.</summary>
    public Bell()
    {
        var fd = EventFd(0, CloseOnExecNonBlocking);
        if (fd < 0)
            throw new IOException($"eventfd: {Marshal.GetLastPInvokeErrorMessage()}");
        _handle = new(fd, ownsHandle: true);
    }

    public Polled Polled => new((int)_handle.DangerousGetHandle(), Poll.In);

    public void Ring()
    {
        var one = 1UL;
        // EAGAIN only says that the counter is full, that is: it rings already.
        _ = Write(_handle, in one, sizeof(ulong));
    }

    public void Hush() => _ = Read(_handle, out _, sizeof(ulong));

    public void Dispose() => _handle.Dispose();

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle fd, in ulong value, nuint size);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeFileHandle fd, out ulong value, nuint size);
}
