using System.Diagnostics;
using FlipAgent.Kernel;
using FlipAgent.Supervision;

namespace FlipAgent.Checks;

/// <summary>
/// Runs one check, one run at a time, each for no longer than its time-out. What does not answer in time has answered: with what
/// <see cref="Check.Unanswered"/> makes of it.
/// </summary>
/// <param name="stop">The check is removed: a run under way ends.</param>
/// <param name="threads">Where the runs begin; null: <see cref="LookThreads.Own"/>.</param>
internal sealed class TimedRuns(Check check, SupervisedPart part, CancellationToken stop, LookThreads? threads = null)
{
    private const string NoThread = "this agent has no thread left to look with, and could start no other (see the memory of this machine, TasksMax= and LimitNOFILE= of the agent's unit)";

    /// <summary>A run that was told to end gets this long to do so before the loop goes on without it.</summary>
    private static readonly TimeSpan s_endTimeout = TimeSpan.FromMilliseconds(100);

    /// <summary>A time-out that this process itself noticed so late says more about this process than about the service.</summary>
    private static readonly TimeSpan s_ownStall = TimeSpan.FromMilliseconds(500);

    private readonly LookThreads _threads = threads ?? LookThreads.Own;
    private Task<CheckResult>? _hung;
    private volatile bool _begun;
    private bool _stallForgiven;

    /// <summary>One run; answers a little after the time-out at the latest.</summary>
    public async Task<CheckResult> Next(TimeSpan timeout)
    {
        // Never two runs at a time: while the last one hangs beyond its time-out, each further time-out is an answer of its own.
        if (_hung is { } hung && !await AlarmClock.Own.Ends(hung, timeout).ConfigureAwait(false))
            return Missed("the last run still hangs");
        if (_hung is { IsFaulted: true, Exception: { } late } && !stop.IsCancellationRequested)
            part.Failed(late);
        _hung = null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var begun = Stopwatch.GetTimestamp();
        var timeUp = limit.Token;
        _begun = false;
        var run = _threads.Run(() => timeUp.IsCancellationRequested ? Task.FromCanceled<CheckResult>(timeUp) : Begin(timeout, timeUp));
        var result = await Result(run, timeout, limit).ConfigureAwait(false);
        return Forgive(result, Stopwatch.GetElapsedTime(begun) - timeout);
    }

    private Task<CheckResult> Begin(TimeSpan timeout, CancellationToken timeUp)
    {
        _begun = true;
        return check.Run(timeout, timeUp);
    }

    private async Task<CheckResult> Result(Task<CheckResult> run, TimeSpan timeout, CancellationTokenSource limit)
    {
        CheckResult? missed = null;
        if (!await AlarmClock.Own.Ends(run, timeout).ConfigureAwait(false))
        {
            missed = Missed($"no answer within {Words(timeout)}");
            await limit.CancelAsync().ConfigureAwait(false);
            if (!await AlarmClock.Own.Ends(run, s_endTimeout).ConfigureAwait(false))
            {
                _hung = run;
                return missed.Value;
            }
        }
        try
        {
            var result = await run.ConfigureAwait(false);
            return result.TimedOut ? result with { Detail = $"{result.Detail} within {Words(timeout)}" } : result;
        }
        catch (OperationCanceledException)
        {
            return missed ?? Missed($"no answer within {Words(timeout)}");
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

    /// <summary>What it means that there is no answer: nothing, where the run waits for a thread that this machine does not have.</summary>
    private CheckResult Missed(string detail) => !_begun && _threads.AreTaken() ? CheckResult.NotTried(NoThread) : check.Unanswered(detail);

    /// <summary>The first time-out that came far too late (this process was stopped or starved) counts for nothing; the next one counts.</summary>
    private CheckResult Forgive(CheckResult result, TimeSpan late)
    {
        var stalled = result.TimedOut && late > s_ownStall && !_stallForgiven;
        _stallForgiven = stalled;
        return stalled ? new(Outcome.Pending, $"{result.Detail}; not counted, this agent itself was held up for {Words(late)}") : result;
    }

    private static string Words(TimeSpan span) => span.TotalSeconds >= 2 ? $"{span.TotalSeconds:0.#} s" : $"{span.TotalMilliseconds:0} ms";
}
