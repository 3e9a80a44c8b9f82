using System.Collections.Immutable;
using System.Net;
using System.Text.RegularExpressions;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// Which addresses a script moves: what its calls are given, followed through its variables. An address that is only there may be anything: the server
/// that it goes to, a name server, the host that is pinged.
/// </summary>
/// <param name="text">The command line in the first line, then the files behind it.</param>
internal sealed class MovedAddresses(string text)
{
    private const int Deepest = 4;
    private const int MostVariables = 1000;
    private const int MostOthers = 6;
    private const string Operand = @"[""'(]*(?<what>[^\s""'/;|&)\\,]+)";

    private readonly string[] _arguments = Arguments(text.Split('\n')[0]);
    private readonly ILookup<string, string> _values = s_value.Matches(text).ToLookup(m => m.Groups["name"].Value, m => m.Groups["value"].Value);
    private int _followed;

    /// <summary>The addresses that are moved; and where none is seen to be, those that stand in it.</summary>
    /// <param name="isPossible">Neither private nor a node's.</param>
    public (ImmutableArray<IPAddress> Moved, ImmutableArray<IPAddress> Others) Find(Func<IPAddress, bool> isPossible)
    {
        var moved = Given(isPossible);
        if (moved.IsEmpty && Only(_values.Where(v => s_floating.IsMatch(v.Key)).SelectMany(v => v.SelectMany(value => Of(value, 0))), isPossible) is { } named)
            moved = [named];
        if (moved.IsEmpty && s_argument.IsMatch(text) && Only(_arguments.SelectMany(In), isPossible) is { } argument)
            moved = [argument];
        return (moved, moved.IsEmpty ? [.. In(text).Where(isPossible).Distinct().Take(MostOthers)] : []);
    }

    private ImmutableArray<IPAddress> Given(Func<IPAddress, bool> isPossible) =>
        [.. s_calls.SelectMany(c => c.Matches(text)).SelectMany(m => Of(m.Groups["what"].Value, 0)).Where(isPossible).Distinct()];

    private static IPAddress? Only(IEnumerable<IPAddress> addresses, Func<IPAddress, bool> isPossible) =>
        addresses.Where(isPossible).Distinct().Take(2).ToArray() is [var only] ? only : null;

    /// <summary>What the script is given.</summary>
    private static string[] Arguments(string command)
    {
        var peeled = Peeled.Of(command).Text;
        return ScriptFiles.ProgramOf(peeled) is { } program && Words.OfCommand(peeled) is { } words ? [.. words.TakeLast(program.Arguments)] : [];
    }

    /// <summary>What a word stands for: an address, a variable, or several of them.</summary>
    private IEnumerable<IPAddress> Of(string value, int depth)
    {
        foreach (Match word in s_word.Matches(value))
            if (Parsed(word.Groups["address"].Value) is { } address)
                yield return address;
            else if (word.Groups["variable"].Value is { Length: > 0 } variable && depth < Deepest && ++_followed < MostVariables)
                foreach (var found in Values(variable).SelectMany(v => Of(v, depth + 1)))
                    yield return found;
    }

    private IEnumerable<string> Values(string variable) =>
        variable is "@" or "*" ? _arguments
        : int.TryParse(variable, out var n) ? _arguments.Skip(n - 1).Take(n > 0 ? 1 : 0)
        : _values[variable].Distinct();

    /// <summary>All that stand in a text.</summary>
    public static IEnumerable<IPAddress> In(string text) => s_address.Matches(text).Select(m => Parsed(m.Groups["address"].Value)).OfType<IPAddress>();

    private static IPAddress? Parsed(string word) =>
        word.Split('/')[0].TrimEnd('.', ':') is { Length: > 3 } text && (text.Contains(':') || text.Count(c => c == '.') == 3) && Scalars.Address(text, out var address) is null
            ? address
            : null;

    /// <summary>Calls that move what stands beside them; <c>failover/ADDRESS</c> is Hetzner Robot's, <c>ip/ADDRESS/move</c> OVH's.</summary>
    private static readonly ImmutableArray<Regex> s_calls =
    [
        Patterns.AnyCase(@"(\b|_)(re)?(assign|associate|attach)[\w.-]*[""']?[ \t]+(-\S+[ \t]+)*" + Operand),
        Patterns.AnyCase(@"\b(floating|reserved)[-_]?ip(v6)?s?/" + Operand),
        Patterns.AnyCase(@"/failover/" + Operand),
        Patterns.AnyCase(@"/ip/" + Operand + "/move"),
        Patterns.AnyCase(@"\s--(public-ips?|ip-address|private-ip-addresses|publicip_address|ips)[ =]" + Operand),
        Patterns.AnyCase(@"\badd floating ip[ \t]+(-\S+[ \t]+)*(""[^""\n]*""|[^\s""]+)[ \t]+" + Operand),
        Patterns.AnyCase(@"\bip (update|attach|move)[ \t]+" + Operand),
        Patterns.AnyCase(@"[""'](floating|reserved|failover)[-_]?ip[""']\s*:\s*" + Operand),
    ];

    /// <summary>A variable that is called after what it holds.</summary>
    private static readonly Regex s_floating = Patterns.AnyCase(
        @"^(\w*_)?(FLIP|FIP|FLOATIP|VIP|EIP)(_?ADDR(ESS)?|S)?$|(FLOATING|RESERVED|FAILOVER|VIRTUAL|ELASTIC)_?(IP|ADDR)(V?[46]|_?ADDR(ESS)?|S|ES)?$");

    /// <summary>It takes what it moves from its command line.</summary>
    private static readonly Regex s_argument = Patterns.AnyCase(@"\$\{?[1-9@*]|\bargv\b|\bargs\.|\$ARGV");

    private static readonly Regex s_value = Patterns.AnyCase(
        @"(^|[\s;&|(])(?<name>[A-Z_]\w*)[ \t]*=[ \t]*(?<value>""[^""\n]*""|'[^'\n]*'|[(\[][^)\]\n]*|[^\s=;&|][^\s;&|]*)" +
        @"|\bfor[ \t]+(?<name>[A-Z_]\w*)[ \t]+in[ \t]+(?<value>[^;\n]+)");

    private static readonly Regex s_word = Patterns.AnyCase(@"(?<address>[0-9a-f]*[.:][0-9a-f.:]+)|\$\{?(?<variable>\w+|[@*])|(?<variable>[A-Z_]\w*)");

    private static readonly Regex s_address = Patterns.AnyCase(@"(?<address>[0-9a-f]*[.:][0-9a-f.:]+)");
}
