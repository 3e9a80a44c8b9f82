using System.Net;
using System.Security.Cryptography;

namespace FlipAgent.Core;

/// <summary>
/// The MAC of an advert: HMAC-SHA256 cut to its first 128 bits (RFC 2104 section 5 recommends no less than half the hash). It covers the address of the sender
/// too, so a copy sent from another address does not pass.
/// </summary>
internal static class AdvertMac
{
    public const int Bytes = 16;

    // Whatever else is ever signed with the same key begins differently.
    private static ReadOnlySpan<byte> Purpose => "flipagent advert"u8;

    private const int AddressBytes = 17;

    /// <summary>A thread signs, or checks, one advert after the other with the same key: to look up the algorithm and to prepare the key for each of them is most of what a MAC costs.</summary>
    [ThreadStatic]
    private static Prepared? s_prepared;

    public static void Append(ref WireWriter writer, byte[] key, IPAddress sender)
    {
        writer.PatchLength(writer.Written + Bytes);
        Span<byte> mac = stackalloc byte[Bytes];
        Compute(writer.Content, key, sender, mac);
        writer.Bytes(mac);
    }

    /// <summary>Compares in constant time: how many bytes were right is nobody's business.</summary>
    public static bool Matches(ReadOnlySpan<byte> datagram, byte[] key, IPAddress sender)
    {
        Span<byte> mac = stackalloc byte[Bytes];
        Compute(datagram[..^Bytes], key, sender, mac);
        return CryptographicOperations.FixedTimeEquals(mac, datagram[^Bytes..]);
    }

    /// <summary>Over: purpose, address family (4 or 6), address padded with zeros to 16 bytes, and the datagram up to the MAC.</summary>
    private static void Compute(ReadOnlySpan<byte> signed, byte[] key, IPAddress sender, Span<byte> mac)
    {
        Span<byte> input = stackalloc byte[Purpose.Length + AddressBytes + AdvertCodec.MaxBytes];
        input.Clear();
        Purpose.CopyTo(input);
        var address = input.Slice(Purpose.Length, AddressBytes);
        var plain = sender.IsIPv4MappedToIPv6 ? sender.MapToIPv4() : sender;
        if (!plain.TryWriteBytes(address[1..], out var written))
            throw new ArgumentException("an address is 4 or 16 bytes", nameof(sender));
        address[0] = (byte)(written == 4 ? 4 : 6);
        signed.CopyTo(input[(Purpose.Length + AddressBytes)..]);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        For(key).Hash(input[..(Purpose.Length + AddressBytes + signed.Length)], hash);
        hash[..Bytes].CopyTo(mac);
    }

    private static Prepared For(byte[] key)
    {
        if (s_prepared?.Key == key)
            return s_prepared;
        var prepared = new Prepared(key);
        s_prepared?.Dispose();
        return s_prepared = prepared;
    }

    private sealed class Prepared(byte[] key) : IDisposable
    {
        private readonly IncrementalHash _hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);

        public byte[] Key => key;

        public void Hash(ReadOnlySpan<byte> input, Span<byte> hash)
        {
            // Nothing of one that failed half-way may get into the next one.
            s_prepared = null;
            _hmac.AppendData(input);
            _hmac.GetHashAndReset(hash);
            s_prepared = this;
        }

        public void Dispose() => _hmac.Dispose();
    }
}
