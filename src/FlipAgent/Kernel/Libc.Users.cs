using System.Runtime.InteropServices;

namespace FlipAgent.Kernel;

/// <summary>Users and groups (credentials(7), getgrnam(3), getpwnam(3)).</summary>
internal static partial class Libc
{
    /// <summary>struct group of glibc on 64-bit Linux (grp.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct GroupEntry
    {
        public byte* Name;
        public byte* Password;
        public uint Id;
        public byte** Members;
    }

    /// <summary>struct passwd of glibc on 64-bit Linux (pwd.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct UserEntry
    {
        public byte* Name;
        public byte* Password;
        public uint Uid;
        public uint Gid;
        public byte* Comment;
        public byte* Home;
        public byte* Shell;
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "getegid")]
    public static partial uint EffectiveGroup();

    [LibraryImport("libc", EntryPoint = "getgroups")]
    public static partial int GetGroups(int size, [Out] uint[]? groups);

    [LibraryImport("libc", EntryPoint = "getgrnam_r", StringMarshalling = StringMarshalling.Utf8)]
    public static unsafe partial int GetGroupByName(string name, GroupEntry* entry, byte* buffer, nuint size, GroupEntry** found);

    [LibraryImport("libc", EntryPoint = "getpwuid_r")]
    public static unsafe partial int GetUserById(uint uid, UserEntry* entry, byte* buffer, nuint size, UserEntry** found);

    [LibraryImport("libc", EntryPoint = "getgrouplist")]
    public static unsafe partial int GetGroupList(byte* user, uint group, uint* groups, int* count);
}
