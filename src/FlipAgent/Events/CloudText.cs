using FlipAgent.Core;
using FlipAgent.Naming;

namespace FlipAgent.Events;

/// <summary>Sentences for the events of the floating IP: who holds it, what the cloud says, and whether the guard can be believed.</summary>
internal static class CloudText
{
    public static (string Text, string? Next) Of(Event e, CloudVendor v) => e.Kind switch
    {
        EventKind.AssignSent => ($"{e.Node} asks the cloud for the floating IP, which is at {Words.Place(e.Holder)}", null),
        EventKind.AssignAccepted => ($"the cloud accepted the assign (action {e.ActionId})", null),
        EventKind.AssignRefused => ($"the cloud refused the assign: {e.Detail}", null),
        EventKind.AssignUnclear => ($"it is not known whether the cloud accepted the assign, so the agent asks who holds the floating IP: {e.Detail}", null),
        EventKind.ActionErrored => ($"the cloud reports that the assign to {e.Node} failed: {e.Detail ?? "it gives no reason"}", null),
        EventKind.ClaimHeld => Held(e),
        EventKind.ClaimSlow when Words.IsUnseen(e) => (
            $"{e.Node} is master, and the cloud has not said for {Words.Seconds(e.Duration)} s who holds the floating IP, which was last seen at {e.Node}",
            "The agent keeps asking. flipagentctl status says what the cloud answers, flipagentctl doctor what to do about it."),
        EventKind.ClaimSlow => (
            $"{e.Node} is master but does not hold the floating IP after {Words.Seconds(e.Duration)} s: {CauseText.Of(e)}",
            e.Api is not null ? $"The agent keeps trying. {NewToken(v)}"
                : e.Cause is Cause.RateLimited ? $"The agent keeps trying. {WhoAsks}"
                : e.Refused
                ? $"The agent keeps trying. In the control panel: is the {v.Server} {e.Node} on{(v.OneForEachServer ? $", in the region of the floating IP, without another {v.Address}," : "")} and without a pending action?"
                : $"The agent keeps trying. See {v.Outages} and the events of this term (flipagentctl explain)."),
        EventKind.ClaimLost => ($"the floating IP left {e.Node} and is at {Words.Place(e.Holder)}", null),
        EventKind.HolderChanged => ($"the floating IP is at {Words.Place(e.Holder)}; it was at {Words.Place(e.From)}", null),
        EventKind.Followed => ($"the floating IP is at {e.Peer}, which is fit: {e.Node} hands the mastership over, and nothing moves", null),
        EventKind.ForeignHolder => (
            $"the floating IP is at {v.Server} {Server(e.DropletId)}, which is not a node of this cluster: {(e.Reclaimed ? "it is being claimed back" : "nobody claims it")}",
            e.Reclaimed ? "If the move was intended, set floating_ip.on_foreign_move: alert." : "If that was not intended, run flipagentctl promote on the node that should have it."),
        EventKind.ForeignHolderEnded => (
            Words.IsNode(e.Holder ?? "") ? $"the floating IP is back in the cluster, at {e.Holder}" : $"the floating IP has left the {v.Server} that is not a node, and is at {Words.Place(e.Holder)}", null),
        EventKind.FlapHold => (
            $"the floating IP stays at {e.Holder} (flap-hold): it was moved away from a fit holder {e.Count} times within {e.Duration?.TotalMinutes:0} minutes",
            "Find out who moves it (flipagentctl events); promote --yes overrides."),
        EventKind.FlapHoldEnded => ("flap-hold is over: the floating IP may move again", null),
        _ => OfApi(e, v),
    };

    private static (string Text, string? Next) Held(Event e)
    {
        if (e.Peer is not { } from)
            return ($"{e.Node} is master and is seen to hold the floating IP{(e.Ended ? ", so what was told of it is over" : "")}", null);
        return ($"{e.Node} is master and holds the floating IP, moved from {Words.Place(from)}: {CauseText.Of(e)}",
            Weight.IsFailover(e) || e.Cause is Cause.AddressLeft ? WhatToDo(e, from) : null);
    }

