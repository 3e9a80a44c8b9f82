namespace FlipAgent.Kernel;

/// <summary>
/// The C library's heap, which OpenSSL allocates from. By itself glibc gives each thread an arena of its own, which keeps what it had: with the threads of the pool
/// that is several megabytes for a few TLS connections.
/// </summary>
internal static class NativeHeap
{
    private const int ArenaMax = -8;

    /// <summary>One arena for all threads. To be called before the first thread is started; false when the C library cannot do it.</summary>
    public static bool ShareOneArena() => Libc.MallOpt(ArenaMax, 1) == 1;
}
