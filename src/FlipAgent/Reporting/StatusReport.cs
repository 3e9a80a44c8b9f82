using System.Text.Json.Serialization;

namespace FlipAgent.Reporting;

/// <summary>
/// What <c>status --json</c> and <c>GET /v1/status</c> answer (docs/cli.md, schema 1; fields are only ever added). The decision loop
/// fills it in between two steps, so that it is always one consistent moment.
/// </summary>
public sealed record StatusReport
{
    public int Schema { get; init; } = 1;
    public required string Cluster { get; init; }
    public required string Node { get; init; }
    public required string Version { get; init; }

    /// <summary>ok, degraded or critical.</summary>
    public required string Verdict { get; init; }

    /// <summary>The verdict as one sentence.</summary>
    public required string Summary { get; init; }

    /// <summary>starting, backup, master or fault.</summary>
    public required string Role { get; init; }

    /// <summary>When the node took its role, UTC.</summary>
    public required DateTimeOffset Since { get; init; }
    public required uint Term { get; init; }
    public required int Priority { get; init; }
    public required int EffectivePriority { get; init; }
    public required bool Fit { get; init; }
    public required bool Maintenance { get; init; }
    public required bool FlapHold { get; init; }

    /// <summary>The node that is master as far as this one knows; null: none.</summary>
    public required string? Master { get; init; }
    public required FloatingIpReport FloatingIp { get; init; }
    public required IReadOnlyList<NodeReport> Nodes { get; init; }
    public required IReadOnlyList<CheckReport> Checks { get; init; }
    public required MoveReport? LastMove { get; init; }
    public required AlertsReport Alerts { get; init; }
    public required IReadOnlyList<string> Warnings { get; init; }

    // Added to schema 1 beyond docs/cli.md.

    /// <summary>All floating IPs, <see cref="FloatingIp"/> first; null from an agent before 1.2.0.</summary>
    public IReadOnlyList<FloatingIpReport>? FloatingIps { get; init; }

    /// <summary>Why the node is not fit, or null.</summary>
    public string? UnfitBecause { get; init; }
    public string? MaintenanceReason { get; init; }

    /// <summary>Who began it; null: there is none, or the agent was older then.</summary>
    public string? MaintenanceBy { get; init; }

    /// <summary>When it ends by itself; null: when somebody ends it, or there is none.</summary>
    public DateTimeOffset? MaintenanceUntil { get; init; }
    public string? SupersededBy { get; init; }

    /// <summary>How the configuration file compares with what the agent goes by; null from an agent before 1.1.0.</summary>
    public ConfigFileReport? Config { get; init; }

    /// <summary>Which droplet this machine is; null from an agent before 1.1.0.</summary>
    public IdentityReport? Identity { get; init; }

    /// <summary>Rule C8; null from an agent of version 1.0.0.</summary>
    public MoveBudgetReport? MoveBudget { get; init; }

    /// <summary>For how many seconds the node still ranks last because it has failed repeatedly; null: it does not.</summary>
    public double? HoldDownS { get; init; }

    /// <summary>Every secret that the agent reads, by what it is for; never what is in it.</summary>
    public IReadOnlyList<SecretReport> Secrets { get; init; } = [];

    /// <summary>The heartbeat; null: none is configured.</summary>
    public HeartbeatReport? Heartbeat { get; init; }

    /// <summary>The lease that a master needs; null: none is configured.</summary>
    public LeaseReport? Lease { get; init; }
}

/// <param name="Problem">Why it cannot be used; null: it can.</param>
public sealed record SecretReport(string Name, string? Problem);

/// <summary>The URL that is fetched while the cluster is well.</summary>
/// <param name="EveryS">How often, in seconds.</param>
/// <param name="OkS">Seconds since it last got through; null: it has not in this run.</param>
/// <param name="Problem">Why the last attempt failed; null: it did not, or there was none.</param>
public sealed record HeartbeatReport(double EveryS, double? OkS, string? Problem);

/// <summary>The configuration file on disk.</summary>
/// <param name="LoadedAt">When the agent read what it goes by, UTC.</param>
/// <param name="State">in-use; changed: valid and not applied; invalid: a start with it fails; refused: valid, and a reload could not apply it.</param>
/// <param name="Problem">Why it is invalid or was refused, the first reason; else null.</param>
/// <param name="Kept">A copy of what the agent goes by; null: it could not be written.</param>
public sealed record ConfigFileReport(string File, DateTimeOffset LoadedAt, string State, string? Problem, string? Kept);

