using System.Buffers.Binary;

namespace FlipAgent.Core;

/// <summary>Appends big-endian values to a buffer. Too small a buffer is an error of the caller.</summary>
internal ref struct WireWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    public int Written { get; private set; }

    public readonly ReadOnlySpan<byte> Content => _destination[..Written];

    public void U8(byte value) => Take(1)[0] = value;

    public void U16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Take(2), value);

    public void U32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Take(4), value);

    public void U64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Take(8), value);

    public void Bytes(scoped ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    /// <summary>Fills in the length of the whole datagram, which is known last and stands at offset 2.</summary>
    public readonly void PatchLength(int length) => BinaryPrimitives.WriteUInt16BigEndian(_destination[2..], checked((ushort)length));

    private Span<byte> Take(int count)
    {
        if (Written + count > Math.Min(_destination.Length, AdvertCodec.MaxBytes))
            throw new ArgumentException($"the advert does not fit into {Math.Min(_destination.Length, AdvertCodec.MaxBytes)} bytes");
        var taken = _destination.Slice(Written, count);
        Written += count;
        return taken;
    }
}
