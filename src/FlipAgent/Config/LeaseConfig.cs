using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace FlipAgent.Config;

/// <summary>The store that gives the lease without which no node is master (rule E15, docs/lease.md): etcd.</summary>
/// <param name="Endpoints">1 to 9, in the order of the file: http or https, host and port, no path.</param>
/// <param name="Ttl">How long the lease lasts without a renewal: whole seconds, 2 to 60.</param>
/// <param name="Prefix">What the key begins with: a slash first, none at the end.</param>
public sealed record LeaseConfig(ValueList<Uri> Endpoints, TimeSpan Ttl, string Prefix)
{
    /// <summary>File with the certificate authorities to trust; null: the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>File with the client certificate, and with what is between it and its authority; null: none is sent.</summary>
    public string? CertFile { get; init; }

    /// <summary>File with its private key, a secret; there with <see cref="CertFile"/> only.</summary>
    public string? CertKeyFile { get; init; }

    /// <summary>Null: etcd asks for no user.</summary>
    public string? Username { get; init; }

    /// <summary>File with the password, a secret; there with <see cref="Username"/> only.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>The key of a cluster.</summary>
    public string KeyOf(string cluster) => $"{Prefix}/{cluster}/master";

    /// <summary>Tells one place for the lease from another: the members, whatever their order, and the key.</summary>
    public ulong StoreOf(string cluster) => BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(
        Encoding.UTF8.GetBytes($"{KeyOf(cluster)} {string.Join(' ', Endpoints.Select(e => e.AbsoluteUri).Order(StringComparer.Ordinal))}")));
}
