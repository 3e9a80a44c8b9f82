using System.Runtime.InteropServices;

namespace FlipAgent.Kernel;

/// <summary>
/// Whether a folder is a safe place for a file that only root may change: who can write into it, or into a folder above it, can put a file of his own in the place of any in it.
/// </summary>
internal static class SafeFolder
{
    /// <summary>The folder without symbolic links, or null and what is wrong with it: it is not there, or somebody else can change what is in it.</summary>
    /// <param name="owner">Whose it may be, besides root's.</param>
    public static (string? Path, string? Problem) Of(string folder, uint owner)
    {
        if (Resolve(folder) is not { } real)
            return (null, $"there is no directory {folder}");
        for (var at = real; at is not null; at = Path.GetDirectoryName(at))
        {
            if (Libc.Stat(Libc.AtCurrentDirectory, at, Libc.AtSymlinkNoFollow, Libc.StatxBasic, out var stat) != 0)
                return (null, $"{at}: {Libc.LastError()}");
            if ((stat.Mode & Libc.ModeTypeMask) != Libc.ModeDirectory)
                return (null, $"{at} is not a directory");
            if (Problem(at, stat, owner, isAbove: at != real) is { } problem)
                return (null, problem);
        }
        return (real, null);
    }

    /// <param name="isAbove">What is in it and counts is root's or <paramref name="owner"/>'s: others cannot replace that where the directory is sticky.</param>
    /// <returns>Null: nobody else can put something of his own there.</returns>
    public static string? Problem(string path, in Libc.Statx stat, uint owner, bool isAbove)
    {
        var mode = (UnixFileMode)(stat.Mode & 0xFFF);
        var shown = $"(mode {RegularFile.Octal(mode)}, uid {stat.Owner}, gid {stat.Group})";
        if (stat.Owner != 0 && stat.Owner != owner)
            return $"the directory {path} is another user's, who can put files of his own there {shown}: chown root:root {path}";
        var others = (mode & UnixFileMode.OtherWrite) != 0 || ((mode & UnixFileMode.GroupWrite) != 0 && stat.Group != 0);
        // Above it, the sticky bit is enough (/tmp): only a folder's owner can rename it there.
        return others && !(isAbove && (mode & UnixFileMode.StickyBit) != 0)
            ? $"the directory {path} can be changed by others, who can put files of their own there {shown}: chmod go-w {path}"
            : null;
    }

    private static unsafe string? Resolve(string folder)
    {
        var text = new byte[4097];
        fixed (byte* resolved = text)
            return Libc.RealPath(folder, resolved) is var path && path != null ? Marshal.PtrToStringUTF8((nint)path) : null;
    }
}
