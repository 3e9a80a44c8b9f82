using System.Diagnostics;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Systemd;

namespace FlipAgent.Checks;

/// <summary>
/// Watches a systemd unit. The kernel says in a millisecond that the process is gone; systemd says what comes next. A restart that
/// systemd promises is waited for, for <c>restart_grace</c>, and not of a unit that restarts all the time.
/// </summary>
internal sealed class UnitCheck : Check
{
    /// <summary>A main process that systemd had to restart so often within <see cref="s_loopWindow"/> is not waited for any more (fault F50).</summary>
    private const int LoopRestarts = 2;

    private static readonly TimeSpan s_loopWindow = TimeSpan.FromSeconds(30);

    /// <summary>How long after an exit systemd is asked each millisecond whether it has noticed.</summary>
    private static readonly TimeSpan s_lag = TimeSpan.FromMilliseconds(20);

    private readonly CheckConfig.Unit _config;
    private readonly CheckContext _context;
    private readonly Lock _gate = new();
    private readonly Timer _graceOver;
    private IDisposable? _watch;
    private readonly Queue<long> _restarts = [];
    private uint? _restartCount;
    private volatile Watched? _main;
    private volatile bool _restarting;
    private UnitAnswer _last;
    private long _lostAt;
    private long _graceEnds;
    private int _restartsBefore;
    private (bool Startable, bool Active)? _cold;
    private bool _disposed;

    public UnitCheck(CheckConfig.Unit config, CheckContext context)
    {
        _config = config;
        _context = context;
        _graceOver = new Timer(_ => GraceOver());
    }

    /// <summary>Also when it is back within the grace: systemd may call a unit active before HAProxy has its ports, by its type.</summary>
    public override bool Restarting => _restarting || Stopwatch.GetTimestamp() < Volatile.Read(ref _graceEnds);

    public override IReadOnlyList<int> KnownPids => _main is { HasExited: false } main ? [main.Process.Pid] : [];

    public override void Begin() => _watch = _context.Bus.Watch(_config.UnitName, Seen);

