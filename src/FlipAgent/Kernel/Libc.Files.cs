using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FlipAgent.Kernel;

/// <summary>Files (open(2), statx(2)).</summary>
internal static partial class Libc
{
    // From <fcntl.h> and <linux/stat.h>; the same on x86-64 and arm64.
    public const int OpenReadOnly = 0;
    public const int OpenNoTty = 0x100;
    public const int OpenNonBlocking = 0x800;
    public const int OpenCloseOnExec = 0x80000;

    public const int AtCurrentDirectory = -100;
    public const int AtSymlinkNoFollow = 0x100;
    public const int AtEmptyPath = 0x1000;

    public const uint StatxType = 1;
    public const uint StatxLinks = 4;
    public const uint StatxInode = 0x100;
    public const uint StatxBasic = 0x7ff;

    /// <summary>The bits of <see cref="Statx.Mode"/> that say what it is (inode(7)).</summary>
    public const int ModeTypeMask = 0xF000;
    public const int ModeRegular = 0x8000;
    public const int ModeDirectory = 0x4000;
    public const int ModeLink = 0xA000;
    public const int ModeSocket = 0xC000;

    /// <summary>struct statx of linux/stat.h: the same on every architecture, unlike struct stat; and fstat(2) is no symbol of glibc before 2.33.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct Statx
    {
        /// <summary>How many names it has.</summary>
        [FieldOffset(16)]
        public uint Links;

        [FieldOffset(20)]
        public uint Owner;

        [FieldOffset(24)]
        public uint Group;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        /// <summary>Of the last writing, since 1970.</summary>
        [FieldOffset(112)]
        public long WrittenSeconds;

        [FieldOffset(120)]
        public uint WrittenNanoseconds;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }

    /// <summary>The beginning of struct statfs, which is 120 bytes long on x86-64 and arm64.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct FileSystem
    {
        [FieldOffset(0)]
        public long Type;
    }

    // From <sys/mman.h>; the same on x86-64 and arm64.
    private const int ProtRead = 1;
    private const int MapShared = 1;

    // From <linux/magic.h>.
    private const long TmpfsMagic = 0x01021994;
    private const long RamfsMagic = 0x858458f6;

    /// <summary>No disk and no network has to answer for this open file (statfs(2)).</summary>
    public static bool IsInMemory(SafeFileHandle file) => StatFs(file, out var system) == 0 && system.Type is TmpfsMagic or RamfsMagic;

    /// <summary>Maps the first bytes of a file, to be read (mmap(2)). -1: it could not.</summary>
    public static nint Map(SafeFileHandle file, nuint bytes) => MMap(0, bytes, ProtRead, MapShared, file, 0);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(nint start, nuint bytes);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint MMap(nint where, nuint bytes, int protection, int flags, SafeFileHandle file, nint offset);

    [LibraryImport("libc", EntryPoint = "fstatfs", SetLastError = true)]
    private static partial int StatFs(SafeFileHandle file, out FileSystem result);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeFileHandle file, ref byte first, nuint count);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Stat(SafeFileHandle directory, string path, int flags, uint mask, out Statx result);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Stat(int directory, string path, int flags, uint mask, out Statx result);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    public static partial int ChangeOwner(SafeFileHandle file, uint owner, uint group);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Synchronise(SafeFileHandle file);

    /// <summary>Fails with <see cref="Eexist"/> when there is something by the new name, whatever it is: nothing is followed or replaced.</summary>
    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Link(string path, string name);

    /// <summary>Takes the place of what has the new name; a symbolic link is replaced itself.</summary>
    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string path, string name);

    /// <param name="resolved">At least 4,096 bytes.</param>
    [LibraryImport("libc", EntryPoint = "realpath", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static unsafe partial byte* RealPath(string path, byte* resolved);
}