/// <summary>Which droplet this machine is (docs/rules.md, S2).</summary>
/// <param name="State">right, swapped (it is the droplet of another node), unknown (of no node), shared (another node says that it is the same one), or unproven.</param>
/// <param name="FileId">droplet_id of this node in the file.</param>
/// <param name="ProvenId">What the machine has proven to be; null: nothing.</param>
public sealed record IdentityReport(string State, long FileId, long? ProvenId);

/// <summary>Rule C8 as this node counts it: the moves away from a fit holder that it made or saw.</summary>
/// <param name="Max">So many may be made in <paramref name="WindowS"/> seconds.</param>
/// <param name="Left">So many more may be made now.</param>
/// <param name="FreeInS">For each move that counts: in how many seconds it stops counting; the earliest first.</param>
public sealed record MoveBudgetReport(int Max, double WindowS, int Left, IReadOnlyList<double> FreeInS);

/// <param name="Holder">A node's name, other, nobody or unknown.</param>
/// <param name="Claim">none, claiming, held or lost.</param>
/// <param name="Api">ok, failing, unauthorized, forbidden, not-found, unknown.</param>
/// <param name="Metadata">ok, failing, unknown.</param>
/// <param name="Guard">ok, failing, unknown, off.</param>
public sealed record FloatingIpReport(
    string Address, string Holder, long? HolderId, double? HolderAgeS, string Claim, string Api, string Metadata, string Guard)
{
    /// <summary>digitalocean, hetzner or exec; null from an agent before 1.2.0.</summary>
    public string? Provider { get; init; }

    /// <summary>The server that holds it, as the cloud names it; null: nobody, or not known, or the agent is older.</summary>
    public string? HolderServer { get; init; }

    /// <summary>May this node's token move the address, as seen in this run: unproven, proven or refused; null from an agent before 1.1.0.</summary>
    public string? Write { get; init; }

    /// <summary>Are clients served, as all nodes see it: answers, failing, dead, never-answered, never-reached, unknown, early or off; null from an agent before 1.1.0.</summary>
    public string? Served { get; init; }

    /// <summary>For how many seconds the service has not answered; null when it does, or nobody can tell.</summary>
    public double? NotServedS { get; init; }

    /// <summary>Why the API is not ok, as its client says it; null: it is, or the agent is older.</summary>
    public string? ApiDetail { get; init; }

    /// <summary>The API answered 429 within the last minute; null from an agent before 1.1.0.</summary>
    public bool? RateLimited { get; init; }

    /// <summary>Requests that the account has left, as the API last said; null: it has not said.</summary>
    public long? RateLimitRemaining { get; init; }

    /// <summary>Of how many; null: it has not said.</summary>
    public long? RateLimit { get; init; }

    /// <summary>Seconds since the cloud last told this node itself who the holder is; null: it has not.</summary>
    public double? LookupAgeS { get; init; }

    /// <summary>Seconds since this node's guard last saw the service answer; null: it has not.</summary>
    public double? GuardOkAgeS { get; init; }
}

/// <param name="Role">starting, backup, master or fault; unknown for one that nobody has heard for D, or ever, and for one that has stopped.</param>
/// <param name="Api">ok, failing and so on for this node itself; ok, failing or unknown for another.</param>
/// <param name="HeardS">Seconds since it was last heard; null for this node itself and for one never heard.</param>
/// <param name="HearsMe">Whether it says that it hears this node; null for this node itself and when not known.</param>
/// <param name="Rejected">Why its adverts do not count at present, or null.</param>
public sealed record NodeReport(
    string Name, string Address, string Role, uint Term, int Priority, int EffectivePriority, bool Fit, string Api,
    double? HeardS, bool? HearsMe, string? Rejected)
{
    public string? Version { get; init; }
    public bool Maintenance { get; init; }
    public bool Holds { get; init; }

    /// <summary>What its guard saw of the service through the floating IP: ok, refused, timed-out, blind, unknown or off; null from an agent before 1.1.0.</summary>
    public string? Sees { get; init; }

    /// <summary>Seconds since its guard looked; null when it has not, or does not say.</summary>
    public double? SeesAgeS { get; init; }

    /// <summary>The droplet that it has proven to be; null: none, or it does not say.</summary>
    public long? ProvenId { get; init; }

    /// <summary>It ranks last because the floating IP came to it in vain (docs/rules.md, C10).</summary>
    public bool Demoted { get; init; }

    /// <summary>It goes by another configuration than this node; null for this node itself and when not known.</summary>
    public bool? ConfigDiffers { get; init; }

    /// <summary>May its token move the address, as seen in its run: unproven, proven or refused; null: it does not say, as agents before 1.4.0.</summary>
    public string? Write { get; init; }

    /// <summary>Where its service listens, as it sees itself: arrival (where traffic for the floating IP arrives), elsewhere, nowhere, or unknown; null: it does not say.</summary>
    public string? Listens { get; init; }

    /// <summary>When its maintenance ends by itself; null: there is none, or see <see cref="MaintenanceEndKnown"/>.</summary>
    public DateTimeOffset? MaintenanceUntil { get; init; }

    /// <summary>It has said when its maintenance ends, so that null in <see cref="MaintenanceUntil"/> is: when somebody ends it.</summary>
    public bool MaintenanceEndKnown { get; init; }

    /// <summary>Who began its maintenance; null: there is none, or it does not say.</summary>
    public string? MaintenanceBy { get; init; }

    /// <summary>The keys in which its configuration differs from that of this node; null: not known, or it does not differ.</summary>
    public IReadOnlyList<string>? ConfigKeys { get; init; }

    /// <summary>How many keys it has that this node has not; null as in <see cref="ConfigKeys"/>.</summary>
    public int? ConfigKeysOnlyThere { get; init; }

    /// <summary>Whether it reaches the store of the lease: ok, failing or unknown; null: there is no lease.</summary>
    public string? Store { get; init; }

    /// <summary>Were the master to fail now, this node would be of use: what "could take over" means wherever it is said (docs/rules.md, S3).</summary>
    internal bool CouldTakeOver() => this is { Up: true, Fit: true, Api: "ok", Store: null or "ok", Write: not "refused" };

    /// <summary>This node itself hears it (within D), and its adverts count; true for this node itself.</summary>
    public bool Up { get; init; }
}

