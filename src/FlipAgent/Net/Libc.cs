using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FlipAgent.Net;

/// <summary>
/// The few calls of the C library that .NET has no door to: clocks by number, waiting with nanoseconds, sockets that report errors as numbers.
/// Like the bare terminals behind a wall socket: only this folder touches them.
/// </summary>
internal static partial class Libc
{
    public const int ClockRealtime = 0;
    public const int ClockMonotonic = 1;
    public const int ClockBootTime = 7;

    // errno of Linux (asm-generic/errno.h).
    public const int Eintr = 4;
    public const int Eagain = 11;
    public const int Enobufs = 105;
    public const int Econnrefused = 111;

    public const short PollIn = 1;
    public const short PollErr = 8;

    public const int MsgDontWait = 0x40;
    public const int MsgTrunc = 0x20;
    public const int MsgErrQueue = 0x2000;

    public const int SchedRr = 2;
    public const int SchedResetOnFork = 0x40000000;

    public const int MclCurrent = 1;
    public const int MclFuture = 2;
    public const int MclOnFault = 4;

    private const int EfdCloseOnExec = 0x80000;
    private const int EfdNonBlocking = 0x800;

    [StructLayout(LayoutKind.Sequential)]
    public struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct PollFd
    {
        public int Fd;
        public short Events;
        public short Returned;
    }

    // Both end in the vDSO in well under a microsecond; nothing in there can block a collection.
    [SuppressGCTransition]
    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    public static partial int ClockGetTime(int clock, out Timespec time);

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    public static partial int Ppoll(ref PollFd first, nuint count, in Timespec timeout, nint signalMask);

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    public static partial int PpollForEver(ref PollFd first, nuint count, nint noTimeout, nint signalMask);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeFileHandle fd, out ulong value, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeFileHandle fd, in ulong value, nuint count);

    [LibraryImport("libc", EntryPoint = "recvfrom", SetLastError = true)]
    public static partial nint RecvFrom(int fd, ref byte buffer, nuint length, int flags, ref byte address, ref uint addressLength);

    [LibraryImport("libc", EntryPoint = "sendto", SetLastError = true)]
    public static partial nint SendTo(int fd, ref byte buffer, nuint length, int flags, ref byte address, uint addressLength);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetSockOpt(int fd, int level, int name, ref byte value, uint length);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetSockOpt(int fd, int level, int name, ref byte value, ref uint length);

    [LibraryImport("libc", EntryPoint = "sched_setscheduler", SetLastError = true)]
    public static partial int SchedSetScheduler(int thread, int policy, in int priority);

    [LibraryImport("libc", EntryPoint = "mlockall", SetLastError = true)]
    public static partial int MlockAll(int flags);

    /// <exception cref="InvalidOperationException">No file descriptor is left: nothing works then.</exception>
    public static SafeFileHandle EventFd()
    {
        var fd = OpenEventFd(0, EfdCloseOnExec | EfdNonBlocking);
        if (fd < 0)
            throw new InvalidOperationException($"eventfd: {LastError()}");
        return new SafeFileHandle(fd, ownsHandle: true);
    }

    /// <summary>The text of the last call's errno.</summary>
    public static string LastError() => Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int OpenEventFd(uint initial, int flags);
}
