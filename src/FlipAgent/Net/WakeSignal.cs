using Microsoft.Win32.SafeHandles;

namespace FlipAgent.Net;

/// <summary>
/// Wakes a thread that sits in poll(2): a doorbell (eventfd(2)). Ringing it ten times before anybody comes to the door is the same as ringing it
/// once, so whoever wakes looks at everything that may have happened.
/// </summary>
internal sealed class WakeSignal : IDisposable
{
    private readonly SafeFileHandle _fd = Libc.EventFd();
    private int _rung;

    /// <summary>For a pollfd of the one thread that waits, which is also the one that disposes of this.</summary>
    public int Fd => (int)_fd.DangerousGetHandle();

    /// <summary>From any thread; never blocks, allocates nothing. A signal to a waiter that is gone is lost.</summary>
    public void Signal()
    {
        if (Interlocked.Exchange(ref _rung, 1) != 0)
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

    /// <summary>Before looking at what was signalled: what comes after this rings again.</summary>
    public void Clear()
    {
        _ = Libc.Read(_fd, out _, sizeof(ulong));
        Interlocked.Exchange(ref _rung, 0);
    }

    public void Dispose() => _fd.Dispose();
}
