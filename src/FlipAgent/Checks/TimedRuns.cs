using System.Diagnostics;
using FlipAgent.Kernel;
using FlipAgent.Supervision;

namespace FlipAgent.Checks;

/// <summary>
/// Runs one check, one run at a time, each for no longer than its time-out. What does not answer in time has answered: with what
/// <see cref="Check.Unanswered"/> makes of it.
/// </summary>
/// <param name="stop">The check is removed: a run under way ends.</param>
internal sealed class TimedRuns(Check check, SupervisedPart part, CancellationToken stop)
{
    /// <summary>A run that was told to end gets this long to do so before the loop goes on without it.</summary>
    private static readonly TimeSpan s_endTimeout = TimeSpan.FromMilliseconds(100);

    /// <summary>A time-out that this process itself noticed so late says more about this process than about the service.</summary>
    private static readonly TimeSpan s_ownStall = TimeSpan.FromMilliseconds(500);

    private Task<CheckResult>? _hung;
    private bool _stallForgiven;

    /// <summary>One run; answers a little after the time-out at the latest.</summary>
    public async Task<CheckResult> Next(TimeSpan timeout)
    {
        // Never two runs at a time: while the last one hangs beyond its time-out, each further time-out is an answer of its own.
        if (_hung is { } hung && !await AlarmClock.Own.Ends(hung, timeout).ConfigureAwait(false))
            return check.Unanswered("the last run still hangs");
        if (_hung is { IsFaulted: true, Exception: { } late } && !stop.IsCancellationRequested)
            part.Failed(late);
        _hung = null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var begun = Stopwatch.GetTimestamp();
        var timeUp = limit.Token;
        var run = LookThreads.Own.Run(() => timeUp.IsCancellationRequested ? Task.FromCanceled<CheckResult>(timeUp) : check.Run(timeout, timeUp));
        var result = await Result(run, timeout, limit).ConfigureAwait(false);
        return Forgive(result, Stopwatch.GetElapsedTime(begun) - timeout);
    }

    private async Task<CheckResult> Result(Task<CheckResult> run, TimeSpan timeout, CancellationTokenSource limit)
    {
        if (!await AlarmClock.Own.Ends(run, timeout).ConfigureAwait(false))
        {
            await limit.CancelAsync().ConfigureAwait(false);
            if (!await AlarmClock.Own.Ends(run, s_endTimeout).ConfigureAwait(false))
            {
                _hung = run;
                return check.Unanswered($"no answer within {Words(timeout)}");
            }
        }
        try
        {
            var result = await run.ConfigureAwait(false);
            return result.TimedOut ? result with { Detail = $"{result.Detail} within {Words(timeout)}" } : result;
        }
        catch (OperationCanceledException)
        {
            return check.Unanswered($"no answer within {Words(timeout)}");
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // It was removed under its feet (ObjectDisposedException): that is no failure of the check.
            return check.Unanswered("the check was removed");
        }
        catch (Exception e) when (Shortage.Of(e) is { } shortage)
        {
            return CheckResult.NotTried(shortage);
        }
    }

    /// <summary>The first time-out that came far too late (this process was stopped or starved) counts for nothing; the next one counts.</summary>
    private CheckResult Forgive(CheckResult result, TimeSpan late)
    {
        var stalled = result.TimedOut && late > s_ownStall && !_stallForgiven;
        _stallForgiven = stalled;
        return stalled ? new(Outcome.Pending, $"{result.Detail}; not counted, this agent itself was held up for {Words(late)}") : result;
    }

    private static string Words(TimeSpan span) => span.TotalSeconds >= 2 ? $"{span.TotalSeconds:0.#} s" : $"{span.TotalMilliseconds:0} ms";
}
