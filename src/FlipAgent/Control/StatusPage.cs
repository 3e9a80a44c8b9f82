using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>
/// The status as one page without scripts or anything from elsewhere, which the browser loads again every two seconds. Every text is escaped: names and
/// reasons may come from other machines.
/// </summary>
internal static class StatusPage
{
    private const string Style =
        "body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:72em;padding:0 1em;color:#1c2430;background:#fff}"
        + "h1{font-size:1.25em;padding:.7em 1em;border-radius:6px;color:#fff;background:#2e7d32}"
        + "h1.degraded{background:#b26a00}h1.critical{background:#b3261e}h2{font-size:1em;margin:2em 0 .4em}"
        + "table{border-collapse:collapse;width:100%}"
        + "th,td{text-align:left;padding:.35em 1.2em .35em 0;border-bottom:1px solid #dfe3e8;vertical-align:top}"
        + "th{font-weight:600;color:#5a6675}td.bad{color:#b3261e;font-weight:600}li.warning{color:#b26a00}footer{margin:2em 0;color:#5a6675}";

    public static string Render(StatusReport status, IEnumerable<EventReport> events, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(status);
        var page = new StringBuilder(8192);
        page.Append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"2\">");
        page.Append("<meta name=\"viewport\" content=\"width=device-width\"><title>").Append(Escape($"{status.Verdict}: {status.Cluster}"));
        page.Append("</title><style>").Append(Style).Append("</style></head><body><h1 class=\"").Append(Escape(status.Verdict)).Append("\">");
        page.Append(Escape($"{status.Verdict.ToUpperInvariant()}  {status.Summary}")).Append("</h1>");
        AppendWarnings(page, status);
        AppendNodes(page, status);
        AppendChecks(page, status, now);
        AppendLastMove(page, status);
        AppendEvents(page, events);
        page.Append("<footer>").Append(Escape($"{status.Node} of {status.Cluster}, {status.Role} of term {status.Term}, flipagent {status.Version}, "
            + $"{now.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC")).Append("</footer></body></html>\n");
        return page.ToString();
    }

    private static void AppendWarnings(StringBuilder page, StatusReport status)
    {
        var warnings = StatusWords.Warnings(status).ToList();
        if (warnings.Count == 0)
            return;
        page.Append("<ul>");
        foreach (var line in warnings)
            page.Append("<li class=\"warning\">").Append(Escape(line)).Append("</li>");
        page.Append("</ul>");
    }

    private static void AppendNodes(StringBuilder page, StatusReport status)
    {
        Head(page, $"Cluster {status.Cluster}, floating IP {status.FloatingIp.Address}",
            "Node", "Role", "Priority", "Fit", "API", "Holds", "Sees it", "Heard", "Version");
        foreach (var node in status.Nodes)
            Row(page, !node.Fit,
                node.Name == status.Node ? node.Name + " (this node)" : node.Name, StatusWords.Role(node), StatusWords.Priority(node), StatusWords.Fit(node),
                node.Api, StatusWords.Holds(status, node), StatusWords.Sees(node), StatusWords.Heard(status, node), node.Version ?? "-");
        page.Append("</table>");
    }

    private static void AppendChecks(StringBuilder page, StatusReport status, DateTimeOffset now)
    {
        Head(page, "Checks of this node", "Check", "Kind", "State", "Since", "Detail");
        foreach (var check in status.Checks)
            Row(page, check.Up == false, check.Name, check.Kind, StatusWords.State(check), StatusWords.Ago(now - check.Since), check.Detail);
        page.Append("</table>");
    }

    private static void AppendLastMove(StringBuilder page, StatusReport status)
    {
        if (status.LastMove is { } move)
            page.Append("<h2>Last move</h2><p>").Append(Escape(StatusWords.Move(move))).Append("</p>");
    }

    private static void AppendEvents(StringBuilder page, IEnumerable<EventReport> events)
    {
        Head(page, "Last events", "UTC", "Severity", "Term", "Event", "What");
        foreach (var one in events.Reverse())
            Row(page, one.Severity == "critical", one.At.UtcDateTime.ToString("MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture), one.Severity,
                one.Term.ToString(CultureInfo.InvariantCulture), one.Event, one.Text);
        page.Append("</table>");
    }

    private static void Head(StringBuilder page, string title, params ReadOnlySpan<string> columns)
    {
        page.Append("<h2>").Append(Escape(title)).Append("</h2><table><tr>");
        foreach (var column in columns)
            page.Append("<th>").Append(column).Append("</th>");
        page.Append("</tr>");
    }

    private static void Row(StringBuilder page, bool bad, params ReadOnlySpan<string> cells)
    {
        page.Append("<tr>");
        foreach (var cell in cells)
            page.Append(bad ? "<td class=\"bad\">" : "<td>").Append(Escape(cell)).Append("</td>");
        page.Append("</tr>");
    }

    private static string Escape(string text) => HtmlEncoder.Default.Encode(text);
}
