using System.Text.Json;
using FlipAgent.Events;

namespace FlipAgent.Reporting;

/// <summary>An <see cref="Announcement"/> as <c>events --json</c>, the webhook and the exec sink show it.</summary>
public static class EventReports
{
    /// <param name="id">The event's number in this run; 0 when it has none.</param>
    /// <param name="at">Wall-clock time.</param>
    public static EventReport Of(Announcement announcement, long id, DateTimeOffset at)
    {
        ArgumentNullException.ThrowIfNull(announcement);
        var (e, text, cause, next) = announcement;
        return new EventReport(id, at, Kebab(e.Kind.ToString()), Kebab(e.Severity.ToString()), e.Term, text)
        {
            RoleFrom = e.RoleFrom is { } from ? Kebab(from.ToString()) : null,
            RoleTo = e.RoleTo is { } to ? Kebab(to.ToString()) : null,
            Peer = e.Peer,
            Holder = e.Holder,
            From = e.From,
            Cause = cause,
            Next = next,
            ActionId = e.ActionId,
            RequestId = e.RequestId,
            DetectMs = e.Detect?.TotalMilliseconds,
            AssignMs = e.Assign?.TotalMilliseconds,
            VerifyMs = e.Verify?.TotalMilliseconds,
            DurationMs = e.Duration?.TotalMilliseconds,
        };
    }

    /// <summary>The name of a kind as it stands in <c>events --json</c>: claim-held.</summary>
    public static string NameOf(Core.EventKind kind) => Kebab(kind.ToString());

    private static string Kebab(string name) => JsonNamingPolicy.KebabCaseLower.ConvertName(name);
}
