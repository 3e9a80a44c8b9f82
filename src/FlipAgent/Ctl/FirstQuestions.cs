using System.Net;
using FlipAgent.Cloud;
using FlipAgent.Cloud.Api;
using FlipAgent.Config.Sections;
using FlipAgent.Config.Values;
using FlipAgent.Redaction;

namespace FlipAgent.Ctl;

/// <summary>
/// Asks the person at the terminal for what a first configuration still lacks, and for nothing else. An answer is checked at once, by the checks of the configuration; an empty one without a
/// default leaves the thing to be filled in later, and so does the end of the input for all that is left.
/// </summary>
internal sealed class FirstQuestions(Terminal terminal, AccountView? found)
{
    // What fits on a screen; another one can be typed.
    private const int MostShown = 15;

    private bool _ended, _none;

    public FirstFile Ask(FirstFile file)
    {
        if (file.Own.Address.Equals(IPAddress.Any))
            file = Address(file, ofPeer: false, $"Private address of this {file.Vendor.Server}");
        if (!file.KnowsFloatingIp)
            file = FloatingIp(file);
        if (!FirstFile.IsUnknown(file.Peer))
            return file;
        if (found is not { Servers.Length: > 0 })
            return Typed(file);
        file = Choose(file, found);
        return _none ? Typed(file) : file;
    }

    private FirstFile FloatingIp(FirstFile file)
    {
        var known = found?.Addresses ?? [];
        var shown = known.Take(MostShown).ToList();
        string Holder(AccountAddress one) => one.Holder is not { } id ? "held by nobody"
            : $"held by {(found!.HolderName(one) is { } name ? Printable.Of(name, 40) : $"{file.Vendor.Server} {id}, which is not in this network")}";
        Show($"{file.Vendor.Address}s of the account that could come here", [.. shown.Select(one => $"{one.Address}  {Holder(one)}")], known.Length);
        var usual = 1 + shown.FindIndex(one => one.Holder is not null && found!.HolderName(one) is not null) is > 0 and var held ? held : 1 + shown.FindIndex(one => one.Holder is null);
        return Question(
            file, known.Length == 0 ? $"The {file.Vendor.Address} that clients connect to" : $"Which one do clients connect to? Its number, or an address", usual > 0 ? $"{usual}" : null,
            text => Number(text, shown.Count) is { } number ? (file with { FloatingIp = shown[number].Address }, null)
                : Scalars.Address(text, out var address) is { } wrong ? (file, Wrong(text, wrong)) : (file with { FloatingIp = address }, null),
            next => next.Complaint("floating_ip.address"));
    }

    private FirstFile Choose(FirstFile file, AccountView neighbours)
    {
        const string none = "none";
        var servers = neighbours.Servers.OrderBy(server => !file.IsSibling(server)).ToList();
        var shown = servers.Take(MostShown).ToList();
        Show($"{file.Vendor.Server}s in the network of this one", [.. shown.Select(one => $"{Printable.Of(one.Name, 40)}  {one.Address}  {file.Vendor.Server} {one.Id}")], servers.Count);
        var usual = servers.Count(server => file.IsSibling(server)) == 1 ? "1" : null;
        var chosen = Question(
            file, $"Which is the other load balancer? Its number or name, or {none}", usual,
            text =>
            {
                if (_none = text == none)
                    return (file, null);
                var named = servers.Where(server => server.Name == text || $"{server.Id}" == text || $"{server.Address}" == text).ToList();
                return Number(text, shown.Count) is { } number ? (file.WithPeer(shown[number]), null)
                    : named is [var one] ? (file.WithPeer(one), null)
                    : (file, $"{Echo.Of(text)} {(named.Count > 1 ? "is the name of several; expected the id" : $"is none of them; expected 1 to {shown.Count}, a name, or {none}")}");
            },
            next => FirstFile.IsUnknown(next.Peer) ? null : next.Complaint("nodes.address", ofPeer: true) ?? next.Complaint($"nodes.{next.Vendor.IdKey}", ofPeer: true));
        var server = servers.FirstOrDefault(one => one.Id == chosen.Peer.DropletId);
        return server is null || FirstFile.NameOf(server.Name) == chosen.Peer.Name ? chosen : Name(chosen);
    }

    private FirstFile Typed(FirstFile file)
    {
        if (_ended)
            return file;
        terminal.Error.WriteLine("The other load balancer (an empty answer: to be filled in later):");
        file = Address(Name(file), ofPeer: true, "Its private address");
        return Question(
            file, $"Its {file.Vendor.Server}'s number {file.Vendor.HowToLook}".TrimEnd(), null,
            text => NodesSection.Number(file.Vendor)(text, out var id) is { } wrong ? (file, Wrong(text, wrong)) : (file with { Peer = file.Peer with { DropletId = id } }, null),
            next => next.Complaint($"nodes.{next.Vendor.IdKey}", ofPeer: true));
    }

    private FirstFile Name(FirstFile file) => Question(
        file, "Its name", file.Peer.Name,
        text => Scalars.Name(text, out var name) is { } wrong ? (file, Wrong(text, wrong)) : (file with { Peer = file.Peer with { Name = name } }, null),
        next => next.Complaint("nodes.name", ofPeer: true));

    private FirstFile Address(FirstFile file, bool ofPeer, string question) => Question(
        file, question, null,
        text => Scalars.Address(text, out var address) is { } wrong ? (file, Wrong(text, wrong))
            : (ofPeer ? file with { Peer = file.Peer with { Address = address } } : file with { Own = file.Own with { Address = address } }, null),
        next => next.Complaint("nodes.address", ofPeer));

    /// <summary>Asks until the answer is one, or there is none.</summary>
    /// <param name="otherwise">What an empty answer stands for; null: nothing.</param>
    /// <param name="take">The file with the answer, or what is wrong with it.</param>
    /// <param name="complaint">What the configuration says of the file with the answer; null: nothing.</param>
    private FirstFile Question(FirstFile file, string question, string? otherwise, Func<string, (FirstFile, string?)> take, Func<FirstFile, string?> complaint)
    {
        while (!_ended)
        {
            terminal.Error.Write($"{question}{(otherwise is null ? "" : $" [{otherwise}]")}: ");
            terminal.Error.Flush();
            if (terminal.ReadLine() is not { } line)
            {
                _ended = true;
                terminal.Error.WriteLine();
                break;
            }
            var text = line.Trim() is { Length: > 0 } typed ? typed : otherwise;
            if (text is null)
                break;
            var (next, wrong) = take(text);
            if ((wrong ?? complaint(next)) is not { } problem)
                return next;
            terminal.Error.WriteLine($"  {problem}");
        }
        return file;
    }

    private void Show(string title, IReadOnlyList<string> lines, int all)
    {
        if (lines.Count == 0)
            return;
        terminal.Error.WriteLine($"{char.ToUpperInvariant(title[0])}{title[1..]}:");
        for (var i = 0; i < lines.Count; i++)
            terminal.Error.WriteLine($"  {i + 1,2}  {lines[i]}");
        if (all > lines.Count)
            terminal.Error.WriteLine($"      and {all - lines.Count} more");
    }

    private static int? Number(string text, int count) => int.TryParse(text, out var number) && number >= 1 && number <= count ? number - 1 : null;

    private static string Wrong(string text, string complaint) => $"{Echo.Of(text)} {complaint}";
}
