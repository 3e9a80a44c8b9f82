using FlipAgent.Core;
using FlipAgent.Logging;

namespace FlipAgent.Alerts;

/// <summary>
/// An event on its way to people: the event itself, and what only the moment knew. Like a photograph with the date on its back: it is delivered
/// as it was taken, however late.
/// </summary>
/// <param name="At">Wall-clock time of the event.</param>
/// <param name="Id">The event's number in `events`; 0 when it has none.</param>
/// <param name="Master">The master at that moment as far as this node knew; null: none.</param>
internal sealed record Alert(Event Event, DateTimeOffset At, long Id, string? Master)
{
    /// <summary>How often the same thing happened since it was last told; 1: just now.</summary>
    public int Times { get; init; } = 1;

    /// <summary>The same without any secret that this process has read: the last look before it leaves.</summary>
    public Alert Redacted() => this with
    {
        Event = Event with
        {
            Text = Redactor.Redact(Event.Text),
            Cause = Redact(Event.Cause),
            Next = Redact(Event.Next),
        },
    };

    /// <summary>Warnings and critical events are alerts, and informational ones that say so.</summary>
    public static bool IsWanted(Event e) => e.Alert || e.Severity >= Severity.Warning;

    private static string? Redact(string? text) => text is null ? null : Redactor.Redact(text);
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
