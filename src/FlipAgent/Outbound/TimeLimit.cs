using FlipAgent.Kernel;

namespace FlipAgent.Outbound;

/// <summary>
/// A hard end for work that may consist of several requests. First it is asked to stop, by a cancellation; shortly after it is abandoned, for work that does not hear that, such as
/// a TLS handshake that hangs in native code (dotnet/runtime #110598).
/// </summary>
internal sealed class TimeLimit(TimeSpan total)
{
    // What is left after that is for winding up: closing, and turning what is known into an answer.
    private readonly TimeSpan _work = total * 0.95;

    /// <summary>The whole time, from the call of <see cref="Run"/> to its end.</summary>
    public TimeSpan Total => total;

    /// <param name="work">Ends on cancellation with a value of its own; whatever it throws but cancellation comes through.</param>
    /// <param name="late">The value when the work does not end in time.</param>
    public async Task<T> Run<T>(Func<CancellationToken, Task<T>> work, Func<T> late)
    {
        // Not disposed of: work that is abandoned may still look at it.
        var stop = new CancellationTokenSource();
        try
        {
            var run = work(stop.Token);
            if (!await AlarmClock.Own.Ends(run, _work).ConfigureAwait(false))
            {
                // Not waited for: whoever is told may hang as well.
                _ = stop.CancelAsync();
                if (!await AlarmClock.Own.Ends(run, total - _work).ConfigureAwait(false))
                    return late();
            }
            return await run.ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return late();
        }
    }
}
