using FlipAgent.Core;

namespace FlipAgent.Events;

/// <summary>How an alert begins: the severity, and for good news that something is over.</summary>
public static class Tone
{
    /// <summary>CRITICAL, WARNING, RESOLVED or INFO.</summary>
    public static string Of(Event e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return e.Severity switch
        {
            Severity.Critical => "CRITICAL",
            Severity.Warning => "WARNING",
            _ => IsResolved(e) ? "RESOLVED" : "INFO",
        };
    }

    /// <summary>It ends what an earlier alert began.</summary>
    public static bool IsResolved(Event e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return e.Severity == Severity.Info && e.Kind switch
        {
            EventKind.BecameBackup => e.Cause is Cause.FitAgain,
            EventKind.Maintenance => false,
            EventKind.SupersededEnded or EventKind.ForeignHolderEnded or EventKind.FlapHoldEnded or EventKind.ApiRecovered or EventKind.GuardPathMended
                or EventKind.ServiceAnswers or EventKind.DropletRight or EventKind.SecretRestored or EventKind.NetworkRestored
                or EventKind.StoreAnswers => true,
            _ => e.Ended,
        };
    }
}
