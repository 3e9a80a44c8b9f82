using System.Runtime.InteropServices;

namespace FlipAgent.Harness;

/// <summary>The signals that are sent here, with their numbers on Linux (signal(7)).</summary>
public enum Signal
{
    Hup = 1,
    Kill = 9,
    Usr1 = 10,
    Usr2 = 12,
    Term = 15,
    Cont = 18,
    Stop = 19,
}

/// <summary>kill(2).</summary>
public static partial class Signals
{
    /// <param name="pid">Of a process; negative: of a process group.</param>
    /// <returns>False: there is no such process, or it is somebody else's.</returns>
    public static bool TrySend(int pid, Signal signal) => Kill(pid, (int)signal) == 0;

    /// <inheritdoc cref="TrySend"/>
    /// <exception cref="InvalidOperationException">There is no such process, or it is somebody else's.</exception>
    public static void Send(int pid, Signal signal)
    {
        if (!TrySend(pid, signal))
            throw new InvalidOperationException($"signal {signal} to {pid}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
