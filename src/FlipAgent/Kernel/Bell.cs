namespace FlipAgent.Kernel;

/// <summary>Ends a wait before its time, from any thread. However often it was rung meanwhile, it is one visit.</summary>
internal sealed class Bell
{
    private TaskCompletionSource _rung = New();

    public void Ring() => Volatile.Read(ref _rung).TrySetResult();

    /// <summary>Waits until it is rung, but no longer than this.</summary>
    /// <param name="early">As that of <see cref="AlarmClock.Ends"/>.</param>
    public Task Wait(TimeSpan atMost, TimeSpan early = default) => AlarmClock.Own.Ends(Volatile.Read(ref _rung).Task, atMost, early);

    /// <summary>By how much what comes at intervals may come early: nobody sees a fiftieth, up to 20 ms.</summary>
    public static TimeSpan Unseen(TimeSpan pause) => pause < TimeSpan.FromSeconds(1) ? pause / 50 : TimeSpan.FromMilliseconds(20);

    /// <summary>Before looking at what it was rung for: what comes after this rings again. One visitor only.</summary>
    /// <returns>Whether it was rung.</returns>
    public bool Quiet()
    {
        var rung = _rung.Task.IsCompleted;
        if (rung)
            Interlocked.Exchange(ref _rung, New());
        return rung;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
