using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Loop;
using FlipAgent.Reporting;

namespace FlipAgent.Running;

/// <summary>
/// Asks the loop for a status. All who ask before the loop comes to it get one and the same, and it makes the next one a little later, however many ask and however often: it runs before all
/// other programs, and what it does for readers is lost to all of them. Any thread.
/// </summary>
internal sealed class StatusQuestion(Inbox inbox)
{
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(20);

    private TaskCompletionSource<StatusReport>? _waiting;
    private long _madeAt;

    /// <summary>Of a moment after the call.</summary>
    /// <param name="make">Runs on the loop, unless another one already waits there.</param>
    public async Task<StatusReport> Ask(Func<ElectionState, TimeSpan, StatusReport> make)
    {
        var fresh = new TaskCompletionSource<StatusReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _waiting, fresh, null) is { } asked)
            return await asked.Task;
        if (s_pace - (Clocks.Monotonic - new TimeSpan(Volatile.Read(ref _madeAt))) is { Ticks: > 0 } early)
            await Task.Delay(early);
        inbox.Put(new Message.Asked((s, now) =>
        {
            Volatile.Write(ref _madeAt, Clocks.Monotonic.Ticks);
            // First: whoever asks from here on wants to know what comes after.
            Volatile.Write(ref _waiting, null);
            try
            {
                fresh.TrySetResult(make(s, now));
            }
            catch (Exception e)
            {
                // This runs on the decision loop, which must not end because somebody asked a question.
                fresh.TrySetException(e);
            }
        }));
        return await fresh.Task;
    }
}
