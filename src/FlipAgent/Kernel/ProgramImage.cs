using System.Globalization;

namespace FlipAgent.Kernel;

/// <summary>
/// The pages of the program's own file that are in memory. The runtime unpacks its tables at the start (3 MB of them in the file, 5 MB in memory) and does not look at
/// the packed form again, and the code that reads the command line and the configuration has done its work: both would stay resident, and be locked, for as long as the
/// agent runs.
/// </summary>
internal static class ProgramImage
{
    private const int DontNeed = 4;

    /// <summary>
    /// Gives back the pages of read-only data and code. What is still used is mapped again from the file as it is touched. To be called before memory is locked (mlockall);
    /// without /proc/self/smaps nothing is given back.
    /// </summary>
    public static void GiveBack()
    {
        try
        {
            foreach (var (start, length) in Unwritten(File.ReadLines("/proc/self/smaps"), Environment.ProcessPath))
                _ = Libc.MAdvise(start, length, DontNeed);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It costs memory, and nothing else.
        }
    }

    /// <summary>The mappings of <paramref name="program"/> that are not written to, and hold what the file holds (proc(5), smaps): others would be lost.</summary>
    internal static IEnumerable<(nint Start, nuint Length)> Unwritten(IEnumerable<string> smaps, string? program)
    {
        (nint, nuint)? mapping = null;
        foreach (var line in smaps)
            if (line.StartsWith("Anonymous:", StringComparison.Ordinal))
            {
                if (mapping is { } found && line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, "0", "kB"])
                    yield return found;
                mapping = null;
            }
            else if (line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries) is [var range, var rights, _, _, _, var path])
                mapping = rights is "r--p" or "r-xp" && path == program ? Range(range) : null;
    }

    private static (nint Start, nuint Length)? Range(string text) =>
        text.Split('-') is [var from, var to]
            && ulong.TryParse(from, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var start)
            && ulong.TryParse(to, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var end)
            && start < end
            ? ((nint)start, (nuint)(end - start))
            : null;
}
