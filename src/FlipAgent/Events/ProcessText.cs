using FlipAgent.Core;

namespace FlipAgent.Events;

/// <summary>Sentences for the events of the process itself: configuration, secrets, state, network, alerts, parts.</summary>
internal static class ProcessText
{
    public static (string Text, string? Next) Of(Event e) => e.Kind switch
    {
        EventKind.Reloaded => ("the configuration was reloaded", null),
        EventKind.ReloadFailed => ($"the reload failed, the old settings stay: {e.Detail}", "flipagentctl config check"),
        EventKind.SecretMissing => ($"{e.Subject}: {e.Detail}", "Put the secret in place (root:flipagent, mode 0640), then flipagentctl reload."),
        EventKind.SecretRestored => ($"{e.Subject} can be read again", null),
        EventKind.StateNotSaved => ($"the state cannot be saved: {e.Detail}", "Free space on the disk or fix its permissions; decisions are made from memory meanwhile."),
        EventKind.NetworkFault => ($"adverts cannot be sent: {e.Detail}", "Check the private interface of this node."),
        EventKind.NetworkRestored => ("adverts can be sent again", null),
        EventKind.TestAlert => ($"test alert of {e.Node}, asked for by an operator; nothing is wrong", null),
        EventKind.AlertsSuppressed => (Suppressed(e), null),
        EventKind.PartFailed => (
            $"{e.Subject} failed inside the agent, everything else goes on: {e.Detail}",
            "`flipagentctl status` shows whether it still fails; please report it with what `journalctl -u flipagent` shows around this time"),
        _ => throw new ArgumentOutOfRangeException(nameof(e)),
    };

    private static string Suppressed(Event e)
    {
        var why = e.Cause is null
            ? $"too many alerts at once for {e.Subject}"
            : $"alerts through {e.Subject} failed for {Length(e.Duration ?? TimeSpan.Zero)} ({CauseText.Of(e)})";
        return $"{why}; {e.Detail ?? "none was lost"}; {e.Count} more follow late";
    }

    private static string Length(TimeSpan length) => length < TimeSpan.FromMinutes(2) ? $"{length.TotalSeconds:0} s" : $"{length.TotalMinutes:0} min";
}
