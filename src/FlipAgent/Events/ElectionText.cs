using FlipAgent.Core;

namespace FlipAgent.Events;

/// <summary>Sentences for the events of the election: who is master, who was, and why.</summary>
internal static class ElectionText
{
    public static (string Text, string? Next) Of(Event e) => e.Kind switch
    {
        EventKind.Started => ($"flipagent {e.Subject} has started on {e.Node}", null),
        EventKind.BecameMaster => ($"{e.Node} is master of term {e.Term}: {CauseText.Of(e)}", null),
        EventKind.BecameBackup => ($"{e.Node} is backup: {CauseText.Of(e)}", null),
        EventKind.BecameFault => ($"{e.Node} is in the fault state and cannot be master: {CauseText.Of(e)}", null),
        EventKind.Resumed => ($"{e.Node} was restarted and is master of term {e.Term} as before; nothing moved", null),
        EventKind.Released => Released(e),
        EventKind.HoldAsked => ($"{e.Node} asks its peers to wait {Words.Seconds(e.Duration)} s for its restart", null),
        EventKind.ServiceAliveMasterSilent when e.Rejection is { } reason => (
            $"{e.Node} hears the agent of {e.Peer}, but {Words.Of(reason)}; the service answers through the floating IP, so nothing moves", PeerText.WhatToDo(e)),
        EventKind.ServiceAliveMasterSilent => (
            $"agent of {e.Peer} silent, service alive: the service answers through the floating IP, so nothing moves",
            $"Look at flipagent on {e.Peer}, and at the network between the nodes (flipagentctl doctor)."),
        EventKind.Superseded => (
            $"the floating IP moved to {e.Peer}, which is not heard: {e.Peer} is alive and believes that it is master, so {e.Node} stays backup",
            "Repair the network between the nodes (flipagentctl doctor); nothing moves until they hear each other."),
        EventKind.SupersededEnded => ($"{e.Node} is no longer superseded by {e.Peer ?? "a former node"}: {CauseText.Of(e)}", null),
        EventKind.Preempting => ($"{e.Node} asks {e.Peer} for the mastership: priority {e.Priority} against {e.PeerPriority}", null),
        EventKind.Stalled => ($"the agent on {e.Node} was stalled for {e.Duration?.TotalSeconds:0.0} s", null),
        EventKind.TwoMasters => ($"{e.Peer} is master too, of term {e.Term}: {CauseText.Of(e)}, so {e.Peer} stays master and {e.Node} becomes backup", null),
        EventKind.Maintenance => (Maintenance(e), null),
        EventKind.HoldDown => (
            $"{e.Node} ranks last for the next {Words.Seconds(e.Duration)} s: it has failed {e.Count} times, each within 10 minutes of the failure before", null),
        EventKind.Stopping => (e.Stop == StopKind.Restart ? $"the agent on {e.Node} is restarting" : $"the agent on {e.Node} is stopping", null),
        EventKind.HoldExpired => ($"{e.Peer} asked its peers to wait for its restart and has not come back", $"Run systemctl status flipagent on {e.Peer}."),
        EventKind.TermTaken => ($"{e.Node} goes on as master of term {e.Term}: term {e.OtherTerm} is known and has no live master", null),
        EventKind.NewSession => ($"{e.Node} speaks as a new session: its peers did not count its adverts", null),
        _ => throw new ArgumentOutOfRangeException(nameof(e)),
    };

    private static (string Text, string? Next) Released(Event e)
    {
        var to = e is { Peer: null, Cause: Cause.LeaseLost } ? "whoever gets the lease next is master" : e.Peer is null ? "no fit peer is heard, so nobody takes over" : $"released to {e.Peer}";
        var next = e.Peer is null && e.Fit != true ? e.Cause is Cause.InMaintenance ? "End the maintenance of a node (flipagentctl maintenance off): nobody is master." : "Repair a node: nobody is master."
            : e.Fit == true || PlainCause.IsPlanned(e.Cause) ? null : $"Find out what is wrong on {e.Node} (flipagentctl check). {e.Peer} was asked to take over.";
        return ($"{e.Node} gives up the mastership of term {e.Term}: {CauseText.Of(e)}; {to}", next);
    }

    private static string Maintenance(Event e) => e.Ended
        ? $"maintenance on {e.Node} is over{(e.TimeUp ? ": its time is up" : "")}"
        : Words.InMaintenance(e.Node, e.Duration, e.Detail);
}
