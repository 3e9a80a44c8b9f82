using System.Collections.Immutable;
using System.Net;
using FlipAgent.Config.Values;
using FlipAgent.Config.Yaml;

namespace FlipAgent.Config.Sections;

/// <summary>
/// Works out what the guard asks. By default it is the first http or tcp check with the floating IP in place of its host: the question that each
/// node asks its own HAProxy, put to whichever node has the address, as a client would put it.
/// </summary>
internal static class GuardSetting
{
    /// <summary>Url null: off.</summary>
    public static (Uri? Url, CheckConfig? Check) Read(Section section, IPAddress address, ImmutableArray<CheckConfig> checks, TimeSpan timeout)
    {
        var diagnostics = section.Diagnostics;
        var given = section.Optional<Uri?>("guard", OffOrUrl, null);
        if (section.Has("guard") && given is null)
        {
            diagnostics.Warn("floating_ip.guard is off: when adverts stop, the floating IP moves without asking whether the service still answers through it");
            return (null, null);
        }

        var url = given ?? Default(address, checks);
        if (url is null)
        {
            diagnostics.Warn("floating_ip.guard is off, because there is no http or tcp check that it could ask through the floating IP");
            return (null, null);
        }

        if (url.IsLoopback && !IPAddress.IsLoopback(address))
            diagnostics.Warn($"floating_ip.guard asks {url.Host}, which is this machine itself on every node: it never sees the master, so it counts as off; " +
                "leave it out to ask through the floating IP");
        else if (given is not null && !(IPAddress.TryParse(url.DnsSafeHost, out var asked) && asked.Equals(address)))
            diagnostics.Warn($"floating_ip.guard asks {url.Host} and not the floating IP {address}: it does not show what clients see");
        return (url, AsCheck(url, checks, timeout));
    }

    /// <summary>
    /// The guard as a check. Host header, server name, accepted status codes and PROXY header are those of the http check that asks the same
    /// port. Certificates are not looked at: the question is whether somebody serves, and an address has none of its own.
    /// </summary>
    private static CheckConfig AsCheck(Uri url, ImmutableArray<CheckConfig> checks, TimeSpan timeout)
    {
        if (url.Scheme == "tcp")
            return new CheckConfig.Tcp(new DnsEndPoint(url.DnsSafeHost, url.Port)) { Name = "guard", Timeout = timeout };
        var like = checks.OfType<CheckConfig.Http>().FirstOrDefault(c => c.Url.Port == url.Port && c.Url.Scheme == url.Scheme);
        var name = like?.Url.HostNameType == UriHostNameType.Dns && !like.Url.IsLoopback ? like.Url.IdnHost : null;
        return new CheckConfig.Http(url, like?.Expect ?? [], like?.Host ?? name, like?.Sni ?? name, false, like?.ProxyV2 ?? false)
        {
            Name = "guard",
            Timeout = timeout,
        };
    }

    private static Uri? Default(IPAddress address, ImmutableArray<CheckConfig> checks) =>
        checks.FirstOrDefault(c => c is CheckConfig.Http or CheckConfig.Tcp) switch
        {
            CheckConfig.Http http => Urls.WithHost(http.Url, address),
            CheckConfig.Tcp tcp => new Uri($"tcp://{new IPEndPoint(address, tcp.Target.Port)}"),
            _ => null,
        };

    private static string? OffOrUrl(string text, out Uri? value)
    {
        value = null;
        if (text == "off")
            return null;
        var complaint = Urls.Guard(text, out var url);
        value = url;
        return complaint is null ? null : complaint + ", or off";
    }
}
