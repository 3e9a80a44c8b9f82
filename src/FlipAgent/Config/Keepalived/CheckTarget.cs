using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// Whom a check asks. keepalived's file belongs to one node and FlipAgent's is the same on all: with this node's address in it every node would ask this one, none
/// would be fit when it is gone, and nobody would take over.
/// </summary>
internal sealed class CheckTarget(KnownAddresses known, Action<string> note)
{
    private const int MostNamed = 50;
    private const string Variable = "write ${NAME} in its place, a variable that each node's agent has in its environment";

    /// <summary>The check, with this node's own address turned into the one by which every node means itself.</summary>
    /// <param name="text">The command line in the first line, then the files behind it.</param>
    public CheckConfig Of(CheckConfig check, string text)
    {
        switch (check)
        {
            case CheckConfig.Tcp tcp when Asked(tcp.Target.Host) is { } asked:
                return tcp with { Target = new DnsEndPoint(Loopback(asked), tcp.Target.Port) };
            case CheckConfig.Http http when Asked(http.Url.Host.Trim('[', ']')) is { } asked:
                if (http.Url.Scheme == Uri.UriSchemeHttps && http.VerifyTls)
                    note($"its certificate is verified, and {Loopback(asked)} is hardly in it: name the server in sni, or set tls_verify: false");
                return http with { Url = new UriBuilder(http.Url) { Host = Loopback(asked) }.Uri };
            case CheckConfig.Exec exec:
                return Of(exec, text);
            default:
                return check;
        }
    }

    private CheckConfig.Exec Of(CheckConfig.Exec exec, string text)
    {
        foreach (var named in MovedAddresses.In(text[(text.IndexOf('\n') + 1)..]).Distinct().Take(MostNamed).Where(known.IsOwn))
            note($"the script names {named}, an address of this node: on each other node it has to name that node's, or 127.0.0.1");
        var command = string.Join(' ', exec.Argv);
        var addresses = MovedAddresses.In(command).Distinct().Take(MostNamed);
        // Who searches the interfaces for an address means no other.
        if (!ScriptActs.LooksForAddress(command))
            foreach (var asked in addresses.Where(IsOwn))
                exec = exec with { Argv = [.. exec.Argv.Select(word => Whole(asked).Replace(word, Loopback(asked)))] };
        else if (addresses.FirstOrDefault(known.IsOwn) is { } searched)
            note($"{searched} is an address of this node, and the draft is the same file on every node: {Variable}");
        return exec;
    }

    /// <summary>The host where it is this node; null: it is another, or a name.</summary>
    private IPAddress? Asked(string host) => Scalars.Address(host, out var address) is null && IsOwn(address) ? address : null;

    /// <summary>Whether it is this node's own address; a note says what is done about that, or what another address means.</summary>
    private bool IsOwn(IPAddress asked)
    {
        if (known.IsOwn(asked))
            note($"{asked} is an address of this node, and the draft is the same file on every node: all would ask this one, and none could take over when it is gone; " +
                $"became {Loopback(asked)}, so that each asks itself. See that the service listens there; where it does not, {Variable}");
        else if (known.IsPeer(asked))
            note($"{asked} is another node: the check says how that one is, on every node, and not whether this node can serve");
        else if (known.IsVirtual(asked))
            note($"{asked} is a virtual address: whoever holds it answers, so the check does not say whether this node can serve; the guard asks " +
                "through the floating IP, a check asks 127.0.0.1");
        return known.IsOwn(asked);
    }

    private static string Loopback(IPAddress like) => like.AddressFamily == AddressFamily.InterNetworkV6 ? "::1" : "127.0.0.1";

    /// <summary>Not where it is a part of another address.</summary>
    private static Regex Whole(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6
        ? new($@"(?<![\w.:]){Regex.Escape(address.ToString())}(?![\w:]|\.\d)")
        : new($@"(?<![\w.]){Regex.Escape(address.ToString())}(?!\w|\.\d)");
}
