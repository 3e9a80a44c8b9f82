using FlipAgent.Core;
using FlipAgent.Events;

namespace FlipAgent.Alerts;

/// <summary>
/// An alert as a person woken at night needs it (docs/alerts.md): what happened to the service, what clients saw, what to do, and where it stands in the journal. No line needs
/// another system to be understood.
/// </summary>
/// <param name="Cluster">Name of the cluster.</param>
/// <param name="Node">Name of the node that speaks.</param>
/// <param name="FloatingIp">The address in text form, of alerts that name none.</param>
internal sealed record AlertText(string Cluster, string Node, string FloatingIp)
{
    /// <summary>Another one after a reload that changes it.</summary>
    public string FloatingIp { get; set; } = FloatingIp;

    /// <summary>The operator's own instructions; <c>{event}</c> in it is the kind of event. Null: there are none.</summary>
    public string? RunbookUrl { get; init; }

    /// <summary>One line: severity, cluster, what happened to the service.</summary>
    public string Headline(Alert alert) => $"{Tone.Of(alert.Event)} [{Cluster}] {Summary(alert)}";

    /// <summary>The same without severity and cluster.</summary>
    public string Summary(Alert alert)
    {
        var times = alert.Times > 1 ? $" ({alert.Times} times since it was last reported)" : "";
        return Events.Headline.Of(alert.Announcement, AddressesOf(alert)) + times;
    }

    /// <summary>The floating IPs that an alert is about.</summary>
    public IReadOnlyList<string> AddressesOf(Alert alert) => alert.Addresses.IsDefaultOrEmpty ? [FloatingIp] : alert.Addresses;

    /// <summary>The link to the operator's instructions for this alert; null: there are none.</summary>
    public string? Runbook(Alert alert) => RunbookUrl?.Replace("{event}", Reporting.EventReports.NameOf(alert.Event.Kind), StringComparison.Ordinal);

    /// <summary>The lines below the headline, each a label and its text. Lines that have nothing to say are left out.</summary>
    public IEnumerable<(string Label, string Text)> Lines(Alert alert)
    {
        var (e, text, cause, next) = alert.Announcement;
        if (Clients(alert) is { } seen)
            yield return ("Clients saw", seen);
        next ??= WhereToLook(e);
        if (next is not null)
            yield return ("Next", next);
        if (Runbook(alert) is { } runbook)
            yield return ("Runbook", runbook);
        if (e.Kind != EventKind.AlertsSuppressed)
            yield return ("Master now", alert.Master ?? "none known");
        if (e.Holder is { } holder)
            yield return (Words.AreAt(AddressesOf(alert)), Words.Place(holder));
        var loser = LostBy(e);
        if (loser is not null)
            yield return ("Lost by", cause is null ? loser : $"{loser} ({WholeWords.Of(cause)})");
        else if (cause is not null)
            yield return ("Cause", WholeWords.Of(cause));
        if (NameOf(e.Peer) is { } peer && peer != loser)
            yield return ("Other node", peer);
        if (Took(e) is { } took)
            yield return ("It took", took);
        // The sentence by which it is found there.
        if (!Summary(alert).Contains(text, StringComparison.Ordinal))
            yield return ("Journal", text);
        yield return ("Seen by", $"{Node}, term {e.Term}, {alert.At.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC");
    }

    private static string? Clients(Alert alert) => alert.Clients ?? alert.Event switch
    {
        { Kind: EventKind.ServiceDead, Duration: { } time } => $"no answer for {Events.Headline.Time(time)} so far",
        { Kind: EventKind.ServiceAnswers, Duration: { } time } => $"no answer for {Events.Headline.Time(time)}",
        _ => null,
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

    /// <summary>The parts of a move. What was noticed in the same instant took no time that is worth a word.</summary>
    private static string? Took(Event e)
    {
        List<string> parts = [];
        if (e.Detect is { } detect && detect > TimeSpan.Zero)
            parts.Add($"{Events.Headline.Time(detect)} to detect");
        if (e.Assign is { } assign)
            parts.Add($"{Events.Headline.Time(assign)} to assign");
        if (e.Verify is { } verify)
            parts.Add($"{Events.Headline.Time(verify)} to verify");
        var (all, told) = (Events.Headline.Took(e), (e.Detect ?? TimeSpan.Zero) + (e.Assign ?? TimeSpan.Zero) + (e.Verify ?? TimeSpan.Zero));
        if (parts.Count > 0 && all - told >= TimeSpan.FromSeconds(1))
            parts.Add($"{Events.Headline.Time(all)} with what it had to wait for");
        return parts.Count == 0 ? null : string.Join(", ", parts);
    }

    private string? WhereToLook(Event e) =>
        e.Severity < Severity.Warning ? null : $"`flipagentctl status` on {Node} shows the cluster, `flipagentctl explain {e.Term}` what led to this";
}
