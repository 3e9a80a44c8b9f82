using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace FlipAgent.Ctl;

/// <summary>What the agent is told to do: an order slip with the address it goes to and the form filled in (docs/cli.md).</summary>
internal sealed class Order
{
    private readonly string _path;
    private readonly string _json;

    private Order(string path, string json)
    {
        _path = path;
        _json = json;
    }

    public static Order Reload { get; } = new("v1/reload", "{}");

    public static Order PrepareRestart { get; } = new("v1/prepare-restart", "{}");

    public static Order TestAlert { get; } = new("v1/test-alert", "{}");

    public static Order Promote(bool yes) => Of("v1/promote", new PromoteBody(yes), OrderJson.Default.PromoteBody);

    /// <param name="to">Null: the best fit peer.</param>
    public static Order Release(string? to) => Of("v1/release", new ReleaseBody(to), OrderJson.Default.ReleaseBody);

    /// <param name="length">Null: until it is switched off.</param>
    public static Order Maintenance(bool on, TimeSpan? length, string? reason) =>
        Of("v1/maintenance", new MaintenanceBody(on, length?.TotalSeconds, reason), OrderJson.Default.MaintenanceBody);

    /// <summary>A new request each time: one that was sent cannot be sent again.</summary>
    public HttpRequestMessage Request() =>
        new(HttpMethod.Post, _path) { Content = new StringContent(_json, Encoding.UTF8, "application/json") };

    private static Order Of<T>(string path, T body, JsonTypeInfo<T> type) => new(path, JsonSerializer.Serialize(body, type));
}

internal sealed record PromoteBody(bool Yes);

internal sealed record ReleaseBody(string? To);

/// <param name="ForS">Seconds.</param>
internal sealed record MaintenanceBody(bool On, double? ForS, string? Reason);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PromoteBody))]
[JsonSerializable(typeof(ReleaseBody))]
[JsonSerializable(typeof(MaintenanceBody))]
internal sealed partial class OrderJson : JsonSerializerContext;
