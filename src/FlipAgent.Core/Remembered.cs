using System.Collections.Immutable;

namespace FlipAgent.Core;

/// <summary>
/// What one run of the agent leaves for the next: written to the state directory (things of any age) and to the runtime directory (things of this boot).
/// Losing it costs time, never safety.
/// </summary>
public sealed record Remembered
{
    /// <summary>The longest that <see cref="Hold"/> can be (rule E12).</summary>
    public static readonly TimeSpan MaxHold = TimeSpan.FromSeconds(15);

    /// <summary>The longest that <see cref="SupersededFor"/> can be (rule E8b).</summary>
    public static readonly TimeSpan MaxSuperseded = TimeSpan.FromMinutes(80);

    /// <summary>The highest term known.</summary>
    public uint Term { get; init; }

    /// <summary>The session as which the run spoke.</summary>
    public ulong Session { get; init; }

    /// <summary>What the node was.</summary>
    public Role Role { get; init; }

    /// <summary>The term of the mastership when <see cref="Role"/> is master.</summary>
    public uint MasterTerm { get; init; }

    /// <summary>How much longer the hold lasts that was asked for when this was written; zero: none.</summary>
    public TimeSpan Hold { get; init; }

    /// <summary>Highest session that counted of each peer, by name, so that a replay is recognized as one after a restart.</summary>
    public ImmutableDictionary<string, ulong> PeerSessions { get; init; } = ImmutableDictionary<string, ulong>.Empty;

    /// <summary>Last verdict of each check, by name.</summary>
    public ImmutableDictionary<string, bool> Verdicts { get; init; } = ImmutableDictionary<string, bool>.Empty;

    /// <summary>The node that superseded this one (rule E8b), or null.</summary>
    public string? SupersededBy { get; init; }

    /// <summary>How much longer that lasts with no guard; zero: there was a guard, so it had no end by the clock.</summary>
    public TimeSpan SupersededFor { get; init; }

    /// <summary>How often in a row: the wait doubles.</summary>
    public int SupersededCount { get; init; }

    /// <summary>It was in maintenance.</summary>
    public bool Maintenance { get; init; }

    /// <summary>Why; null: no reason was given.</summary>
    public string? MaintenanceReason { get; init; }

    /// <summary>Who began it; null: not known.</summary>
    public string? MaintenanceBy { get; init; }

    /// <summary>How much longer the maintenance lasts; null: until it is switched off.</summary>
    public TimeSpan? MaintenanceFor { get; init; }

    /// <summary>The droplet that the machine was proven to be (rule S2); 0: none. Of this boot only: a disk may have been copied to another droplet.</summary>
    public long ProvenDroplet { get; init; }

    /// <summary>The store's number of the lease that the node had (rule E15); 0: none.</summary>
    public long LeaseId { get; init; }

    /// <summary>What people were alerted to and have not heard the end of (<see cref="OpenAlerts"/>); the values say nothing.</summary>
    public ImmutableDictionary<string, bool> Told { get; init; } = ImmutableDictionary<string, bool>.Empty;

    /// <summary>
    /// An assign of any floating IP was under way when this was written. Every start looks up the holder first (F64), so nothing more is made of it; it is kept for
    /// people who read the file.
    /// </summary>
    public bool AssignUnderWay { get; init; }
}

/// <summary>What the shell knows about the last run when it starts the core.</summary>
/// <param name="SameBoot">Written during this boot of the machine (boot_id).</param>
/// <param name="Age">Time since it was written, on the boot clock; meaningless when not of the same boot.</param>
public sealed record LastRun(Remembered Remembered, bool SameBoot, TimeSpan Age);
