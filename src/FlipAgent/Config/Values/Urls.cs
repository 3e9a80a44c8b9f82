using System.Net;

namespace FlipAgent.Config.Values;

/// <summary>Web addresses, with the one rule that matters here: nothing secret may stand in them, because they are shown everywhere.</summary>
internal static class Urls
{
    private const int LongestName = 253;

    /// <summary>http:// or https://, absolute, without user:password and without #fragment.</summary>
    public static string? Web(string text, out Uri value) => OfScheme(text, out value, "http", "https");

    /// <summary>Base of an API: as <see cref="Web"/>, without a query.</summary>
    public static string? Base(string text, out Uri value)
    {
        if (Web(text, out value) is { } complaint)
            return complaint;
        return value.Query.Length > 0 ? "has a query; expected an address without ?" : null;
    }

    /// <summary>An HTTP proxy: http://host:port, the port given.</summary>
    public static string? Proxy(string text, out Uri value)
    {
        const string expected = "expected one such as http://proxy.example.com:3128";
        if (OfScheme(text, out value, "http") is { } complaint)
            return complaint;
        if (value.PathAndQuery is not ("/" or ""))
            return $"has a path; {expected}";
        // The port of web servers is seldom that of a proxy, and what is not written is seldom meant.
        return value.IsDefaultPort && !text.TrimEnd('/').EndsWith(":80", StringComparison.Ordinal) ? $"has no port; {expected}" : null;
    }

    /// <summary>Where the guard asks: http(s):// or tcp://host:port.</summary>
    public static string? Guard(string text, out Uri value)
    {
        if (OfScheme(text, out value, "http", "https", "tcp") is { } complaint)
            return complaint;
        if (value.Scheme == "tcp" && value.Port < 0)
            return "has no port; expected tcp://host:port";
        return value.Scheme == "tcp" && value.PathAndQuery is not ("/" or "") ? "has a path; expected tcp://host:port" : null;
    }

    /// <summary>http:// to a host that is not this machine: what is sent can be read on the way.</summary>
    public static bool IsOpenToOthers(Uri url) =>
        url.Scheme == "http" && !url.IsLoopback && !(IPAddress.TryParse(url.DnsSafeHost, out var address) && IPAddress.IsLoopback(address));

    /// <summary>The same URL asked at another address; port, path and query stay.</summary>
    public static Uri WithHost(Uri url, IPAddress address) => new UriBuilder(url) { Host = address.ToString(), Port = url.Port }.Uri;

    /// <summary>What a client can be made for: http or https, to a host and a port that can be.</summary>
    public static bool IsWeb(Uri url) => url.Scheme is "http" or "https" && url.Port > 0 && IsHost(url.Host);

    /// <summary>An address, or a name that the name service can be asked for: its form on the wire exists and is not too long (RFC 1035 section 2.3.4).</summary>
    public static bool IsHost(string host) => Uri.CheckHostName(host) switch
    {
        UriHostNameType.IPv4 or UriHostNameType.IPv6 => true,
        UriHostNameType.Dns => OnTheWire(host).TrimEnd('.').Length is > 0 and <= LongestName,
        _ => false,
    };

    /// <summary>Why no connection to this host can come about from anywhere, as a phrase; null: nothing is known against it.</summary>
    public static string? Unreachable(string host)
    {
        if (Scalars.IsLinkLocal(host) && !host.Contains('%'))
            return "is a link-local address without its interface, such as fe80::1%eth0";
        if (!IPAddress.TryParse(host, out var address))
            return null;
        return address.Equals(IPAddress.Broadcast) || Scalars.IsMulticast(address) ? "is not the address of one machine" : null;
    }

    /// <summary>Host and port as the Host header has them, in ASCII.</summary>
    public static string Authority(Uri url)
    {
        var host = url.HostNameType == UriHostNameType.IPv6 ? url.Host : url.IdnHost;
        return url.IsDefaultPort ? host : $"{host}:{url.Port}";
    }

    /// <summary>The ASCII form of a name in other letters (RFC 5891); empty when there is none, which the platform says by an exception.</summary>
    private static string OnTheWire(string name)
    {
        try
        {
            return new UriBuilder(Uri.UriSchemeHttp, name).Uri.IdnHost;
        }
        catch (UriFormatException)
        {
            return "";
        }
    }

    private static string? OfScheme(string text, out Uri value, params ReadOnlySpan<string> schemes)
    {
        value = new Uri("http://localhost");
        var beginnings = schemes.ToArray().Select(s => s + "://").ToArray();
        var expected = $"expected one that begins with {string.Join(" or ", beginnings)}";
        // The platform would write it as %20 and ask for another page than the one that was meant.
        text = text.Trim();
        if (text.Any(char.IsWhiteSpace))
            return "has white space in it; expected none, or %20 in its place";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.HostNameType is UriHostNameType.Unknown or UriHostNameType.Basic)
            return beginnings.Any(b => text.StartsWith(b, StringComparison.OrdinalIgnoreCase)) ? $"is no URL; expected a host, a port from 1 to 65535 and a path behind {text[..(text.IndexOf(':') + 3)]}" : $"is no URL; {expected}";
        if (!schemes.Contains(url.Scheme))
            return $"has another scheme; {expected}";
        // The platform takes the URL, and throws when the name is looked up.
        if (!IsHost(url.Host))
            return $"has a host that no name service can know; {expected} and goes on with a host name or an address";
        if (Unreachable(url.DnsSafeHost) is { } why)
            return $"{why}; {expected}";
        if (url.UserInfo.Length > 0)
            return "has a user or password in it; expected none, since this file is no place for secrets";
        if (url.Fragment.Length > 0)
            return "has a #fragment; expected none";
        if (url.Port == 0)
            return "has port 0; expected 1 to 65535";
        value = url;
        return null;
    }
}
