using System.Collections.Immutable;
using System.Text.Json.Serialization;
using FlipAgent.Core;

namespace FlipAgent.State;

/// <summary>The file's form: milliseconds, names, nothing secret.</summary>
internal sealed record StateDocument
{
    public int Schema { get; init; } = 1;
    public string? BootId { get; init; }

    /// <summary>CLOCK_BOOTTIME when it was written.</summary>
    public long BootMs { get; init; }
    public uint Term { get; init; }
    public ulong Session { get; init; }
    public int Role { get; init; }
    public uint MasterTerm { get; init; }
    public long HoldMs { get; init; }
    public Dictionary<string, ulong> PeerSessions { get; init; } = [];
    public Dictionary<string, bool> Verdicts { get; init; } = [];
    public string? SupersededBy { get; init; }
    public long SupersededMs { get; init; }
    public int SupersededCount { get; init; }
    public bool Maintenance { get; init; }
    public string? MaintenanceReason { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? MaintenanceBy { get; init; }
    public long? MaintenanceMs { get; init; }
    public bool AssignUnderWay { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long ProvenDroplet { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long LeaseId { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Dictionary<string, bool>? Told { get; init; }

    public static StateDocument Of(Remembered r, string? bootId, TimeSpan boot) => new()
    {
        BootId = bootId,
        BootMs = (long)boot.TotalMilliseconds,
        Term = r.Term,
        Session = r.Session,
        Role = (int)r.Role,
        MasterTerm = r.MasterTerm,
        HoldMs = (long)r.Hold.TotalMilliseconds,
        PeerSessions = new Dictionary<string, ulong>(r.PeerSessions),
        Verdicts = new Dictionary<string, bool>(r.Verdicts),
        SupersededBy = r.SupersededBy,
        SupersededMs = (long)r.SupersededFor.TotalMilliseconds,
        SupersededCount = r.SupersededCount,
        Maintenance = r.Maintenance,
        MaintenanceReason = r.MaintenanceReason,
        MaintenanceBy = r.MaintenanceBy,
        MaintenanceMs = r.MaintenanceFor is { } f ? (long)f.TotalMilliseconds : null,
        AssignUnderWay = r.AssignUnderWay,
        ProvenDroplet = r.ProvenDroplet,
        LeaseId = r.LeaseId,
        Told = r.Told.IsEmpty ? null : new Dictionary<string, bool>(r.Told),
    };

    public Remembered ToRemembered() => new()
    {
        Term = Term,
        Session = Session,
        Role = (Role)Role,
        MasterTerm = MasterTerm,
        Hold = TimeSpan.FromMilliseconds(HoldMs),
        PeerSessions = PeerSessions.ToImmutableDictionary(),
        Verdicts = Verdicts.ToImmutableDictionary(),
        SupersededBy = SupersededBy,
        SupersededFor = TimeSpan.FromMilliseconds(SupersededMs),
        SupersededCount = SupersededCount,
        Maintenance = Maintenance,
        MaintenanceReason = MaintenanceReason,
        MaintenanceBy = MaintenanceBy,
        MaintenanceFor = MaintenanceMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null,
        AssignUnderWay = AssignUnderWay,
        ProvenDroplet = ProvenDroplet,
        LeaseId = LeaseId,
        Told = Told is { Count: > 0 } told ? told.ToImmutableDictionary() : ImmutableDictionary<string, bool>.Empty,
    };
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StateDocument))]
internal sealed partial class StateJson : JsonSerializerContext;
