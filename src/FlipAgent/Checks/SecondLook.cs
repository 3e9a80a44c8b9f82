using System.Diagnostics;
using FlipAgent.Kernel;
using FlipAgent.Supervision;

namespace FlipAgent.Checks;

/// <summary>
/// A look that begins beside one that is long without an answer, over a connection of its own: a hung HAProxy is found a time-out earlier, and one lost packet
/// is contradicted at once. Both count, in the order in which they began.
/// </summary>
/// <param name="make">Makes the same check once more; called when it is needed first.</param>
/// <param name="stop">The check is removed.</param>
internal sealed class SecondLook(Func<Check> make, SupervisedPart part, CancellationToken stop) : IDisposable
{
    private Check? _check;
    private TimedRuns? _runs;

    /// <summary>Waits for the first look, but no longer than this; then begins the second one.</summary>
    /// <returns>Null: the first one was answered, or failed, by then.</returns>
    public async Task<Begun?> Beside(Task<CheckResult> first, TimeSpan slow, TimeSpan timeout)
    {
        if (await AlarmClock.Own.Ends(first, slow).ConfigureAwait(false) || stop.IsCancellationRequested)
            return null;
        return new(part.Run(() => Runs().Next(timeout), CheckResult.Broken), Stopwatch.GetTimestamp());
    }

    public void Dispose() => _check?.Dispose();

    private TimedRuns Runs()
    {
        _check ??= make();
        return _runs ??= new(_check, part, stop);
    }

    /// <param name="StartedAt"><see cref="Stopwatch.GetTimestamp"/>.</param>
    internal sealed record Begun(Task<CheckResult> Result, long StartedAt);
}
