using System.Net;
using System.Text;
using System.Text.Unicode;

namespace FlipAgent.Core;

/// <summary>
/// Adverts as bytes and back. Anybody can read one; only a holder of the key can make one, and it only counts from the address that it was made for. Layout:
/// docs/wire.md. The checks that cost nothing come first, then the HMAC, and only what the HMAC covers is believed.
/// </summary>
public static partial class AdvertCodec
{
    /// <summary>First byte of every datagram. Raised only when an older agent could not skip what is new.</summary>
    public const byte WireVersion = 1;

    /// <summary>The largest advert, so that none is ever fragmented: 1500 bytes of Ethernet less the headers of IPv6 (40) and UDP (8).</summary>
    public const int MaxBytes = 1452;

    /// <summary>The longest name of a cluster or node in UTF-8: 32 characters of at most four bytes.</summary>
    public const int MaxNameBytes = 128;

    /// <summary>The longest <see cref="Release.Cause"/> in UTF-8; a longer one is cut.</summary>
    public const int MaxCauseBytes = 48;

    /// <summary>Writes the advert, signed with the active key. Allocates nothing.</summary>
    /// <param name="sender">The address that the datagram will come from; it is not in the bytes, but bound into the MAC.</param>
    /// <param name="destination">At least as long as the advert; <see cref="MaxBytes"/> always will do.</param>
    /// <returns>The number of bytes written.</returns>
    /// <exception cref="ArgumentException">
    /// A value that no advert may have (name too long, session 0), or too many peers to fit: an error of ours.
    /// </exception>
    public static int Encode(Advert advert, KeyRing keys, IPAddress sender, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(advert);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(sender);
        RequireSendable(advert);
        var writer = new WireWriter(destination);
        WriteFixed(ref writer, advert, keys.ActiveId);
        WriteTlvs(ref writer, advert);
        if (advert.Particulars is { } said)
            WriteParticulars(ref writer, said, Math.Min(destination.Length, MaxBytes) - AdvertMac.Bytes - writer.Written);
        AdvertMac.Append(ref writer, keys.Active, sender);
        return writer.Written;
    }

    /// <summary>Reads a datagram. Never throws, whatever the bytes are; what comes out is an advert or the reason why it does not count.</summary>
    /// <param name="cluster">Our cluster's name.</param>
    /// <param name="sender">The address that the datagram came from.</param>
    public static DecodeResult Decode(ReadOnlySpan<byte> datagram, KeyRing keys, string cluster, IPAddress sender)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(sender);
        if (datagram.IsEmpty)
            return DecodeResult.Reject(Rejection.Malformed, "an empty datagram");
        if (datagram[0] != WireVersion)
            return DecodeResult.Reject(Rejection.WrongVersion, $"version {datagram[0]}, we speak {WireVersion}");
        if (!TryScan(datagram, out var tlvs, out var malformed))
            return DecodeResult.Reject(Rejection.Malformed, malformed);
        if (!IsText(tlvs.Cluster, cluster))
            return WrongCluster(tlvs.Cluster, cluster, IsAuthentic(datagram, keys, sender));
        var keyId = datagram[KeyIdAt];
        if (keys.Find(keyId) is not { } key)
            return DecodeResult.Reject(Rejection.UnknownKey, $"key {keyId} is not in our key file ({keys})");
        if (!AdvertMac.Matches(datagram, key, sender))
            return DecodeResult.Reject(
                Rejection.BadMac, $"its key {keyId} differs from ours, or it was changed on the way, or {sender} is not the sender's own address");
        return Read(datagram, tlvs, cluster);
    }

    /// <summary>Its name is told only where one of our keys has signed it: what anybody can write must not get into logs, alerts and the status.</summary>
    private static DecodeResult WrongCluster(ReadOnlySpan<byte> theirs, string ours, bool authentic) => TryReadName(theirs, out var name)
        ? DecodeResult.Reject(Rejection.WrongCluster, authentic ? $"cluster \"{name}\", ours is \"{ours}\"" : $"another cluster with another key, ours is \"{ours}\"")
        : DecodeResult.Reject(Rejection.Malformed, "the name of the cluster is not 1 to 128 bytes of printable UTF-8");

    private static bool IsAuthentic(ReadOnlySpan<byte> datagram, KeyRing keys, IPAddress sender) =>
        keys.Find(datagram[KeyIdAt]) is { } key && AdvertMac.Matches(datagram, key, sender);

    private static bool IsText(ReadOnlySpan<byte> utf8, string text)
    {
        Span<byte> expected = stackalloc byte[MaxNameBytes];
        return Encoding.UTF8.TryGetBytes(text, expected, out var length) && utf8.SequenceEqual(expected[..length]);
    }

    private static bool TryReadName(ReadOnlySpan<byte> utf8, out string name)
    {
        name = "";
        return utf8.Length is >= 1 and <= MaxNameBytes && TryReadText(utf8, out name);
    }

    /// <summary>Names and causes end in logs and on terminals: whatever could steer one is refused.</summary>
    private static bool TryReadText(ReadOnlySpan<byte> utf8, out string text)
    {
        text = "";
        if (!Utf8.IsValid(utf8))
            return false;
        text = Encoding.UTF8.GetString(utf8);
        foreach (var character in text)
            if (!IsPrintable(character))
                return false;
        return true;
    }

    private static bool IsPrintable(char character) =>
        !char.IsControl(character) && char.GetUnicodeCategory(character) != System.Globalization.UnicodeCategory.Format;
}
