using FlipAgent.Core;

namespace FlipAgent.Events;

/// <summary>Sentences for the events of the process itself: configuration, secrets, state, network, alerts, parts.</summary>
internal static class ProcessText
{
    public static (string Text, string? Next) Of(Event e) => e.Kind switch
    {
        EventKind.Reloaded when e.Ended => ($"the reload on {e.Node} works again: its new configuration is in effect", null),
        EventKind.Reloaded => ("the configuration was reloaded", null),
        EventKind.ReloadFailed => ($"the reload failed on {e.Node}; the old settings stay in effect: {e.Detail}", "Run flipagentctl config check."),
        EventKind.SecretMissing => ($"{e.Node} cannot read its {e.Subject}: {e.Detail}", "Put the secret in place (root:flipagent, mode 0640), then flipagentctl reload."),
        EventKind.SecretRestored => ($"{e.Node} can read its {e.Subject} again", null),
        EventKind.StateNotSaved when e.Ended => ($"{e.Node} saves its state again", null),
        EventKind.StateNotSaved => ($"{e.Node} cannot save its state: {e.Detail}", "Is the disk of that directory full, read-only or hanging (df, dmesg), or not writable for flipagent? Until it is mended, decisions are made from memory, and a restart may forget a maintenance."),
        EventKind.NetworkFault => ($"{e.Node} cannot send adverts: {e.Detail}", "Check the private interface of this node."),
        EventKind.NetworkRestored => ($"{e.Node} can send adverts again", null),
        EventKind.TestAlert => ($"test alert from {e.Node}, requested by an operator; nothing is wrong", null),
        EventKind.AlertsSuppressed => (Suppressed(e), null),
        EventKind.PartFailed => (
            $"{e.Subject} failed inside the agent of {e.Node}; everything else keeps running: {e.Detail}",
            "`flipagentctl status` shows whether it still fails; please report it together with what `journalctl -u flipagent` shows around that time"),
        _ => throw new ArgumentOutOfRangeException(nameof(e)),
    };

    private static string Suppressed(Event e)
    {
        var why = e.Cause is null
            ? $"too many alerts of {e.Node} at once for {e.Subject}"
            : $"alerts of {e.Node} through {e.Subject} failed for {Length(e.Duration ?? TimeSpan.Zero)} ({CauseText.Of(e)})";
        return $"{why}; {e.Detail ?? "none was lost"}; {e.Count} more will follow late";
    }

    private static string Length(TimeSpan length) => length < TimeSpan.FromMinutes(2) ? $"{length.TotalSeconds:0} s" : $"{length.TotalMinutes:0} min";
}
