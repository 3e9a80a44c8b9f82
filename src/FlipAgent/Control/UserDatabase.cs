using System.Runtime.InteropServices;

namespace FlipAgent.Control;

/// <summary>
/// Users and groups by name, asked of the C library and not read from /etc/group, so that groups from LDAP or sssd count too. The phone book
/// of the machine.
/// </summary>
internal static partial class UserDatabase
{
    private const int OutOfRange = 34; // ERANGE
    private const int LargestEntry = 1 << 20;

    public static uint OwnUid() => GetEffectiveUid();

    /// <summary>The group's id, or null when there is no such group.</summary>
    public static unsafe uint? GroupId(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        for (var size = 1024; size <= LargestEntry; size *= 4)
        {
            var text = new byte[size];
            GroupEntry entry;
            GroupEntry* found;
            fixed (byte* buffer = text)
            {
                var error = GetGroupByName(name, &entry, buffer, (nuint)size, &found);
                if (error != OutOfRange)
                    return error == 0 && found != null ? entry.Id : null;
            }
        }
        return null;
    }

    /// <summary>All groups of a user by the group database; empty when the user has no entry.</summary>
    public static unsafe uint[] GroupsOf(uint uid, uint gid)
    {
        var text = new byte[1 << 14];
        UserEntry entry;
        UserEntry* found;
        fixed (byte* buffer = text)
        {
            if (GetUserById(uid, &entry, buffer, (nuint)text.Length, &found) != 0 || found == null)
                return [];
            var groups = new uint[65536];
            var count = groups.Length;
            fixed (uint* first = groups)
                return GetGroupList(entry.Name, gid, first, &count) < 0 ? [] : groups[..count];
        }
    }

    // struct group and struct passwd of glibc on 64-bit Linux (grp.h, pwd.h).
    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct GroupEntry
    {
        public byte* Name;
        public byte* Password;
        public uint Id;
        public byte** Members;
    }

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct UserEntry
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
    private static partial uint GetEffectiveUid();

    [LibraryImport("libc", EntryPoint = "getgrnam_r", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int GetGroupByName(string name, GroupEntry* entry, byte* buffer, nuint size, GroupEntry** found);

    [LibraryImport("libc", EntryPoint = "getpwuid_r")]
    private static unsafe partial int GetUserById(uint uid, UserEntry* entry, byte* buffer, nuint size, UserEntry** found);

    [LibraryImport("libc", EntryPoint = "getgrouplist")]
    private static unsafe partial int GetGroupList(byte* user, uint group, uint* groups, int* count);
}
