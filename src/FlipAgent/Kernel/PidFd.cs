using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FlipAgent.Kernel;

/// <summary>
/// A pidfd: a descriptor that stands for one process and for no later one of the same number. It becomes readable when the
/// process exits (pidfd_open(2), Linux 5.3). No privilege is needed.
/// </summary>
internal static class PidFd
{
    // The number is the same on every architecture (asm-generic/unistd.h). glibc 2.31 of Ubuntu 20.04 has no wrapper for it, so it goes by number.
    private const nint PidfdOpen = 434;
    private const nint PidfdSendSignal = 424;
    private const int SigKill = 9;

    /// <summary>Opens it, close-on-exec as always; null and the reason when the kernel refuses.</summary>
    /// <param name="gone">The reason is that there is no such process.</param>
    public static SafeFileHandle? Open(int pid, out bool gone, out string problem)
    {
        var fd = Libc.Syscall(PidfdOpen, pid, 0);
        var errno = fd < 0 ? Marshal.GetLastPInvokeError() : 0;
        gone = errno == Libc.Esrch;
        problem = fd >= 0 ? "" : gone ? "no such process" : $"pidfd_open: {Marshal.GetPInvokeErrorMessage(errno)}";
        return fd < 0 ? null : new SafeFileHandle(fd, ownsHandle: true);
    }

    /// <summary>SIGKILL; false: it has ended, or belongs to another user.</summary>
    public static bool Kill(SafeFileHandle process) => Libc.Syscall(PidfdSendSignal, process, SigKill, 0, 0) == 0;
}
