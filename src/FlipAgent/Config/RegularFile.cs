using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FlipAgent.Config;

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
/// the look and the read; like holding the envelope in hand while reading the seal. A pipe in place of a file does not make it wait.
/// </summary>
internal static partial class RegularFile
{
    // From <fcntl.h> and <linux/stat.h>; the same on x86-64 and arm64.
    private const int ReadOnly = 0;
    private const int NoTty = 0x100;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int EmptyPath = 0x1000;
    private const uint BasicStats = 0x7ff;
    private const int TypeMask = 0xF000;
    private const int TypeRegular = 0x8000;
    private const int NoEntry = 2;
    private const int NotDirectory = 20;

    /// <param name="Content">Null when it could not be read; <paramref name="Problem"/> says why.</param>
    internal readonly record struct Found(byte[]? Content, FileProblem? Problem, UnixFileMode Mode, uint Owner, uint Group)
    {
        /// <summary>The group of root does not count as others.</summary>
        public bool IsWritableByOthers => (Mode & UnixFileMode.OtherWrite) != 0 || ((Mode & UnixFileMode.GroupWrite) != 0 && Group != 0);
    }

    /// <param name="cap">Most bytes that it may have.</param>
    /// <param name="acceptable">Looks at mode, owner and group before anything is read; false: nothing is.</param>
    public static Found Read(string path, int cap, Func<Found, bool>? acceptable = null)
    {
        using var handle = Open(path, ReadOnly | NonBlocking | CloseOnExec | NoTty);
        if (handle.IsInvalid)
        {
            var error = Marshal.GetLastPInvokeError();
            return Failed(error is NoEntry or NotDirectory ? FileProblemKind.Missing : FileProblemKind.Unreadable, error);
        }

        if (Stat(handle, "", EmptyPath, BasicStats, out var stat) != 0)
            return Failed(FileProblemKind.Unreadable, Marshal.GetLastPInvokeError());
        var found = new Found(null, null, (UnixFileMode)(stat.Mode & 0xFFF), stat.Owner, stat.Group);
        if ((stat.Mode & TypeMask) != TypeRegular)
            return found with { Problem = new FileProblem(FileProblemKind.NotAFile, "not a regular file") };
        if (acceptable is not null && !acceptable(found))
            return found;
        return Content(handle, cap, found);
    }

    /// <summary>As chmod writes it: 0640.</summary>
    public static string Octal(UnixFileMode mode) => "0" + Convert.ToString((int)mode & 0xFFF, 8).PadLeft(3, '0');

    private static Found Content(SafeFileHandle handle, int cap, Found found)
    {
        var buffer = new byte[cap + 1];
        var length = 0;
        try
        {
            int read;
            while (length < buffer.Length && (read = RandomAccess.Read(handle, buffer.AsSpan(length), length)) > 0)
                length += read;
            return length > cap
                ? found with { Problem = new FileProblem(FileProblemKind.TooLarge, $"more than {cap} bytes") }
                : found with { Content = buffer[..length] };
        }
        catch (IOException e)
        {
            return found with { Problem = new FileProblem(FileProblemKind.Unreadable, e.Message) };
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(buffer);
        }
    }

    private static Found Failed(FileProblemKind kind, int error) =>
        new(null, new FileProblem(kind, Marshal.GetPInvokeErrorMessage(error)), default, 0, 0);

    /// <summary>struct statx of linux/stat.h: the same on every architecture, unlike struct stat.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Statx
    {
        [FieldOffset(20)]
        public uint Owner;

        [FieldOffset(24)]
        public uint Group;

        [FieldOffset(28)]
        public ushort Mode;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(SafeFileHandle directory, string path, int flags, uint mask, out Statx result);
}
