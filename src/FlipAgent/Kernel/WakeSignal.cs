using Microsoft.Win32.SafeHandles;

namespace FlipAgent.Kernel;

/// <summary>
/// Wakes a thread that sits in <see cref="Poll.Wait"/> (eventfd(2)). Several signals before the thread wakes are one, so whoever wakes looks at everything that
/// may have happened.
/// </summary>
internal sealed class WakeSignal : IDisposable
{
    private readonly SafeFileHandle _fd;
    private int _signalled;

    /// <exception cref="IOException">No file descriptor is left.</exception>
    public WakeSignal()
    {
        var fd = Libc.EventFd(0, Libc.EfdCloseOnExec | Libc.EfdNonBlocking);
        if (fd < 0)
            throw new IOException($"eventfd: {Libc.LastError()}");
        _fd = new SafeFileHandle(fd, ownsHandle: true);
    }

    /// <summary>For the list of the one thread that waits, which is also the one that disposes of this.</summary>
    public PollFd PollFd => new((int)_fd.DangerousGetHandle(), Poll.In);

    /// <summary>From any thread; never blocks, allocates nothing. A signal to a waiter that is gone is lost.</summary>
    public void Signal()
    {
        if (Interlocked.Exchange(ref _signalled, 1) != 0)
            return;
        try
        {
            _ = Libc.Write(_fd, 1, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // The handle is reference-counted, so that a late signal can never reach another file that got the same number.
        }
    }

    /// <summary>Before looking at what was signalled: what comes after this signals again.</summary>
    public void Clear()
    {
        _ = Libc.Read(_fd, out _, sizeof(ulong));
        Interlocked.Exchange(ref _signalled, 0);
    }

    public void Dispose() => _fd.Dispose();
}
