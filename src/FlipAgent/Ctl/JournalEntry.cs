using System.Globalization;
using System.Text;
using System.Text.Json;
using FlipAgent.Reporting;

namespace FlipAgent.Ctl;

/// <summary>One entry that an agent wrote into the journal: an event, or an order that somebody gave.</summary>
/// <param name="Event">What happened; null: this is an order. Its id is 0: numbers are of one run.</param>
/// <param name="Node">Which node wrote it; empty for an order.</param>
/// <param name="FloatingIp">The address that it is about; empty for an order.</param>
/// <param name="Source">The machine and the unit: what one agent wrote has one source.</param>
/// <param name="Order">Who asked for what; null: this is an event.</param>
internal sealed record JournalEntry(EventReport? Event, string Node, string FloatingIp, string Source, Order? Order)
{
    /// <summary>The log's number of "... asked for by uid ..." (Logging/Log.cs).</summary>
    public const string OrderLogId = "555";

    private const int MaxText = 4096;

    public DateTimeOffset At => Event?.At ?? Order!.At;

    /// <summary>Reads a line of <c>journalctl -o json</c>. Null: no agent of this machine wrote it, or it cannot be read.</summary>
    /// <param name="line">Untrusted: any user may write what looks like an agent's entry, but not the fields with a leading underscore (systemd.journal-fields(7)).</param>
    public static JournalEntry? Parse(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Of(new Fields(document.RootElement)) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JournalEntry? Of(Fields fields)
    {
        // No ordinary user can start a unit of the system, so the name of one cannot be forged.
        var unit = fields["_SYSTEMD_UNIT"] ?? "";
        if (!unit.StartsWith("flipagent", StringComparison.Ordinal) || !unit.EndsWith(".service", StringComparison.Ordinal) || fields.Time is not { } at)
            return null;
        var source = $"{fields["_MACHINE_ID"]} {unit}";
        if (fields["FLIPAGENT_LOG_ID"] == OrderLogId)
            return fields["FLIPAGENT_VERB"] is { } verb && uint.TryParse(fields["FLIPAGENT_UID"], NumberStyles.None, CultureInfo.InvariantCulture, out var uid)
                ? new JournalEntry(null, "", "", source, new Order(at, verb, uid, fields["FLIPAGENT_OUTCOME"] == "done"))
                : null;
        return fields["FLIPAGENT_EVENT"] is { } name && IsName(name) && uint.TryParse(fields["FLIPAGENT_TERM"], NumberStyles.None, CultureInfo.InvariantCulture, out var term)
            ? new JournalEntry(EventOf(fields, at, name, term), fields["FLIPAGENT_NODE"] ?? "", fields["FLIPAGENT_FIP"] ?? "", source, null)
            : null;
    }

    /// <summary>Kebab-case, as all names of events are: the files of another place may be anybody's, and this is printed as it is.</summary>
    private static bool IsName(string name) => name.Length is > 0 and <= 40 && name.All(c => char.IsAsciiLetterLower(c) || c == '-');

    private static EventReport EventOf(Fields fields, DateTimeOffset at, string name, uint term) => new(0, at, name, Severity(fields["PRIORITY"]), term, fields["MESSAGE"] ?? "")
    {
        RoleFrom = fields["FLIPAGENT_ROLE_FROM"],
        RoleTo = fields["FLIPAGENT_ROLE_TO"],
        Peer = fields["FLIPAGENT_PEER"],
        Holder = fields["FLIPAGENT_OWNER"],
        From = fields["FLIPAGENT_FROM"] ?? FormerHolder(name, fields["MESSAGE"]),
        Cause = fields["FLIPAGENT_CAUSE"],
        Next = fields["FLIPAGENT_NEXT"],
        ActionId = long.TryParse(fields["FLIPAGENT_ACTION_ID"], NumberStyles.None, CultureInfo.InvariantCulture, out var action) ? action : null,
        RequestId = fields["FLIPAGENT_REQUEST_ID"],
        DetectMs = fields.Milliseconds("FLIPAGENT_DETECT_MS"),
        AssignMs = fields.Milliseconds("FLIPAGENT_ASSIGN_MS"),
        VerifyMs = fields.Milliseconds("FLIPAGENT_VERIFY_MS"),
        DurationMs = fields.Milliseconds("FLIPAGENT_DURATION_MS"),
    };

    private static string Severity(string? priority) => priority switch { "0" or "1" or "2" => "critical", "3" or "4" => "warning", _ => "info" };

    /// <summary>Before 1.2.0 only the sentence said it.</summary>
    private static string? FormerHolder(string name, string? message)
    {
        const string Infix = "; it was at ";
        return name == "holder-changed" && message is not null && message.IndexOf(Infix, StringComparison.Ordinal) is > 0 and var at ? message[(at + Infix.Length)..] : null;
    }

    /// <summary>The fields of an entry as text. journalctl writes what is no UTF-8 as a list of bytes, a field that is there twice as a list of texts, and one that is too long as null.</summary>
    private readonly struct Fields(JsonElement entry)
    {
        public string? this[string name] => entry.TryGetProperty(name, out var value) ? Text(value) : null;

        /// <summary>When the agent wrote it; when journald got it, where it does not say.</summary>
        public DateTimeOffset? Time => Microseconds("_SOURCE_REALTIME_TIMESTAMP") ?? Microseconds("__REALTIME_TIMESTAMP");

        public double? Milliseconds(string name) =>
            double.TryParse(this[name], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;

        private DateTimeOffset? Microseconds(string name) =>
            long.TryParse(this[name], NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value < 253_402_300_799_000_000 ? DateTimeOffset.UnixEpoch.AddMicroseconds(value) : null;

        private static string? Text(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.String when value.GetString() is { } text => text.Length <= MaxText ? text : Events.WholeWords.Cut(text, MaxText),
            JsonValueKind.Array when value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.Number => Bytes(value),
            JsonValueKind.Array when value.GetArrayLength() > 0 => Text(value[0]),
            _ => null,
        };

        private static string? Bytes(JsonElement value)
        {
            var bytes = new List<byte>();
            foreach (var one in value.EnumerateArray().Take(MaxText))
            {
                if (one.ValueKind != JsonValueKind.Number || !one.TryGetByte(out var octet))
                    return null;
                bytes.Add(octet);
            }
            return Encoding.UTF8.GetString([.. bytes]);
        }
    }
}

/// <summary>What somebody asked the agent to do.</summary>
/// <param name="Verb">As it was asked: release --to haproxy-2.</param>
/// <param name="Uid">Who asked, as the kernel says.</param>
/// <param name="Done">False: it was refused or failed.</param>
internal sealed record Order(DateTimeOffset At, string Verb, uint Uid, bool Done);
