using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>
/// The status as one page that needs nothing from elsewhere. What changes on it is put in as it changes (<see cref="LivePage"/>); without scripts the browser loads it again every two seconds. Every
/// text is escaped: names and reasons may come from other machines.
/// </summary>
internal static class StatusPage
{
    private const int MaxMoves = 8;

    /// <summary>The whole document.</summary>
    /// <param name="still">Not loaded again where there are no scripts.</param>
    public static string Render(StatusReport status, IReadOnlyList<EventReport> events, DateTimeOffset now, bool still = false)
    {
        var page = new StringBuilder(16384);
        page.Append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">")
            .Append("<link rel=\"icon\" href=\"data:,\">").Append(still ? "" : "<noscript><meta http-equiv=\"refresh\" content=\"2\"></noscript>")
            .Append("<style>").Append(PageAssets.Style).Append("</style>").Append(Content(status, events, now));
        page.Append("<p id=\"tools\" hidden><button id=\"pause\" type=\"button\">Pause updates</button></p><p id=\"live\" role=\"status\"></p><p id=\"said\" class=\"unseen\" role=\"status\"></p>");
        page.Append("<noscript><p>").Append(still ? "This page does not change. <a href=\"?\">Load it again every 2 s</a>" : "This page is loaded again every 2 s. <a href=\"?still=1\">Stop that</a>")
            .Append("</p></noscript>");
        page.Append("<nav aria-label=\"For programs\">For programs: <a href=\"v1/status\">status</a> <a href=\"v1/events\">events</a> <a href=\"metrics\">metrics</a></nav>");
        page.Append("<script>").Append(PageAssets.Script).Append("</script></body></html>\n");
        return page.ToString();
    }

    /// <summary>Title and sections: what changes. One line.</summary>
    public static string Content(StatusReport status, IReadOnlyList<EventReport> events, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(status);
        ArgumentNullException.ThrowIfNull(events);
        var page = new StringBuilder(8192);
        page.Append("<title>").Append(Escape($"{status.Verdict}: {status.Cluster}")).Append("</title></head><body><main>");
        page.Append("<h1 class=\"").Append(Escape(status.Verdict)).Append("\">").Append(Escape($"{status.Verdict.ToUpperInvariant()}  {status.Summary}")).Append("</h1>");
        AppendWarnings(page, status);
        Section(page, "nodes", $"Cluster {status.Cluster}, floating IP {status.FloatingIp.Address}", id => AppendNodes(page, id, status));
        // Only where there are several: one is said in the headings.
        if (status.FloatingIps is { Count: > 1 } all)
            Section(page, "addresses", "Floating IPs", id => AppendAddresses(page, id, status, all));
        if (status.Lease is { } lease)
            Section(page, "lease", "Lease", _ => page.Append("<p>").Append(Escape(LeaseReports.Line(lease))).Append("</p>"));
        Section(page, "checks", "Checks of this node", id => AppendChecks(page, id, status, now));
        if (status.LastMove is { } move)
            Section(page, "move", "Last move", _ => page.Append("<p>").Append(Escape(StatusWords.Move(move))).Append("</p>"));
        var moves = events.Where(e => e is { Event: "claim-held", Peer: not null, AssignMs: not null }).TakeLast(MaxMoves).Reverse().ToList();
        if (moves.Count > 0)
            Section(page, "moves", "The last moves to this node", _ => AppendMoves(page, moves));
        Section(page, "events", "Last events", id => AppendEvents(page, id, events));
        page.Append("</main><footer>").Append(Escape(
            $"{status.Node} of {status.Cluster}, {status.Role} of term {status.Term}, flipagent {status.Version}, {now.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC")).Append("</footer>");
        return page.ToString();
    }

    private static void Section(StringBuilder page, string id, string title, Action<string> content)
    {
        page.Append("<section id=\"").Append(id).Append("\" aria-labelledby=\"of-").Append(id).Append("\"><h2 id=\"of-").Append(id).Append("\">").Append(Escape(title)).Append("</h2>");
        content(id);
        page.Append("</section>");
    }

    private static void AppendWarnings(StringBuilder page, StatusReport status)
    {
        var warnings = StatusWords.Warnings(status).ToList();
        if (warnings.Count == 0)
            return;
        page.Append("<ul id=\"warnings\" aria-label=\"Warnings\">");
        foreach (var line in warnings)
            page.Append("<li class=\"warning\">").Append(Escape(line)).Append("</li>");
        page.Append("</ul>");
    }

    private static void AppendNodes(StringBuilder page, string id, StatusReport status)
    {
        string[] columns = ["Node", "Role", "Priority", "Fit", "API", "Holds", "Sees it", "Heard", "Version"];
        Head(page, id, columns);
        foreach (var node in status.Nodes)
            Row(page, null, columns, !node.Fit,
                node.Name == status.Node ? node.Name + " (this node)" : node.Name, StatusWords.Role(node), StatusWords.Priority(node), StatusWords.Fit(node),
                node.Api, StatusWords.Holds(status, node), StatusWords.Sees(node), StatusWords.Heard(status, node), node.Version ?? "-");
        page.Append("</tbody></table>");
    }

    private static void AppendAddresses(StringBuilder page, string id, StatusReport status, IReadOnlyList<FloatingIpReport> all)
    {
        string[] columns = ["Address", "Holder", "Seen", "Claim of this node"];
        Head(page, id, columns);
        foreach (var ip in all)
            Row(page, null, columns, ip.Holder != status.Master, ip.Address, ip.Holder, StatusWords.Seen(ip), ip.Claim == "none" ? "-" : ip.Claim);
        page.Append("</tbody></table>");
    }

    private static void AppendChecks(StringBuilder page, string id, StatusReport status, DateTimeOffset now)
    {
        if (status.Checks.Count == 0)
        {
            page.Append("<p>None.</p>");
            return;
        }
        string[] columns = ["Check", "Kind", "State", "Since", "Detail"];
        Head(page, id, columns);
        foreach (var check in status.Checks)
            Row(page, null, columns, check.Up == false, check.Name, check.Kind, StatusWords.State(check), StatusWords.Since(check, now), check.Detail);
        page.Append("</tbody></table>");
    }

    /// <summary>Drawn to one scale: how long each part of each took.</summary>
    private static void AppendMoves(StringBuilder page, List<EventReport> moves)
    {
        var longest = Math.Max(1, moves.Max(Took));
        page.Append("<p class=\"key\">").Append(Escape($"To one scale: the longest bar is {Ms(longest)}. Its parts: "))
            .Append(Sample("detect")).Append(" detect, until the fault was noticed; ").Append(Sample("assign")).Append(" assign, until the cloud had moved the address; ")
            .Append(Sample("verify")).Append(" verify, until it was seen here.</p><ol class=\"moves\">");
        foreach (var one in moves)
        {
            var text = $"{one.At.UtcDateTime:MM-dd HH:mm:ss} from {one.Peer}, {Ms(Took(one))}: detect {Ms(one.DetectMs ?? 0)}, assign {Ms(one.AssignMs ?? 0)}, verify {Ms(one.VerifyMs ?? 0)}";
            page.Append(CultureInfo.InvariantCulture, $"<li id=\"move-{one.Id}\">").Append(Escape(text)).Append("<svg viewBox=\"0 0 1000 14\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
            var x = 0.0;
            foreach (var (part, ms) in new[] { ("detect", one.DetectMs ?? 0), ("assign", one.AssignMs ?? 0), ("verify", one.VerifyMs ?? 0) })
            {
                var width = 1000 * Math.Max(0, ms) / longest;
                page.Append(CultureInfo.InvariantCulture, $"<rect class=\"{part}\" x=\"{x:0.#}\" width=\"{width:0.#}\" height=\"14\"/>");
                x += width;
            }
            page.Append("</svg></li>");
        }
        page.Append("</ol>");
    }

    private static string Sample(string part) => $"<svg class=\"sample\" viewBox=\"0 0 1 1\" aria-hidden=\"true\"><rect class=\"{part}\" width=\"1\" height=\"1\"/></svg>";

    private static void AppendEvents(StringBuilder page, string id, IReadOnlyList<EventReport> events)
    {
        if (events.Count == 0)
        {
            page.Append("<p>None in this run of the agent.</p>");
            return;
        }
        string[] columns = ["UTC", "Severity", "Term", "Event", "What"];
        Head(page, id, columns);
        foreach (var one in events.TakeLast(20).Reverse())
            Row(page, $"event-{one.Id}", columns, one.Severity == "critical", one.At.UtcDateTime.ToString("MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture), one.Severity,
                one.Term.ToString(CultureInfo.InvariantCulture), one.Event, one.Text);
        page.Append("</tbody></table>");
    }

    private static double Took(EventReport move) =>
        Events.Headline.Took(Math.Max(0, move.DetectMs ?? 0), Math.Max(0, move.AssignMs ?? 0), Math.Max(0, move.VerifyMs ?? 0), move.DurationMs)!.Value.TotalMilliseconds;

    private static string Ms(double ms) => Events.Headline.Time(TimeSpan.FromMilliseconds(Math.Min(ms, 1e9)));

    // The roles are those that the elements have anyway: some browsers forget them where the style makes blocks of a table.
    private static void Head(StringBuilder page, string id, string[] columns)
    {
        page.Append("<table role=\"table\" aria-labelledby=\"of-").Append(id).Append("\"><thead role=\"rowgroup\"><tr role=\"row\">");
        foreach (var column in columns)
            page.Append("<th scope=\"col\" role=\"columnheader\">").Append(column).Append("</th>");
        page.Append("</tr></thead><tbody role=\"rowgroup\">");
    }

    private static void Row(StringBuilder page, string? id, string[] columns, bool bad, params ReadOnlySpan<string> cells)
    {
        page.Append("<tr role=\"row\"").Append(id is null ? "" : $" id=\"{id}\"").Append(bad ? " class=\"bad\">" : ">");
        for (var i = 0; i < cells.Length; i++)
        {
            var (name, role) = i == 0 ? ("th", "scope=\"row\" role=\"rowheader\"") : ("td", "role=\"cell\"");
            page.Append('<').Append(name).Append(' ').Append(role).Append(" data-label=\"").Append(columns[i]).Append(HasLongWord(cells[i]) ? "\" class=\"long\"><span>" : "\"><span>")
                .Append(Escape(cells[i])).Append("</span></").Append(name).Append('>');
        }
        page.Append("</tr>");
    }

    /// <summary>Only such a word is broken somewhere, so that a long text beside it does not squeeze short ones.</summary>
    private static bool HasLongWord(string text)
    {
        var length = 0;
        foreach (var one in text)
            if ((length = one is ' ' or '-' ? 0 : length + 1) > 16)
                return true;
        return false;
    }

    private static string Escape(string text) => HtmlEncoder.Default.Encode(text);
}
