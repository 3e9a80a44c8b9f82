namespace FlipAgent.Core;

/// <summary>
/// The start and the end of this run of the agent (rules E11, E12): whether it goes on where the last one stopped, and how it stops. Always true: once it stops it does
/// not start again; the exit is asked for once.
/// </summary>
public sealed class Lifecycle
{
    /// <summary>How long a restart may take before silence counts.</summary>
    internal static readonly TimeSpan RestartHold = Remembered.MaxHold;

    /// <summary>How long a start waits for peers and checks that have not answered, at most.</summary>
    internal static readonly TimeSpan MaxListening = TimeSpan.FromSeconds(10);

    /// <summary>For how long `prepare-restart` makes a stop a restart.</summary>
    internal static readonly TimeSpan PreparedFor = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan s_exitTimeout = TimeSpan.FromSeconds(5);
    private TimeSpan _restartPreparedUntil = Moment.Never;

    internal Lifecycle(ulong wallClock, TimeSpan now) => (WallAtStart, StartedAt) = (wallClock, now);

    /// <summary>The wall clock at <see cref="StartedAt"/>, in milliseconds since 1970.</summary>
    internal double WallAtStart { get; }

    /// <summary>When this run began.</summary>
    public TimeSpan StartedAt { get; }

    /// <summary>The term of which the last run was master, while this one may go on as such; 0: it may not.</summary>
    internal uint ResumeTerm { get; private set; }

    /// <summary>Until then it may go on as master.</summary>
    internal TimeSpan ResumeUntil { get; private set; } = Moment.Never;

    /// <summary>How it stops; null: it does not.</summary>
    internal StopKind? Stop { get; private set; }

    /// <summary>It was asked to stop.</summary>
    public bool Stopping => Stop is not null;

    /// <summary>The peers are asked to wait for the next run until then.</summary>
    internal TimeSpan RestartHoldUntil { get; private set; } = Moment.Never;

    internal bool Exited { get; private set; }

    /// <summary>A stop was asked for and the rules have not acted on it.</summary>
    internal bool StopIsNew { get; private set; }

    /// <summary>Counts the changes that the next run should know of.</summary>
    internal int Revision { get; private set; }

    internal void MayResume(uint term, TimeSpan until) => (ResumeTerm, ResumeUntil) = (term, until);

    internal void DoNotResume() => ResumeTerm = 0;

    internal void ListenedEnough() => (ResumeTerm, ResumeUntil) = (0, Moment.Never);

    internal void PrepareRestart(TimeSpan now) => _restartPreparedUntil = now + PreparedFor;

    internal void AskStop(StopKind kind, TimeSpan now)
    {
        if (Stopping)
            return;
        Stop = now < _restartPreparedUntil ? StopKind.Restart : kind;
        StopIsNew = true;
        Revision++;
        if (Stop == StopKind.Restart)
            RestartHoldUntil = now + RestartHold;
    }

    /// <summary>The rules have acted on the stop. The answer to a request in flight is waited for, 5 s at most: the next run should know what became of it.</summary>
    internal void PlanExit(TimeSpan now) => (StopIsNew, ExitAt) = (false, now + s_exitTimeout);

    /// <summary>When it exits though a request is in flight; <see cref="Moment.Forever"/>: no stop was asked for.</summary>
    internal TimeSpan ExitAt { get; private set; } = Moment.Forever;

    internal void Exit() => Exited = true;
}
