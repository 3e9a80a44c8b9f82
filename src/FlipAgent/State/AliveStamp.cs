using System.Globalization;
using System.Text;
using FlipAgent.Kernel;

namespace FlipAgent.State;

/// <summary>
/// The file that says when this run was last alive. It stays open, and each number is written over the one before: the clock of the boot only grows, so none is shorter.
/// Whoever takes the file away gets a new one. One thread only.
/// </summary>
internal sealed class AliveStamp(string path) : IDisposable
{
    private FileStream? _file;

    /// <returns>Why it could not be written; null: it was.</returns>
    public string? Write(TimeSpan sinceBoot)
    {
        var number = Encoding.ASCII.GetBytes(((long)sinceBoot.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
        try
        {
            if (_file is not null && File.Exists(path))
            {
                RandomAccess.Write(_file.SafeFileHandle, number, 0);
                return null;
            }
            Dispose();
            // What the run before has left stays until there is a number of this one.
            _file = PlacedFile.Renew(path, number, mode: null, onDisk: false, out var problem);
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
        _file?.Dispose();
        _file = null;
    }
}
