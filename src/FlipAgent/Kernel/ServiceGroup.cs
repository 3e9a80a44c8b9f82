using System.Globalization;

namespace FlipAgent.Kernel;

/// <summary>
/// The processes of this service. systemd puts all that a service starts into one cgroup, which nothing leaves by forking; so what a program left behind is found in
/// it even when it keeps nothing that it was given.
/// </summary>
/// <param name="members">The file that lists them (cgroup.procs, cgroups(7)); null: this process shares its cgroup with others, and nobody is known to be of the service.</param>
internal sealed class ServiceGroup(string? members)
{
    // More than a service has processes.
    private const int MaxBytes = 1024 * 1024;

    /// <summary>That of this process: known when systemd itself started it as the main process of a service (systemd.exec(5), $SYSTEMD_EXEC_PID).</summary>
    public static ServiceGroup Own { get; } = new(FileOf(
        Environment.GetEnvironmentVariable("SYSTEMD_EXEC_PID"), Environment.ProcessId, RegularFile.Read("/proc/self/cgroup", 4096).Content));

    /// <param name="executed">$SYSTEMD_EXEC_PID.</param>
    /// <param name="cgroup">/proc/self/cgroup: <c>0::/system.slice/flipagent.service</c> where there is one hierarchy, or <c>1:name=systemd:...</c>.</param>
    internal static string? FileOf(string? executed, int self, byte[]? cgroup)
    {
        if (executed != self.ToString(CultureInfo.InvariantCulture) || cgroup is null)
            return null;
        foreach (var line in System.Text.Encoding.UTF8.GetString(cgroup).Split('\n'))
        {
            var (root, path) = line.StartsWith("0::/", StringComparison.Ordinal) ? ("/sys/fs/cgroup", line[3..])
                : line.Contains(":name=systemd:/", StringComparison.Ordinal) ? ("/sys/fs/cgroup/systemd", line[line.IndexOf(":/", StringComparison.Ordinal)..][1..])
                : ("", "");
            if (path.EndsWith(".service", StringComparison.Ordinal) && !path.Contains("..", StringComparison.Ordinal))
                return $"{root}{path}/cgroup.procs";
        }
        return null;
    }

    /// <summary>Those whose parent is no member any more, and that were started then or later.</summary>
    /// <param name="since">Clock ticks since boot (proc(5), field 22 of /proc/PID/stat).</param>
    public List<int> Strays(ulong since)
    {
        List<int> strays = [];
        if (members is null || RegularFile.Read(members, MaxBytes).Content is not { } content)
            return strays;
        HashSet<int> all = [];
        foreach (var line in System.Text.Encoding.ASCII.GetString(content).Split('\n'))
            if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
                all.Add(pid);
        foreach (var pid in all)
            if (pid != Environment.ProcessId && Origin(pid) is var (parent, started) && started >= since && !all.Contains(parent))
                strays.Add(pid);
        return strays;
    }

    /// <summary>The parent and the start of a process; null: it is gone.</summary>
    public static (int Parent, ulong Started)? Origin(int pid) =>
        ProcStat.Read(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat")) is { } stat ? (stat.Parent, stat.Started) : null;
}
