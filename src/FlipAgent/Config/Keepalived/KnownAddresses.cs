using System.Net;

namespace FlipAgent.Config.Keepalived;

/// <summary>Whose an address is that a check may ask. All instances of a file run on the one machine that the file belongs to.</summary>
internal sealed class KnownAddresses
{
    private readonly HashSet<IPAddress> _peers;
    private readonly HashSet<IPAddress> _virtual;
    private readonly Func<IPAddress, bool> _isHere;

    /// <param name="source">The own address of the imported instance; null: it has none.</param>
    public KnownAddresses(IReadOnlyCollection<Statement> instances, IPAddress? source, KeepalivedFiles files)
    {
        var sources = instances.SelectMany(PeerImport.Sources);
        Own = source is null ? [.. sources] : [.. sources, source];
        _peers = [.. instances.SelectMany(PeerImport.Named).Where(a => !Own.Contains(a))];
        _virtual = [.. instances.SelectMany(VirtualAddress.Of).Select(v => v.Address).OfType<IPAddress>().Where(a => !Own.Contains(a))];
        _isHere = files.IsHere;
    }

    /// <summary>Those that the instances speak from.</summary>
    public HashSet<IPAddress> Own { get; }

    /// <summary>A virtual address may be on this machine too, and is none of its own.</summary>
    public bool IsOwn(IPAddress address) =>
        Own.Contains(address) || (!IPAddress.IsLoopback(address) && !_virtual.Contains(address) && !_peers.Contains(address) && _isHere(address));

    public bool IsPeer(IPAddress address) => _peers.Contains(address);

    public bool IsVirtual(IPAddress address) => _virtual.Contains(address);
}
