using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FlipAgent.Reporting;

/// <summary>Times in JSON, as docs/cli.md shows them: UTC, with a Z and not an offset, to the millisecond.</summary>
internal sealed class UtcTimeJson : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
}
