using System.Globalization;
using System.Text;
using FlipAgent.Kernel;
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

    /// <summary>Blocks for as long as the file system does, which may be for ever: for a thread of the looks, without a lock.</summary>
    public static PidFile Read(string path)
    {
        // Time and content from one open file, so that one that is replaced between the two does not get the one's time with the other's pid.
        var file = RegularFile.ReadStart(path, FirstBytes);
        if (file.Content is not { } content)
            return Unread(path, file);
        var bytes = content.AsSpan();
        Span<char> start = stackalloc char[FirstBytes];
        ReadOnlySpan<char> text = start[..Encoding.UTF8.GetChars(bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes, start)];
        // HAProxy without master-worker mode writes one pid a line; the first is enough.
        var end = text.IndexOf('\n');
        var first = end >= 0 ? text[..end].Trim() : text.Trim();
        if (int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && pid > 0)
            return new(new FileVersion(file.Written, pid));
        return new(new FileVersion(file.Written, 0))
        {
            IsEmpty = first.Length == 0,
            Problem = $"{path} holds no pid but '{Printable.Line(first.ToString(), LongestShown, wasCut: end < 0 && bytes.Length == FirstBytes)}'",
        };
    }

    private static PidFile Unread(string path, RegularFile.Found file)
    {
        if (file.Shortage is { } shortage)
            return new() { Shortage = shortage };
        var (kind, reason) = file.Problem!.Value;
        return kind switch
        {
            FileProblemKind.Missing => new() { IsMissing = true, Problem = $"{path}: no such file" },
            // A pipe would be read as empty, and be waited for as a reload is.
            FileProblemKind.NotAFile => new() { Problem = $"{path}: {reason}, and no file" },
            _ => new() { Problem = $"{path} cannot be read: {reason}" },
        };
    }
}
