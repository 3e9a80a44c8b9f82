using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FlipAgent.Lease;

/// <summary>The bodies of the requests.</summary>
internal static class EtcdBodies
{
    public static byte[] Empty { get; } = "{}"u8.ToArray();

    /// <param name="id">Chosen here, so that the same grant can be asked for twice and is one lease.</param>
    public static byte[] Grant(long id, TimeSpan ttl) => Object(json =>
    {
        Number(json, "TTL", (long)ttl.TotalSeconds);
        Number(json, "ID", id);
    });

    public static byte[] Id(long id) => Object(json => Number(json, "ID", id));

    public static byte[] Range(string key) => Object(json => Text(json, "key", key));

    public static byte[] Login(string name, string password) => Object(json =>
    {
        json.WriteString("name", name);
        json.WriteString("password", password);
    });

    /// <summary>Writes the key when nobody has it, and reads it otherwise.</summary>
    public static byte[] Take(string key, LeaseValue value, long lease) => Txn(
        json => Compare(json, key, "CREATE", "EQUAL", "create_revision", 0), json => Put(json, key, value, lease), json => Read(json, key));

    /// <summary>Hangs the key on another lease while it still hangs on this one.</summary>
    public static byte[] Rehang(string key, LeaseValue value, long from, long to) => Txn(
        json => Compare(json, key, "LEASE", "EQUAL", "lease", from), json => Put(json, key, value, to), json => Read(json, key));

    /// <summary>
    /// Reads the key through the log of the store: since one branch would delete something, the transaction is proposed, agreed on by a majority and applied like a write, and
    /// as no revision is below 0 it never takes that branch. (The key it would delete does not exist either.) It changes nothing, makes no revision, and needs no space.
    /// </summary>
    public static byte[] Confirm(string key) => Txn(
        json => Compare(json, key, "CREATE", "LESS", "create_revision", 0), json => Delete(json, key + "/none"), json => Read(json, key));

    private static byte[] Value(LeaseValue value) => JsonSerializer.SerializeToUtf8Bytes(value, EtcdJson.Default.LeaseValue);

    private static byte[] Txn(Action<Utf8JsonWriter> compare, Action<Utf8JsonWriter> success, Action<Utf8JsonWriter> failure) => Object(json =>
    {
        foreach (var (name, content) in (ReadOnlySpan<(string, Action<Utf8JsonWriter>)>)[("compare", compare), ("success", success), ("failure", failure)])
        {
            json.WriteStartArray(name);
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
            json.WriteEndArray();
        }
    });

    private static void Compare(Utf8JsonWriter json, string key, string target, string result, string field, long value)
    {
        Text(json, "key", key);
        json.WriteString("target", target);
        json.WriteString("result", result);
        Number(json, field, value);
    }

    private static void Put(Utf8JsonWriter json, string key, LeaseValue value, long lease)
    {
        json.WriteStartObject("request_put");
        Text(json, "key", key);
        json.WriteBase64String("value", Value(value));
        Number(json, "lease", lease);
        json.WriteEndObject();
    }

    private static void Read(Utf8JsonWriter json, string key) => Named(json, "request_range", key);

    private static void Delete(Utf8JsonWriter json, string key) => Named(json, "request_delete_range", key);

    private static void Named(Utf8JsonWriter json, string request, string key)
    {
        json.WriteStartObject(request);
        Text(json, "key", key);
        json.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter json, string name, string text) => json.WriteBase64String(name, Encoding.UTF8.GetBytes(text));

    private static void Number(Utf8JsonWriter json, string name, long number) => json.WriteString(name, number.ToString(CultureInfo.InvariantCulture));

    private static byte[] Object(Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
