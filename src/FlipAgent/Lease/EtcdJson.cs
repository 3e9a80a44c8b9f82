using System.Text.Json;
using System.Text.Json.Serialization;

namespace FlipAgent.Lease;

/// <summary>
/// The few fields of etcd's answers that the agent reads, as its JSON gateway writes them (etcd-io/etcd, api/etcdserverpb/rpc.proto): 64-bit numbers are text, keys and
/// values base64, and what is zero or empty is left out.
/// </summary>
/// <param name="ClusterId">Tells one etcd from another; 0: it does not say.</param>
/// <param name="RaftTerm">The term of the last entry that this member has applied.</param>
internal sealed record EtcdHeader(ulong ClusterId, ulong MemberId, ulong RaftTerm);

/// <param name="ID">Number of the lease.</param>
/// <param name="TTL">In seconds: what was granted, which may be more than was asked for.</param>
internal sealed record GrantAnswer(EtcdHeader? Header, [property: JsonPropertyName("ID")] long ID, [property: JsonPropertyName("TTL")] long TTL);

/// <summary>One message of a stream.</summary>
internal sealed record KeepAliveAnswer(GrantAnswer? Result);

internal sealed record RevokeAnswer(EtcdHeader? Header);

/// <param name="Lease">Number of the lease that the key hangs on; 0: none.</param>
internal sealed record EtcdKey(byte[]? Value, long Lease);

internal sealed record RangeAnswer(EtcdHeader? Header, EtcdKey[]? Kvs);

internal sealed record TxnResponse(RangeAnswer? ResponseRange);

internal sealed record TxnAnswer(EtcdHeader? Header, bool Succeeded, TxnResponse[]? Responses);

/// <param name="Leader">The member that leads; 0: none.</param>
/// <param name="Errors">Alarms, such as "memberID:1 alarm:NOSPACE ".</param>
internal sealed record StatusAnswer(EtcdHeader? Header, string? Version, ulong Leader, string[]? Errors);

internal sealed record TokenAnswer(string? Token);

internal sealed record VersionAnswer([property: JsonPropertyName("etcdserver")] string? Server);

/// <summary>What stands in the key, for people and for the agents of the other nodes.</summary>
/// <param name="Since">When it was taken, RFC 3339.</param>
internal sealed record LeaseValue(string? Cluster, string? Node, uint Term, string? Since);

[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowReadingFromString, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(GrantAnswer))]
[JsonSerializable(typeof(KeepAliveAnswer))]
[JsonSerializable(typeof(RevokeAnswer))]
[JsonSerializable(typeof(RangeAnswer))]
[JsonSerializable(typeof(TxnAnswer))]
[JsonSerializable(typeof(StatusAnswer))]
[JsonSerializable(typeof(TokenAnswer))]
[JsonSerializable(typeof(VersionAnswer))]
[JsonSerializable(typeof(LeaseValue))]
internal sealed partial class EtcdJson : JsonSerializerContext;

/// <summary>The error of an answer, in each of the three forms that the gateways of etcd 3.4 to 3.6 give it.</summary>
/// <param name="Code">gRPC's (google.golang.org/grpc/codes); -1: the answer has none.</param>
internal readonly record struct EtcdError(int Code, string Message)
{
    public static EtcdError Of(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            // In a stream the error is an object.
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error", out var inner) && inner.ValueKind == JsonValueKind.Object)
                root = inner;
            if (root.ValueKind != JsonValueKind.Object)
                return new(-1, "");
            var message = root.TryGetProperty("message", out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";
            return new(Number(root, "grpc_code") ?? Number(root, "code") ?? -1, message);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second for half a surrogate in a text.
            return new(-1, "");
        }
    }

    private static int? Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out var value) ? value : null;
}
