using System.Text.Json.Serialization;

namespace FlipAgent.Cloud.Hetzner;

/// <summary>The few fields of Hetzner Cloud's answers that the agent reads (docs.hetzner.cloud, Floating IPs, Actions, Errors). All optional: what is missing becomes "not understood".</summary>
/// <param name="Ip">An IPv4 address, or the /64 network of an IPv6 one.</param>
/// <param name="Server">The holder; null: nobody.</param>
/// <param name="Blocked">By the vendor, for abuse.</param>
internal sealed record FloatingIpDto(long? Id, string? Ip, long? Server, bool? Blocked);

/// <summary>The same for a first configuration, which wants to know more; what the agent lives by reads nothing that it does not need.</summary>
/// <param name="HomeLocation">It can go to the servers of that network zone.</param>
internal sealed record ListedFloatingIpDto(string? Ip, long? Server, LocationDto? HomeLocation);

internal sealed record ListedFloatingIps(ListedFloatingIpDto?[]? FloatingIps, MetaDto? Meta);

internal sealed record LocationDto(string? NetworkZone);

internal sealed record FloatingIpAnswer(FloatingIpDto? FloatingIp);

internal sealed record FloatingIpList(FloatingIpDto[]? FloatingIps, MetaDto? Meta);

internal sealed record MetaDto(PaginationDto? Pagination);

internal sealed record PaginationDto(int? NextPage);

/// <param name="Status">running, success or error.</param>
internal sealed record ActionDto(long? Id, string? Status, ErrorDto? Error);

internal sealed record ActionAnswer(ActionDto? Action);

internal sealed record ActionList(ActionDto[]? Actions);

/// <param name="PrivateNet">One for each private network that it is in.</param>
internal sealed record ServerDto(long? Id, string? Name, PrivateNetDto?[]? PrivateNet);

internal sealed record PrivateNetDto(long? Network, string? Ip);

internal sealed record ServerAnswer(ServerDto? Server);

internal sealed record ServerList(ServerDto?[]? Servers, MetaDto? Meta);

internal sealed record ErrorDto(string? Code, string? Message);

internal sealed record ErrorAnswer(ErrorDto? Error);

internal sealed record AssignBody(long Server);

// A field that stands twice would be read differently by different readers: such a document is not understood.
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(FloatingIpAnswer))]
[JsonSerializable(typeof(FloatingIpList))]
[JsonSerializable(typeof(ActionAnswer))]
[JsonSerializable(typeof(ActionList))]
[JsonSerializable(typeof(ServerAnswer))]
[JsonSerializable(typeof(ServerList))]
[JsonSerializable(typeof(ListedFloatingIps))]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSerializable(typeof(AssignBody))]
internal sealed partial class HetznerJson : JsonSerializerContext;