    private static string WhatToDo(Event e, string from) => e.Cause switch
    {
        Cause.MasterSilent c => $"Is the machine {c.MasterNode} up? If it is, look at its agent (systemctl status flipagent) and at the network. {e.Node} has the floating IP in the meantime.",
        Cause.Heard { By: { } by } => $"Find out what is wrong on {from} and on {by} (flipagentctl check). {e.Node} has the floating IP in the meantime.",
        Cause.AddressLeft => "Find out who moved it (flipagentctl events, and the event log of the cloud).",
        _ => $"Find out what is wrong on {from} (flipagentctl check). {e.Node} has the floating IP in the meantime.",
    };

    private static (string Text, string? Next) OfApi(Event e, CloudVendor v) => e.Kind switch
    {
        EventKind.ApiFailing => (
            $"the cloud API has failed for {Words.Seconds(e.Duration)} s, as seen by {e.Node}: {e.Detail}",
            $"{WhyUnreached(e, v)} The holder keeps the floating IP; to {e.Node} it cannot move until the API answers there."),
        EventKind.ApiRecovered => ($"the cloud API is answering {e.Node} again", null),
        EventKind.TokenRefused => (
            e.Api == ApiStatus.Unauthorized ? $"the cloud refuses the token of {e.Node} (401): {e.Detail}" : $"the token of {e.Node} lacks a permission (403): {e.Detail}",
            NewToken(v)),
        EventKind.AddressNotFound => (
            $"the cloud tells {e.Node} that it does not know the floating IP: {e.Detail}", "Check floating_ip.address, and that the token belongs to the team that owns it."),
        EventKind.MetadataDisagrees when e.Ended => ($"the API and the metadata service of {e.Node} say the same of the floating IP again: it is at {Words.Place(e.Holder)}", null),
        EventKind.MetadataDisagrees => (
            $"the API says that the floating IP is at {e.Node}, but the metadata service there has not shown it for {Words.Seconds(e.Duration)} s",
            "Do clients reach the site through the address? If they do, only the metadata service is behind."),
        _ => OfService(e, v),
    };

    private static (string Text, string? Next) OfService(Event e, CloudVendor v) => e.Kind switch
    {
        EventKind.ServiceDead => (
            $"nobody is served: no answer through the floating IP, which is at {Words.Place(e.Holder)}, for {Words.Seconds(e.Duration)} s, as seen by {Words.Nodes(e.Count)}",
            Words.IsNode(e.Holder ?? "")
                ? $"On {e.Holder}: does HAProxy run, and is it bound to the address that traffic for the floating IP arrives at ({(v.AddressOnServer ? "itself" : "the anchor IP")}, or *)? Is {v.IdKey} that of {e.Holder}? Is a firewall keeping clients out? flipagentctl status says who is master, and why the address does not move."
                : "flipagentctl status says who is master, and why the address does not move."),
        EventKind.ServiceAnswers => ($"the service answers through the floating IP again{(e.Duration is null ? "" : $", after {Words.Seconds(e.Duration)} s")}", null),
        EventKind.ServiceUnwatched => (
            $"nobody looks any more whether the service answers through the floating IP: no node has a guard that is on; {(e.Duration is null ? "it did not answer when it was asked last" : $"it had not answered for {Words.Seconds(e.Duration)} s")}",
            "Ask the service by hand, from outside the cluster. flipagentctl reload on each node when floating_ip.guard is right again."),
        EventKind.ServiceNeverSeen => (
            $"no node has seen the service answer through the floating IP since its agent was started ({e.Node}: {e.Detail})",
            e.Refused
                ? $"Something refuses the connection: is HAProxy bound to the address that the traffic arrives at, and is {v.IdKey} that of {e.Node}?"
                : "Is a firewall keeping the nodes from reaching the floating IP? If they cannot, set floating_ip.guard to an address that they can reach, or to off."),
        EventKind.TakenBack => (
            $"the move to {e.Holder} did not help: nobody saw the service answer there for {Words.Seconds(e.Duration)} s, so the floating IP goes back to {e.Peer}, where it was seen",
            $"On {e.Holder}: is HAProxy bound to the address that traffic for the floating IP arrives at? Is its {v.IdKey} right? It ranks last until the service is seen there."),
        _ => OfGuard(e, v),
    };

