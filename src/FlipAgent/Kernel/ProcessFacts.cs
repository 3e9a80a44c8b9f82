using System.Globalization;

namespace FlipAgent.Kernel;

/// <summary>What this process uses of its machine (proc_pid_fd(5), proc_pid_limits(5)).</summary>
/// <param name="CpuSeconds">Processor time in user and kernel mode since the start.</param>
/// <param name="ResidentBytes">Memory that is in RAM.</param>
/// <param name="OpenFiles">File descriptors in use; null: they cannot be counted, as when there is none left to count with.</param>
/// <param name="MaxFiles">How many it may have; null: not known, or without a limit.</param>
/// <param name="Threads">Null: they cannot be counted.</param>
internal readonly record struct ProcessFacts(double CpuSeconds, long ResidentBytes, int? OpenFiles, long? MaxFiles, int? Threads)
{
    /// <summary>Some file accesses in /proc, which never block. Never throws for what the machine lacks.</summary>
    public static ProcessFacts Now() =>
        new(Environment.CpuUsage.TotalTime.TotalSeconds, Environment.WorkingSet, Entries("/proc/self/fd"), MaxOpenFiles(), Entries("/proc/self/task"));

    private static int? Entries(string directory) => Try<int?>(() => Directory.EnumerateFileSystemEntries(directory).Count());

    private static long? MaxOpenFiles() => Try(() =>
    {
        const string name = "Max open files";
        var line = File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.TryParse(line?[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture, out var limit) ? limit : (long?)null;
    });

    private static T? Try<T>(Func<T?> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }
}
