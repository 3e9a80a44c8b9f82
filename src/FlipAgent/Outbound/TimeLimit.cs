using FlipAgent.Kernel;
using Polly;

namespace FlipAgent.Outbound;

/// <summary>
/// A hard end for work that may consist of several requests. First it is asked to stop, by a cancellation (Polly's timeout); shortly after it is
/// abandoned, for work that does not hear that, such as a TLS handshake that hangs in native code (dotnet/runtime #110598).
/// </summary>
internal sealed class TimeLimit
{
    private readonly ResiliencePipeline _bell;

    public TimeLimit(TimeSpan total)
    {
        Total = total;
        // What is left after the bell is for winding up: closing, and turning what is known into an answer.
        _bell = new ResiliencePipelineBuilder().AddTimeout(total * 0.95).Build();
    }

    /// <summary>The whole time, from the call of <see cref="Run"/> to its end.</summary>
    public TimeSpan Total { get; }

    /// <param name="work">Ends on cancellation with a value of its own; whatever it throws but cancellation comes through.</param>
    /// <param name="late">The value when the work does not end in time.</param>
    public async Task<T> Run<T>(Func<CancellationToken, Task<T>> work, Func<T> late)
    {
        var run = _bell.ExecuteAsync(async cancel => await work(cancel).ConfigureAwait(false)).AsTask();
        try
        {
            return await AlarmClock.Own.Ends(run, Total).ConfigureAwait(false) ? await run.ConfigureAwait(false) : late();
        }
        catch (Exception e) when (e is TimeoutException or Polly.Timeout.TimeoutRejectedException or OperationCanceledException)
        {
            return late();
        }
    }
}
