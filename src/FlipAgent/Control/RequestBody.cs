using System.Buffers;
using System.Text;
using System.Text.Json;
using FlipAgent.Redaction;

namespace FlipAgent.Control;

/// <summary>Reads the JSON object of a changing request, by hand, so that each mistake gets a sentence that names the field.</summary>
internal sealed class RequestBody
{
    /// <summary>Largest body in bytes; the longest true one is a maintenance reason.</summary>
    public const int Most = 16 * 1024;

    /// <summary>In UTF-16 units.</summary>
    public const int LongestText = 500;

    /// <summary>A year.</summary>
    public static readonly TimeSpan LongestTime = TimeSpan.FromDays(366);

    private readonly Dictionary<string, JsonElement> _fields = [];

    private RequestBody()
    {
    }

    /// <summary>What is wrong with the body, after all fields were asked for; null: nothing.</summary>
    public string? Error { get; private set; }

    /// <summary>
    /// The body as an object that has only these fields; no body at all is an object without fields. The size is Kestrel's to limit.
    /// </summary>
    public static async Task<RequestBody> Read(HttpRequest request, TimeSpan timeout, params string[] known)
    {
        var body = new RequestBody();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(request.HttpContext.RequestAborted);
        limit.CancelAfter(timeout);
        try
        {
            using var bytes = new MemoryStream();
            await request.Body.CopyToAsync(bytes, limit.Token);
            body.Take(bytes.ToArray(), known);
        }
        catch (OperationCanceledException) when (!request.HttpContext.RequestAborted.IsCancellationRequested)
        {
            body.Error = $"the body did not arrive within {timeout.TotalSeconds:0} s";
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            body.Error = "the body is not encoded as its headers say (RFC 9112, section 7.1), or ended too early";
        }
        return body;
    }

    /// <summary>Parses bytes that arrived already.</summary>
    public static RequestBody Parse(byte[] bytes, params string[] known)
    {
        var body = new RequestBody();
        body.Take(bytes, known);
        return body;
    }

    public bool? Bool(string field)
    {
        if (!Has(field, out var value))
            return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();
        Wrong(field, value, "true or false");
        return null;
    }

    public string? Text(string field)
    {
        if (!Has(field, out var value))
            return null;
        if (value.ValueKind != JsonValueKind.String)
            Wrong(field, value, $"a text of at most {LongestText} characters");
        else if (JsonText.Of(value.GetString) is not { } text)
            Error ??= $"the field \"{field}\" is no Unicode text (it has half of a surrogate pair), expected a text of at most {LongestText} characters";
        else if (text.Length > LongestText)
            Error ??= $"the field \"{field}\" is a text of {text.Length} characters, expected at most {LongestText}";
        else
            return text;
        return null;
    }

    /// <summary>Seconds above 0, at most a year.</summary>
    public TimeSpan? Seconds(string field)
    {
        if (!Has(field, out var value))
            return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds > 0 && seconds <= LongestTime.TotalSeconds)
            return TimeSpan.FromSeconds(seconds);
        Wrong(field, value, "seconds, a number above 0 and at most a year");
        return null;
    }

    /// <summary>A field that must be there.</summary>
    public void Require(string field, string expected)
    {
        if (!_fields.ContainsKey(field))
            Error ??= $"the field \"{field}\" is missing, expected {expected}";
    }

    private void Take(byte[] bytes, string[] known)
    {
        if (bytes.Length == 0)
            return;
        if (PlaceOfNoText(bytes) is { } place)
        {
            Error = $"the body is not text in UTF-8 ({place}), expected {Expected(known)}";
            return;
        }
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 4 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                Error = $"the body is {Kind(document.RootElement)}, expected {Expected(known)}";
            else
                foreach (var field in document.RootElement.EnumerateObject())
                    TakeField(field, known);
        }
        catch (JsonException e)
        {
            Error = $"the body is not complete and valid JSON (byte {e.BytePositionInLine} of line {e.LineNumber + 1}), expected {Expected(known)}";
        }
    }

    private void TakeField(JsonProperty field, string[] known)
    {
        if (JsonText.Of(() => field.Name) is not { } name)
            Error ??= $"the name of field {_fields.Count + 1} is no Unicode text (it has half of a surrogate pair), expected {Expected(known)}";
        else if (!known.Contains(name))
            Error ??= $"unknown field \"{Printable.Of(name, 40)}\", expected {Expected(known)}";
        else if (!_fields.TryAdd(name, field.Value.Clone()))
            Error ??= $"the field \"{name}\" is there twice, expected {Expected(known)}";
    }

    /// <summary>Where the first bytes are that are no UTF-8, which the parser lets pass within a text, as a message says it; null: nowhere.</summary>
    private static string? PlaceOfNoText(ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; at < bytes.Length;)
        {
            if (Rune.DecodeFromUtf8(bytes[at..], out _, out var length) != OperationStatus.Done)
                return $"byte {at - (bytes[..at].LastIndexOf((byte)'\n') + 1)} of line {bytes[..at].Count((byte)'\n') + 1}";
            at += length;
        }
        return null;
    }

    // A field that is null is as good as absent.
    private bool Has(string field, out JsonElement value) => _fields.TryGetValue(field, out value) && value.ValueKind != JsonValueKind.Null;

    private void Wrong(string field, JsonElement value, string expected) => Error ??= $"the field \"{field}\" is {Kind(value)}, expected {expected}";

    private static string Expected(string[] known) =>
        known.Length == 0 ? "no body or {}" : "an object with " + string.Join(", ", known.Select(name => $"\"{name}\"")) + " and nothing else";

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => $"the number {Printable.Of(value.GetRawText(), 40)}",
        JsonValueKind.Null => "null",
        _ => value.ValueKind.ToString().ToLowerInvariant(),
    };
}
