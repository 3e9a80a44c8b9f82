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
/// Puts a file in its place at once and whole: it is made anew under another name beside it, and gets its name when it has its content and mode. A crash leaves the old file or none. No
/// link is followed.
/// </summary>
internal static class PlacedFile
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Of a secret: closed to all but its writer until it has its owner and mode, and on the disk before it has its name.</summary>
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

    /// <summary>
    /// Renews a file that the agent keeps for itself, in a folder of its own, again and again: by one and the same other name, so that crashes leave one of that name at most. What lies in
    /// the way under either name, a pipe or a link, is removed and not opened: nobody waits for it, and nothing outside of the folder is written to.
    /// </summary>
    /// <param name="mode">null: what the umask leaves.</param>
    /// <param name="onDisk">It gets its name when it is on the disk: a loss of power leaves the old file or the new one, whole.</param>
    /// <returns>What the system says; null: it is in its place.</returns>
    public static string? Renew(string path, byte[] content, UnixFileMode? mode = null, bool onDisk = false)
    {
        using var file = Renew(path, content, mode, onDisk, out var problem);
        return problem;
    }

    /// <summary>The same, and the file stays open, to be written over.</summary>
    /// <returns>Null: it failed.</returns>
    public static FileStream? Renew(string path, byte[] content, UnixFileMode? mode, bool onDisk, out string? problem)
    {
        var fresh = path + ".new";
        FileStream? file = null;
        try
        {
            File.Delete(fresh);
            file = New(fresh, mode is null ? null : Private);
            file.Write(content);
            if (mode is { } exact)
                File.SetUnixFileMode(file.SafeFileHandle, exact);
            if (onDisk)
                file.Flush(flushToDisk: true);
            problem = Libc.Rename(fresh, path) == 0 ? null : Libc.LastError();
            if (problem is null)
                return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = e.Message;
        }
        file?.Dispose();
        Remove(fresh);
        return null;
    }

    /// <summary>Fails when there is something of this name, whatever it is.</summary>
    private static FileStream New(string path, UnixFileMode? mode) => new(
        path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0, UnixCreateMode = mode });

    private static string? Fill(string path, byte[] content, FileRights rights)
    {
        using var file = New(path, Private);
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
