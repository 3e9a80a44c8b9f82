using FlipAgent.Core;
using FlipAgent.Naming;
using FlipAgent.Redaction;

namespace FlipAgent.Events;

/// <summary>
/// The first line of an alert: what happened to the service, for somebody who is woken by it and has never read the documentation. What is not said here in other words
/// is said as in the journal.
/// </summary>
public static class Headline
{
    /// <param name="announcement">What happened.</param>
    /// <param name="addresses">The floating IPs that it is about, at least one.</param>
    public static string Of(Announcement announcement, IReadOnlyList<string> addresses)
    {
        ArgumentNullException.ThrowIfNull(announcement);
        ArgumentNullException.ThrowIfNull(addresses);
        var (e, text, _, _) = announcement;
        var ip = Words.List(addresses);
        // Made of the event's fields, which come from checks and other machines.
        return Printable.Of(OfMove(e, ip) ?? OfElection(e, ip) ?? OfPeer(e) ?? OfService(e, ip, announcement.Vendor) ?? LeaseText.Headline(e, ip) ?? text);
    }

    /// <summary>So many seconds as people say them: 1.2 s, 42 s, 3 min.</summary>
    public static string Time(TimeSpan time) =>
        time < TimeSpan.FromSeconds(0.95) ? $"{time.TotalMilliseconds:0} ms"
        : time < TimeSpan.FromSeconds(9.95) ? FormattableString.Invariant($"{time.TotalSeconds:0.0} s")
        : time < TimeSpan.FromMinutes(2) ? $"{time.TotalSeconds:0} s"
        : time < TimeSpan.FromHours(2) ? $"{time.TotalMinutes:0} min" : $"{time.TotalHours:0} h";

    private static string? OfMove(Event e, string ip)
    {
        switch (e.Kind)
        {
            case EventKind.ClaimHeld when e.Peer is { } from:
                return Moved(e, ip, from);
            case EventKind.ClaimHeld when e.Ended:
                return $"{ip} is at {e.Node}, which is in charge: what was told of it is over";
            case EventKind.ClaimHeld:
                return $"{e.Node} is in charge and has {ip}";
            case EventKind.Released when e.Peer is { } to:
                return $"{(PlainCause.IsPlanned(e.Cause) ? "Handing over" : "Failing over")}: {e.Node} gave up {ip} and asked {to} to take over ({Why(e, e.Node)})";
            case EventKind.Released when e.Cause is Cause.LeaseLost:
                return $"Nobody is in charge of {ip} until a node gets the lease: {e.Node} gave up ({Why(e, e.Node)})";
            case EventKind.Released:
                return $"No failover is possible: {e.Node} gave up {ip} ({Why(e, e.Node)}), and no other node can take over; the address stays where it is";
            case EventKind.ClaimSlow when Words.IsUnseen(e):
                return $"{e.Node} has not seen for {Time(e.Duration ?? TimeSpan.Zero)} whether {ip} is there still: the cloud does not say who holds it";
            case EventKind.ClaimSlow:
                return $"{ip} has not reached {e.Node} after {Time(e.Duration ?? TimeSpan.Zero)}, and is at {Words.Place(e.Holder)}: {CauseText.Of(e)}";
            case EventKind.ClaimLost:
                return $"{ip} was moved away from {e.Node} and is at {Words.Place(e.Holder)}";
            case EventKind.Followed:
                return $"{ip} is at {e.Peer}, which can serve: {e.Peer} is in charge now";
            case EventKind.TakenBack:
                return $"Moving back: clients got no answer from {e.Holder} for {Time(e.Duration ?? TimeSpan.Zero)} after {ip} moved there, so it is going back to {e.Peer}";
            default:
                return null;
        }
    }

    private static string Moved(Event e, string ip, string from)
    {
        var took = Took(e);
        var time = took > TimeSpan.Zero ? $" in {Time(took)}" : "";
        if (!Words.IsNode(from))
            return $"{ip} was brought to {e.Node}{time}; it was at {Words.Place(from)}{(e.Cause is Cause.AddressLeft ? $" ({Why(e, from)})" : "")}";
        return $"{(Weight.IsFailover(e) ? "Failed over" : "Moved as planned")}: {ip} moved from {from} to {e.Node}{time} ({Why(e, from)})";
    }

    /// <summary>From the fault until the address was seen here: its parts, and all that the claim had to wait for between them, such as a token that was refused.</summary>
    public static TimeSpan Took(Event e) =>
        Took(e.Detect ?? TimeSpan.Zero, (e.Assign ?? TimeSpan.Zero) + (e.Verify ?? TimeSpan.Zero), e.Duration ?? TimeSpan.Zero);

    /// <param name="parts">What it took to assign and to verify.</param>
    /// <param name="claim">The whole time of the claim, with what it had to wait for; zero: an agent before 1.6.2 does not say.</param>
    public static TimeSpan Took(TimeSpan detect, TimeSpan parts, TimeSpan claim) => detect + (claim > parts ? claim : parts);

