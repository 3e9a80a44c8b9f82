using System.Text.Json.Serialization;

namespace FlipAgent.Ctl;

/// <summary>The bodies of the changing requests (docs/cli.md).</summary>
internal sealed record PromoteRequest(bool Yes);

internal sealed record ReleaseRequest(string? To);

/// <param name="ForS">Seconds; null: until it is switched off.</param>
internal sealed record MaintenanceRequest(bool On, double? ForS, string? Reason);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PromoteRequest))]
[JsonSerializable(typeof(ReleaseRequest))]
[JsonSerializable(typeof(MaintenanceRequest))]
internal sealed partial class RequestJson : JsonSerializerContext;
