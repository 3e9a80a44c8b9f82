using System.Runtime.InteropServices;

namespace FlipAgent.Kernel;

/// <summary>
/// Users and groups by name, asked of the C library and not read from /etc/group, so that groups from LDAP or sssd count too.
/// </summary>
internal static class UserDatabase
{
    private const int LargestEntry = 1 << 20;

    public static uint OwnUid() => Libc.EffectiveUser();

    /// <summary>The group's id, or null when there is no such group.</summary>
    public static unsafe uint? GroupId(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        for (var size = 1024; size <= LargestEntry; size *= 4)
        {
            var text = new byte[size];
            Libc.GroupEntry entry;
            Libc.GroupEntry* found;
            fixed (byte* buffer = text)
            {
                var error = Libc.GetGroupByName(name, &entry, buffer, (nuint)size, &found);
                if (error != Libc.Erange)
                    return error == 0 && found != null ? entry.Id : null;
            }
        }
        return null;
    }

    /// <summary>The user's name, or null when it has no entry.</summary>
    public static unsafe string? NameOf(uint uid)
    {
        var text = new byte[1 << 14];
        Libc.UserEntry entry;
        Libc.UserEntry* found;
        fixed (byte* buffer = text)
            return Libc.GetUserById(uid, &entry, buffer, (nuint)text.Length, &found) == 0 && found != null ? Marshal.PtrToStringUTF8((nint)entry.Name) : null;
    }

    /// <summary>All groups of a user by the group database; empty when the user has no entry.</summary>
    public static unsafe uint[] GroupsOf(uint uid, uint gid)
    {
        var text = new byte[1 << 14];
        Libc.UserEntry entry;
        Libc.UserEntry* found;
        fixed (byte* buffer = text)
        {
            if (Libc.GetUserById(uid, &entry, buffer, (nuint)text.Length, &found) != 0 || found == null)
                return [];
            var groups = new uint[65536];
            var count = groups.Length;
            fixed (uint* first = groups)
                return Libc.GetGroupList(entry.Name, gid, first, &count) < 0 ? [] : groups[..count];
        }
    }
}
