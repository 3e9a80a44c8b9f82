using FlipAgent.Checks;
using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>A <see cref="CheckSnapshot"/> as <c>status</c> and <c>check</c> show it.</summary>
internal static class CheckReports
{
    public static CheckReport Of(CheckSnapshot s) =>
        new(s.Name, s.Kind, s.Up, s.Since, s.Detail) { Degraded = s.Degraded, DegradedSince = s.DegradedSince, DurationMs = s.LastDuration?.TotalMilliseconds };
}
