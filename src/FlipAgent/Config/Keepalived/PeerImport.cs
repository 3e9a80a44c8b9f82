using System.Net;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>The address of this node and those of its peers.</summary>
internal sealed class PeerImport(Statement instance, KeepalivedFiles files, Notes notes)
{
    private const int MostPeers = 15;

    /// <summary>The own address is null when the file does not say it. No address is there twice, and the own one is none of the peers.</summary>
    public (IPAddress? Source, List<IPAddress> Peers) Addresses()
    {
        var source = Source();
        var listed = instance.Block.Where(s => s.Keyword == "unicast_peer").SelectMany(s => s.Block).ToArray();
        var peers = new List<IPAddress>();
        foreach (var line in listed)
            if (Peer(line) is { } peer)
                Add(peer, line, ref source, peers);
        if (source is null)
            notes.Add(instance, "there is no unicast_src_ip; fill in the private address of this node");
        if (listed.Length == 0)
            notes.Add(instance, notes.IsIncomplete
                ? "there is no unicast_peer in what could be read; fill in the other node"
                : "there is no unicast_peer, so adverts went by multicast; fill in the other node");
        else if (peers.Count == 0)
            notes.Add(instance, "unicast_peer: no address of another node could be read from it; fill in the other node");
        return (source, peers);
    }

    private IPAddress? Source()
    {
        var line = instance.Last("unicast_src_ip") ?? instance.Last("mcast_src_ip");
        if (line is null)
            return null;
        if (Address(line.Argument) is { } source)
            return source;
        notes.Add(line, $"{line.Keyword}: no IP address that a node can have; fill it in");
        return null;
    }

    private IPAddress? Peer(Statement line)
    {
        foreach (var word in line.Words.Skip(1).Where(w => Address(w) is not null))
            notes.Add(line, $"unicast_peer: keepalived takes one address a line, and ignores {word}; if it is a node, add it");
        if (line.Words.Any(w => w is "min_ttl" or "max_ttl"))
            notes.Add(line, "unicast_peer min_ttl, max_ttl: not needed: every advert is signed, with the sender's address in it");
        if (Address(line.Keyword) is { } peer)
            return peer;
        notes.Add(line, $"unicast_peer: {(line.Keyword.Contains('$') ? "a definition that is not known" : "no IP address")}; fill it in");
        return null;
    }

    private void Add(IPAddress peer, Statement line, ref IPAddress? source, List<IPAddress> peers)
    {
        if (source is null && files.IsHere(peer))
        {
            source = peer;
            notes.Add(line, $"unicast_peer {peer}: is an address of this machine, so it became the node's own");
        }
        else if (peer.Equals(source))
            notes.Add(line, $"unicast_peer {peer}: is the node's own address, and no peer");
        else if (peers.Contains(peer))
            notes.Add(line, $"unicast_peer {peer}: is there twice, and once in the draft");
        else if (peers.Count == MostPeers)
            notes.Add(line, $"unicast_peer {peer}: left out, a cluster has {MostPeers + 1} nodes at most");
        else
            peers.Add(peer);
    }

    public static IPAddress? Address(string? text) => text is not null && Scalars.Address(text, out var address) is null ? address : null;
}