    public override async Task<CheckResult> Run(TimeSpan within, CancellationToken stop)
    {
        UnitAnswer answer;
        try
        {
            answer = await _context.Bus.Read(_config.UnitName, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            answer = new(null, "systemd does not answer");
        }
        lock (_gate)
            return _disposed ? new(Outcome.Pending, "the check was removed") : Judge(answer);
    }

    public override void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _restarting = false;
            _main?.Dispose();
            _graceOver.Dispose();
        }
        _watch?.Dispose();
        base.Dispose();
    }

    private void Seen(UnitAnswer answer)
    {
        lock (_gate)
            if (!_disposed)
                _context.Push(Judge(answer));
    }

    private void OnExit(Watched exited, long at)
    {
        lock (_gate)
        {
            if (_disposed || exited != _main)
                return;
            BeginGrace(at);
        }
        _context.Bus.AskUntil(_config.UnitName, s => s.Condition != UnitCondition.Up || s.MainPid != exited.Process.Pid, s_lag, Seen);
        _context.ProcessExited();
    }

    private void GraceOver()
    {
        lock (_gate)
            if (!_disposed && _restarting)
                _context.Push(TooLate());
    }

    private CheckResult Judge(UnitAnswer answer)
    {
        _last = answer;
        if (answer.State is not { } state)
            return NotAsked(answer.Problem, answer.Shortage);
        TellCold(state);
        switch (state.Condition)
        {
            case UnitCondition.Up when _main is { HasExited: true } main && main.Process.Pid == state.MainPid && !HasSuccessor(main.Process):
                return new(Outcome.Pending, $"pid {state.MainPid} has exited, and systemd has not drawn its conclusion yet");
            case UnitCondition.Up:
                return Serving(state);
            case UnitCondition.Down:
                var lostAt = _lostAt;
                EndGrace();
                WaitNoLonger();
                _lostAt = lostAt;
                return new(Outcome.Dead, state.Text) { FaultAt = lostAt };
            default:
                return Mending(state);
        }
    }

    /// <summary>The new main process got the very number of the old one.</summary>
    private static bool HasSuccessor(ProcessIdentity gone) => ProcessIdentity.OfLiving(gone.Pid, out _) is { } now && now != gone;

    private CheckResult Serving(UnitState state)
    {
        EndGrace();
        CountRestarts(state.Restarts);
        var note = Follow(state.MainPid);
        if (state.ReloadFailed)
            return new(Outcome.Degraded, $"the last reload failed, the old configuration is still at work ({state.Text}{note})");
        if (Blindness.Of(state) is not { } blind)
            return new(Outcome.Up, state.Text + note);
        return _context.OthersSeeService()
            ? new(Outcome.Up, $"{state.Text}{note}; other checks look at the service, for {blind.Split(';')[0]}")
            : new(Outcome.Degraded, $"{blind} ({state.Text}{note})");
    }

    private CheckResult Mending(UnitState state)
    {
        if (_lostAt == 0)
            BeginGrace(Stopwatch.GetTimestamp());
        CountRestarts(state.Restarts);
        // Only its own restarts count as a loop: somebody at the keyboard who restarts it a few times knows what he does.
        var byItself = state.Sub.Contains("auto-restart", StringComparison.Ordinal) || state.Job is null;
        if (byItself && _restartsBefore >= LoopRestarts)
        {
            WaitNoLonger();
            return new(Outcome.Dead, $"crash loop: {_restartsBefore} restarts within {s_loopWindow.TotalSeconds:0} s, and down again ({state.Text})") { FaultAt = _lostAt };
        }
        return Stopwatch.GetElapsedTime(_lostAt) < _config.RestartGrace
            ? new(Outcome.Pending, $"restarting: {state.Text}")
            : TooLate();
    }

    private CheckResult TooLate()
    {
        WaitNoLonger();
        var seen = _last.State is { } state ? (state.Condition == UnitCondition.Up ? "systemd still says " : "") + state.Text : _last.Problem;
        return new(Outcome.Dead, $"not back within {_config.RestartGrace.TotalMilliseconds:0} ms: {seen}") { FaultAt = _lostAt };
    }

    /// <summary>
    /// systemd cannot be asked. As long as the main process is seen to live that is no reason to call it dead: a restart of dbus-daemon would
    /// otherwise move the address away from a healthy HAProxy.
    /// </summary>
    private CheckResult NotAsked(string problem, bool shortage)
    {
        if (_main is { HasExited: false } main)
            return new(Outcome.Degraded, $"pid {main.Process.Pid} runs, but systemd cannot be asked: {problem}");
        if (_restarting && Stopwatch.GetElapsedTime(_lostAt) < _config.RestartGrace)
            return new(Outcome.Pending, $"the main process has exited, and systemd cannot be asked: {problem}");
        return shortage
            ? CheckResult.NotTried(problem)
            : new(Outcome.Failed, problem) { FaultAt = _lostAt };
    }

    /// <summary>Watches the main process for its exit; answers with a remark when that cannot be done.</summary>
    private string Follow(int pid)
    {
        if (_main is { HasExited: false } same && same.Process.Pid == pid)
            return "";
        _main?.Dispose();
        _main = null;
        if (pid == 0)
            return "";
        // Should the number change hands between systemd's answer and this line, the signal of the unit's own change is already on its way.
        if (ProcessIdentity.OfLiving(pid, out var problem) is not { } process)
            return $"; its exit cannot be watched: {(problem.Length > 0 ? problem : "it is not in /proc")}";
        _main = _context.Exits.Watch(process, OnExit, out _, out problem);
        return _main is null ? $"; its exit cannot be watched: {problem}" : "";
    }

    private void BeginGrace(long lostAt)
    {
        if (_lostAt != 0)
            return;
        _lostAt = lostAt;
        _restarting = true;
        Volatile.Write(ref _graceEnds, lostAt + (long)(_config.RestartGrace.TotalSeconds * Stopwatch.Frequency));
        _restartsBefore = RecentRestarts();
        var left = _config.RestartGrace - Stopwatch.GetElapsedTime(lostAt);
        _graceOver.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private void EndGrace()
    {
        _lostAt = 0;
        _restarting = false;
        _graceOver.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>It is down: what else fails has no other reason.</summary>
    private void WaitNoLonger()
    {
        _restarting = false;
        Volatile.Write(ref _graceEnds, 0);
    }

    private void CountRestarts(uint? count)
    {
        if (_restartCount is { } known && count > known)
            _restarts.Enqueue(Stopwatch.GetTimestamp());
        _restartCount = count ?? _restartCount;
    }

    private int RecentRestarts()
    {
        while (_restarts.TryPeek(out var oldest) && Stopwatch.GetElapsedTime(oldest) > s_loopWindow)
            _restarts.Dequeue();
        return _restarts.Count;
    }

    private void TellCold(UnitState state)
    {
        var now = (state.Startable, Active: state.Condition == UnitCondition.Up);
        if (!_config.ColdStandby || _cold == now)
            return;
        _cold = now;
        _context.UnitSeen(new Input.UnitChanged(now.Startable, now.Active, state.Text));
    }
}
