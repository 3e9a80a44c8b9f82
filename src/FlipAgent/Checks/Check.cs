using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Redaction;
using FlipAgent.Supervision;
using FlipAgent.Systemd;

namespace FlipAgent.Checks;

/// <summary>What one look at the service found.</summary>
internal enum Outcome
{
    /// <summary>Works. Counts towards <c>rise</c>.</summary>
    Up,
    /// <summary>Works, but a person should know something. Counts like <see cref="Up"/>.</summary>
    Degraded,
    /// <summary>Did not work, or could not be looked at. Counts towards <c>fall</c>.</summary>
    Failed,
    /// <summary>Is gone, as a fact: down at once, whatever <c>fall</c> says.</summary>
    Dead,
    /// <summary>Nothing can be said now (a restart is under way, the agent could not look): the verdict stays, and nothing is counted.</summary>
    Pending,
}

/// <summary>One result of a check.</summary>
/// <param name="Detail">What was seen, in a few words for `status`; <see cref="Shown"/> takes secrets out of it.</param>
internal readonly record struct CheckResult(Outcome Outcome, string Detail)
{
    /// <summary>In characters.</summary>
    public const int LongestDetail = 500;

    /// <summary>The failure is that no answer came in time, as opposed to a refusal or a wrong answer.</summary>
    public bool TimedOut { get; init; }

    /// <summary>The service could not be asked, because those who ask already take up all the room.</summary>
    public bool Crowded { get; init; }

    /// <summary>HAProxy says of itself that it is at a connection limit.</summary>
    public bool Saturated { get; init; }

    /// <summary>A program at an address of this machine has itself answered; a connection alone is the kernel's answer (fault F53).</summary>
    public bool Answered { get; init; }

    /// <summary>Nothing is counted, but a person should know.</summary>
    public bool Worrying { get; init; }

    /// <summary>When the fault happened (<see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>); 0: not known.</summary>
    public long FaultAt { get; init; }

    public bool Ok => Outcome is Outcome.Up or Outcome.Degraded;

    /// <summary>
    /// The same as people may see it. Much of a detail is what a program, a server or a library said, at any length, and from here it goes into status, page, log, events, alerts and
    /// adverts, all of which rely on this.
    /// </summary>
    public CheckResult Shown() => this with { Detail = Printable.Of(Detail, LongestDetail) };

    /// <summary>What cannot be looked at is no reason to call the service well; it is looked at again at the next turn.</summary>
    public static CheckResult Broken(Exception e) => new(Outcome.Failed, $"the check failed inside the agent: {SupervisedPart.Describe(e)}");

    public static CheckResult NoAnswer(string detail) => new(Outcome.Failed, detail) { TimedOut = true };

    /// <summary>This agent ran out of something that it needs to look (<see cref="Shortage"/>), which says nothing about the service (fault F11).</summary>
    public static CheckResult NotTried(string shortage) => new(Outcome.Pending, $"not checked, the verdict stays: {shortage}") { Worrying = true };
}

/// <summary>
/// One way of looking at the service. It only says what it sees; <see cref="CheckLoop"/> decides when it looks
/// and what its findings mean.
/// </summary>
internal abstract class Check : IDisposable
{
    /// <summary>From here on it may hand in results between its turns.</summary>
    public virtual void Begin()
    {
    }

    /// <summary>
    /// Looks once, on a thread that it may block. Never runs twice at a time. Expected failures are results, not exceptions, but for a <see cref="Shortage"/>; it ends after
    /// <paramref name="within"/>, or soon after <paramref name="stop"/> is cancelled (the time-out is over) by a result or an <see cref="OperationCanceledException"/>.
    /// </summary>
    public abstract Task<CheckResult> Run(TimeSpan within, CancellationToken stop);

    /// <summary>
    /// What it means that a look got no answer in time. A process that is seen to live is not called dead because somebody who was asked about it
    /// (systemd, a file system) is slow, or because this agent itself is: that would move the address away from a healthy HAProxy.
    /// </summary>
    public CheckResult Unanswered(string detail) => KnownPids is [var pid, ..]
        ? new(Outcome.Degraded, $"pid {pid} runs, but: {detail}")
        : CheckResult.NoAnswer(detail);

    /// <summary>Pids of the main processes that this check knows to be alive; other checks compare them with what they find (fault F56).</summary>
    public virtual IReadOnlyList<int> KnownPids => [];

    /// <summary>Pids that take part in a reload at this moment: the one that has announced itself, and the one that was replaced just now.</summary>
    public virtual IReadOnlyList<int> ReloadingPids => [];

    /// <summary>
    /// While true a restart is under way that may be mended in time, or is not longer ago than its grace; failures of the other checks then have a known reason.
    /// </summary>
    public virtual bool Restarting => false;

    public virtual void Dispose() => GC.SuppressFinalize(this);
}

/// <summary>What a check may use of its surroundings.</summary>
/// <param name="Exits">Watches processes for their exit.</param>
/// <param name="Bus">Speaks with systemd.</param>
/// <param name="Push">Hands in a result outside of the turn, from any thread, at once.</param>
/// <param name="ProcessExited">A watched process has exited: the other checks are to look now.</param>
/// <param name="MainPids">The pids that the process checks know.</param>
/// <param name="ReloadingPids">The pids that take part in a reload now.</param>
/// <param name="UnitSeen">The state of a unit with <c>standby: cold</c> has changed.</param>
internal sealed record CheckContext(
    ExitWatch Exits, SystemBus Bus, Action<CheckResult> Push, Action ProcessExited, Func<IReadOnlyList<int>> MainPids,
    Func<IReadOnlyList<int>> ReloadingPids, Action<Input.UnitChanged> UnitSeen)
{
    /// <summary>Does what may block between the turns on a thread of the looks, and not on that of the caller, who has others to serve. The task ends with it.</summary>
    public Func<Action, Task> Beside { get; init; } = LookThreads.Own.Beside;

    /// <summary>Whether another kind of check asks the service itself: http, haproxy, tcp or a program.</summary>
    public Func<bool> OthersSeeService { get; init; } = () => false;

    public Check Make(CheckConfig config) => config switch
    {
        CheckConfig.Unit unit => new UnitCheck(unit, this),
        CheckConfig.PidFile file => new PidFileCheck(file.File, this),
        CheckConfig.ProcessName name => new ProcessNameCheck(name.Comm, this),
        CheckConfig.Tcp tcp => new TcpCheck(tcp.Target),
        CheckConfig.Http http => new HttpCheck(http),
        CheckConfig.HaProxy haproxy => new HaProxyCheck(haproxy.Socket, MainPids, ReloadingPids),
        CheckConfig.Exec exec => new ExecCheck(exec.Argv),
        _ => throw new ArgumentException($"unknown kind of check {config.GetType().Name}", nameof(config)),
    };
}
