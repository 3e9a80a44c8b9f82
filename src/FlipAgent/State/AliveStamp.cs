using System.Globalization;
using System.Text;
using FlipAgent.Kernel;

namespace FlipAgent.State;

/// <summary>
/// The file that says when this run was last alive. It stays open, and each number is written over the one before: the clock of the boot only grows, so none is shorter.
/// Whoever takes the file away gets a new one.
/// </summary>
internal sealed class AliveStamp(string path) : IDisposable
{
    private FileStream? _file;

    /// <summary>The same file, where it lies in memory.</summary>
    private volatile FileStream? _inMemory;

    private nint _page;

    /// <summary>On a thread that must not wait: writes where there is a file and no disk that may hang.</summary>
    /// <returns>False: that is for <see cref="Write"/>.</returns>
    public bool TryWriteAtOnce(TimeSpan sinceBoot)
    {
        try
        {
            return _inMemory is { } file && WroteOver(file, Number(sinceBoot));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>One thread only; blocks for as long as the file system does.</summary>
    /// <returns>Why it could not be written; null: it was.</returns>
    public string? Write(TimeSpan sinceBoot)
    {
        var number = Number(sinceBoot);
        try
        {
            if (_file is not null && WroteOver(_file, number))
                return null;
            Dispose();
            // What the run before has left stays until there is a number of this one.
            _file = PlacedFile.Renew(path, number, mode: null, onDisk: false, out var problem);
            if (_file is not null && Libc.IsInMemory(_file.SafeFileHandle))
            {
                // It is never on the swap device when it is to be written over.
                _page = Libc.Map(_file.SafeFileHandle, 1);
                _ = Libc.MLock(_page, 1);
                _inMemory = _file;
            }
            return problem is null ? null : $"{path}: {problem}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Dispose();
            return $"{path}: {e.Message}";
        }
    }

    public void Dispose()
    {
        _inMemory = null;
        if (_page > 0)
            _ = Libc.Unmap(_page, 1);
        _page = 0;
        _file?.Dispose();
        _file = null;
    }

    private static byte[] Number(TimeSpan sinceBoot) => Encoding.ASCII.GetBytes(((long)sinceBoot.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));

    /// <returns>False: the file has no name any more.</returns>
    private static bool WroteOver(FileStream file, byte[] number)
    {
        if (Libc.Stat(file.SafeFileHandle, "", Libc.AtEmptyPath, Libc.StatxLinks, out var stat) != 0 || stat.Links == 0)
            return false;
        RandomAccess.Write(file.SafeFileHandle, number, 0);
        return true;
    }
}
