using FlipAgent.Core;

namespace FlipAgent.Events;

/// <summary>Sentences for the events of the checks and of the cold standby's unit.</summary>
internal static class ServiceText
{
    public static (string Text, string? Next) Of(Event e) => e.Kind switch
    {
        EventKind.CheckDown => ($"check {e.Subject} is down: {e.Detail}", null),
        EventKind.CheckUp => ($"check {e.Subject} is up: {e.Detail}", null),
        EventKind.CheckDegraded => ($"check {e.Subject} on {e.Node} is up, but: {e.Detail}", null),
        EventKind.UnitStarted => ($"{e.Subject} was started", null),
        EventKind.UnitStopped => ($"{e.Subject} was stopped", null),
        EventKind.UnitFailed when e.Ended => (
            e.Subject is { } unit ? $"{unit} on {e.Node} is as the agent wants it again" : $"the unit of the cold standby on {e.Node} can be started again", null),
        EventKind.UnitFailed => (UnitFailed(e), "Check systemctl status of the unit, and the polkit rule of the package."),
        _ => throw new ArgumentOutOfRangeException(nameof(e)),
    };

    private static string UnitFailed(Event e) => e.Cause switch
    {
        Cause.StartFailed => $"{e.Subject} on {e.Node} could not be started: {CauseText.Of(e)}",
        Cause.StopFailed => $"{e.Subject} on {e.Node} could not be stopped: {CauseText.Of(e)}",
        _ => $"the unit of the cold standby on {e.Node} cannot be started: {e.Detail}",
    };
}
