using System.Collections.Immutable;
using FlipAgent.Core;
using FlipAgent.Events;

namespace FlipAgent.Alerts;

/// <summary>An event on its way to people: the event itself, and what was known at that moment only. It is delivered as it was made, however late.</summary>
/// <param name="Announcement">The event and its sentences.</param>
/// <param name="At">Wall-clock time of the event.</param>
/// <param name="Id">The event's number in `events`; 0 when it has none.</param>
/// <param name="Master">The master at that moment as far as this node knew; null: none.</param>
internal sealed record Alert(Announcement Announcement, DateTimeOffset At, long Id, string? Master)
{
    /// <summary>How often the same thing happened since it was last told; 1: just now.</summary>
    public int Times { get; init; } = 1;

    /// <summary>The floating IPs that it is about; empty: that of the cluster.</summary>
    public ImmutableArray<string> Addresses { get; init; } = [];

    /// <summary>What clients noticed, as a phrase, as far as this node's guard saw it; null: nothing is known.</summary>
    public string? Clients { get; init; }

    /// <summary>What happened, as data.</summary>
    public Event Event => Announcement.Event;

    /// <summary>The same without any secret that this process has read meanwhile: the last look before it leaves.</summary>
    public Alert Redacted() => this with { Announcement = Announcement.Redacted() };

    /// <summary>Warnings and critical events are alerts, and informational ones that say so.</summary>
    public static bool IsWanted(Event e) => e.Alert || e.Severity >= Severity.Warning;
}

/// <summary>What came of one attempt to deliver an alert.</summary>
internal enum Fate
{
    Delivered,
    /// <summary>Busy, away or broken: the same attempt may work later.</summary>
    TryAgain,
    /// <summary>It will not work until somebody changes the configuration.</summary>
    Refused,
}

/// <param name="Detail">Why, as one phrase without any URL.</param>
/// <param name="RetryAfter">The earliest time to try again, when the other side named one.</param>
internal sealed record Delivery(Fate Fate, string Detail, TimeSpan? RetryAfter = null)
{
    public static Delivery Done { get; } = new(Fate.Delivered, "");
}
