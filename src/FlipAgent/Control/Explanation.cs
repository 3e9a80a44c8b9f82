using System.Globalization;
using System.Text;
using FlipAgent.Redaction;
using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>
/// Tells the story of one term in plain language: what happened to the mastership, why, how long each part took, and then every kept event in its order.
/// </summary>
internal static class Explanation
{
    /// <summary>The story, or null when no event of the term is kept.</summary>
    public static ExplainReport? Of(uint term, IReadOnlyList<EventReport> events)
    {
        var own = events.Where(one => one.Term == term).ToList();
        if (own.Count == 0)
            return null;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Term {term}: {Headline(own)}\n");
        if (Durations(own) is { } durations)
            text.Append(CultureInfo.InvariantCulture, $"{durations}\n");
        text.Append(CultureInfo.InvariantCulture, $"It began {own[0].At.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff} UTC:\n");
        foreach (var one in own)
            AppendEvent(text, one, own[0].At);
        return new ExplainReport(term, text.ToString(), own);
    }

    /// <summary>Why there is no story, and of which terms there is one.</summary>
    public static string NothingKept(uint term, IReadOnlyList<EventReport> events) => events.Count == 0
        ? $"no event of term {term} is kept: nothing has happened since the agent started"
        : $"no event of term {term} is kept; there are events of the terms {string.Join(", ", events.Select(one => one.Term).Distinct().Order())}";

    private static string Headline(List<EventReport> events)
    {
        var promoted = events.Find(one => one.RoleTo == "master" && one.RoleFrom != "master");
        var left = events.FindLast(one => one.RoleFrom == "master" && one.RoleTo != "master");
        return (promoted, left) switch
        {
            ({ } up, { } down) => $"this node became master{Because(up)}, and gave it up again{Because(down)}.",
            ({ } up, null) => $"this node became master{Because(up)}.",
            (null, { } down) => $"this node was master and gave it up{Because(down)}.",
            _ => "this node was not master in it; this is what it saw.",
        };
    }

    private static string Because(EventReport one) => one.Cause is { } cause ? $" ({cause})" : "";

    private static string? Durations(List<EventReport> events)
    {
        var moved = events.FindLast(one => one.AssignMs is not null || one.VerifyMs is not null);
        if (moved is null)
            return null;
        var parts = new List<string>();
        AddPart(parts, moved.DetectMs, "to see the fault and decide");
        AddPart(parts, moved.AssignMs, "for the cloud to move the address");
        AddPart(parts, moved.VerifyMs, "until it was seen here");
        return $"It took {string.Join(", ", parts)}.";
    }

    private static void AddPart(List<string> parts, double? ms, string what)
    {
        if (ms is { } time)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{time:0} ms {what}"));
    }

    private static void AppendEvent(StringBuilder text, EventReport one, DateTimeOffset start)
    {
        var mark = one.Severity switch { "critical" => "!!", "warning" => "! ", _ => "  " };
        var seconds = (one.At - start).TotalSeconds;
        text.Append(CultureInfo.InvariantCulture, $"{mark} {seconds,9:+0.000;-0.000} s  {one.Event}: {Printable.Of(one.Text)}\n");
        if (one.Next is { } next)
            text.Append(CultureInfo.InvariantCulture, $"{"",17}next: {Printable.Of(next)}\n");
    }
}
