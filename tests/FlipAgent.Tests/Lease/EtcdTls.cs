using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FlipAgent.Tests.Lease;

/// <summary>An authority, a certificate for the server and one for a client, in files.</summary>
internal sealed class EtcdTls : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("flipagent-etcd-tls-");

    public EtcdTls()
    {
        using var authority = Make("authority", null, isAuthority: true);
        using var server = Make("etcd", authority);
        using var client = Make("flipagent", authority);
        using var stranger = Make("somebody else", null, isAuthority: true);
        Write("ca.pem", authority.ExportCertificatePem());
        Write("other-ca.pem", stranger.ExportCertificatePem());
        Write("server.pem", server.ExportCertificatePem());
        Write("server.key", server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        Write("client.pem", client.ExportCertificatePem());
        Write("client.key", client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    public string[] ServerOptions => ["--cert-file", Of("server.pem"), "--key-file", Of("server.key"), "--trusted-ca-file", Of("ca.pem"), "--client-cert-auth"];

    public string[] ClientOptions => ["--cacert", Of("ca.pem"), "--cert", Of("client.pem"), "--key", Of("client.key")];

    public string Of(string file) => Path.Combine(_home.FullName, file);

    public void Dispose() => _home.Delete(recursive: true);

    private void Write(string file, string pem)
    {
        File.WriteAllText(Of(file), pem);
        File.SetUnixFileMode(Of(file), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private static X509Certificate2 Make(string name, X509Certificate2? authority, bool isAuthority = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2")], critical: false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var from = DateTimeOffset.UtcNow.AddDays(-1);
        if (authority is null)
            return request.CreateSelfSigned(from, from.AddDays(30));
        using var signed = request.Create(authority, from, from.AddDays(20), RandomNumberGenerator.GetBytes(8));
        using var whole = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }
}
