using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using FlipAgent.Redaction;

namespace FlipAgent.Outbound;

/// <summary>
/// Why one TLS handshake failed, in words. The platform says "see inner exception" or "rejected by the callback"; what a person needs is which certificate,
/// which date, which name. <see cref="Accept"/> is the platform's own judgement, only remembered.
/// </summary>
/// <param name="host">The name that was asked for.</param>
/// <param name="verify">False: any certificate will do.</param>
internal sealed class TlsFailure(string host, bool verify = true)
{
    /// <summary>Parts of the sentences, by which the doctor knows what to advise.</summary>
    public const string NotYetValid = "is not valid before", Expired = "expired on", UnknownAuthority = "no authority that this machine trusts",
        WrongName = "the certificate is not for", NoTls = "does not speak TLS";

    private const int LongestName = 80;
    private const int MostNames = 4;

    private string? _certificate;

    /// <summary>The callback of the handshake: refuses what the platform found wrong, and remembers what that was.</summary>
    public bool Accept(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None || !verify)
            return true;
        _certificate = Explain(certificate as X509Certificate2, chain, errors, DateTime.Now);
        return false;
    }

    /// <summary>What went wrong, after the handshake has thrown; null: nothing that TLS knows of, such as a connection that was cut.</summary>
    public string? Of(Exception e) => _certificate ?? Alert(e, host);

    /// <summary>
    /// The alert that the other side sent (RFC 8446 section 6.2), which OpenSSL names in the text of an inner exception. It can come after the
    /// handshake as well: in TLS 1.3 the client is done before the server has looked at its certificate.
    /// </summary>
    public static string? Alert(Exception e, string host)
    {
        for (var inner = e; inner is not null; inner = inner.InnerException)
        {
            // "alert handshake failure" is OpenSSL's spelling, "TLS alert: 'HandshakeFailure'" the platform's, which writes a number for what it has no name for.
            var message = inner.Message.Replace(" ", "").Replace("_", "");
            foreach (var (word, text) in s_alerts)
                if (message.Contains(word, StringComparison.OrdinalIgnoreCase))
                    return text.Replace("{0}", host);
        }
        return null;
    }

    private static readonly (string Word, string Text)[] s_alerts =
    [
        ("certificaterequired", "the server wants a client certificate, and none is sent"),
        ("alert:'116'", "the server wants a client certificate, and none is sent"),
        ("unrecognizedname", "the server has no certificate for the server name {0} (sni)"),
        ("alert:'112'", "the server has no certificate for the server name {0} (sni)"),
        ("noapplicationprotocol", "the server offers no HTTP/1.1 (ALPN), perhaps only HTTP/2"),
        ("alert:'120'", "the server offers no HTTP/1.1 (ALPN), perhaps only HTTP/2"),
        ("protocolversion", "the server speaks no version of TLS that is allowed here; expected TLS 1.2 or 1.3"),
        ("unsupportedprotocol", "the server speaks no version of TLS that is allowed here; expected TLS 1.2 or 1.3"),
        ("wrongversionnumber", $"the server {NoTls} at this port"),
        ("framesizeoracorruptedframe", $"the server {NoTls} at this port"),
        ("unknownca", "the server does not know the authority of the client certificate"),
        ("badcertificate", "the server wants a client certificate, or refuses it"),
        ("insufficientsecurity", "the server and this machine have no cipher in common"),
        ("handshakefailure",
            "the server refuses the handshake: it has no certificate for the server name {0} (sni), wants a client certificate, or has no cipher in common"),
        ("alertinternalerror", "the server could not do the handshake (alert internal_error)"),
        ("alertaccessdenied", "the server refuses this client (alert access_denied)"),
    ];

    internal string Explain(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors, DateTime now)
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
            return "the server sent no certificate";
        var reasons = new List<string>();
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) && chain is not null)
            reasons.AddRange(OfChain(chain, now));
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            reasons.Add($"{WrongName} {host} but for {Names(certificate)}");
        return reasons.Count > 0 ? string.Join("; ", reasons.Distinct()) : $"its certificate is not to be trusted ({errors})";
    }

    private static IEnumerable<string> OfChain(X509Chain chain, DateTime now)
    {
        foreach (var element in chain.ChainElements)
            foreach (var status in element.ChainElementStatus)
                yield return Of(element.Certificate, status.Status, now);
        // A chain that could not be built has its status at the chain alone.
        if (chain.ChainElements.All(element => element.ChainElementStatus.Length == 0))
            foreach (var status in chain.ChainStatus)
                yield return chain.ChainElements is [.., var last]
                    ? Of(last.Certificate, status.Status, now)
                    : $"its certificate is not to be trusted ({status.Status})";
    }

    private static string Of(X509Certificate2 certificate, X509ChainStatusFlags status, DateTime now) => status switch
    {
        X509ChainStatusFlags.NotTimeValid when now < certificate.NotBefore =>
            $"the certificate of {Subject(certificate)} {NotYetValid} {Day(certificate.NotBefore)}, and the clock of this machine says {Day(now)}",
        X509ChainStatusFlags.NotTimeValid when now > certificate.NotAfter =>
            $"the certificate of {Subject(certificate)} {Expired} {Day(certificate.NotAfter)}, and the clock of this machine says {Day(now)}",
        X509ChainStatusFlags.UntrustedRoot or X509ChainStatusFlags.PartialChain when certificate.Subject == certificate.Issuer =>
            $"the certificate is signed by {Subject(certificate)}, {UnknownAuthority}",
        X509ChainStatusFlags.UntrustedRoot or X509ChainStatusFlags.PartialChain =>
            $"the certificate is signed by {Plain(certificate.Issuer)}, {UnknownAuthority}",
        _ => $"the certificate of {Subject(certificate)} is not to be trusted ({status})",
    };

    private static string Names(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(e => e.EnumerateDnsNames().Concat(e.EnumerateIPAddresses().Select(a => a.ToString()))).ToList();
        if (names.Count == 0)
            return Subject(certificate);
        return Plain(string.Join(", ", names.Take(MostNames))) + (names.Count > MostNames ? $" and {names.Count - MostNames} more" : "");
    }

    private static string Subject(X509Certificate2 certificate) => certificate.Subject.Length > 0 ? Plain(certificate.Subject) : Names(certificate);

    private static string Plain(string text) => Printable.Of(text, LongestName);

    private static string Day(DateTime at) => at.ToUniversalTime().ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}
