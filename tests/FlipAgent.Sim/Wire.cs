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
        var arrived = AdvertCodec.Decode(_datagram.AsSpan(0, length), s_keys, advert.Cluster, sender);
        return arrived.Advert ?? throw new SimulationFailed($"{from.Name} sent an advert that cannot be read: {arrived.Reason} ({arrived.Detail})");
    }
}
