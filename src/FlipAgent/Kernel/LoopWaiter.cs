namespace FlipAgent.Kernel;

/// <summary>
/// How a thread of the agent waits: for a signal or for a point in time, whichever is first. It needs no thread pool and no timer of .NET, so nothing that runs
/// there can make it late.
/// </summary>
public sealed class LoopWaiter : IDisposable
{
    private readonly WakeSignal _signal = new();

    /// <summary>Wakes the waiter now, or makes its next wait return at once. From any thread; never blocks, allocates nothing.</summary>
    public void Signal() => _signal.Signal();

    /// <summary>Waits until a signal or the deadline. One thread only. Allocates nothing.</summary>
    /// <param name="deadline">On <see cref="Clocks.Monotonic"/>; <see cref="TimeSpan.MaxValue"/> for none. A past one returns at once.</param>
    /// <returns>True when there was a signal; several that came before are one. Look for its cause after this returned, not before.</returns>
    public bool Wait(TimeSpan deadline)
    {
        while (true)
        {
            var list = _signal.PollFd;
            if (Poll.Wait(new Span<PollFd>(ref list), deadline))
            {
                _signal.Clear();
                return true;
            }
            if (deadline != TimeSpan.MaxValue && Clocks.Monotonic >= deadline)
                return false;
        }
    }

    public void Dispose() => _signal.Dispose();
}
