using FlipAgent.Core;

namespace FlipAgent.Events;

/// <summary>Sentences for the events about the other nodes: who is heard, who is not, and what is odd about what is heard.</summary>
internal static class PeerText
{
    public static (string Text, string? Next) Of(Event e) => e.Kind switch
    {
        EventKind.PeerHeard => ($"{e.Peer} is heard{(e.Ended ? " again" : "")}", null),
        EventKind.PeerSilent => Silent(e),
        EventKind.PeerRejected when e.Ended => ($"{e.Node} hears {e.Peer}, and nothing from its address is dropped any more", null),
        EventKind.PeerRejected when e.Peer is null => (
            $"adverts are dropped: {e.Detail}",
            "If it is a new node, add it to nodes in the configuration of every node; if not, have the firewall keep it away from the advert port."),
        EventKind.PeerRejected => ($"{e.Node} hears {e.Peer}, but {CauseText.Of(e)} ({e.Detail})", WhatToDo(e)),
        EventKind.OneWayLink when e.Ended => ($"{e.Peer} hears {e.Node} again", null),
        EventKind.OneWayLink => ($"{e.Peer} is heard, but says that it does not hear {e.Node}", $"Check the firewall for UDP from {e.Node} to {e.Peer}."),
        EventKind.ConfigDrift when e.Ended => ($"the configuration of {e.Peer} is that of {e.Node} again", null),
        EventKind.ConfigDrift => ($"the configuration of {e.Peer} differs from that of {e.Node}", "Use the same file on all nodes, then reload."),
        EventKind.DuplicateNode when e.Ended => ($"no machine at the address of {e.Peer} uses the name of another node any more", null),
        EventKind.DuplicateNode => (
            $"two machines use the same node name: the machine at the address of {e.Peer} is heard, but {e.Detail}",
            "Give the cloned machine a node name and address of its own, or stop its agent."),
        EventKind.NotRedundant => ("the cluster has one node: nothing can take over", null),
        EventKind.ClockSkew => (
            $"the clock of {e.Peer} is {Words.Seconds(e.Duration)} s {(e.Skew > TimeSpan.Zero ? "ahead of" : "behind")} the clock of {e.Node}; "
            + "that changes no decision, but their logs do not line up",
            "Look at timedatectl on both."),
        _ => throw new ArgumentOutOfRangeException(nameof(e)),
    };

    private static (string Text, string? Next) Silent(Event e) => e.Cause switch
    {
        Cause.PeerStopped => ($"{e.Peer} has stopped", null),
        Cause.HeardByOthers => ($"{e.Peer} is not heard by {e.Node}, but others hear it", CheckThePeer(e)),
        _ when e.Rejection is { } reason => ($"{e.Peer} counts as silent: {e.Node} hears it, but {Words.Of(reason)}", WhatToDo(e)),
        _ => ($"{e.Peer} is silent", CheckThePeer(e)),
    };

    private static string CheckThePeer(Event e) => $"Check flipagent on {e.Peer} and UDP between the nodes.";

    /// <summary>About adverts that arrive and do not count.</summary>
    internal static string WhatToDo(Event e) => e.Rejection switch
    {
        Rejection.WrongPort => $"Look for address translation between the nodes, or for another program on {e.Peer} that sends to the advert port.",
        Rejection.Translated => "Let the nodes send to each other without address translation, or configure the address that the adverts arrive from.",
        Rejection.Late => $"Look at what lies between the nodes: something delays the adverts of {e.Peer}, or replays recorded ones.",
        Rejection.Flooded => $"Look for a program that sends to the advert port with the address of {e.Peer}.",
        Rejection.Uncounted => $"Check the firewall for UDP from {e.Node} to {e.Peer}.",
        _ => "Compare the configuration and the key file of both nodes.",
    };
}
