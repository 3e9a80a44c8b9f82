using System.Buffers.Binary;

namespace FlipAgent.Systemd;

/// <summary>
/// Reads of a message no more than who sent it and how long it is, both of which the bus vouches for: it writes the sender into each message itself, and takes none
/// in that is malformed.
/// </summary>
internal static class BusHeader
{
    /// <summary>All that systemd says of a unit is some ten thousand bytes.</summary>
    public const int LongestMessage = 8 * 1024 * 1024;

    /// <summary>systemd's are a few hundred bytes.</summary>
    public const int LongestFields = 16 * 1024;

    private const int FixedPart = 16;
    private const int LongestOfAll = 128 * 1024 * 1024;
    private const byte MethodCall = 1;
    private const byte Sender = 7;

    /// <param name="input">What is there of it.</param>
    /// <param name="systemd">The unique name of systemd; empty while it has none.</param>
    /// <param name="length">Of the whole message.</param>
    public static BusMessageSort Sort(ReadOnlySpan<byte> input, ReadOnlySpan<byte> systemd, out long length)
    {
        length = 0;
        if (input.Length < FixedPart)
            return BusMessageSort.Incomplete;
        var big = input[0] == 'B';
        long fields = Number(input[12..], big);
        length = Aligned(FixedPart + fields, 8) + Number(input[4..], big);
        if ((!big && input[0] != 'l') || input[3] != 1 || length > LongestOfAll)
            return BusMessageSort.Wrong;
        // Nobody has anything to call here.
        if (fields > LongestFields || input[1] == MethodCall)
            return BusMessageSort.Foreign;
        if (input.Length < FixedPart + fields)
            return BusMessageSort.Incomplete;
        var sender = SenderIn(input[..(FixedPart + (int)fields)], big);
        if (sender.IsEmpty || !(sender.SequenceEqual("org.freedesktop.DBus"u8) || sender.SequenceEqual(systemd)))
            return BusMessageSort.Foreign;
        return length > LongestMessage ? BusMessageSort.Wrong : BusMessageSort.Counts;
    }

    /// <summary>Empty when there is none, or a field that neither the bus nor systemd writes.</summary>
    private static ReadOnlySpan<byte> SenderIn(ReadOnlySpan<byte> header, bool big)
    {
        ReadOnlySpan<byte> sender = [];
        for (var at = FixedPart; at < header.Length;)
        {
            at = (int)Aligned(at, 8);
            // Its number, and its type: one letter in all that are known.
            if (at + 5 > header.Length || header[at + 1] != 1)
                return [];
            var (field, type) = (header[at], header[at + 2]);
            at += 4;
            long size = type switch
            {
                (byte)'s' or (byte)'o' when at + 4 < header.Length => 4L + Number(header[at..], big) + 1,
                (byte)'u' => 4,
                (byte)'g' => header[at] + 2,
                _ => header.Length,
            };
            if (at + size > header.Length || (field == Sender && type != 's'))
                return [];
            if (field == Sender)
                sender = header[(at + 4)..(at + (int)size - 1)];
            at += (int)size;
        }
        return sender;
    }

    private static uint Number(ReadOnlySpan<byte> bytes, bool big) =>
        big ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static long Aligned(long offset, int to) => (offset + to - 1) / to * to;
}

internal enum BusMessageSort
{
    /// <summary>Too little of it is there.</summary>
    Incomplete,

    /// <summary>From the bus or from systemd.</summary>
    Counts,

    /// <summary>Of no interest, whoever sent it: it is passed over as it arrives and never held.</summary>
    Foreign,

    /// <summary>No message at all, or a larger one than either of the two sends.</summary>
    Wrong,
}
