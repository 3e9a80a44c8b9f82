using System.Collections.Immutable;
using System.Diagnostics;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Supervision;
using FlipAgent.Systemd;

namespace FlipAgent.Checks;

/// <summary>
/// Runs all checks of the configuration and reports to the election what changed, and only that. Weighs the result of each check in the light of the others.
/// </summary>
/// <remarks>
/// Usage: <c>new CheckRunner(config.Checks, exits, bus, input => inbox.Put(input))</c>, then <see cref="Start"/>. What it posts: <see cref="Input.CheckChanged"/> on the
/// first verdict of a check and on each change of it, <see cref="Input.Noticed"/> with <see cref="EventKind.CheckDegraded"/> when a check that is up begins
/// to worry, and <see cref="Input.UnitChanged"/> for a unit with <c>standby: cold</c>. All of them come one at a time, from any thread; the call-back must be
/// quick and must not call back into the runner.
/// </remarks>
public sealed class CheckRunner : IDisposable
{
    private readonly CheckContext _context;
    private volatile CheckSet _set;

    /// <summary>Makes the checks; none runs before <see cref="Start"/>.</summary>
    public CheckRunner(ImmutableArray<CheckConfig> checks, ExitWatch exits, SystemBus bus, Action<Input> post, Supervisor? supervisor = null)
        : this(checks, exits, bus, post, supervisor, static (config, context) => context.Make(config))
    {
    }

    internal CheckRunner(
        ImmutableArray<CheckConfig> checks, ExitWatch exits, SystemBus bus, Action<Input> post, Supervisor? supervisor, Func<CheckConfig, CheckContext, Check> make)
    {
        Shortage.Prepare();
        _ = AlarmClock.Own;
        Supervisor = supervisor ?? Supervisor.Silent;
        Make = make;
        _context = new(exits, bus, Push: _ => { }, ProcessExited: () => { }, MainPids, ReloadingPids, UnitSeen) { OthersSeeService = OthersSeeService };
        _set = new([], post);
        _set = new([.. checks.Select(config => new CheckLoop(this, config, _context))], post);
    }

    /// <summary>How every check stands now, in the order of the configuration. Cheap.</summary>
    public ImmutableArray<CheckSnapshot> Snapshots => [.. _set.Loops.Select(loop => loop.Snapshot)];

    /// <summary>Looks at the checks of now for good, also after a reload: for who must not mix two configurations.</summary>
    public Func<IReadOnlyList<CheckSnapshot>> Reporter
    {
        get
        {
            var loops = _set.Loops;
            return () => [.. loops.Select(loop => loop.Snapshot)];
        }
    }

    /// <summary>One lock for all verdicts: what is posted under it keeps its order.</summary>
    internal Lock Gate { get; } = new();

    internal Supervisor Supervisor { get; }

    internal Func<CheckConfig, CheckContext, Check> Make { get; }

    /// <summary>Begins to run all checks at once.</summary>
    public void Start()
    {
        foreach (var loop in _set.Loops)
            loop.Start();
    }

    /// <summary>Lets every check look now instead of waiting for its turn.</summary>
    public void TriggerAll() => Trigger(except: null);

    /// <summary>
    /// Runs each check now and answers with what it found: <see cref="CheckSnapshot.Up"/> is that one result, not the verdict, and the verdict is not touched.
    /// Takes at most the longest time-out and a little more.
    /// </summary>
    public async Task<IReadOnlyList<CheckSnapshot>> CheckNow(CancellationToken stop)
    {
        var asked = _set.Loops.Select(loop => (Loop: loop, Answer: loop.LookNow())).ToArray();
        await Task.WhenAll(asked.Select(a => a.Answer)).WaitAsync(stop).ConfigureAwait(false);
        return [.. asked.Select(a => Found(a.Loop.Snapshot, a.Answer.Result))];
    }

    /// <summary>
    /// The checks of another configuration, for a reload. Checks are matched by name: one whose target is the same keeps its verdict and counters, also when its
    /// interval, time-out, rise, fall or weight is new; one whose target is new begins anew, and its first result decides. One reload at a time.
    /// </summary>
    /// <param name="checks">The new checks, in their new order.</param>
    /// <param name="post">Takes what is posted with an index into them.</param>
    internal PreparedChecks Prepare(ImmutableArray<CheckConfig> checks, Action<Input> post)
    {
        var old = _set.Loops;
        CheckLoop[] next = [.. checks.Select(config => old.FirstOrDefault(l => SameTarget(l.Config, config)) ?? new CheckLoop(this, config, _context))];
        return new PreparedChecks(old, next, checks, () => _set = new(next, post));
    }

