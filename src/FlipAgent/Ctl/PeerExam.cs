using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Events;
using FlipAgent.Reporting;

namespace FlipAgent.Ctl;

/// <summary>What the doctor says of a peer. The same silence has many causes (F26): a key, a name, a port, one direction only. What was heard tells them apart.</summary>
internal static class PeerExam
{
    public static Finding Look(StatusReport status, NodeReport peer)
    {
        var subject = $"peer {peer.Name}";
        if (peer.Rejected is { } rejected)
            return Rejected(subject, peer, rejected);
        if (peer.HeardS is null)
            return Finding.Fail(subject, $"never heard, nothing arrives from {peer.Address}",
                "is its agent running? If it is: let the election's UDP port pass both ways (Cloud Firewall, nft list ruleset), and look at the "
                + "interface's MTU; run the doctor there too, which says whether the way is open in the other direction");
        if (!peer.Up)
            return Finding.Fail(subject, $"silent for {StatusWords.Heard(status, peer)}",
                "did it stop, or did its network fail? Run the doctor there");
        if (peer.HearsMe == false)
            return Finding.Fail(subject, OneWay, Firewall(peer));
        return Finding.Ok(subject, $"heard {StatusWords.Heard(status, peer)} ago, and it hears this node");
    }

    private const string OneWay = "heard, but it does not hear this node: the way is open in one direction only";

    private static Finding Rejected(string subject, NodeReport peer, string rejected)
    {
        // A session counts once it has answered ours: with a way that is shut from the start that never happens.
        if (Is(Rejection.Uncounted) || Is(Rejection.Stale))
            return Finding.Fail(subject, OneWay, Firewall(peer));
        var toDo = true switch
        {
            _ when Is(Rejection.Translated) =>
                "let the nodes send to each other without address translation (ip route, nft list ruleset: masquerade, snat), or configure the address that arrives",
            _ when Is(Rejection.WrongPort) =>
                $"address translation between the nodes must leave the source port of UDP as it is; if there is none, another program on {peer.Name} sends these",
            _ when Is(Rejection.Late) => "something between the nodes holds its adverts back, or sends recorded ones: look at the network, and at who has access to it",
            _ => "its configuration or key file differs from ours: make both the same, then reload on both",
        };
        return Finding.Fail(subject, $"hearing it, but {rejected}", toDo);

        bool Is(Rejection reason) => rejected.StartsWith(Words.Of(reason), StringComparison.Ordinal);
    }

    private static string Firewall(NodeReport peer) => $"let UDP from this node through to {peer.Address} (Cloud Firewall of the peer, nft list ruleset there and here)";
}
