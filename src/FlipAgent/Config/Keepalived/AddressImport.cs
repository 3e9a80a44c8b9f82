using System.Net;
using System.Net.Sockets;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>virtual_ipaddress: an address on an interface, which in a cloud is the floating IP, or only stands for it.</summary>
internal static class AddressImport
{
    private const string NoInterface = "FlipAgent moves one floating IP of the cloud, and sets up no address on an interface";

    public static void Into(Draft draft, List<Statement> lines, Notes notes)
    {
        var addresses = lines.Select(s => PeerImport.Address(s.Keyword.Split('/')[0])).ToArray();
        var possible = addresses.OfType<IPAddress>().Where(IsPossible).Distinct().ToArray();
        var known = draft.FloatingIp;
        foreach (var (s, address) in lines.Zip(addresses))
        {
            foreach (var word in s.Words.Skip(1).Where(w => w.Contains('.') && PeerImport.Address(w.Split('/')[0]) is not null).Take(1))
                if (s.Words.IndexOf(word) is var at && s.Words[at - 1] is not ("brd" or "broadcast" or "peer"))
                    notes.Add(s, $"virtual_ipaddress: keepalived takes one address a line, and ignores {word}");
            if (address is null)
                notes.Add(s, $"virtual_ipaddress {Echo.Mask(s.Keyword)}: not imported, no IP address");
            else if (address.Equals(known))
                continue;
            else if (known is null && possible is [var only] && address.Equals(only))
            {
                draft.FloatingIp = address;
                notes.Add(s, $"virtual_ipaddress {address} became floating_ip.address: {NoInterface}");
            }
            else
                notes.Add(s, $"virtual_ipaddress {address}: not imported; {Why(address, known, possible.Length)}{NoInterface}");
        }

        if (draft.FloatingIp is null && lines.Count > 0)
            notes.Add(lines[0], "virtual_ipaddress: which address is the floating IP could not be seen; fill in floating_ip.address");
    }

    private static bool IsPossible(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork && !NotifyScript.IsPrivate(address);

    private static string Why(IPAddress address, IPAddress? known, int possible) =>
        address.AddressFamily != AddressFamily.InterNetwork ? "it is no IPv4 address; "
        : NotifyScript.IsPrivate(address) ? "it is private, so it is no floating IP of a cloud; "
        : known is null && possible > 1 ? "there are several; "
        : "";
}
