using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace FlipAgent.Config.Values;

/// <summary>
/// The Host header of an http check: a host name or an address, and maybe a port. What the platform refuses in that header is an exception where the
/// request is made, so the same <see cref="Set"/> decides when the file is read and when the request is made.
/// </summary>
internal static class HostHeader
{
    private const string Expected = "expected a host name, with or without a port, such as www.example.com or www.example.com:8443";

    /// <summary>More than any name in the DNS has (RFC 1035 section 3.1), and a port.</summary>
    private const int Longest = 255 + 6;

    public static string? Parse(string text, out string? value)
    {
        value = text;
        if (text.Contains("://"))
            return $"is a URL; {Expected}";
        if (text.Length is 0 or > Longest)
            return $"has {text.Length} characters; {Expected}";
        if (IPAddress.TryParse(text, out var bare) && bare.AddressFamily == AddressFamily.InterNetworkV6 && !text.Contains('['))
            return "is an IPv6 address without brackets; expected them, such as [::1] or [::1]:8443";
        var (host, port) = Split(text);
        if (port is not null && !IsPort(port))
            return "has no port that can be; expected 1 to 65535 after the colon";
        // All that goes on the wire here is ASCII; the platform would let other letters pass, each server would read them in its own way.
        if (!text.All(char.IsAscii) || (host.StartsWith('[') && !IsInBrackets(host)) || !Set(new HttpRequestMessage(), text))
            return $"is no host name; {Expected}";
        return null;
    }

    /// <summary>False when the platform refuses it. Null leaves the header to the URL.</summary>
    public static bool Set(HttpRequestMessage request, string? host)
    {
        try
        {
            request.Headers.Host = host;
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>The colon that counts comes after the bracket of an IPv6 address.</summary>
    private static (string Host, string? Port) Split(string text)
    {
        var colon = text.IndexOf(':', Math.Max(0, text.LastIndexOf(']')));
        return colon < 0 ? (text, null) : (text[..colon], text[(colon + 1)..]);
    }

    private static bool IsPort(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65535;

    private static bool IsInBrackets(string host) => host is ['[', .. var inner, ']'] && Scalars.TryAddress(inner, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6;
}
