using System.Collections.Immutable;

namespace FlipAgent.Kernel;

/// <summary>What came of asking for real time: null is granted, otherwise why not, as one phrase.</summary>
/// <param name="Thread">Of the scheduling class of the calling thread.</param>
/// <param name="Memory">Of keeping the process in memory; the same for all threads, it is asked once.</param>
public readonly record struct RealTimeResult(string? Thread, string? Memory);

/// <summary>
/// Asks the kernel to schedule a thread before all others and to keep the memory of this process in RAM. With eight busy programs on two cores a wake-up is
/// then about 0.2 ms late instead of 11. Without either right the agent works, a little less punctually. The threads ask for themselves, which the package's
/// unit forbids; there root does it from outside (<see cref="AgentThreads"/>).
/// </summary>
public static class RealTime
{
    /// <summary>The names of the threads that a failover waits for.</summary>
    public const string Decisions = "decision", Adverts = "advert-rx";

    /// <summary>Below the kernel's own threads (50), above everything ordinary.</summary>
    private const int Priority = 20;

    private static readonly Lazy<string?> s_memory = new(LockMemory);

    internal static ImmutableArray<string> Threads { get; } = [Decisions, Adverts];

    /// <summary>What is used of this process's memory stays in RAM.</summary>
    public static bool KeepsMemory => s_memory is { IsValueCreated: true, Value: null };

    /// <summary>
    /// SCHED_RR for the calling thread (sched(7): needs CAP_SYS_NICE or LimitRTPRIO=20) and, once, mlockall (CAP_IPC_LOCK or LimitMEMLOCK=infinity).
    /// </summary>
    public static RealTimeResult TryRaise() => new(RaiseThread(), s_memory.Value);

    /// <summary>SCHED_RR for a thread by its number; 0: the calling one.</summary>
    /// <returns>0, or -1 with the last error.</returns>
    internal static int Raise(int thread) =>
        // Reset on fork: the programs of exec checks and alerts start as ordinary ones, and so do new threads.
        Libc.SchedSetScheduler(thread, Libc.SchedRr | Libc.SchedResetOnFork, Priority);

    /// <summary>Makes a thread an ordinary one.</summary>
    internal static void Lower(int thread) => _ = Libc.SchedSetScheduler(thread, Libc.SchedOther, 0);

    private static string? RaiseThread() =>
        Raise(0) == 0 ? null : $"no real-time scheduling: {Libc.LastError()} (LimitRTPRIO={Priority} or CAP_SYS_NICE gives it)";

    private static string? LockMemory() =>
        // On fault: lock what is used, not the 256 GiB of addresses that the garbage collector reserves.
        Libc.MlockAll(Libc.MclCurrent | Libc.MclFuture | Libc.MclOnFault) == 0
            ? null
            : $"memory is not locked: {Libc.LastError()} (LimitMEMLOCK=infinity or CAP_IPC_LOCK gives it)";
}
