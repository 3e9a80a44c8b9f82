using System.Globalization;
using System.Runtime.CompilerServices;

namespace FlipAgent.Kernel;

/// <summary>
/// The pages of the program's own file that are in memory. The runtime unpacks its tables at the start (3 MB of them in the file, 5 MB in memory) and does not look at
/// the packed form again, and the code that reads the command line and the configuration, and that starts the agent, has done its work: all of it would stay resident, and be
/// locked, for as long as the agent runs.
/// </summary>
internal static class ProgramImage
{
    private const int DontNeed = 4;
    private const uint OnFault = 1;

    /// <summary>More than the code of a failover can be: then the functions are not in the order that <see cref="Urgent"/> goes by.</summary>
    private const int MostUrgentBytes = 8 * 1024 * 1024;

    /// <summary>Looked up once: the start has written what is written of them, and to make that list takes the kernel longer than all the rest.</summary>
    private static List<(nint Start, nuint Length)>? s_mappings;

    /// <summary>
    /// Gives back the pages of read-only data and code, but for the code of a failover where memory is locked. What is still used is mapped again from the file as it is touched. To be
    /// called before memory is locked (mlockall), and from then on now and again: what runs once would stay for ever. Without /proc/self/smaps nothing is given back.
    /// </summary>
    public static void GiveBack()
    {
        try
        {
            var isLocked = RealTime.KeepsMemory;
            s_mappings ??= [.. Unwritten(File.ReadLines("/proc/self/smaps"), Environment.ProcessPath)];
            var urgent = isLocked ? Urgent(s_mappings) : null;
            foreach (var (start, length) in s_mappings.SelectMany(mapping => Without(mapping, urgent)))
            {
                if (isLocked)
                    _ = Libc.MUnlock(start, length);
                _ = Libc.MAdvise(start, length, DontNeed);
                if (isLocked)
                    _ = Libc.MLock2(start, length, OnFault);
            }
            if (urgent is { } kept)
                _ = Libc.MLock(kept.Start, kept.Length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It costs memory, and nothing else.
        }
    }

    /// <summary>
    /// Where the code lies that runs all the time or in a failover: on a machine that is short of memory, at the moment that counts, it must not be read from the disk.
    /// The order of the functions (deploy/apt/method-order.sh) has it between two that do nothing. Null: these are not in that order.
    /// </summary>
    /// <param name="mappings">Of the program's own file.</param>
    internal static (nint Start, nuint Length)? Urgent(IEnumerable<(nint Start, nuint Length)> mappings)
    {
        unsafe
        {
            return Between((nint)(delegate*<void>)&UrgentBegins, (nint)(delegate*<void>)&UrgentEnds, mappings);
        }
    }

    internal static (nint Start, nuint Length)? Between(nint begin, nint end, IEnumerable<(nint Start, nuint Length)> mappings) =>
        begin < end && end - begin <= MostUrgentBytes && mappings.Any(mapping => mapping.Start <= begin && end <= mapping.Start + (nint)mapping.Length)
            ? (begin, (nuint)(end - begin))
            : null;

    /// <summary>What is left of a mapping beside the pages of <paramref name="kept"/>.</summary>
    internal static IEnumerable<(nint Start, nuint Length)> Without((nint Start, nuint Length) mapping, (nint Start, nuint Length)? kept)
    {
        var page = (nint)Environment.SystemPageSize;
        var end = mapping.Start + (nint)mapping.Length;
        var from = Math.Clamp((kept?.Start ?? end) / page * page, mapping.Start, end);
        var to = Math.Clamp(kept is { } range ? (range.Start + (nint)range.Length + page - 1) / page * page : end, from, end);
        if (from > mapping.Start)
            yield return (mapping.Start, (nuint)(from - mapping.Start));
        if (to < end)
            yield return (to, (nuint)(end - to));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void UrgentBegins()
    {
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void UrgentEnds()
    {
    }

    /// <summary>The mappings of <paramref name="program"/> that are not written to, and hold what the file holds (proc(5), smaps): others would be lost.</summary>
    internal static IEnumerable<(nint Start, nuint Length)> Unwritten(IEnumerable<string> smaps, string? program)
    {
        (nint, nuint)? mapping = null;
        foreach (var line in smaps)
            // Written to, be it in memory or on the swap device, which stands further below.
            if (line.StartsWith("Anonymous:", StringComparison.Ordinal))
                mapping = IsZero(line) ? mapping : null;
            else if (line.StartsWith("Swap:", StringComparison.Ordinal))
            {
                if (mapping is { } found && IsZero(line))
                    yield return found;
                mapping = null;
            }
            else if (line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries) is [var range, var rights, _, _, _, var path])
                mapping = rights is "r--p" or "r-xp" && path == program ? Range(range) : null;
    }

    private static bool IsZero(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, "0", "kB"];

    private static (nint Start, nuint Length)? Range(string text) =>
        text.Split('-') is [var from, var to]
            && ulong.TryParse(from, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var start)
            && ulong.TryParse(to, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var end)
            && start < end
            ? ((nint)start, (nuint)(end - start))
            : null;
}