/// <param name="Up">Null until the first verdict.</param>
public sealed record CheckReport(string Name, string Kind, bool? Up, DateTimeOffset Since, string Detail)
{
    // Added to schema 1 beyond docs/cli.md.

    /// <summary>Up, but with something that a person should know; <see cref="Detail"/> says what.</summary>
    public bool Degraded { get; init; }

    /// <summary>Since when it is; null: it is not, or the agent is older.</summary>
    public DateTimeOffset? DegradedSince { get; init; }

    /// <summary>How long the last run took, in milliseconds; null before the first.</summary>
    public double? DurationMs { get; init; }
}

public sealed record MoveReport(
    uint Term, DateTimeOffset At, string From, string To, string Cause, double? DetectMs, double? AssignMs, double? VerifyMs)
{
    /// <summary>From the first request of the claim until the address was seen here, with all that it had to wait for; null: this node did not make the move, or is older.</summary>
    public double? ClaimMs { get; init; }
}

public sealed record AlertsReport(long Sent, int Queued, long Failed)
{
    /// <summary>For how many seconds the oldest alert has waited to be delivered everywhere; null: none waits.</summary>
    public double? OldestS { get; init; }
}

/// <summary>One line of <c>events --json</c>.</summary>
/// <param name="Id">Grows by one with each event of this run.</param>
/// <param name="Event">Name of the <see cref="FlipAgent.Core.EventKind"/> in kebab-case.</param>
/// <param name="Severity">info, warning or critical.</param>
public sealed record EventReport(long Id, DateTimeOffset At, string Event, string Severity, uint Term, string Text)
{
    public string? RoleFrom { get; init; }
    public string? RoleTo { get; init; }
    public string? Peer { get; init; }
    public string? Holder { get; init; }

    /// <summary>Who held the floating IP before, where the event says it; null also from an agent before 1.2.0.</summary>
    public string? From { get; init; }
    public string? Cause { get; init; }
    public string? Next { get; init; }
    public long? ActionId { get; init; }
    public string? RequestId { get; init; }
    public double? DetectMs { get; init; }
    public double? AssignMs { get; init; }
    public double? VerifyMs { get; init; }
    public double? DurationMs { get; init; }
}

/// <summary>The answer to <c>GET /v1/explain/{term}</c>.</summary>
/// <param name="Text">The story of the term in plain language, several lines.</param>
/// <param name="Events">The kept events of the term, oldest first.</param>
public sealed record ExplainReport(uint Term, string Text, IReadOnlyList<EventReport> Events);

/// <summary>The answer to a changing request, and to any request that failed.</summary>
/// <param name="Ok">False: <paramref name="Error"/> says why.</param>
/// <param name="Code">The exit code that flipagentctl ends with.</param>
public sealed record CommandReport(bool Ok, int Code, string Text, string? Error);

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(UtcTimeJson)])]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(EventReport))]
[JsonSerializable(typeof(IReadOnlyList<EventReport>))]
[JsonSerializable(typeof(IReadOnlyList<CheckReport>))]
[JsonSerializable(typeof(ExplainReport))]
[JsonSerializable(typeof(CommandReport))]
public sealed partial class ReportJson : JsonSerializerContext;
