using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace FlipAgent.Config.Values;

/// <summary>
/// The Host header of an http check: a host name or an address, and maybe a port. It goes into the
/// request as it is, so what the platform would refuse in that header is refused when the file is read.
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
        if (!text.All(char.IsAscii) || (host.StartsWith('[') && !IsInBrackets(host)) || !PlatformTakes(text))
            return $"is no host name; {Expected}";
        return null;
    }

    private static bool PlatformTakes(string host)
    {
        try
        {
            using var request = new HttpRequestMessage();
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
