using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace FlipAgent.State;

/// <summary>
/// The file that says when this run was last alive. It stays open, and each number is written over the one before: the clock of the boot only grows, so none is shorter.
/// Whoever takes the file away gets a new one. One thread only.
/// </summary>
internal sealed class AliveStamp(string path) : IDisposable
{
    private SafeFileHandle? _file;

    public void Write(TimeSpan sinceBoot)
    {
        try
        {
            if (_file is null || !File.Exists(path))
            {
                Dispose();
                _file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            }
            RandomAccess.Write(_file, Encoding.ASCII.GetBytes(((long)sinceBoot.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)), 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Said once by the state file beside it, which cannot be written either.
            Dispose();
        }
    }

    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }
}
