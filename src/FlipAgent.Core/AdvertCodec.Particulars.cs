using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace FlipAgent.Core;

// What is for people only. It is written last, where room is left, and what of it makes no sense costs nobody the rest of the advert.
public static partial class AdvertCodec
{
    private const int ParticularsFixedBytes = 11;
    private const int PrintBytes = 5;

    /// <param name="room">So many bytes are left for it; where it does not fit it is left out.</param>
    private static void WriteParticulars(ref WireWriter writer, Particulars said, int room)
    {
        var prints = said.Prints.IsDefault ? [] : said.Prints.AsSpan();
        if (prints.Length > Particulars.PrintsOfPage || said.Pages > Particulars.MaxPages || (prints.Length > 0 && (said.KeyId == 0 || said.Page >= said.Pages)))
            throw new ArgumentException("prints that no advert may have");
        Span<byte> setter = stackalloc byte[Particulars.MaxSetterBytes];
        setter = setter[..PrintableUtf8(said.MaintenanceBy, setter)];
        var length = ParticularsFixedBytes + setter.Length + prints.Length * PrintBytes;
        if (2 + length > room)
            return;
        writer.U8((byte)TlvType.Particulars);
        writer.U8((byte)length);
        writer.U8((byte)said.Write);
        writer.U8((byte)said.Listens);
        writer.U32(said.MaintenanceLeft is { } left ? Milliseconds(left) : Never);
        writer.U8(said.KeyId);
        writer.U8(said.Page);
        writer.U8(said.Pages);
        writer.U8((byte)setter.Length);
        writer.U8((byte)prints.Length);
        writer.Bytes(setter);
        foreach (var print in prints)
        {
            writer.U8((byte)(print.Key >> 16));
            writer.U16((ushort)print.Key);
            writer.U16(print.Value);
        }
    }

    /// <summary>All of it, or null. A state that a newer version knows and this one has no name for is not known.</summary>
    private static Particulars? ReadParticulars(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
            return null;
        var (write, listens, keyId, page, pages) = ((WriteState)value[0], (Listening)value[1], value[6], value[7], value[8]);
        var (setter, prints) = (value[9], value[10]);
        if (setter > Particulars.MaxSetterBytes || prints > Particulars.PrintsOfPage || ParticularsFixedBytes + setter + prints * PrintBytes > value.Length)
            return null;
        if (pages > Particulars.MaxPages || (pages == 0 ? prints > 0 || page > 0 : page >= pages || keyId == 0))
            return null;
        if (!TryReadText(value.Slice(ParticularsFixedBytes, setter), out var by))
            return null;
        return new Particulars
        {
            Write = write > WriteState.Refused ? WriteState.Unproven : write,
            Listens = listens > Listening.Elsewhere ? Listening.Unknown : listens,
            MaintenanceLeft = Age(U32(value, 2)),
            MaintenanceBy = by,
            KeyId = keyId,
            Page = page,
            Pages = pages,
            Prints = ReadPrints(value.Slice(ParticularsFixedBytes + setter, prints * PrintBytes)),
        };
    }

    private static ImmutableArray<KeyPrint> ReadPrints(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
            return [];
        var prints = new KeyPrint[value.Length / PrintBytes];
        for (var i = 0; i < prints.Length; i++)
            prints[i] = new KeyPrint(U32(value, i * PrintBytes) >> 8, U16(value, (i * PrintBytes) + 3));
        return ImmutableCollectionsMarshal.AsImmutableArray(prints);
    }
}
