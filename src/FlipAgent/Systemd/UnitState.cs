namespace FlipAgent.Systemd;

/// <summary>What a unit's state means for the service that it runs (docs/checks.md, the table's first row).</summary>
public enum UnitCondition
{
    /// <summary>It runs, or reads its configuration anew.</summary>
    Up,
    /// <summary>It does not run, and systemd has no plan to start it.</summary>
    Down,
    /// <summary>It does not run at this moment, and systemd is about to start it or has not yet decided.</summary>
    Restarting,
}

/// <summary>A unit as systemd describes it at one moment (org.freedesktop.systemd1(5)).</summary>
public sealed record UnitState
{
    /// <summary>loaded, not-found, masked, bad-setting, error.</summary>
    public required string Load { get; init; }

    /// <summary>active, reloading, inactive, failed, activating, deactivating; newer versions: maintenance, refreshing.</summary>
    public required string Active { get; init; }

    /// <summary>running, dead, auto-restart and so on.</summary>
    public required string Sub { get; init; }

    /// <summary>Type of the pending job (start, stop, restart, reload ...), or null when there is none.</summary>
    public string? Job { get; init; }

    /// <summary>systemd would take an order to start it.</summary>
    public bool CanStart { get; init; }

    /// <summary>0: there is none now.</summary>
    public int MainPid { get; init; }

    /// <summary>simple, exec, forking, oneshot, dbus, notify, notify-reload, idle; null: not asked.</summary>
    public string? Type { get; init; }

    /// <summary>Automatic restarts since the last start by hand; null: not asked.</summary>
    public uint? Restarts { get; init; }

    /// <summary>Why it stopped (exit-code, signal, oom-kill ...); success while it runs.</summary>
    public string Result { get; init; } = "success";

    /// <summary>How the last reload ended; success when there was none.</summary>
    public string ReloadResult { get; init; } = "success";

    /// <summary>What the service says of itself through sd_notify.</summary>
    public string StatusText { get; init; } = "";

    public UnitCondition Condition => HasExited && Type is not (null or "oneshot") ? UnitCondition.Down : Judge(Active, Sub, Job);

    /// <summary>
    /// RemainAfterExit: the unit counts as active, and none of its processes runs. Of a oneshot that is how it is meant, for instance where it starts a
    /// container; of any other type the service is gone.
    /// </summary>
    public bool HasExited => Active == "active" && Sub == "exited";

    /// <summary>It can be started now (rule E14).</summary>
    public bool Startable => Load == "loaded" && CanStart;

    /// <summary>The last reload failed: the old configuration is still at work (fault F57).</summary>
    public bool ReloadFailed => ReloadResult != "success" || StatusText.Contains("Reload failed", StringComparison.OrdinalIgnoreCase);

    /// <summary>One phrase for people: "pid 812, active (running)".</summary>
    public string Text
    {
        get
        {
            var pid = MainPid > 0 ? $"pid {MainPid}, " : "";
            var job = Job is null ? "" : $", {Job} job pending";
            var result = Result == "success" ? "" : $", result {Result}";
            var exited = HasExited && Condition == UnitCondition.Down ? $", for RemainAfterExit keeps a unit of type {Type} active after its process has ended" : "";
            var load = Load switch { "loaded" => "", "not-found" => ", no such unit", _ => $", {Load}" };
            return $"{pid}{Active} ({Sub}){job}{result}{exited}{load}";
        }
    }

    /// <summary>The rule itself, on systemd's own words.</summary>
    public static UnitCondition Judge(string active, string sub, string? job)
    {
        if (active is "active" or "reloading" or "refreshing")
            return UnitCondition.Up;
        // systemd 254 and later pass through failed-before-auto-restart, in which the unit already calls itself failed.
        if (sub.Contains("auto-restart", StringComparison.Ordinal) || job is "start" or "restart" or "try-restart" or "reload-or-start")
            return UnitCondition.Restarting;
        return active switch
        {
            "activating" => UnitCondition.Restarting,
            // After a crash the rest of the service is still being swept away, and only then does systemd look at Restart=.
            "deactivating" when job != "stop" => UnitCondition.Restarting,
            _ => UnitCondition.Down,
        };
    }
}

/// <summary>The state, or why systemd could not be asked.</summary>
internal readonly record struct UnitAnswer(UnitState? State, string Problem)
{
    /// <summary>The problem is none of systemd's: this agent has no file descriptor or memory left to ask.</summary>
    public bool Shortage { get; init; }
}

/// <summary>The kind of job that systemd has pending on this agent's own unit (rule E12).</summary>
public enum OwnJobKind
{
    /// <summary>There is none: the signal did not come from systemd's plan.</summary>
    None,
    Restart,
    Stop,
    /// <summary>systemd did not say in time, or there is no systemd.</summary>
    NoAnswer,
}

/// <param name="Unit">The agent's own unit, or empty when it is not known.</param>
/// <param name="Detail">The job's type in systemd's word, or why there was no answer.</param>
public sealed record OwnJob(OwnJobKind Kind, string Unit, string Detail);

/// <summary>How an order to start or stop a unit was taken.</summary>
public enum UnitOrderResult
{
    /// <summary>systemd has queued the job; watch the unit to see how it ends.</summary>
    Accepted,
    /// <summary>polkit does not let this user.</summary>
    Permission,
    /// <summary>There is no such unit, it is masked, or its file is broken.</summary>
    NotStartable,
    /// <summary>systemd could not be asked, or refused for another reason.</summary>
    Failed,
}

public sealed record UnitOrder(UnitOrderResult Result, string Detail);
