using System.Diagnostics;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Supervision;

namespace FlipAgent.Checks;

/// <summary>
/// One check's life: look, count, wait, look again; each interval, sooner after a failure (<see cref="LookPace"/>), at once when something has happened, and
/// never twice at the same time, but for a look that is long without an answer (<see cref="SecondLook"/>).
/// </summary>
internal sealed class CheckLoop : IDisposable
{
    private static readonly CheckResult s_removed = new(Outcome.Failed, "the check was removed");

    private readonly CheckRunner _owner;
    private readonly SupervisedPart _part;
    private readonly Check _check;
    private readonly TimedRuns _runs;
    private readonly SecondLook _second;
    private readonly Bell _bell = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<TaskCompletionSource<CheckResult>> _waiting = [];
    private bool _ended;
    private RiseFall _verdict;
    private volatile bool _urgent;
    private volatile CheckConfig _config;
    private volatile CheckSnapshot _snapshot;

    public CheckLoop(CheckRunner owner, CheckConfig config, CheckContext context)
    {
        _owner = owner;
        _config = config;
        _snapshot = new(config.Name, config.Kind, null, DateTimeOffset.UtcNow, "not looked at yet");
        _part = owner.Supervisor.Part($"check {config.Name}");
        var own = context with
        {
            Push = result => _part.Run(() => Push(result)),
            ProcessExited = () => owner.Trigger(except: this),
            Beside = work => LookThreads.Own.Beside(() => _part.Run(work)),
        };
        _check = _part.Run(() => owner.Make(config, own), e => new Unmade(e));
        _runs = new(_check, _part, _stop.Token);
        LookThreads.Own.Reserve(Looks);
        _second = new(() => owner.Make(config, own with { Push = _ => { } }), _part, _stop.Token);
    }

    public CheckConfig Config => _config;

    public CheckSnapshot Snapshot => _snapshot;

    public IReadOnlyList<int> KnownPids => _check.KnownPids;

    public IReadOnlyList<int> ReloadingPids => _check.ReloadingPids;

    public bool Restarting => _check.Restarting;

    /// <summary>The last result, and when its run began; for what one check may say about another.</summary>
    public (CheckResult Result, long StartedAt) Last { get; private set; }

    /// <summary>Begins to look. Not before the runner knows this loop, because the first result may come at once.</summary>
    public void Start()
    {
        _part.Run(_check.Begin);
        ThreadPool.UnsafeQueueUserWorkItem(static loop => loop.Live(), this, preferLocal: false);
    }

    /// <summary>Looks now instead of waiting for its turn; the next turn is an interval later.</summary>
    public void Trigger()
    {
        _urgent = true;
        _bell.Ring();
    }

