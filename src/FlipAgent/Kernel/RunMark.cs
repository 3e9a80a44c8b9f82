using System.Globalization;
using System.Text;

namespace FlipAgent.Kernel;

/// <summary>
/// A variable in the environment of everything that a program starts, and the pipes that all of it prints into. By either the processes are found that left its tree, as a
/// double fork and setsid do: the init system is their parent then. What clears its environment and lets go of both pipes is found by the cgroup of the service.
/// </summary>
internal sealed class RunMark
{
    public const string Variable = "FLIPAGENT_RUN";

    // More than any environment is of use for; a larger one is not searched.
    private const int MaxEnvironment = 256 * 1024;

    // Whoever forks while it is looked for is found in the next round.
    private const int MaxRounds = 8;

    private static readonly long s_born = (long)Clocks.Boot.TotalMilliseconds;
    private static readonly byte[] s_anyMark = Encoding.ASCII.GetBytes($"{Variable}=");
    private static long s_last;

    /// <summary>Unlike that of any other run, of this process or another one of this boot.</summary>
    public string Value { get; } = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{s_born}-{Interlocked.Increment(ref s_last)}");

    /// <summary>When the program was started, in clock ticks since boot; null: it was gone at once.</summary>
    public ulong? Since { get; set; }

    /// <summary>Where what it leaves behind is found; tests have one of their own.</summary>
    internal ServiceGroup Group { get; set; } = ServiceGroup.Own;

    /// <summary>What the program prints into, as /proc names it (<c>pipe:[inode]</c>, proc(5)).</summary>
    public IReadOnlyList<string> Pipes { get; set; } = [];

    /// <summary>SIGKILL for every process that has the mark, or one of the pipes as its output, and may be killed by this one.</summary>
    public void KillAll()
    {
        var entry = Encoding.ASCII.GetBytes($"{Variable}={Value}\0");
        for (var round = 0; round < MaxRounds && KillOnce(entry); round++)
        {
        }
    }

    /// <summary>The name of the pipe behind a descriptor of this process; null: it has none.</summary>
    public static string? PipeOf(nint descriptor) =>
        LinkOf($"/proc/self/fd/{descriptor}") is { } link && link.StartsWith("pipe:[", StringComparison.Ordinal) ? link : null;

    private bool KillOnce(byte[] entry)
    {
        var any = false;
        HashSet<int> strays = Since is { } since ? [.. Group.Strays(since)] : [];
        foreach (var pid in Processes())
        {
            // The descriptor first: what is killed is then the process whose environment was read, whoever has its number by now.
            using var process = PidFd.Open(pid, out _, out _);
            if (process is not null && (Has(pid, entry) || Prints(pid) || (strays.Contains(pid) && !Has(pid, s_anyMark))))
                any |= PidFd.Kill(process);
        }
        return any;
    }

    private static bool Has(int pid, byte[] entry)
    {
        var environment = RegularFile.Read($"/proc/{pid}/environ", MaxEnvironment).Content.AsSpan();
        for (var from = 0; environment[from..].IndexOf(entry) is var at and >= 0; from += at + 1)
            if (from + at == 0 || environment[from + at - 1] == 0)
                return true;
        return false;
    }

    private bool Prints(int pid) => Pipes.Count > 0 && (Pipes.Contains(LinkOf($"/proc/{pid}/fd/1")) || Pipes.Contains(LinkOf($"/proc/{pid}/fd/2")));

    /// <summary>What a symbolic link in /proc says; null: there is none, or it may not be read.</summary>
    internal static string? LinkOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // It has ended, or is not ours to look at.
        }
    }

    private static List<int> Processes()
    {
        List<int> found = [];
        try
        {
            foreach (var folder in Directory.EnumerateDirectories("/proc"))
                if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && pid != Environment.ProcessId)
                    found.Add(pid);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No file descriptor is left to list them with: the tree that was killed before this is all that can be.
        }
        return found;
    }
}
