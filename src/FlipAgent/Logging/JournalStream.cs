using System.Globalization;
using FlipAgent.Kernel;

namespace FlipAgent.Logging;

/// <summary>
/// Is our output the journal? systemd writes the number of the stream that it gave us into <c>$JOURNAL_STREAM</c>; only when
/// stdout or stderr still has that number is the journal really behind it, and not a file or terminal that somebody put in its place
/// (systemd.exec(5)).
/// </summary>
internal static class JournalStream
{
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
        if (Libc.Stat(descriptor, "", Libc.AtEmptyPath, Libc.StatxInode, out var found) != 0)
            return null;
        ulong major = found.DeviceMajor, minor = found.DeviceMinor;
        // makedev(3) of glibc.
        var device = ((major & 0xfffff000) << 32) | ((major & 0xfff) << 8) | ((minor & 0xffffff00) << 12) | (minor & 0xff);
        return (device, found.Inode);
    }
}
