using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FlipAgent.Kernel;

internal enum FileProblemKind
{
    Missing,
    /// <summary>A directory, a pipe, a device.</summary>
    NotAFile,
    TooLarge,
    Unreadable,
}

/// <param name="Reason">What the system says, such as "Permission denied".</param>
internal readonly record struct FileProblem(FileProblemKind Kind, string Reason);

/// <summary>
/// Reads a whole small file and tells whose it is. It opens once and asks the open file about itself, so that nobody can swap the file between
/// the look and the read. A pipe in place of a file does not make it wait.
/// </summary>
internal static class RegularFile
{
    /// <param name="Content">Null when it could not be read; <paramref name="Problem"/> says why.</param>
    internal readonly record struct Found(byte[]? Content, FileProblem? Problem, UnixFileMode Mode, uint Owner, uint Group)
    {
        /// <summary>When it was written last, in ticks since 1970: tells one writing from the next.</summary>
        public long Written { get; init; }

        /// <summary>What this process or machine has run out of, so that the file could not be read (<see cref="Kernel.Shortage"/>); null: that was not why.</summary>
        public string? Shortage { get; init; }

        /// <summary>The group of root does not count as others.</summary>
        public bool IsWritableByOthers => (Mode & UnixFileMode.OtherWrite) != 0 || ((Mode & UnixFileMode.GroupWrite) != 0 && Group != 0);
    }

    /// <param name="cap">Most bytes that it may have.</param>
    /// <param name="acceptable">Looks at mode, owner and group before anything is read; false: nothing is.</param>
    public static Found Read(string path, int cap, Func<Found, bool>? acceptable = null) => Read(path, cap, acceptable, whole: true);

    /// <summary>The first bytes, so many at most, however long it is.</summary>
    public static Found ReadStart(string path, int most) => Read(path, most, null, whole: false);

    private static Found Read(string path, int cap, Func<Found, bool>? acceptable, bool whole)
    {
        using var handle = Libc.Open(path, Libc.OpenReadOnly | Libc.OpenNonBlocking | Libc.OpenCloseOnExec | Libc.OpenNoTty);
        if (handle.IsInvalid)
        {
            var error = Marshal.GetLastPInvokeError();
            // open(2) of a socket.
            if (error == Libc.Enxio)
                return Failed(FileProblemKind.NotAFile, "it is a socket");
            return Failed(error is Libc.Enoent or Libc.Enotdir ? FileProblemKind.Missing : FileProblemKind.Unreadable, error);
        }

        if (Libc.Stat(handle, "", Libc.AtEmptyPath, Libc.StatxBasic, out var stat) != 0)
            return Failed(FileProblemKind.Unreadable, Marshal.GetLastPInvokeError());
        var found = new Found(null, null, (UnixFileMode)(stat.Mode & 0xFFF), stat.Owner, stat.Group)
        {
            Written = (stat.WrittenSeconds * TimeSpan.TicksPerSecond) + (stat.WrittenNanoseconds / TimeSpan.NanosecondsPerTick),
        };
        if ((stat.Mode & Libc.ModeTypeMask) != Libc.ModeRegular)
            return found with { Problem = new FileProblem(FileProblemKind.NotAFile, KindOf(stat.Mode)) };
        if (acceptable is not null && !acceptable(found))
            return found;
        return Content(handle, cap, found, whole);
    }

    /// <summary>inode(7).</summary>
    private static string KindOf(ushort mode) => (mode & Libc.ModeTypeMask) switch
    {
        0x4000 => "it is a directory",
        0x1000 => "it is a pipe",
        0x2000 => "it is a device",
        0x6000 => "it is a disk",
        Libc.ModeSocket => "it is a socket",
        _ => "it is not a regular file",
    };

    /// <summary>As chmod writes it: 0640.</summary>
    public static string Octal(UnixFileMode mode) => "0" + Convert.ToString((int)mode & 0xFFF, 8).PadLeft(3, '0');

    private static Found Content(SafeFileHandle handle, int cap, Found found, bool whole)
    {
        // One more than it may have tells that it is too long.
        var buffer = new byte[whole ? cap + 1 : cap];
        var length = 0;
        try
        {
            while (length < buffer.Length)
            {
                var read = Libc.Read(handle, ref buffer[length], (nuint)(buffer.Length - length));
                if (read == 0)
                    break;
                if (read > 0)
                    length += (int)read;
                // That it could be opened says nothing: a network file system and a security module may refuse each read, with any number.
                else if (Marshal.GetLastPInvokeError() is var error and not Libc.Eintr)
                    return found with { Problem = new FileProblem(FileProblemKind.Unreadable, Marshal.GetPInvokeErrorMessage(error)), Shortage = Kernel.Shortage.Of(error) };
            }
            return length > cap
                ? found with { Problem = new FileProblem(FileProblemKind.TooLarge, $"more than {cap} bytes") }
                : found with { Content = buffer[..length] };
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(buffer);
        }
    }

    private static Found Failed(FileProblemKind kind, int error) => Failed(kind, Marshal.GetPInvokeErrorMessage(error)) with { Shortage = Kernel.Shortage.Of(error) };

    private static Found Failed(FileProblemKind kind, string reason) => new(null, new FileProblem(kind, reason), default, 0, 0);
}
