using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FlipAgent.Kernel;

/// <summary>
/// The calls of the C library that .NET does not offer, all in one place: clocks by number, waiting with nanoseconds, scheduling (here), sockets that report
/// errors as numbers, files and users (in the other parts).
/// </summary>
internal static partial class Libc
{
    public const int ClockRealtime = 0;
    public const int ClockMonotonic = 1;
    public const int ClockBootTime = 7;

    // errno of Linux (asm-generic/errno-base.h, errno.h).
    public const int Enoent = 2;
    public const int Enxio = 6;
    public const int Esrch = 3;
    public const int Eintr = 4;
    public const int Eagain = 11;
    public const int Enomem = 12;
    public const int Eexist = 17;
    public const int Enotdir = 20;
    public const int Enfile = 23;
    public const int Emfile = 24;
    public const int Erange = 34;
    public const int Enobufs = 105;
    public const int Econnrefused = 111;

    public const int SchedOther = 0;
    public const int SchedFifo = 1;
    public const int SchedRr = 2;
    public const int SchedResetOnFork = 0x40000000;

    public const int MclCurrent = 1;
    public const int MclFuture = 2;
    public const int MclOnFault = 4;

    /// <summary>RLIMIT_RTPRIO.</summary>
    public const int LimitRealTimePriority = 14;

    public const int EfdCloseOnExec = 0x80000;
    public const int EfdNonBlocking = 0x800;

    public const int TfdCloseOnExec = 0x80000;
    public const int TfdAbsolute = 1;

    [StructLayout(LayoutKind.Sequential)]
    public struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    public static Timespec TimespecOf(TimeSpan time) => new()
    {
        Seconds = time.Ticks / TimeSpan.TicksPerSecond,
        Nanoseconds = time.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick,
    };

    /// <summary>struct itimerspec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TimerSetting
    {
        public Timespec Period;
        public Timespec First;
    }

    /// <summary>struct rlimit64.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }

    /// <summary>The text of the last call's errno.</summary>
    public static string LastError() => Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());

    /// <summary>mallopt(3): 1 is success.</summary>
    [LibraryImport("libc", EntryPoint = "mallopt")]
    public static partial int MallOpt(int parameter, int value);

    // It ends in the vDSO in well under a microsecond; nothing in there can block a collection.
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

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "timerfd_create", SetLastError = true)]
    public static partial int TimerFdCreate(int clock, int flags);

    [LibraryImport("libc", EntryPoint = "timerfd_settime", SetLastError = true)]
    public static partial int TimerFdSetTime(SafeFileHandle timer, int flags, in TimerSetting setting, nint old);

    [LibraryImport("libc", EntryPoint = "sched_setscheduler", SetLastError = true)]
    public static partial int SchedSetScheduler(int thread, int policy, in int priority);

    /// <param name="old">Null: the limit before is not asked for.</param>
    [LibraryImport("libc", EntryPoint = "prlimit64", SetLastError = true)]
    public static partial int PrLimit(int pid, int resource, in Limit limit, nint old);

    [LibraryImport("libc", EntryPoint = "mlockall", SetLastError = true)]
    public static partial int MlockAll(int flags);

    [LibraryImport("libc", EntryPoint = "mlock", SetLastError = true)]
    public static partial int MLock(nint start, nuint length);

    [LibraryImport("libc", EntryPoint = "mlock2", SetLastError = true)]
    public static partial int MLock2(nint start, nuint length, uint flags);

    [LibraryImport("libc", EntryPoint = "munlock", SetLastError = true)]
    public static partial int MUnlock(nint start, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    public static partial int MAdvise(nint start, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Syscall(nint number, nint first, nint second);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Syscall(nint number, SafeFileHandle first, nint second, nint third, nint fourth);

    /// <param name="timex">struct timex; with modes 0 nothing is changed (adjtimex(2)).</param>
    [LibraryImport("libc", EntryPoint = "adjtimex")]
    public static partial int AdjTimex(ref byte timex);
}
