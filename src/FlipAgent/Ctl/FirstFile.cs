using System.Net;
using FlipAgent.Cloud;
using FlipAgent.Cloud.Api;
using FlipAgent.Config;
using FlipAgent.Config.Sections;
using FlipAgent.Config.Values;
using FlipAgent.Naming;
using FlipAgent.Outbound;

namespace FlipAgent.Ctl;

/// <summary>
/// The first configuration of a machine that knows what it is: what is known is filled in, and what is not says FILL IN and has a value that <c>config check</c> refuses.
/// </summary>
/// <param name="Own">This node. An address of 0.0.0.0 or an id of 0 is not known, in <paramref name="Peer"/> too.</param>
/// <param name="FloatingIp">0.0.0.0: not known.</param>
internal sealed record FirstFile(CloudVendor Vendor, NodeConfig Own, NodeConfig Peer, IPAddress FloatingIp)
{
    // More make a line that nobody reads.
    private const int MostNamed = 5;

    private static readonly char[] s_digits = [.. "0123456789"];

    /// <summary>What the command line said of the cloud.</summary>
    public GivenCloud Given { get; init; } = new(null, null, null);

    /// <summary>What could be filled in, as the file says it beside FILL IN; null: nothing is known.</summary>
    public string? PeerHint { get; init; }

    /// <inheritdoc cref="PeerHint"/>
    public string? AddressHint { get; init; }

    public bool IsOpen => IsUnknown(Own) || IsUnknown(Peer) || !KnowsFloatingIp;

    public bool KnowsFloatingIp => !FloatingIp.Equals(IPAddress.Any);

    public static FirstFile Of(OwnMachine machine)
    {
        var name = NameOf(machine.Name) ?? "haproxy-1";
        var address = machine.Address is { } own && Scalars.Address($"{own}", out _) is null ? own : IPAddress.Any;
        var other = name == "haproxy-2" ? "haproxy-1" : "haproxy-2";
        var ip = machine.FloatingIp is { } here && Scalars.Address($"{here}", out _) is null ? here : IPAddress.Any;
        return new(machine.Vendor, new NodeConfig(name, address, machine.Id, 150), new NodeConfig(other, IPAddress.Any, 0, 100), ip);
    }

    /// <summary>With what the account leaves no doubt about; the rest as a hint.</summary>
    public FirstFile With(AccountView found)
    {
        var file = Own.Address.Equals(IPAddress.Any) && found.Own is { } own ? this with { Own = Own with { Address = own.Address } } : this;
        if (found is { Complete: true, Servers: [var one] } && file.IsSibling(one) && file.WithPeer(one) is var paired && paired.Complaint("nodes.", ofPeer: true) is null)
            file = paired;
        else if (found.Servers.Length > 0)
            file = file with { PeerHint = $"in this network: {Some(found.Servers.Select(server => $"{PlainText.Of(server.Name, 40)} {server.Address} {Vendor.Server} {server.Id}"))}" };
        if (file.KnowsFloatingIp)
            return file;
        if (found is { Complete: true, Addresses: [var ip] } && (ip.Holder is null || found.HolderName(ip) is not null))
            return file with { FloatingIp = ip.Address };
        return found.Addresses.Length == 0 ? file : file with { AddressHint = $"the account has {Some(found.Addresses.Select(address => $"{address.Address}"))}" };
    }

    /// <summary>With this machine as the other node; its name stays open where it is no name for a node.</summary>
    public FirstFile WithPeer(AccountServer server)
    {
        var name = NameOf(server.Name) is { } host && host != Own.Name ? host : Peer.Name;
        return this with { Peer = Peer with { Name = name, Address = server.Address, DropletId = server.Id } };
    }

    /// <summary>A pair is called alike but for a number, as lb-1 and lb-2 are. The database beside it is not.</summary>
    public bool IsSibling(AccountServer server) => NameOf(server.Name)?.TrimEnd(s_digits) == Own.Name.TrimEnd(s_digits);

    /// <summary>The name of a node by that of its machine; null: it cannot be one.</summary>
    public static string? NameOf(string? host) => host?.Split('.')[0] is { } name && Scalars.Name(name, out _) is null ? name : null;

    public static bool IsUnknown(NodeConfig node) => node.Address.Equals(IPAddress.Any) || node.DropletId == 0;

    /// <summary>What <c>config check</c> would say of a key as it is now, without the key; null: nothing.</summary>
    /// <param name="key">nodes.name, or floating_ip.address, or the beginning of it.</param>
    /// <param name="ofPeer">Of the nodes, the other one; else this one.</param>
    public string? Complaint(string key, bool ofPeer = false)
    {
        var text = Text(lease: false);
        if (ConfigReader.ReadText(text, "draft", Own.Name) is not ConfigResult.Invalid { Errors: var errors })
            return null;
        var line = 1 + Array.IndexOf(text.Split('\n'), NodeLine(ofPeer ? Peer : Own));
        var message = errors.FirstOrDefault(error => error.Message.StartsWith(key, StringComparison.Ordinal) && (!key.StartsWith("nodes", StringComparison.Ordinal) || error.Line == line))?.Message;
        return message?[(message.IndexOf(": ", StringComparison.Ordinal) + 2)..];
    }

    /// <param name="lease">With the section for a lease in etcd.</param>
    public string Text(bool lease)
    {
        var text = ConfigTemplate.Text("web-lb", [Own, Peer], $"{FloatingIp}", Vendor, lease);
        return string.Join('\n', text.Split('\n').Select(Line));
    }

    private string Line(string line)
    {
        if (IsUnknown(Own) && line == BareLine(Own))
            return NodeLine(Own);
        if (IsUnknown(Peer) && line == BareLine(Peer))
            return NodeLine(Peer);
        if (line.StartsWith("  address: 0.0.0.0", StringComparison.Ordinal))
            return $"{line}   # FILL IN: the {Vendor.Address} that clients connect to{(AddressHint is null ? "" : $"; {AddressHint}")}";
        return Given.Line(line);
    }

    private string BareLine(NodeConfig node) => $"  - {ConfigText.Node(node, Vendor)}";

    private string NodeLine(NodeConfig node) => !IsUnknown(node) ? BareLine(node)
        : $"{BareLine(node)}   # FILL IN{(node == Peer && PeerHint is not null ? $"; {PeerHint}" : "")}";

    private static string Some(IEnumerable<string> words)
    {
        var all = words.ToList();
        return string.Join(", ", all.Take(MostNamed)) + (all.Count > MostNamed ? $" and {all.Count - MostNamed} more" : "");
    }
}