    /// <summary>Stops looking; what is still under way is not counted. Returns at once, so bell and token live on until the last turn has ended.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _bell.Ring();
        _part.Run(_check.Dispose);
        LookThreads.Own.Reserve(-Looks);
    }

    /// <summary>How many may be under way at a time.</summary>
    private int Looks => LookPace.MayBeBeside(_config) ? 2 : 1;

    /// <summary>Takes new settings of the same target: the verdict stays, the streak begins anew because its length may have another meaning.</summary>
    public void Retime(CheckConfig config)
    {
        lock (_owner.Gate)
        {
            if (_verdict.Up is { } up)
                _verdict = RiseFall.Decided(up);
            _config = config;
        }
        Trigger();
    }

    /// <summary>One more run now, of which the verdict hears nothing: asking how things are must not change them.</summary>
    public Task<CheckResult> LookNow()
    {
        var answer = new TaskCompletionSource<CheckResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_waiting)
        {
            if (_ended)
                return Task.FromResult(s_removed);
            _waiting.Add(answer);
        }
        _bell.Ring();
        return answer.Task;
    }

    // async void, but nothing is left that could throw: a failure of a turn costs that turn.
    private async void Live()
    {
        var due = Stopwatch.GetTimestamp();
        while (!_stop.IsCancellationRequested)
        {
            var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            var early = left > TimeSpan.Zero ? Bell.Unseen(left) : TimeSpan.Zero;
            if (left > TimeSpan.Zero)
                await _bell.Wait(left, early).ConfigureAwait(false);
            if (!_stop.IsCancellationRequested)
                due = await _part.Run(() => Turn(due, early), _ => NextAfter(Stopwatch.GetTimestamp())).ConfigureAwait(false);
        }
        Answer(TakeWaiting(last: true), s_removed);
        _part.Run(_second.Dispose);
    }

    /// <summary>One visit; answers when the next one is due.</summary>
    /// <param name="early">It may come so much too early, and counts.</param>
    private async Task<long> Turn(long due, TimeSpan early)
    {
        _bell.Quiet();
        var started = Stopwatch.GetTimestamp();
        var counts = _urgent || started >= After(due, -early);
        _urgent = false;
        var asked = TakeWaiting();
        if (!counts && asked.Count == 0)
            return due;
        var config = _config;
        var run = _part.Run(() => _runs.Next(config.Timeout), CheckResult.Broken);
        var beside = counts ? LookPace.Beside(config, Verdict) : null;
        var second = beside is { } slow ? await _second.Beside(run, slow, config.Timeout).ConfigureAwait(false) : null;
        var result = Weighed(await run.ConfigureAwait(false));
        if (counts)
            Count(result, started);
        // Who asked during a run that got no answer is not made to wait for a second one.
        Answer(result.TimedOut ? [.. asked, .. TakeWaiting()] : asked, result);
        if (second is { } also)
        {
            (result, started) = (Weighed(await also.Result.ConfigureAwait(false)), also.StartedAt);
            Count(result, started);
        }
        return counts ? After(started, LookPace.AfterLook(_config, Verdict, result.Outcome)) : due;
    }

    private long NextAfter(long started) => After(started, _config.Interval);

    private static long After(long started, TimeSpan pause) => started + (long)(pause.TotalSeconds * Stopwatch.Frequency);

    private RiseFall Verdict
    {
        get
        {
            lock (_owner.Gate)
                return _verdict;
        }
    }

    private static void Answer(List<TaskCompletionSource<CheckResult>> asked, CheckResult result)
    {
        foreach (var answer in asked)
            answer.SetResult(result);
    }

    private List<TaskCompletionSource<CheckResult>> TakeWaiting(bool last = false)
    {
        lock (_waiting)
        {
            _ended = last;
            List<TaskCompletionSource<CheckResult>> taken = [.. _waiting];
            _waiting.Clear();
            return taken;
        }
    }

    private CheckResult Weighed(CheckResult result)
    {
        result = result.Shown();
        lock (_owner.Gate)
            return _owner.Weigh(this, result);
    }

    private void Count(CheckResult result, long started)
    {
        lock (_owner.Gate)
        {
            if (_stop.IsCancellationRequested)
                return;
            Last = (result, started);
            var config = _config;
            var before = _verdict;
            if (result.Outcome == Outcome.Dead)
                _verdict = RiseFall.Decided(false);
            else if (result.Outcome != Outcome.Pending)
                _verdict = before.After(result.Ok, config.Rise, config.Fall);
            Publish(result, before.Up, Stopwatch.GetElapsedTime(started));
        }
    }

    /// <summary>A result between the turns: a fact decides at once; anything else only says more, for rise and fall count turns, not signals.</summary>
    private void Push(CheckResult result)
    {
        result = result.Shown();
        lock (_owner.Gate)
        {
            if (_stop.IsCancellationRequested)
                return;
            Last = (result, Stopwatch.GetTimestamp());
            var before = _verdict;
            if (result.Outcome == Outcome.Dead)
                _verdict = RiseFall.Decided(false);
            else if (before.Up is null && result.Outcome != Outcome.Pending)
                _verdict = RiseFall.Decided(result.Ok);
            Publish(result, before.Up, null);
        }
    }

    private void Publish(CheckResult result, bool? before, TimeSpan? took)
    {
        var old = _snapshot;
        var changed = _verdict.Up is not null && _verdict.Up != before;
        var detail = Detail(result);
        var ok = took is not null && result.Ok;
        var failed = took is not null && result.Outcome is Outcome.Failed or Outcome.Dead;
        var degraded = _verdict.Up == true && (result.Outcome == Outcome.Degraded || (result.Outcome == Outcome.Pending && (result.Worrying || old.Degraded)));
        _snapshot = old with
        {
            Name = _config.Name,
            Up = _verdict.Up,
            Since = changed ? DateTimeOffset.UtcNow : old.Since,
            Detail = detail,
            Degraded = degraded,
            DegradedSince = degraded ? old.DegradedSince ?? DateTimeOffset.UtcNow : null,
            LastDuration = took ?? old.LastDuration,
            Successes = old.Successes + (ok ? 1 : 0),
            Failures = old.Failures + (failed ? 1 : 0),
        };
        if (changed)
            _owner.Changed(this, _verdict.Up!.Value, detail, result.FaultAt);
        if (_snapshot.Degraded != old.Degraded)
            _owner.Worried(this, _snapshot.Degraded, detail);
    }

    private string Detail(CheckResult result)
    {
        if (_verdict.Streak == 0)
            return result.Detail;
        return _verdict.Up == true
            ? $"{result.Detail} (failure {_verdict.Streak} of {_config.Fall})"
            : $"{result.Detail} (success {_verdict.Streak} of {_config.Rise})";
    }

    /// <summary>Stands for a check that could not even be made, so that the others are.</summary>
    private sealed class Unmade(Exception why) : Check
    {
        public override Task<CheckResult> Run(TimeSpan within, CancellationToken stop) => Task.FromException<CheckResult>(why);
    }
}
