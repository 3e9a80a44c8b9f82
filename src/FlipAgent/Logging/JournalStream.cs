using System.Globalization;
using System.Runtime.InteropServices;

namespace FlipAgent.Logging;

/// <summary>
/// Is our output the journal? systemd writes the number of the stream that it gave us into <c>$JOURNAL_STREAM</c>, like a ticket stub; only when
/// stdout or stderr still has that number is the journal really behind it, and not a file or terminal that somebody put in its place
/// (systemd.exec(5)).
/// </summary>
internal static unsafe partial class JournalStream
{
    private const int AT_EMPTY_PATH = 0x1000;
    private const uint STATX_INO = 0x100;

    // Offsets in struct statx (statx(2)): the same on every architecture, unlike struct stat; and fstat(2) is no symbol of glibc before 2.33.
    private const int SizeOfStatx = 256;
    private const int OffsetOfInode = 32;
    private const int OffsetOfDevMajor = 136;
    private const int OffsetOfDevMinor = 140;

    /// <summary>True when stdout or stderr is the stream that the variable names.</summary>
    public static bool IsOurs(string? journalStream) => Matches(journalStream, 1) || Matches(journalStream, 2);

    /// <summary>True when the open file <paramref name="descriptor"/> has the device and inode of <paramref name="journalStream"/> (<c>DEV:INODE</c>, decimal).</summary>
    public static bool Matches(string? journalStream, int descriptor)
    {
        var parts = journalStream?.Split(':') ?? [];
        return parts.Length == 2
            && ulong.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var device)
            && ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var inode)
            && Identity(descriptor) == (device, inode);
    }

    /// <summary>Device and inode of an open file, or null when it is closed.</summary>
    internal static (ulong Device, ulong Inode)? Identity(int descriptor)
    {
        var buffer = stackalloc byte[SizeOfStatx];
        if (statx(descriptor, "", AT_EMPTY_PATH, STATX_INO, buffer) != 0)
        {
            return null;
        }

        ulong major = *(uint*)(buffer + OffsetOfDevMajor);
        ulong minor = *(uint*)(buffer + OffsetOfDevMinor);

        // makedev(3) of glibc.
        var device = ((major & 0xfffff000) << 32) | ((major & 0xfff) << 8) | ((minor & 0xffffff00) << 12) | (minor & 0xff);
        return (device, *(ulong*)(buffer + OffsetOfInode));
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, byte* buffer);
}
