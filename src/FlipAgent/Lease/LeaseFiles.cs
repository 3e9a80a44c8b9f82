using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Kernel;

namespace FlipAgent.Lease;

/// <summary>What the files say that a connection to the store needs. Two are equal when their files had the same content.</summary>
/// <param name="Content">A digest of it all.</param>
internal sealed record LeaseFiles(string Content)
{
    private const int MostBytes = 256 * 1024;

    /// <summary>The only authorities to trust; null: the system's.</summary>
    public X509Certificate2Collection? Roots { get; private init; }

    /// <summary>The client certificate with its chain and its key; null: none.</summary>
    public SslStreamCertificateContext? Client { get; private init; }

    public bool Equals(LeaseFiles? other) => other is not null && other.Content == Content;

    public override int GetHashCode() => Content.GetHashCode(StringComparison.Ordinal);

    /// <summary>Reads them.</summary>
    /// <param name="key">The private key of the client certificate, when there is one and it could be read.</param>
    /// <param name="problem">Why there is no connection to be had, as a sentence.</param>
    public static LeaseFiles? Read(LeaseConfig lease, string directory, Secret? key, out string? problem)
    {
        var content = new StringBuilder();
        X509Certificate2Collection? roots = null;
        SslStreamCertificateContext? client = null;
        problem = null;
        if (lease.CaFile is { } ca && (roots = Certificates("ca_file", ca, directory, content, out problem)) is null)
            return null;
        if (lease.CertFile is { } cert)
        {
            if (Certificates("cert_file", cert, directory, content, out problem) is not { } chain)
                return null;
            if (key is null)
                problem = $"election.lease.cert_key_file: {lease.CertKeyFile} cannot be read";
            else
                client = Context(chain, key, lease, content, out problem);
            if (client is null)
                return null;
        }
        return new(Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(content.ToString())))) { Roots = roots, Client = client };
    }

    private static X509Certificate2Collection? Certificates(string name, string file, string directory, StringBuilder content, out string? problem)
    {
        var path = Path.Combine(directory, file);
        var read = RegularFile.Read(path, MostBytes);
        if (read.Content is not { } bytes)
        {
            problem = $"election.lease.{name}: {path} cannot be read ({read.Problem!.Value.Reason})";
            return null;
        }
        var text = Encoding.UTF8.GetString(bytes);
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(text);
        }
        catch (CryptographicException)
        {
            found.Clear();
        }
        problem = found.Count > 0 ? null : $"election.lease.{name}: {path} holds no certificate; expected PEM, which begins with -----BEGIN CERTIFICATE-----";
        content.Append(text).Append('\0');
        return found.Count > 0 ? found : null;
    }

    private static SslStreamCertificateContext? Context(X509Certificate2Collection chain, Secret key, LeaseConfig lease, StringBuilder content, out string? problem)
    {
        problem = null;
        content.Append(key.Reveal());
        try
        {
            var own = X509Certificate2.CreateFromPem(chain[0].ExportCertificatePem(), key.Reveal());
            // Offline: what is between it and its authority is in the file, or is not sent.
            return SslStreamCertificateContext.Create(own, [.. chain.Skip(1)], offline: true);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            problem = $"election.lease.cert_key_file: {lease.CertKeyFile} holds no key that fits the certificate in {lease.CertFile}; expected its private key in PEM, without a passphrase";
            return null;
        }
    }
}