    public void Dispose()
    {
        foreach (var loop in _set.Loops)
            loop.Dispose();
    }

    internal void Trigger(CheckLoop? except)
    {
        foreach (var loop in _set.Loops)
            if (loop != except)
                loop.Trigger();
    }

    /// <summary>What a result of one check means in the light of the others. Called under <see cref="Gate"/>.</summary>
    internal CheckResult Weigh(CheckLoop loop, CheckResult result)
    {
        if (result.Outcome != Outcome.Failed)
            return result;
        // Fault F52: while systemd mends the service within its grace, the port is shut for a reason that is known, and it must not cost a move.
        if (_set.Loops.FirstOrDefault(l => l != loop && l.Restarting) is { } restarting)
            return result with { Outcome = Outcome.Pending, Detail = $"{result.Detail}; not counted while {restarting.Config.Name} restarts" };
        // Fault F54: at its connection limit HAProxy lets new clients wait, so a page times out, but it is alive and says so on the stats socket.
        if (result.TimedOut && loop.Config is CheckConfig.Http or CheckConfig.Tcp && Saturated() is { } full)
            return result with { Outcome = Outcome.Degraded, Detail = $"{result.Detail}; not down, for {full.Config.Name} says: {full.Last.Result.Detail}" };
        // The other way round: some hung monitors take up all connections of the stats socket (ten by default), and HAProxy serves all the same.
        if ((result.TimedOut || result.Crowded) && loop.Config is CheckConfig.HaProxy && Answering() is { } serving)
            return result with { Outcome = Outcome.Degraded, Detail = $"{result.Detail}; not down, for HAProxy answers {serving.Config.Name}: {serving.Last.Result.Detail}" };
        return result;
    }

    /// <summary>Called under <see cref="Gate"/>.</summary>
    internal void Changed(CheckLoop loop, bool up, string detail, long faultAt)
    {
        var set = _set;
        if (Array.IndexOf(set.Loops, loop) is var index && index < 0)
            return;
        var age = up || faultAt == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(faultAt);
        set.Post(new Input.CheckChanged(index, up, detail, age));
    }

    /// <summary>Called under <see cref="Gate"/>.</summary>
    internal void Worried(CheckLoop loop, bool worried, string detail)
    {
        var set = _set;
        if (worried && Array.IndexOf(set.Loops, loop) >= 0)
            set.Post(new Input.Noticed(new Event(EventKind.CheckDegraded, Severity.Warning) { Subject = loop.Config.Name, Detail = detail }));
    }

    private CheckLoop? Saturated() => _set.Loops.FirstOrDefault(l => l.Config is CheckConfig.HaProxy && l.Last.Result.Saturated && IsFresh(l));

    private CheckLoop? Answering() => _set.Loops.FirstOrDefault(l =>
        l.Config is CheckConfig.Http or CheckConfig.Tcp && l.Last.Result is { Outcome: Outcome.Up, Answered: true } && IsFresh(l));

    private static bool IsFresh(CheckLoop loop) => Stopwatch.GetElapsedTime(loop.Last.StartedAt) <= loop.Config.Interval + loop.Config.Timeout;

    private bool OthersSeeService() => _set.Loops.Any(l => l.Config is CheckConfig.Http or CheckConfig.HaProxy or CheckConfig.Tcp or CheckConfig.Exec);

    private List<int> MainPids() => [.. _set.Loops.SelectMany(l => l.KnownPids)];

    private List<int> ReloadingPids() => [.. _set.Loops.SelectMany(l => l.ReloadingPids)];

    private void UnitSeen(Input.UnitChanged change)
    {
        lock (Gate)
            _set.Post(change);
    }

    private static CheckSnapshot Found(CheckSnapshot verdict, CheckResult result) =>
        verdict with { Up = result.Outcome == Outcome.Pending ? verdict.Up : result.Ok, Detail = result.Detail };

    private static bool SameTarget(CheckConfig a, CheckConfig b) => Untimed(a) == Untimed(b);

    internal static (TimeSpan, TimeSpan, TimeSpan, int, int, int) Timing(CheckConfig c) => (c.Interval, c.FastInterval, c.Timeout, c.Rise, c.Fall, c.Weight);

    private static CheckConfig Untimed(CheckConfig config) => config with { Interval = default, FastInterval = default, Timeout = default, Rise = 0, Fall = 0, Weight = 0, AsksByVariable = false };

    /// <summary>The checks of one configuration, and where their verdicts go: an index is only ever posted to where it counts.</summary>
    private sealed record CheckSet(CheckLoop[] Loops, Action<Input> Post);
}
