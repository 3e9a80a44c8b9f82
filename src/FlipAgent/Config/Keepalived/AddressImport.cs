using System.Net;
using System.Net.Sockets;
using FlipAgent.Config.Sections;
using FlipAgent.Config.Values;
using FlipAgent.Naming;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// The addresses that the draft moves: what the scripts move, and virtual_ipaddress of the instance and its sync group, which in a cloud is the floating IP,
/// or only stands for it. Several move together where the provider lets a server have them; which they are is never guessed.
/// </summary>
/// <param name="isNode">An address of this node or a peer, which is no floating IP.</param>
internal sealed class AddressImport(Draft draft, Statement instance, Func<IPAddress, bool> isNode, Notes notes)
{
    private const string NoInterface = "FlipAgent moves floating IPs of the cloud, and sets up no address on an interface";

    private static readonly string s_forSeveral = string.Join(" or ", CloudVendor.All.Where(v => !v.OneForEachServer).Select(v => v.Name));

    private readonly CloudVendor _vendor = draft.Vendor;

    public void Into(List<VirtualAddress> lines)
    {
        var possible = VirtualAddress.Public(lines).Where(a => !isNode(a)).ToArray();
        var moved = Moved(possible);
        var candidates = moved.Length > 0 ? moved : possible;
        var taken = Taken(candidates);
        draft.Addresses = [.. taken];
        draft.AddressDoubt = taken.Count == 0
            ? OneOf(candidates)
            : AsWell(taken, Left(candidates.Concat(possible).Concat(draft.AlsoMoved.Where(VirtualAddress.IsPublic)), taken));
        foreach (var line in lines)
            Note(line, moved, taken, possible);
        if (_vendor.AddressOnServer && !lines.Any(l => l.Address is { } a && taken.Contains(a)))
            notes.Add(instance, $"the floating IP: {OnEveryNode}, and FlipAgent sets up none");
        if (taken.Count == 0 && (lines.Count > 0 || draft.AddressDoubt is not null))
            notes.Add(lines.Count > 0 ? lines[0].At : instance, (lines.Count > 0 ? $"{lines[0].Block}: " : "") +
                $"which address is the floating IP could not be seen; fill in floating_ip.address" + (draft.AddressDoubt is { } doubt ? $": {doubt}" : "") +
                (candidates.Length > 1 ? $" (with provider {s_forSeveral}, floating_ip.addresses takes several that move together)" : ""));
    }

    /// <summary>What becomes of the address that keepalived had on an interface of the master.</summary>
    private string OnInterface =>
        _vendor.AddressOnServer
            ? $"{OnEveryNode}; keepalived takes it away when it ends, and FlipAgent sets up none"
        : draft.IsBuiltIn ? NoInterface
        : $"{NoInterface}; where {draft.Provider} delivers packets for it as they are, it has to be on every node, for ever (docs/providers.md)";

    private string OnEveryNode => $"{_vendor.Title} delivers packets for it as they are, so it has to be on every node, for ever (docs/providers.md)";

    /// <summary>What the first script that moves something names, then what it or another names of the virtual addresses.</summary>
    private IPAddress[] Moved(IPAddress[] possible)
    {
        IPAddress[] first = draft.FloatingIp is { } only ? [only, .. draft.FloatingIps] : [.. draft.FloatingIps];
        return [.. (first.Length > 0 ? first : [.. draft.AlsoMoved]).Concat(draft.AlsoMoved.Concat(draft.Mentioned).Where(possible.Contains)).Where(a => !isNode(a)).Distinct()];
    }

    /// <summary>As many as <c>config check</c> allows; none where it allows one of several, and nothing says which.</summary>
    private List<IPAddress> Taken(IPAddress[] candidates)
    {
        var taken = new List<IPAddress>();
        foreach (var address in candidates)
            if (_vendor.OneForEachServer && candidates.Count(a => a.AddressFamily == address.AddressFamily) > 1 && !address.Equals(draft.FloatingIp))
                continue;
            else if (taken.Count < AddressList.Most && !taken.Any(a => IsOneWith(a, address)))
                taken.Add(address);
        // What is left out of one family may well be what leads.
        return _vendor.OneForEachServer && draft.FloatingIp is null && taken.Count < candidates.Length ? [] : taken;
    }

    private IEnumerable<IPAddress> Left(IEnumerable<IPAddress> all, List<IPAddress> taken) =>
        all.Where(a => !isNode(a) && !taken.Any(t => t.Equals(a) || IsOneWith(t, a))).Distinct();

