using System.Text.Json;
using System.Text.Json.Nodes;

namespace FlipAgent.Lab;

/// <summary>
/// Reading what people send to the control API. Whoever writes a test by hand deserves to be told what was wrong and what was expected, so each
/// reader throws a <see cref="FormatException"/> with both.
/// </summary>
internal static class LabJson
{
    public static readonly JsonSerializerOptions Plain = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static double Number(string name, JsonNode? value) =>
        value is JsonValue v && v.GetValueKind() == JsonValueKind.Number && v.GetValue<double>() >= 0
            ? v.GetValue<double>()
            : throw new FormatException($"'{name}' is {Show(value)}: expected a number that is not negative");

    public static bool Bool(string name, JsonNode? value) => value?.GetValueKind() switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new FormatException($"'{name}' is {Show(value)}: expected true or false"),
    };

    public static string Text(string name, JsonNode? value) =>
        value is JsonValue v && v.GetValueKind() == JsonValueKind.String
            ? v.GetValue<string>()
            : throw new FormatException($"'{name}' is {Show(value)}: expected a string");

    public static T OneOf<T>(string name, JsonNode? value, params (string Word, T Meaning)[] words)
    {
        var text = Text(name, value);
        foreach (var (word, meaning) in words)
        {
            if (word == text)
            {
                return meaning;
            }
        }

        throw new FormatException($"'{name}' is '{text}': expected one of {string.Join(", ", words.Select(w => w.Word))}");
    }

    public static JsonObject Object(JsonNode? node) =>
        node as JsonObject ?? throw new FormatException($"the body is {Show(node)}: expected a JSON object");

    /// <summary>The body of a request; null when it is empty.</summary>
    /// <exception cref="FormatException">It is not JSON.</exception>
    public static async Task<JsonNode?> Read(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        var text = await reader.ReadToEndAsync(request.HttpContext.RequestAborted);
        try
        {
            return string.IsNullOrWhiteSpace(text) ? null : JsonNode.Parse(text);
        }
        catch (JsonException e)
        {
            throw new FormatException($"the body is not JSON: {e.Message}");
        }
    }

    private static string Show(JsonNode? value) => value?.ToJsonString() ?? "null";
}
