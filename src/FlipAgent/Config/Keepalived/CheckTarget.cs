using System.Collections.Immutable;
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
        foreach (var named in MovedAddresses.In(s_port.Replace(command, " ")).Distinct().Take(MostNamed))
        {
            // Who searches for an address, or speaks from it, means no other.
            var argv = known.IsOwn(named) && !Searches(command, named) ? Turned(exec.Argv, named) : exec.Argv;
            if (known.IsOwn(named) && argv.SequenceEqual(exec.Argv))
                note($"{named} is an address of this node, and the draft is the same file on every node: {Variable}");
            else if (!Regex.IsMatch(command, $@"{Source}[\s=]+[""']?\[?{Regex.Escape(named.ToString())}([\]\s""']|$)"))
                Tell(named);
            exec = exec with { Argv = argv };
        }

        return exec;
    }

    private static ImmutableArray<string> Turned(ImmutableArray<string> argv, IPAddress own) =>
        [.. argv.Select((word, i) => i > 0 && s_source.IsMatch(argv[i - 1]) ? word : Target(own).Replace(word, Loopback(own)))];

    /// <summary>The host where it is this node; null: it is another, or a name.</summary>
    private IPAddress? Asked(string host)
    {
        if (Scalars.Address(host, out var address) is not null)
            return null;
        Tell(address);
        return known.IsOwn(address) ? address : null;
    }

    /// <summary>A note says what is done about this node's own address, or what another one means.</summary>
    private void Tell(IPAddress asked)
    {
        if (known.IsOwn(asked))
            note($"{asked} is an address of this node, and the draft is the same file on every node: all would ask this one, and none could take over when it is gone; " +
                $"became {Loopback(asked)}, so that each asks itself. See that the service listens there; where it does not, {Variable}");
        else if (known.IsPeer(asked))
            note($"{asked} is another node: the check says how that one is, on every node, and not whether this node can serve");
        else if (known.IsVirtual(asked))
            note($"{asked} is a virtual address: whoever holds it answers, so the check does not say whether this node can serve; the guard asks " +
                "through the floating IP, a check asks 127.0.0.1");
    }

    private static string Loopback(IPAddress like) => like.AddressFamily == AddressFamily.InterNetworkV6 ? "::1" : "127.0.0.1";

    private static bool Searches(string command, IPAddress address) =>
        ScriptActs.LooksForAddress(command) || Regex.IsMatch(command, $@"grep\s[^|;&\n]*{Regex.Escape(address.ToString())}");

    /// <summary>Where it is a host by itself, with its port perhaps, or that of a URL; not behind an option for the address to speak from.</summary>
    private static Regex Target(IPAddress address) => new(
        $@"(?<=://\[?){Regex.Escape(address.ToString())}(?=\]?(:\d+)?([/?#\s""');|&]|$))" +
        $@"|(?<=(^|[\s""'(=])\[?)(?<!{Source}[\s=]+[""']?\[?){Regex.Escape(address.ToString())}(?=\]?(:\d+)?([\s""');|&]|$))");

    private const string Source = @"(^|[\s""'])(-[IsSbB]|--(interface|source|src|local|bind)[\w-]*|--([a-z]+-)*(except|exclude|ignore|skip)[\w-]*)";

    private static readonly Regex s_port = new(@"(?<=\d\.\d{1,3}):\d+");

    private static readonly Regex s_source = new($"{Source}$");
}
