using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>
/// The status as one page that needs nothing from elsewhere. Its sections come anew as they change (<see cref="LivePage"/>); without scripts the browser loads it again every two seconds. Every
/// text is escaped: names and reasons may come from other machines.
/// </summary>
internal static class StatusPage
{
    private const int MaxMoves = 8;

    /// <summary>The whole document.</summary>
    public static string Render(StatusReport status, IReadOnlyList<EventReport> events, DateTimeOffset now)
    {
        var page = new StringBuilder(16384);
        page.Append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
        page.Append("<noscript><meta http-equiv=\"refresh\" content=\"2\"></noscript><style>").Append(PageAssets.Style).Append("</style>");
        page.Append(Content(status, events, now)).Append("<p id=\"live\" role=\"status\"></p><script>").Append(PageAssets.Script).Append("</script></body></html>\n");
        return page.ToString();
    }

    /// <summary>Title and sections: what changes. One line.</summary>
    public static string Content(StatusReport status, IReadOnlyList<EventReport> events, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(status);
        ArgumentNullException.ThrowIfNull(events);
        var page = new StringBuilder(8192);
        page.Append("<title>").Append(Escape($"{status.Verdict}: {status.Cluster}")).Append("</title></head><body><main>");
        Section(page, "verdict", () => page.Append("<h1 role=\"status\" class=\"").Append(Escape(status.Verdict)).Append("\">")
            .Append(Escape($"{status.Verdict.ToUpperInvariant()}  {status.Summary}")).Append("</h1>"));
        Section(page, "warnings", () => AppendWarnings(page, status));
        Section(page, "nodes", () => AppendNodes(page, status));
        Section(page, "addresses", () => AppendAddresses(page, status));
        Section(page, "lease", () => AppendLease(page, status));
        Section(page, "checks", () => AppendChecks(page, status, now));
        Section(page, "moves", () => AppendMoves(page, status, events));
        Section(page, "events", () => AppendEvents(page, events));
        Section(page, "foot", () => page.Append("<footer>").Append(Escape(
            $"{status.Node} of {status.Cluster}, {status.Role} of term {status.Term}, flipagent {status.Version}, {now.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC")).Append("</footer>"));
        return page.Append("</main>").ToString();
    }

    private static void Section(StringBuilder page, string id, Action content)
    {
        page.Append("<section id=\"").Append(id).Append("\">");
        content();
        page.Append("</section>");
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
        string[] columns = ["Node", "Role", "Priority", "Fit", "API", "Holds", "Sees it", "Heard", "Version"];
        Head(page, $"Cluster {status.Cluster}, floating IP {status.FloatingIp.Address}", columns);
        foreach (var node in status.Nodes)
            Row(page, columns, !node.Fit,
                node.Name == status.Node ? node.Name + " (this node)" : node.Name, StatusWords.Role(node), StatusWords.Priority(node), StatusWords.Fit(node),
                node.Api, StatusWords.Holds(status, node), StatusWords.Sees(node), StatusWords.Heard(status, node), node.Version ?? "-");
        page.Append("</tbody></table>");
    }

    /// <summary>Only where there are several: one is said in the headings.</summary>
    private static void AppendAddresses(StringBuilder page, StatusReport status)
    {
        if (status.FloatingIps is not { Count: > 1 } all)
            return;
        string[] columns = ["Address", "Holder", "Seen", "Claim of this node"];
        Head(page, "Floating IPs", columns);
        foreach (var ip in all)
            Row(page, columns, ip.Holder != status.Master, ip.Address, ip.Holder, StatusWords.Seen(ip), ip.Claim == "none" ? "-" : ip.Claim);
        page.Append("</tbody></table>");
    }

    private static void AppendLease(StringBuilder page, StatusReport status)
    {
        if (status.Lease is { } lease)
            page.Append("<h2>Lease</h2><p>").Append(Escape(LeaseReports.Line(lease))).Append("</p>");
    }

