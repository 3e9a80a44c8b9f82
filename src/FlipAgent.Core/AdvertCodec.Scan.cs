using System.Buffers.Binary;

namespace FlipAgent.Core;

// The receiver's first half: it looks at the outline only and believes nothing.
public static partial class AdvertCodec
{
    /// <summary>The outline of a datagram: where the TLVs that there is one of stand, and how many peers and addresses there are.</summary>
    private ref struct Tlvs
    {
        public ReadOnlySpan<byte> Cluster;
        public ReadOnlySpan<byte> Node;
        public ReadOnlySpan<byte> Release;
        public ReadOnlySpan<byte> Service;
        public ReadOnlySpan<byte> Identity;
        public ReadOnlySpan<byte> Ask;
        public ReadOnlySpan<byte> Answers;
        public ReadOnlySpan<byte> Quota;
        public ReadOnlySpan<byte> Store;
        public ReadOnlySpan<byte> Particulars;
        public int Peers;
        public int Addresses;
    }

    private static bool TryScan(ReadOnlySpan<byte> datagram, out Tlvs tlvs, out string malformed)
    {
        tlvs = default;
        if (datagram.Length is < FixedBytes + AdvertMac.Bytes or > MaxBytes)
            return Fail($"{datagram.Length} bytes, an advert has {FixedBytes + AdvertMac.Bytes} to {MaxBytes}", out malformed);
        var length = BinaryPrimitives.ReadUInt16BigEndian(datagram[LengthAt..]);
        if (length != datagram.Length)
            return Fail($"it says that it has {length} bytes, but {datagram.Length} arrived", out malformed);
        var rest = datagram[FixedBytes..^AdvertMac.Bytes];
        while (!rest.IsEmpty)
        {
            if (rest.Length < 2 || rest.Length < 2 + rest[1])
                return Fail("a TLV that ends behind the end", out malformed);
            if (!TryPlace(ref tlvs, rest[0], rest.Slice(2, rest[1]), out malformed))
                return false;
            rest = rest[(2 + rest[1])..];
        }
        if (tlvs.Cluster.IsEmpty || tlvs.Node.IsEmpty)
            return Fail("the name of the cluster or of the node is missing", out malformed);
        malformed = "";
        return true;
    }

    private static bool TryPlace(ref Tlvs tlvs, byte type, ReadOnlySpan<byte> value, out string malformed)
    {
        malformed = "";
        switch ((TlvType)type)
        {
            case 0:
                return Fail("a TLV of type 0, which does not exist", out malformed);
            case TlvType.Cluster:
                return TryPlaceOnce(ref tlvs.Cluster, value, 1, MaxNameBytes, "cluster", out malformed);
            case TlvType.Node:
                return TryPlaceOnce(ref tlvs.Node, value, 1, MaxNameBytes, "node", out malformed);
            case TlvType.Release:
                return TryPlaceOnce(ref tlvs.Release, value, ReleaseFixedBytes, ReleaseFixedBytes + MaxCauseBytes, "release", out malformed);
            case TlvType.Service:
                return TryPlaceOnce(ref tlvs.Service, value, ServiceBytes, byte.MaxValue, "service", out malformed);
            case TlvType.Identity:
                return TryPlaceOnce(ref tlvs.Identity, value, IdentityBytes, byte.MaxValue, "identity", out malformed);
            case TlvType.Ask:
                return TryPlaceOnce(ref tlvs.Ask, value, AskBytes, byte.MaxValue, "question", out malformed);
            case TlvType.Answers:
                return TryPlaceOnce(ref tlvs.Answers, value, AnswerBytes, byte.MaxValue, "answer", out malformed);
            case TlvType.Quota:
                return TryPlaceOnce(ref tlvs.Quota, value, QuotaBytes, byte.MaxValue, "quota", out malformed);
            case TlvType.Store:
                return TryPlaceOnce(ref tlvs.Store, value, StoreBytes, byte.MaxValue, "store", out malformed);
            case TlvType.Particulars:
                return TryPlaceOnce(ref tlvs.Particulars, value, ParticularsFixedBytes, byte.MaxValue, "particulars", out malformed);
            case TlvType.Peer:
                tlvs.Peers++;
                return value.Length == PeerBytes || Fail($"a peer TLV of {value.Length} bytes, expected {PeerBytes}", out malformed);
            case TlvType.Address:
                tlvs.Addresses++;
                return value.Length >= AddressBytes || Fail($"an address TLV of {value.Length} bytes, expected {AddressBytes} to 255", out malformed);
            default:
                return true; // of a newer version: not ours to judge
        }
    }

    private static bool TryPlaceOnce(
        ref ReadOnlySpan<byte> place, ReadOnlySpan<byte> value, int least, int most, string what, out string malformed)
    {
        if (!place.IsEmpty)
            return Fail($"two {what} TLVs", out malformed);
        if (value.Length < least || value.Length > most)
            return Fail($"a {what} TLV of {value.Length} bytes, expected {least} to {most}", out malformed);
        place = value;
        malformed = "";
        return true;
    }
}
