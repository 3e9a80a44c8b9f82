namespace FlipAgent.Kernel;

/// <summary>
/// The threads of the pool, started with the agent and kept. The runtime opens a pipe for each new thread, and a pool that has to grow while no file
/// descriptor is left ends the process with "Out of memory." (fault F11). Nothing else starts threads late: what is compiled ahead needs no compiler's.
/// </summary>
internal static class PoolThreads
{
    /// <summary>
    /// Many more than the agent's work keeps busy. System.Threading.ThreadPool.ThreadsToKeepAlive in the project file says the same number, or they would
    /// end after 20 s without work.
    /// </summary>
    public const int Count = 16;

    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(5);

    public static void Start()
    {
        ThreadPool.SetMinThreads(Count, Count);
        // As many pieces of work at once as there are to be threads; none ends before the last has begun. It may be given up on a machine that is
        // busy beyond measure; the rest are started when they are needed.
        var begun = new CountdownEvent(Count);
        for (var i = 0; i < Count; i++)
            ThreadPool.UnsafeQueueUserWorkItem(
                static begun =>
                {
                    begun.Signal();
                    begun.Wait(s_longest);
                },
                begun, preferLocal: false);
        begun.Wait(s_longest);
    }
}