    private static void AppendChecks(StringBuilder page, StatusReport status, DateTimeOffset now)
    {
        string[] columns = ["Check", "Kind", "State", "Since", "Detail"];
        Head(page, "Checks of this node", columns);
        foreach (var check in status.Checks)
            Row(page, columns, check.Up == false, check.Name, check.Kind, StatusWords.State(check), StatusWords.Ago(now - check.Since), check.Detail);
        page.Append("</tbody></table>");
    }

    /// <summary>The moves to this node, drawn to one scale: how long each part of each took.</summary>
    private static void AppendMoves(StringBuilder page, StatusReport status, IReadOnlyList<EventReport> events)
    {
        if (status.LastMove is { } move)
            page.Append("<h2>Last move</h2><p>").Append(Escape(StatusWords.Move(move))).Append("</p>");
        var moves = events.Where(e => e is { Event: "claim-held", Peer: not null, AssignMs: not null }).TakeLast(MaxMoves).Reverse().ToList();
        if (moves.Count == 0)
            return;
        var longest = Math.Max(1, moves.Max(Took));
        page.Append("<h2>The last moves to this node</h2><p class=\"key\">").Append(Escape($"To one scale: the longest bar is {Ms(longest)}. From the left: until the fault was noticed, "
            + "until the cloud had moved the address, until it was seen here.")).Append("</p>");
        foreach (var one in moves)
        {
            var text = $"{one.At.UtcDateTime:MM-dd HH:mm:ss} from {one.Peer}, {Ms(Took(one))}: detect {Ms(one.DetectMs ?? 0)}, assign {Ms(one.AssignMs ?? 0)}, verify {Ms(one.VerifyMs ?? 0)}";
            page.Append("<div>").Append(Escape(text)).Append("</div><svg viewBox=\"0 0 1000 14\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
            var x = 0.0;
            foreach (var (part, ms) in new[] { ("detect", one.DetectMs ?? 0), ("assign", one.AssignMs ?? 0), ("verify", one.VerifyMs ?? 0) })
            {
                var width = 1000 * Math.Max(0, ms) / longest;
                page.Append(CultureInfo.InvariantCulture, $"<rect class=\"{part}\" x=\"{x:0.#}\" width=\"{width:0.#}\" height=\"14\"/>");
                x += width;
            }
            page.Append("</svg>");
        }
    }

    private static void AppendEvents(StringBuilder page, IReadOnlyList<EventReport> events)
    {
        string[] columns = ["UTC", "Severity", "Term", "Event", "What"];
        Head(page, "Last events", columns);
        foreach (var one in events.TakeLast(20).Reverse())
            Row(page, columns, one.Severity == "critical", one.At.UtcDateTime.ToString("MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture), one.Severity,
                one.Term.ToString(CultureInfo.InvariantCulture), one.Event, one.Text);
        page.Append("</tbody></table>");
    }

    private static double Took(EventReport move) => Math.Max(0, move.DetectMs ?? 0) + Math.Max(0, move.AssignMs ?? 0) + Math.Max(0, move.VerifyMs ?? 0);

    private static string Ms(double ms) => Events.Headline.Time(TimeSpan.FromMilliseconds(Math.Min(ms, 1e9)));

    private static void Head(StringBuilder page, string title, params ReadOnlySpan<string> columns)
    {
        page.Append("<h2>").Append(Escape(title)).Append("</h2><table><thead><tr>");
        foreach (var column in columns)
            page.Append("<th scope=\"col\">").Append(column).Append("</th>");
        page.Append("</tr></thead><tbody>");
    }

    private static void Row(StringBuilder page, string[] columns, bool bad, params ReadOnlySpan<string> cells)
    {
        page.Append("<tr>");
        for (var i = 0; i < cells.Length; i++)
            page.Append("<td data-label=\"").Append(columns[i]).Append(bad ? "\" class=\"bad\">" : "\">").Append("<span>").Append(Escape(cells[i])).Append("</span></td>");
        page.Append("</tr>");
    }

    private static string Escape(string text) => HtmlEncoder.Default.Encode(text);
}
