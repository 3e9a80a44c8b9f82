using FlipAgent.Naming;
using FlipAgent.Outbound;

namespace FlipAgent.Events;

/// <summary>What to do when the cloud API cannot be reached: from what its client knows, so that nobody looks at the name service when the clock is wrong.</summary>
public static class ApiAdvice
{
    /// <param name="detail">Why it fails, as the client says it; empty: not known.</param>
    /// <param name="host">The host of the API, as it is configured.</param>
    /// <param name="vendor">Null: DigitalOcean.</param>
    public static string Of(string detail, string host, CloudVendor? vendor = null)
    {
        ArgumentNullException.ThrowIfNull(detail);
        var outages = (vendor ?? CloudVendor.DigitalOcean).StatusPage is { } page ? $"{page} reports outages" : "does the cloud report an outage";
        return detail.Length == 0 ? $"is DNS working (getent hosts {host}), may this node open TCP 443 to the outside? {outages}" : Known(detail, host, outages) ?? outages;
    }

    /// <summary>What the words of the client point at; null: nothing on this machine.</summary>
    /// <param name="outages">Where the cloud tells of its outages, as a clause.</param>
    internal static string? Known(string detail, string host, string outages)
    {
        foreach (var (phrase, advice) in s_advice)
            if (detail.Contains(phrase, StringComparison.OrdinalIgnoreCase))
                return advice.Replace("{0}", host).Replace("{1}", outages);
        return null;
    }

    private static readonly (string Phrase, string Advice)[] s_advice =
    [
        (TlsFailure.NotYetValid, "set the clock of this machine: timedatectl, systemctl enable --now systemd-timesyncd (or chrony)"),
        (TlsFailure.Expired, "is the clock of this machine ahead (timedatectl)? If it is right, the other side needs a new certificate; where a proxy signs for it, the proxy does"),
        (TlsFailure.UnknownAuthority, "is the package ca-certificates installed and up to date? Where a proxy or firewall signs with its own authority, put the certificate of that into "
            + "/usr/local/share/ca-certificates, run update-ca-certificates and restart the agent (or give the file in SSL_CERT_FILE)"),
        (TlsFailure.WrongName, "another server answers in place of {0}: a proxy, a captive portal, or a wrong entry in /etc/hosts"),
        (TlsFailure.NoTls, "does floating_ip.api_url point to the right port, and is there a proxy or captive portal in between?"),
        ("TLS", "look at the handshake: openssl s_client -connect {0}:PORT -servername {0}"),
        ("the proxy", "look at floating_ip.https_proxy, and at what the proxy allows"),
        ("no HTTP proxy", "put floating_ip.https_proxy right: http://host:port of an HTTP proxy"),
        ("name service", "is the name service working (getent hosts {0})?"),
        ("no answer within", Firewall),
        ("no connection to", Firewall),
        (SocketWords.TimedOut, Firewall),
        (SocketWords.NoRoute, "is there a route to the outside (ip route get), and may this node open TCP connections to {0}?"),
        (SocketWords.Refused, "nothing listens there: look at floating_ip.api_url and at what {0} resolves to (getent hosts {0})"),
    ];

    private const string Firewall = "may this node open TCP connections to {0} (Cloud Firewall, nft list ruleset)? Behind a proxy set floating_ip.https_proxy; "
        + "{1}";
}
