using System.Text.Json;
using FlipAgent.Core;

namespace FlipAgent.Reporting;

/// <summary>An <see cref="Event"/> as <c>events --json</c>, the webhook and the exec sink show it: the same photograph, printed in the format of the album.</summary>
public static class EventReports
{
    /// <param name="id">The event's number in this run; 0 when it has none.</param>
    /// <param name="at">Wall-clock time.</param>
    public static EventReport Of(Event e, long id, DateTimeOffset at)
    {
        ArgumentNullException.ThrowIfNull(e);
        return new EventReport(id, at, Kebab(e.Kind.ToString()), Kebab(e.Severity.ToString()), e.Term, e.Text)
        {
            RoleFrom = e.RoleFrom is { } from ? Kebab(from.ToString()) : null,
            RoleTo = e.RoleTo is { } to ? Kebab(to.ToString()) : null,
            Peer = e.Peer,
            Holder = e.Holder,
            Cause = e.Cause,
            Next = e.Next,
            ActionId = e.ActionId,
            RequestId = e.RequestId,
            DetectMs = e.Detect?.TotalMilliseconds,
            AssignMs = e.Assign?.TotalMilliseconds,
            VerifyMs = e.Verify?.TotalMilliseconds,
            DurationMs = e.Duration?.TotalMilliseconds,
        };
    }

    private static string Kebab(string name) => JsonNamingPolicy.KebabCaseLower.ConvertName(name);
}
