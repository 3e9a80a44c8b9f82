using FlipAgent.Core;

namespace FlipAgent.Alerts;

/// <summary>
/// An alert as a person woken at night needs it (docs/alerts.md): what happened, who is master now, who lost it and why, what clients saw, what to do
/// next. No line needs another system to be understood.
/// </summary>
/// <param name="Cluster">Name of the cluster.</param>
/// <param name="Node">Name of the node that speaks.</param>
/// <param name="FloatingIp">The address in text form.</param>
internal sealed record AlertText(string Cluster, string Node, string FloatingIp)
{
    /// <summary>One line: severity, cluster, what happened.</summary>
    public string Headline(Alert alert)
    {
        var times = alert.Times > 1 ? $" ({alert.Times} times since it was last told)" : "";
        return $"{Word(alert.Event.Severity)} {Cluster}: {alert.Announcement.Text}{times}";
    }

    /// <summary>The lines below the headline, each a label and its text. Lines that have nothing to say are left out.</summary>
    public IEnumerable<(string Label, string Text)> Lines(Alert alert)
    {
        var (e, _, cause, next) = alert.Announcement;
        if (e.Kind != EventKind.AlertsSuppressed)
            yield return ("Master now", alert.Master ?? "none known");
        if (e.Holder is { } holder)
            yield return ($"{FloatingIp} is at", holder);
        var loser = LostBy(e);
        if (loser is not null)
            yield return ("Lost by", cause is null ? loser : $"{loser} ({cause})");
        else if (cause is not null)
            yield return ("Cause", cause);
        if (NameOf(e.Peer) is { } peer && peer != loser)
            yield return ("Other node", peer);
        if (Seen(e) is { } seen)
            yield return ("Clients saw", seen);
        next ??= WhereToLook(e);
        if (next is not null)
            yield return ("Next", next);
        yield return ("Seen by", $"{Node}, term {e.Term}, {alert.At.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC");
    }

    private static string Word(Severity severity) => severity switch
    {
        Severity.Critical => "CRITICAL",
        Severity.Warning => "WARNING",
        _ => "INFO",
    };

    /// <summary>Which node lost the mastership by this event, if it is one of those.</summary>
    private string? LostBy(Event e) => e.Kind switch
    {
        EventKind.BecameMaster or EventKind.AssignSent or EventKind.AssignAccepted or EventKind.ClaimHeld => NameOf(e.Peer),
        EventKind.Released or EventKind.Superseded or EventKind.ClaimLost or EventKind.Followed => Node,
        EventKind.BecameBackup or EventKind.BecameFault when e.RoleFrom == Role.Master => Node,
        _ => null,
    };

    /// <summary>The core's words for "no node" are no names.</summary>
    private static string? NameOf(string? peer) => peer is "nobody" or "unknown" ? null : peer;

    private static string? Seen(Event e)
    {
        List<string> parts = [];
        if (e.Detect is { } detect)
            parts.Add($"{Time(detect)} to detect");
        if (e.Assign is { } assign)
            parts.Add($"{Time(assign)} to assign");
        if (e.Verify is { } verify)
            parts.Add($"{Time(verify)} to verify");
        return parts.Count == 0 ? null : string.Join(", ", parts);
    }

    private string? WhereToLook(Event e) =>
        e.Severity < Severity.Warning ? null : $"`flipagentctl status` on {Node} shows the cluster, `flipagentctl explain {e.Term}` what led to this";

    private static string Time(TimeSpan time) => time < TimeSpan.FromSeconds(1) ? $"{time.TotalMilliseconds:0} ms" : $"{time.TotalSeconds:0.0} s";
}
