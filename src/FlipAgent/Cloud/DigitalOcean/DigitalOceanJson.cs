using System.Text.Json;
using System.Text.Json.Serialization;

namespace FlipAgent.Cloud.DigitalOcean;

/// <summary>
/// The few fields of DigitalOcean's answers that the agent reads, as they stand in its API document (openapi, resources/reserved_ips). Everything is
/// optional here, because what is missing must become "not understood" and not an exception.
/// </summary>
/// <param name="Ip">The address that the answer is about.</param>
/// <param name="Droplet">An object, null, or undefined when the field is missing: three different things.</param>
/// <param name="Locked">An action is pending.</param>
/// <param name="Region">Of an IPv4 address, as an object.</param>
/// <param name="Slug">Of an IPv6 address, by its slug alone.</param>
internal sealed record ReservedIpDto(string? Ip, JsonElement Droplet, bool? Locked, RegionDto? Region, [property: JsonPropertyName("region_slug")] string? Slug)
{
    [JsonIgnore]
    public string? RegionSlug => Region?.Slug ?? Slug;
}

internal sealed record RegionDto(string? Slug);


internal sealed record ReservedIpAnswer(ReservedIpDto? ReservedIp);

internal sealed record ReservedIpv6Answer([property: JsonPropertyName("reserved_ipv6")] ReservedIpDto? ReservedIpv6);

/// <param name="Id">Exceeds 32 bits: resource ids already do.</param>
internal sealed record ActionDto(long? Id, string? Status);

internal sealed record ActionAnswer(ActionDto? Action);

internal sealed record DropletDto(long? Id, RegionDto? Region);

internal sealed record DropletAnswer(DropletDto? Droplet);

/// <param name="VpcUuid">The private network.</param>
internal sealed record ListedDropletDto(long? Id, string? Name, RegionDto? Region, string? VpcUuid, NetworksDto? Networks);

internal sealed record NetworksDto([property: JsonPropertyName("v4")] NetworkDto?[]? V4);

/// <param name="Type">public or private.</param>
internal sealed record NetworkDto(string? IpAddress, string? Type);

/// <param name="Pages">Has "next" on every page but the last.</param>
internal sealed record LinksDto(PagesDto? Pages);

internal sealed record PagesDto(string? Next);

internal sealed record DropletList(ListedDropletDto?[]? Droplets, LinksDto? Links);

internal sealed record OneDroplet(ListedDropletDto? Droplet);

internal sealed record ReservedIpList(ReservedIpDto?[]? ReservedIps, LinksDto? Links);

/// <param name="Id">A word such as not_found; <paramref name="Message"/> is for people and decides nothing (rule C3).</param>
internal sealed record ErrorAnswer(string? Id, string? Message, string? RequestId);

internal sealed record AssignBody(string Type, long DropletId);

// A field that stands twice would be read differently by different readers: such a document is not understood.
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(ReservedIpAnswer))]
[JsonSerializable(typeof(ReservedIpv6Answer))]
[JsonSerializable(typeof(ReservedIpDto))]
[JsonSerializable(typeof(ActionAnswer))]
[JsonSerializable(typeof(DropletAnswer))]
[JsonSerializable(typeof(DropletList))]
[JsonSerializable(typeof(OneDroplet))]
[JsonSerializable(typeof(ReservedIpList))]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSerializable(typeof(AssignBody))]
internal sealed partial class DigitalOceanJson : JsonSerializerContext;
