using System.Buffers;
using System.Text.Json;
using FlipAgent.Control;

namespace FlipAgent.Alerts;

/// <summary>
/// An alert for machines: the same fields as a line of <c>events --json</c>, with cluster, node and master in front. One form for whoever parses,
/// whichever way it came.
/// </summary>
internal static class AlertJson
{
    public static byte[] Of(Alert alert, AlertText words)
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", 1);
            json.WriteString("cluster", words.Cluster);
            json.WriteString("node", words.Node);
            json.WriteString("master", alert.Master);
            json.WriteString("floating_ip", words.FloatingIp);
            json.WriteNumber("times", alert.Times);
            foreach (var field in JsonSerializer.SerializeToElement(Report(alert), ReportJson.Default.EventReport).EnumerateObject())
                field.WriteTo(json);
            json.WriteEndObject();
        }
        return bytes.WrittenSpan.ToArray();
    }

    private static EventReport Report(Alert alert)
    {
        var e = alert.Event;
        return new EventReport(alert.Id, alert.At, Kebab(e.Kind.ToString()), Kebab(e.Severity.ToString()), e.Term, e.Text)
        {
            RoleFrom = e.RoleFrom is { } from ? Kebab(from.ToString()) : null,
            RoleTo = e.RoleTo is { } to ? Kebab(to.ToString()) : null,
            Peer = e.Peer,
            Holder = e.Holder,
            Cause = e.Cause,
            Next = e.Next,
            ActionId = e.ActionId,
            DetectMs = e.Detect?.TotalMilliseconds,
            AssignMs = e.Assign?.TotalMilliseconds,
            VerifyMs = e.Verify?.TotalMilliseconds,
            DurationMs = e.Duration?.TotalMilliseconds,
        };
    }

    private static string Kebab(string name) => JsonNamingPolicy.KebabCaseLower.ConvertName(name);
}