    /// <summary>They are in one network that the cloud moves as a whole.</summary>
    private bool IsOneWith(IPAddress a, IPAddress b) => _vendor.MovesNetworks && AddressList.InOneNetwork(a, b);

    private static string? OneOf(IPAddress[] candidates) => candidates.Length switch
    {
        0 => null,
        1 => $"{candidates[0]}?",
        _ => $"{string.Join(", ", candidates[..^1].AsEnumerable())} or {candidates[^1]}",
    };

    private string? AsWell(List<IPAddress> taken, IEnumerable<IPAddress> left)
    {
        var others = left.Take(AddressList.Most).ToArray();
        if (others.Length == 0 || taken.Count == AddressList.Most)
            return null;
        var fit = others.Where((a, n) => MayJoin([.. taken, .. others[..n]], a)).ToArray();
        return fit.Length < others.Length
            ? $"or is it {OneOf(others.Except(fit).ToArray())!.TrimEnd('?')}? See the notes"
            : $"{string.Join(", ", others.AsEnumerable())} as well? Then addresses: {Draft.List(taken.Concat(fit).Take(AddressList.Most))}";
    }

    private bool MayJoin(IEnumerable<IPAddress> taken, IPAddress address) =>
        !_vendor.OneForEachServer || !taken.Any(a => a.AddressFamily == address.AddressFamily);

    private void Note(VirtualAddress line, IPAddress[] moved, List<IPAddress> taken, IPAddress[] possible)
    {
        var (s, block, address) = (line.At, line.Block, line.Address);
        foreach (var word in s.Words.Skip(1).Where(w => w.AsSpan().ContainsAny('.', ':') && PeerImport.Address(w.Split('/')[0]) is not null).Take(1))
            if (s.Words.IndexOf(word) is var at && s.Words[at - 1] is not ("brd" or "broadcast" or "peer"))
                notes.Add(s, $"{block}: keepalived takes one address a line, and ignores {word}");
        if (address is null)
            notes.Add(s, $"{block} {Echo.Mask(s.Keyword)}: not imported, {Variables.Reason(s, s.Keyword) ?? NoAddress(s.Keyword)}");
        else if (line.IsIgnored)
            notes.Add(s, $"{block} {address}: not imported; keepalived ignores it, for {FamilyOf(address)} and the first address of the block are not of one family " +
                "(the other family belongs into virtual_ipaddress_excluded); if it is a floating IP, floating_ip.addresses may have both");
        else if (taken.Contains(address))
        {
            if (!moved.Contains(address) || _vendor != CloudVendor.DigitalOcean)
                notes.Add(s, $"{block} {address} became floating_ip.{(taken.Count > 1 ? "addresses" : "address")}: {OnInterface}");
        }
        else
            notes.Add(s, $"{block} {address}: not imported; {Why(address, moved, taken, possible)}{NoInterface}");
    }

    private static string NoAddress(string word) => Scalars.IsLinkLocal(word.Split('/')[0])
        ? "it is link-local, so it is no floating IP of a cloud"
        : "no IP address";

    private static string FamilyOf(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? "an IPv6 address" : "an IPv4 address";

    private string Why(IPAddress address, IPAddress[] moved, List<IPAddress> taken, IPAddress[] possible)
    {
        if (isNode(address))
            return "it is the address of a node, so it is no floating IP; ";
        if (!possible.Contains(address))
            return draft.IsBuiltIn ? "it is private, so it is no floating IP of a cloud; " : $"it is private; fill it in only if that is what {draft.Provider} moves; ";
        if (taken.FirstOrDefault(t => IsOneWith(t, address)) is { } network)
            return $"it is in one /64 with {network}, and {_vendor.Title} moves that as a whole; ";
        if (taken.Count == AddressList.Most)
            return $"an agent moves {AddressList.Most} addresses at most; the others need a second agent (flipagent@.service); ";
        if (taken.Count > 0 && MayJoin(taken, address))
            return $"the scripts that could be read move {string.Join(", ", moved.AsEnumerable())}; if the cloud is to move {address} too, " +
                $"floating_ip.addresses takes several that move together; ";
        var rule = $"a {_vendor.Server} can have one {_vendor.Address} of each family at {_vendor.Title}";
        return taken.Count > 0
            ? $"the scripts that could be read move {string.Join(", ", moved.AsEnumerable())}, and {rule}; see which one it is; "
            : $"there are several, and {rule}; ";
    }
}