    /// <summary>The same of a report in milliseconds; null: no part of it was measured here.</summary>
    public static TimeSpan? Took(double? detectMs, double? assignMs, double? verifyMs, double? claimMs) =>
        assignMs is null && verifyMs is null ? null : Took(OfMs(detectMs), OfMs(assignMs) + OfMs(verifyMs), OfMs(claimMs));

    private static TimeSpan OfMs(double? ms) => TimeSpan.FromMilliseconds(Math.Clamp(ms ?? 0, 0, 1e9));

    private static string Why(Event e, string node) => e.Cause is { } cause ? PlainCause.Of(cause, node) : "nobody said why";

    private static string? OfElection(Event e, string ip) => e.Kind switch
    {
        EventKind.BecameFault => $"{e.Node} cannot serve at present ({Why(e, e.Node)})",
        EventKind.BecameBackup when e.Cause is Cause.FitAgain => $"{e.Node} is healthy again; standing by",
        EventKind.Resumed => $"The agent on {e.Node} was restarted and goes on as before; nothing moved",
        EventKind.ServiceAliveMasterSilent when e.Rejection is { } reason =>
            $"{e.Node} does not count what the agent on {e.Peer} says ({Words.Of(reason)}), and the service still answers through {ip}: nothing moves",
        EventKind.ServiceAliveMasterSilent => $"The agent on {e.Peer} is not responding, but the service still answers through {ip}: nothing moves",
        EventKind.Superseded => $"{ip} moved to {e.Peer}, which {e.Node} cannot hear: {e.Node} stands by until they hear each other",
        EventKind.SupersededEnded => $"{e.Node} is no longer kept on standby by {e.Peer ?? "a former node"}: {CauseText.Of(e)}",
        EventKind.TwoMasters => $"{e.Node} and {e.Peer} were both in charge for a moment; {e.Peer} stays, {e.Node} stands by",
        EventKind.Stalled => FormattableString.Invariant($"The machine {e.Node}, or the agent on it, was frozen for {e.Duration?.TotalSeconds:0.0} s"),
        EventKind.HoldExpired => $"The agent on {e.Peer} was to be restarted and has not come back",
        _ => null,
    };

    private static string? OfPeer(Event e) => e.Kind switch
    {
        EventKind.PeerSilent when e.Cause is Cause.HeardByOthers => $"{e.Node} no longer hears {e.Peer}, though other nodes do",
        EventKind.PeerSilent when e.Rejection is { } reason => $"{e.Node} does not count what {e.Peer} says: {Words.Of(reason)}",
        EventKind.PeerSilent => $"{e.Peer} is not responding",
        EventKind.PeerHeard => $"{e.Peer} is responding again",
        EventKind.OneWayLink when e.Ended => $"{e.Peer} again receives what {e.Node} sends",
        EventKind.OneWayLink => $"{e.Peer} does not receive what {e.Node} sends; the other direction works",
        _ => null,
    };

    private static string? OfService(Event e, string ip, CloudVendor v) => e.Kind switch
    {
        EventKind.ServiceDead => $"Clients are getting no answer through {ip}, which is at {Words.Place(e.Holder)}: none for {Time(e.Duration ?? TimeSpan.Zero)}, as seen by {Words.Nodes(e.Count)}",
        EventKind.ServiceAnswers => $"Clients are served again through {ip}, which is at {Words.Place(e.Holder)}{(e.Duration is { } dead ? $", after {Time(dead)} without an answer" : "")}",
        EventKind.ServiceUnwatched => $"Nobody looks any more whether clients are served through {ip}, which is at {Words.Place(e.Holder)}: the guard is off on all nodes, and {(e.Duration is { } dead ? $"{Time(dead)} ago the answers had stopped" : "there was no answer when somebody looked last")}",
        EventKind.ServiceNeverSeen => $"No node has had an answer through {ip} since its agent was started ({e.Node}: {e.Detail})",
        EventKind.ForeignHolder => $"Somebody moved {ip} to {v.Server} {(e.DropletId is { } id ? ServerId.NameOf(id) : "")}, which is not a node of this cluster: {(e.Reclaimed ? "it is being claimed back" : "the cluster leaves it there")}",
        EventKind.ForeignHolderEnded when !Words.IsNode(e.Holder ?? "") => $"{ip} has left the {v.Server} that is not a node, and is at {Words.Place(e.Holder)}, as seen by {e.Node}",
        EventKind.ForeignHolderEnded => $"{ip} is back in the cluster, at {e.Holder}",
        EventKind.FlapHold => $"{ip} stays at {e.Holder}: it was moved {e.Count} times within {e.Duration?.TotalMinutes:0} minutes, and something keeps moving it",
        EventKind.FlapHoldEnded => $"{ip} may move again",
        EventKind.NoStandby when e.Ended => $"A failover would work again{(e.Duration is { } none ? $"; for {Time(none)} no other node could take over from {e.Node}" : $", as seen by {e.Node}")}",
        EventKind.NoStandby => $"A failover would not work: for {Time(e.Duration ?? TimeSpan.Zero)} no other node has been able to take over from {e.Node}",
        _ => null,
    };
}