    private static (string Text, string? Next) OfGuard(Event e, CloudVendor v) => e.Kind switch
    {
        EventKind.GuardPathBroken => (
            $"{e.Subject} is heard, is fit and holds the floating IP, but the guard of {e.Node} fails: {e.Detail}",
            $"Check floating_ip.guard and the firewall from {e.Node} to the floating IP; until it is fixed, takeover after silence is slower."),
        EventKind.GuardPathMended when e.Ended => ($"the guard of {e.Node} is off, as its configuration says, so what was wrong with it is over", null),
        EventKind.GuardPathMended when e.Blind => ($"the guard of {e.Node} is on again: its probes leave the machine", null),
        EventKind.GuardPathMended => ($"the guard of {e.Node} reaches the service through the floating IP again", null),
        EventKind.GuardIsLocal => (
            $"the guard of {e.Node} counts as off: {e.Detail}",
            "Take the address off this machine, unless the cloud needs it there, or set floating_ip.guard: off. Until then silence alone decides a takeover."),
        EventKind.ApiLimited or EventKind.ApiQuotaLow or EventKind.NoStandby => OfReserve(e),
        >= EventKind.WriteProven and <= EventKind.WriteUnproven => WriteText.Of(e, v),
        _ => IdentityText.Of(e, v),
    };

    private static (string Text, string? Next) OfReserve(Event e) => e.Kind switch
    {
        EventKind.ApiLimited when e.Ended => ($"the cloud API is no longer rate-limiting the requests of {e.Node}", null),
        EventKind.ApiLimited => (
            $"the cloud API is rate-limiting the requests of {e.Node} (429){(e.Limit is null ? "" : $"; it last said that {LeftOf(e)}")}",
            $"{WhoAsks} A failover waits until the API accepts requests again."),
        EventKind.ApiQuotaLow when e.Ended => ($"the account has enough requests to the cloud API again, as seen by {e.Node}: {LeftOf(e)}", null),
        EventKind.ApiQuotaLow => (
            $"the account is running low on requests to the cloud API: {LeftOf(e)}; {e.Node} asks less often",
            $"{WhoAsks} At 0 no move is possible."),
        EventKind.NoStandby when e.Ended => ($"another node can take over again, as seen by {e.Node}{(e.Duration is null ? "" : $", after {Words.Seconds(e.Duration)} s in which none could")}", null),
        EventKind.NoStandby => (
            $"no other node can take over from {e.Node}: for {Words.Seconds(e.Duration)} s none has been heard, fit and able to move the floating IP",
            $"flipagentctl status on each node says what is missing there. Until that is fixed, a failure of {e.Node} takes the site down."),
        _ => throw new ArgumentOutOfRangeException(nameof(e)),
    };

    /// <summary>What the client of the API knows comes before the cloud's own page: a name service that is down is mended on the node.</summary>
    private static string WhyUnreached(Event e, CloudVendor v)
    {
        if (ApiAdvice.Known(e.Detail ?? "", v.Api?.Host ?? "the host of the API", $"see {v.Outages}") is not { } advice)
            return $"See {v.Outages}.";
        return $"On {e.Node}: {advice}{(advice.EndsWith('?') ? "" : ".")}";
    }

    private const string WhoAsks = "All programs and machines that use tokens of this account share the limit. Which one sends so many requests?";

    private static string NewToken(CloudVendor v) => $"Put a token {v.Token} into the file that floating_ip.token_file names; the agent rereads it by itself.";

    private static string Server(long? id) => id is { } number ? ServerId.NameOf(number) : "";

    private static string LeftOf(Event e) => $"{e.Count} of {e.Limit} are left";
}
