namespace FlipAgent.Kernel;

/// <summary>Ends a wait before its time, from any thread. However often it was rung meanwhile, it is one visit.</summary>
internal sealed class Bell
{
    private TaskCompletionSource _rung = New();

    public void Ring() => Volatile.Read(ref _rung).TrySetResult();

    /// <summary>Waits until it is rung, but no longer than this.</summary>
    public Task Wait(TimeSpan atMost) => AlarmClock.Own.Ends(Volatile.Read(ref _rung).Task, atMost);

    /// <summary>Before looking at what it was rung for: what comes after this rings again. One visitor only.</summary>
    public void Quiet()
    {
        if (_rung.Task.IsCompleted)
            Interlocked.Exchange(ref _rung, New());
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
