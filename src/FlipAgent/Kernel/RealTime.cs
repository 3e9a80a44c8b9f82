namespace FlipAgent.Kernel;

/// <summary>What came of asking for real time: null is granted, otherwise why not, as one phrase.</summary>
/// <param name="Thread">Of the scheduling class of the calling thread.</param>
/// <param name="Memory">Of keeping the process in memory; the same for all threads, it is asked once.</param>
public readonly record struct RealTimeResult(string? Thread, string? Memory);

/// <summary>
/// Asks the kernel to schedule the calling thread before all others and to keep its memory in RAM. With eight busy programs on two cores a wake-up is
/// then about 0.2 ms late instead of 11. Without either right the agent works, a little less punctually.
/// </summary>
public static class RealTime
{
    /// <summary>Below the kernel's own threads (50), above everything ordinary.</summary>
    private const int Priority = 20;

    private static readonly Lazy<string?> s_memory = new(LockMemory);

    /// <summary>What is used of this process's memory stays in RAM.</summary>
    public static bool KeepsMemory => s_memory is { IsValueCreated: true, Value: null };

    /// <summary>
    /// SCHED_RR for the calling thread (sched(7): needs CAP_SYS_NICE or LimitRTPRIO=20) and, once, mlockall (CAP_IPC_LOCK or LimitMEMLOCK=infinity).
    /// </summary>
    public static RealTimeResult TryRaise() => new(RaiseThread(), s_memory.Value);

    private static string? RaiseThread() =>
        // Reset on fork: the programs of exec checks and alerts start as ordinary ones.
        Libc.SchedSetScheduler(0, Libc.SchedRr | Libc.SchedResetOnFork, Priority) == 0
            ? null
            : $"no real-time scheduling: {Libc.LastError()} (LimitRTPRIO={Priority} or CAP_SYS_NICE gives it)";

    private static string? LockMemory() =>
        // On fault: lock what is used, not the 256 GiB of addresses that the garbage collector reserves.
        Libc.MlockAll(Libc.MclCurrent | Libc.MclFuture | Libc.MclOnFault) == 0
            ? null
            : $"memory is not locked: {Libc.LastError()} (LimitMEMLOCK=infinity or CAP_IPC_LOCK gives it)";
}
