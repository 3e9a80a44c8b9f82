using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FlipAgent.Config.Values;

/// <summary>The kinds of value that a single line can hold: numbers, names, addresses, paths.</summary>
internal static class Scalars
{
    private const int LongestPath = 4096;

    public static string? Bool(string text, out bool value)
    {
        value = text == "true";
        return text is "true" or "false" ? null : "is neither true nor false; expected one of the two";
    }

    public static Parse<long> Whole(long least, long most) => (string text, out long value) =>
    {
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value))
            return $"is no whole number; expected {Range(least, most)}";
        return value < least || value > most ? $"is out of range; expected {Range(least, most)}" : null;
    };

    public static Parse<int> Number(int least, int most) => (string text, out int value) =>
    {
        var complaint = Whole(least, most)(text, out var wide);
        value = (int)Math.Clamp(wide, least, most);
        return complaint;
    };

    /// <summary>1 to 32 letters, digits, dots, underscores and dashes: fits the wire, a shell and a table.</summary>
    public static string? Name(string text, out string value)
    {
        value = text;
        if (text.Length is 0 or > 32)
            return $"has {text.Length} characters; expected 1 to 32";
        if (Echo.IsSecretLike(text))
            return "looks like a secret; expected a name that may be shown to everybody";
        foreach (var rune in text.EnumerateRunes())
            if (!(rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || (char)rune.Value is '.' or '_' or '-')))
                return $"has a character that is not allowed{(rune.IsAscii ? "" : $" ({Invisible.Code(rune)})")}; expected letters, digits, dots, underscores and dashes";
        return null;
    }

    /// <summary>A unicast address in full: 10.1 and 0x0a000001, which the system's own reader takes, are refused as slips.</summary>
    public static string? Address(string text, out IPAddress value)
    {
        if (!TryAddress(text, out value))
            return IsLinkLocal(text)
                ? LinkLocal
                : "is no IP address; expected one such as 10.110.0.2";
        if (value.Equals(IPAddress.Any) || value.Equals(IPAddress.IPv6Any) || value.Equals(IPAddress.Broadcast) || IsMulticast(value))
            return "is not the address of one machine; expected one such as 10.110.0.2";
        if (value.AddressFamily == AddressFamily.InterNetwork && value.GetAddressBytes()[0] == 0)
            return "is an address of 0.0.0.0/8, which no machine has; expected one such as 10.110.0.2";
        return value.IsIPv6LinkLocal ? LinkLocal : null;
    }

    private const string LinkLocal =
        "is a link-local address, which means something on one interface only; expected an address that every node can reach, such as 10.110.0.2 or fd00::2";

    /// <summary>fe80::/10, with or without %interface.</summary>
    public static bool IsLinkLocal(string host) => IPAddress.TryParse(host.Split('%')[0], out var address) && address.IsIPv6LinkLocal;

    public static string? MulticastGroup(string text, out IPAddress value) =>
        TryAddress(text, out value) && value.AddressFamily == AddressFamily.InterNetwork && IsMulticast(value)
            ? null
            : "is no IPv4 multicast address; expected one such as 239.255.51.12";

    /// <summary><c>address:port</c> to listen on.</summary>
    public static string? EndPoint(string text, out IPEndPoint value)
    {
        value = new IPEndPoint(IPAddress.Loopback, 0);
        if (HostAndPort(text, out var target) is not null || !TryAddress(target.Host, out var address))
            return "is no address and port; expected one such as 127.0.0.1:9166";
        if (address.IsIPv6LinkLocal || IsMulticast(address))
            return "is no address that can be listened on here; expected one such as 127.0.0.1:9166";
        value = new IPEndPoint(address, target.Port);
        return null;
    }

    /// <summary>A name as it stands in a Host header.</summary>
    public static string? HostName(string text, out string value)
    {
        value = text;
        return Uri.CheckHostName(text) == UriHostNameType.Dns && !text.EndsWith('.') ? null : "is no host name; expected one such as haproxy-1.example.com, without a port";
    }

    /// <summary><c>host:port</c>, an IPv6 address in brackets.</summary>
    public static string? HostAndPort(string text, out DnsEndPoint value)
    {
        value = new DnsEndPoint("localhost", 1);
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? "" : text[..colon];
        if (host is ['[', .., ']'])
            host = host[1..^1];
        else if (host.Contains(':'))
            return "is no host and port; expected an IPv6 address in brackets, such as [::1]:8001";
        if (!Urls.IsHost(host))
            return "is no host and port; expected one such as 127.0.0.1:8001";
        if (Urls.Unreachable(host) is { } why)
            return $"{why}; expected one such as 127.0.0.1:8001";
        if (!int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
            return "has no port that can be; expected 1 to 65535 after the colon";
        value = new DnsEndPoint(host, port);
        return null;
    }

    public static string? AbsolutePath(string text, out string value)
    {
        value = text;
        return text.StartsWith('/') ? Path(text, out value) : "is not an absolute path; expected one that begins with /";
    }

    /// <summary>Path of a unix socket: 107 bytes at most, the size of sun_path less its final NUL (unix(7)).</summary>
    public static string? SocketPath(string text, out string value)
    {
        if (AbsolutePath(text, out value) is { } complaint)
            return complaint;
        var bytes = Encoding.UTF8.GetByteCount(text);
        return bytes > 107 ? $"is too long for a socket ({bytes} bytes); expected at most 107" : null;
    }

    public static string? Path(string text, out string value)
    {
        value = text;
        if (text.Length is 0 or > LongestPath)
            return $"has {text.Length} characters; expected a path";
        if (text is "~" or ['~', '/', ..])
            return "begins with ~, which is a directory to a shell only; expected it written out, from / on";
        return text.Any(char.IsControl) ? "has a line break or control character; expected a path" : null;
    }

    /// <summary>Any text in one line.</summary>
    public static string? Line(string text, out string value)
    {
        value = text;
        return text.Length == 0 || text.Any(char.IsControl) ? "is not one line of text; expected some" : null;
    }

    public static bool IsMulticast(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6
        ? address.IsIPv6Multicast
        : address.GetAddressBytes()[0] is >= 224 and < 240;

    public static bool TryAddress(string text, out IPAddress value)
    {
        value = IPAddress.None;
        if (!IPAddress.TryParse(text, out var parsed) || text.Contains('%') || text.Contains('['))
            return false;
        value = parsed;
        return parsed.AddressFamily == AddressFamily.InterNetworkV6 || parsed.ToString() == text;
    }

    private static string Range(long least, long most) => most == long.MaxValue ? $"{least} or more" : $"{least} to {most}";
}
