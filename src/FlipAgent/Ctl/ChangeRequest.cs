using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace FlipAgent.Ctl;

/// <summary>What the agent is told to do: path and body of a request that changes something (docs/cli.md).</summary>
internal sealed class ChangeRequest
{
    private readonly string _path;
    private readonly string _json;

    private ChangeRequest(string path, string json)
    {
        _path = path;
        _json = json;
    }

    public static ChangeRequest Reload { get; } = new("v1/reload", "{}");

    public static ChangeRequest PrepareRestart { get; } = new("v1/prepare-restart", "{}");

    public static ChangeRequest ProveWrite { get; } = new("v1/prove-write", "{}");

    public static ChangeRequest TestAlert { get; } = new("v1/test-alert", "{}");

    public static ChangeRequest Promote(bool yes) => Of("v1/promote", new PromoteBody(yes), ChangeRequestJson.Default.PromoteBody);

    /// <param name="to">Null: the best fit peer.</param>
    public static ChangeRequest Release(string? to) => Of("v1/release", new ReleaseBody(to), ChangeRequestJson.Default.ReleaseBody);

    /// <param name="length">Null: until it is switched off.</param>
    public static ChangeRequest Maintenance(bool on, TimeSpan? length, string? reason) =>
        Of("v1/maintenance", new MaintenanceBody(on, length?.TotalSeconds, reason), ChangeRequestJson.Default.MaintenanceBody);

    /// <summary>A new request each time: one that was sent cannot be sent again.</summary>
    public HttpRequestMessage Request() =>
        new(HttpMethod.Post, _path) { Content = new StringContent(_json, Encoding.UTF8, "application/json") };

    private static ChangeRequest Of<T>(string path, T body, JsonTypeInfo<T> type) => new(path, JsonSerializer.Serialize(body, type));
}

internal sealed record PromoteBody(bool Yes);

internal sealed record ReleaseBody(string? To);

/// <param name="ForS">Seconds.</param>
internal sealed record MaintenanceBody(bool On, double? ForS, string? Reason);

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PromoteBody))]
[JsonSerializable(typeof(ReleaseBody))]
[JsonSerializable(typeof(MaintenanceBody))]
internal sealed partial class ChangeRequestJson : JsonSerializerContext;
