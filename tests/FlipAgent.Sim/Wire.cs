using System.Net;

namespace FlipAgent.Sim;

/// <summary>Puts the real wire format between sender and receivers: what does not survive the trip through <see cref="AdvertCodec"/> is seen here first.</summary>
internal sealed class Wire
{
    private static readonly KeyRing s_keys = KeyRing.Parse("8f14e45fceea167a5a36dedd4bea2543c9f0f895fb98ab9159f51fd0297e236d").Keys!;
    private readonly byte[] _datagram = new byte[AdvertCodec.MaxBytes];

    public Advert Carry(SimNode from, Advert advert)
    {
        var sender = new IPAddress([10, 0, 0, (byte)(from.Index + 1)]);
        var length = AdvertCodec.Encode(advert, s_keys, sender, _datagram);
        if (from.IsNewer)
            length = SpeakTheNextVersion(length, sender);
        var arrived = AdvertCodec.Decode(_datagram.AsSpan(0, length), s_keys, advert.Cluster, sender);
        return arrived.Advert ?? throw new SimulationFailed($"{from.Name} sent an advert that cannot be read: {arrived.Reason} ({arrived.Detail})");
    }

    /// <summary>What an agent of the next version may add, for all that docs/wire.md says: the reserved byte, a TLV.</summary>
    private int SpeakTheNextVersion(int length, IPAddress sender)
    {
        var content = _datagram[..(length - AdvertMac.Bytes)];
        content[39] = 0xff;
        var writer = new WireWriter(_datagram);
        writer.Bytes(content);
        writer.Bytes([200, 3, 1, 2, 3]);
        AdvertMac.Append(ref writer, s_keys.Active, sender);
        return writer.Written;
    }
}
