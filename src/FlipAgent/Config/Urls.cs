using System.Net;

namespace FlipAgent.Config;

/// <summary>Web addresses, with the one rule that matters here: nothing secret may stand in them, because they are shown everywhere.</summary>
internal static class Urls
{
    /// <summary>http:// or https://, absolute, without user:password and without #fragment.</summary>
    public static string? Web(string text, out Uri value) => OfScheme(text, out value, "http", "https");

    /// <summary>Base of an API: as <see cref="Web"/>, without a query.</summary>
    public static string? Base(string text, out Uri value)
    {
        if (Web(text, out value) is { } complaint)
            return complaint;
        return value.Query.Length > 0 ? "has a query; expected an address without ?" : null;
    }

    /// <summary>Where the guard asks: http(s):// or tcp://host:port.</summary>
    public static string? Guard(string text, out Uri value)
    {
        if (OfScheme(text, out value, "http", "https", "tcp") is { } complaint)
            return complaint;
        if (value.Scheme == "tcp" && value.Port < 1)
            return "has no port; expected tcp://host:port";
        return value.Scheme == "tcp" && value.PathAndQuery is not ("/" or "") ? "has a path; expected tcp://host:port" : null;
    }

    /// <summary>http:// to a host that is not this machine: what is sent can be read on the way.</summary>
    public static bool IsOpenToOthers(Uri url) =>
        url.Scheme == "http" && !url.IsLoopback && !(IPAddress.TryParse(url.DnsSafeHost, out var address) && IPAddress.IsLoopback(address));

    /// <summary>The same URL asked at another address; port, path and query stay.</summary>
    public static Uri WithHost(Uri url, IPAddress address) => new UriBuilder(url) { Host = address.ToString(), Port = url.Port }.Uri;

    private static string? OfScheme(string text, out Uri value, params ReadOnlySpan<string> schemes)
    {
        value = new Uri("http://localhost");
        var expected = $"expected one that begins with {string.Join(" or ", schemes.ToArray().Select(s => s + "://"))}";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.HostNameType is UriHostNameType.Unknown or UriHostNameType.Basic)
            return $"is no URL; {expected}";
        if (!schemes.Contains(url.Scheme))
            return $"has another scheme; {expected}";
        if (url.UserInfo.Length > 0)
            return "has a user or password in it; expected none, since this file is no place for secrets";
        if (url.Fragment.Length > 0)
            return "has a #fragment; expected none";
        value = url;
        return null;
    }
}
