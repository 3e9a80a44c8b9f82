namespace FlipAgent.Kernel;

/// <summary>
/// Frees the memory of OpenSSL that belongs to objects nobody uses any more. The platform loads the certificate authorities of the machine anew every five minutes, 0.9 MB
/// of certificates, and leaves the old ones to the collector. That counts only its own heap, of which 3 MB are alive, sees no reason to look at objects of that age, and lets
/// megabytes build up for each hour. A full collection of such a heap takes a few milliseconds.
/// </summary>
internal sealed class OldHandles : IDisposable
{
    /// <summary>More often than the authorities are loaded: there is never more than one old set.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(2);

    private readonly Timer _timer;

    /// <param name="interval"><see cref="Interval"/>; tests take less.</param>
    public OldHandles(TimeSpan interval) => _timer = new Timer(static _ => Free(), null, interval, interval);

    public void Dispose() => _timer.Dispose();

    // What is freed is freed by the finalizers, on their own thread: nothing waits for them here.
    private static void Free() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: false);
}
