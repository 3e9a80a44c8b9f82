using System.Buffers;
using System.Text.Json;
using FlipAgent.Events;
using FlipAgent.Reporting;

namespace FlipAgent.Alerts;

/// <summary>
/// An alert for machines: the same fields as a line of <c>events --json</c>, with cluster, node and master in front. One form for whoever parses,
/// whichever way it came.
/// </summary>
internal static class AlertJson
{
    public static byte[] Of(Alert alert, AlertText words)
    {
        var report = EventReports.Of(alert.Announcement, alert.Id, alert.At);
        var bytes = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", 1);
            json.WriteString("cluster", words.Cluster);
            json.WriteString("node", words.Node);
            json.WriteString("master", alert.Master);
            json.WriteString("floating_ip", words.FloatingIp);
            json.WriteStartArray("floating_ips");
            foreach (var address in words.AddressesOf(alert))
                json.WriteStringValue(address);
            json.WriteEndArray();
            json.WriteString("headline", words.Summary(alert));
            json.WriteBoolean("resolved", Tone.IsResolved(alert.Event));
            json.WriteString("clients", alert.Clients);
            json.WriteString("runbook_url", words.Runbook(alert));
            json.WriteNumber("times", alert.Times);
            foreach (var field in JsonSerializer.SerializeToElement(report, ReportJson.Default.EventReport).EnumerateObject())
                field.WriteTo(json);
            json.WriteEndObject();
        }
        return bytes.WrittenSpan.ToArray();
    }
}
