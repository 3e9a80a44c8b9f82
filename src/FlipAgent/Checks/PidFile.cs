using System.Globalization;
using System.Text;
using FlipAgent.Redaction;

namespace FlipAgent.Checks;

/// <summary>Which writing of a pid file it is, and whom it names (0: nobody).</summary>
internal readonly record struct FileVersion(long WrittenTicks, int Pid);

/// <summary>What one look into a pid file saw.</summary>
internal readonly record struct PidFile(FileVersion Version)
{
    /// <summary>A pid has ten digits at most; who makes a large file of it by mistake does not fill the memory.</summary>
    private const int FirstBytes = 64;

    private const int LongestShown = 20;

    /// <summary>Why it gives no pid, or null.</summary>
    public string? Problem { get; private init; }

    /// <summary>It holds nothing at all: it was opened to be written, and has not been written yet.</summary>
    public bool IsEmpty { get; private init; }

    /// <summary>There is no such file.</summary>
    public bool IsMissing { get; private init; }

    /// <summary>It could not be opened for a <see cref="Kernel.Shortage"/>, or null.</summary>
    public string? Shortage { get; private init; }

    public static PidFile Read(string path)
    {
        try
        {
            // Time and content from one handle, so that a file that is replaced between the two does not get the one's time with the other's pid.
            using var handle = File.OpenHandle(path);
            var written = File.GetLastWriteTimeUtc(handle).Ticks;
            Span<byte> bytes = stackalloc byte[FirstBytes];
            bytes = bytes[..RandomAccess.Read(handle, bytes, 0)];
            Span<char> start = stackalloc char[FirstBytes];
            var content = start[..Encoding.UTF8.GetChars(bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes, start)];
            // HAProxy without master-worker mode writes one pid a line; the first is enough.
            var end = content.IndexOf('\n');
            var first = end >= 0 ? content[..end].Trim() : content.Trim();
            if (int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && pid > 0)
                return new(new FileVersion(written, pid));
            return new(new FileVersion(written, 0)) { IsEmpty = first.Length == 0, Problem = $"{path} holds no pid but '{Printable.Line(first.ToString(), LongestShown, wasCut: end < 0 && bytes.Length == FirstBytes)}'" };
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new() { IsMissing = true, Problem = $"{path}: no such file" };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Kernel.Shortage.Of(e) is { } shortage ? new() { Shortage = shortage } : new() { Problem = $"{path} cannot be read: {e.Message}" };
        }
    }
}
