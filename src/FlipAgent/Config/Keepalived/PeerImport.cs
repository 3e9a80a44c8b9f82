using System.Net;
using System.Net.Sockets;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>The address of this node and those of its peers.</summary>
internal sealed class PeerImport(Statement instance, KeepalivedFiles files, Notes notes)
{
    private const int MostPeers = 15;

    /// <summary>Of the whole instance, as keepalived has it: that of the first address in it. Null: there is none.</summary>
    private readonly Statement? _first = instance.Block
        .SelectMany(s => s.Keyword is "unicast_src_ip" or "mcast_src_ip" ? [s] : s.Keyword is "unicast_peer" or "virtual_ipaddress" ? s.Block : Enumerable.Empty<Statement>())
        .FirstOrDefault(s => Cut(AddressOf(s), out _) is not null);

    /// <summary>
    /// The own address is null when the file does not say it; a peer that is there, but cannot be used, is <see cref="IPAddress.Any"/>. No other address is there
    /// twice, and the own one is none of the peers.
    /// </summary>
    public (IPAddress? Source, List<IPAddress> Peers) Addresses()
    {
        var sourceLine = instance.Last("unicast_src_ip") ?? instance.Last("mcast_src_ip");
        var source = sourceLine is null ? null : One(
            sourceLine, sourceLine.Keyword, sourceLine.Argument, Variables.Reason(sourceLine, sourceLine.Argument) ?? "no IP address that a node can have");
        var listed = instance.Block.Where(s => s.Keyword == "unicast_peer").SelectMany(s => s.Block).ToArray();
        var peers = new List<IPAddress>();
        foreach (var line in listed)
            if (Peer(line) is { } peer)
                Add(peer, line, ref source, peers);
        if (source is null && sourceLine is null)
            notes.Add(instance, $"there is no unicast_src_ip{notes.AsFarAsRead}; fill in the private address of this node");
        if (listed.Length == 0)
            notes.Add(instance, notes.IsIncomplete
                ? "there is no unicast_peer in what could be read; fill in the other node"
                : "there is no unicast_peer, so adverts went by multicast; fill in the other node");
        else if (peers.Count == 0)
            notes.Add(instance, "unicast_peer: no address of another node could be read from it; fill in the other node");
        return (source, peers);
    }

    /// <summary>Every address that the instance says a node has.</summary>
    public static IEnumerable<IPAddress> Named(Statement instance) => instance.Block
        .SelectMany(s => s.Keyword is "unicast_src_ip" or "mcast_src_ip" ? [s.Argument] : s.Keyword == "unicast_peer" ? s.Block.Select(p => p.Keyword) : Enumerable.Empty<string?>())
        .Select(text => Address(Cut(text, out _)))
        .OfType<IPAddress>();

    /// <summary>The address that the instance speaks from, as keepalived has it; none where the file does not say it.</summary>
    public static IEnumerable<IPAddress> Sources(Statement instance) =>
        Address(Cut((instance.Last("unicast_src_ip") ?? instance.Last("mcast_src_ip"))?.Argument, out _)) is { } address ? [address] : [];

    public static IPAddress? Address(string? text) => text is not null && Scalars.Address(text, out var address) is null ? address : null;

    private static string? AddressOf(Statement s) => s.Keyword is "unicast_src_ip" or "mcast_src_ip" ? s.Argument : s.Keyword;

    /// <summary>
    /// keepalived cuts it off at a / or a - (<c>inet_stosockaddr</c> of its lib/utils.c): a prefix length and the end of a range mean nothing to it here. Null when
    /// what is left is no address.
    /// </summary>
    private static string? Cut(string? text, out bool isCut)
    {
        var end = text?.AsSpan().IndexOfAny('/', '-') ?? -1;
        isCut = end >= 0;
        var address = isCut ? text![..end] : text;
        return IPAddress.TryParse(address, out _) ? address : null;
    }

    private IPAddress? Peer(Statement line)
    {
        foreach (var word in line.Words.Skip(1).Where(w => Address(Cut(w, out _)) is not null))
            notes.Add(line, $"unicast_peer: keepalived takes one address a line, and ignores {word}; if it is a node, add it");
        if (line.Words.Any(w => w is "min_ttl" or "max_ttl"))
            notes.Add(line, "unicast_peer min_ttl, max_ttl: not needed: every advert is signed, with the sender's address in it");
        return One(line, "unicast_peer", line.Keyword, Variables.Reason(line, line.Keyword) ?? "no IP address")
            ?? (Address(Cut(line.Keyword, out _)) is null && !(line.Keyword is ['<', '%', ..] and not ['<', '%', '=', ..]) ? IPAddress.Any : null);
    }

    /// <summary>Null when the draft cannot have it; a note says why.</summary>
    private IPAddress? One(Statement line, string keyword, string? text, string otherwise)
    {
        var bare = Cut(text, out var isCut);
        if (Address(bare) is not { } address)
        {
            notes.Add(line, Scalars.IsLinkLocal(bare ?? text ?? "")
                ? $"{keyword} {Echo.Mask(bare ?? text!)}: is link-local, which means something on one interface only; fill in an address that every node can reach"
                : $"{keyword}: {otherwise}; fill it in");
            return null;
        }

        if (_first is not null && Family(Cut(AddressOf(_first), out _)) is { } family && family != address.AddressFamily)
        {
            notes.Add(line, $"{keyword} {address}: left out; keepalived skips it, because it is not of the family of the instance's first address " +
                $"({Cut(AddressOf(_first), out _)}, line {_first.Line})");
            return null;
        }

        if (isCut)
            notes.Add(line, $"{keyword} {address}: keepalived ignores what is behind the address ({Echo.Mask(text!)[address.ToString().Length..]}), and so does the draft");
        return address;
    }

    private static AddressFamily? Family(string? text) => IPAddress.TryParse(text, out var address) ? address.AddressFamily : null;

    private void Add(IPAddress peer, Statement line, ref IPAddress? source, List<IPAddress> peers)
    {
        if (source is null && files.IsHere(peer))
        {
            source = peer;
            notes.Add(line, $"unicast_peer {peer}: is an address of this machine, so it became the node's own");
        }
        else if (peer.Equals(source))
            notes.Add(line, $"unicast_peer {peer}: is the node's own address, and no peer");
        else if (peers.Contains(peer) && !peer.Equals(IPAddress.Any))
            notes.Add(line, $"unicast_peer {peer}: is there twice, and once in the draft");
        else if (peers.Count == MostPeers)
            notes.Add(line, $"unicast_peer {peer}: left out, a cluster has {MostPeers + 1} nodes at most");
        else
            peers.Add(peer);
    }
}
