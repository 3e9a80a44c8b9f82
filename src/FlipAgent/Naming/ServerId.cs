using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FlipAgent.Naming;

/// <summary>
/// A server as its cloud names it (3164444, a UUID, i-0abc), and the number that stands for it in the election and in adverts (docs/wire.md, holder). A number is its own;
/// any other name gets one that depends on the name alone, so that all nodes have the same for it.
/// </summary>
public static class ServerId
{
    /// <summary>Clouds have names of up to 36 characters (a UUID); nothing is cut.</summary>
    public const int Longest = 64;

    /// <summary>Names that are no numbers get one from here on. No cloud counts so far: ids of Hetzner end at 2^53, those of DigitalOcean are far below.</summary>
    private const long FirstOfNames = 1L << 62;

    // An answer may name any server of the account; more than this are not remembered, and told by their number.
    private const int MostNames = 1024;

    private static readonly ConcurrentDictionary<long, string> s_names = new();

    /// <summary>What can be the name of a server: letters, digits and - . _ : /, 1 to 64 of them, with a letter or digit at the start.</summary>
    public static bool IsName(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length is > 0 and <= Longest && char.IsAsciiLetterOrDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or ':' or '/');
    }

    /// <summary>Digits alone, without a zero at the start, from 1 to 2^63 - 1: a number that stands for itself.</summary>
    public static bool IsNumber(string text, out long number)
    {
        ArgumentNullException.ThrowIfNull(text);
        number = 0;
        return text is [>= '1' and <= '9', ..] && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>The number that stands for a server: above 0, the same on every node.</summary>
    /// <param name="name">As <see cref="IsName"/> says.</param>
    public static long NumberOf(string name)
    {
        if (IsNumber(name, out var number))
            return number;
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(name));
        number = FirstOfNames | (BinaryPrimitives.ReadInt64BigEndian(hash) & (FirstOfNames - 1));
        if (s_names.Count < MostNames)
            s_names.TryAdd(number, name);
        return number;
    }

    /// <summary>The name again, for people.</summary>
    /// <param name="number">As it is in the election; for a name that this process never saw the number stands.</param>
    public static string NameOf(long number) => s_names.TryGetValue(number, out var name) ? name : number.ToString(CultureInfo.InvariantCulture);
}
