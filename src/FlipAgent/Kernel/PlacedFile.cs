using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace FlipAgent.Kernel;

/// <summary>Whose a file is to be, and who may do what with it.</summary>
internal readonly record struct FileRights(uint Owner, uint Group, UnixFileMode Mode);

internal enum Placing
{
    Done,
    /// <summary>Something is there by this name already, and is left as it is.</summary>
    Exists,
    Failed,
}

/// <summary>
/// Puts a file in its place at once and whole: it is written under another name beside it, closed to all but its writer, and gets its name when it has its content, owner and mode and is
/// on the disk. A crash leaves the old file or none. No link is followed.
/// </summary>
internal static class PlacedFile
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <param name="path">In a folder that <see cref="SafeFolder"/> has found safe.</param>
    /// <param name="replace">Take the place of what is there; otherwise it stays.</param>
    /// <param name="problem">What the system says, when it failed.</param>
    public static Placing Write(string path, byte[] content, FileRights rights, bool replace, out string? problem)
    {
        problem = null;
        var folder = Path.GetDirectoryName(path)!;
        var fresh = Path.Combine(folder, $".{Path.GetFileName(path)}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}");
        try
        {
            if (Fill(fresh, content, rights) is { } wrong)
            {
                problem = wrong;
                return Placing.Failed;
            }
            if ((replace ? Libc.Rename(fresh, path) : Libc.Link(fresh, path)) != 0)
            {
                var error = Marshal.GetLastPInvokeError();
                problem = Marshal.GetPInvokeErrorMessage(error);
                return !replace && error == Libc.Eexist ? Placing.Exists : Placing.Failed;
            }
            return Placing.Done;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = e.Message;
            return Placing.Failed;
        }
        finally
        {
            Remove(fresh);
            using var place = Libc.Open(folder, Libc.OpenReadOnly | Libc.OpenCloseOnExec);
            if (!place.IsInvalid)
                _ = Libc.Synchronise(place);
        }
    }

    private static string? Fill(string path, byte[] content, FileRights rights)
    {
        var how = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = Private };
        using var file = new FileStream(path, how);
        file.Write(content);
        if (Libc.ChangeOwner(file.SafeFileHandle, rights.Owner, rights.Group) != 0)
            return Libc.LastError();
        // After the owner: a change of that takes bits away. And whatever the umask is.
        File.SetUnixFileMode(file.SafeFileHandle, rights.Mode);
        file.Flush(flushToDisk: true);
        return null;
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is closed to all others, and the next look at the folder finds it.
        }
    }
}
