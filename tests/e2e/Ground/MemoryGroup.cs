using System.Globalization;

namespace FlipAgent.E2E.Ground;

/// <summary>
/// A control group that counts and limits the memory of the programs in it (cgroups(7), version 1 or 2). A room that is made smaller while people are
/// in it: who locked their chair to the floor keeps it.
/// </summary>
internal sealed class MemoryGroup : IDisposable
{
    private const string First = "/sys/fs/cgroup/memory", Second = "/sys/fs/cgroup";
    private readonly bool _v2 = !Directory.Exists(First);
    private readonly string _folder;

    public MemoryGroup()
    {
        if (_v2)
            File.WriteAllText(Path.Combine(Second, "cgroup.subtree_control"), "+memory");
        _folder = Path.Combine(_v2 ? Second : First, $"fa{Environment.ProcessId}");
        Directory.CreateDirectory(_folder);
    }

    /// <summary>In bytes, cached files included.</summary>
    public long Usage => long.Parse(Read(_v2 ? "memory.current" : "memory.usage_in_bytes"), CultureInfo.InvariantCulture);

    /// <summary>How often the limit was hit, so that something had to go.</summary>
    public long Reclaims => _v2 ? Event("memory.events", "max") : long.Parse(Read("memory.failcnt"), CultureInfo.InvariantCulture);

    /// <summary>How many programs were killed because nothing could go.</summary>
    public long Kills => Event(_v2 ? "memory.events" : "memory.oom_control", "oom_kill");

    public void Limit(long bytes) => File.WriteAllText(Path.Combine(_folder, _v2 ? "memory.max" : "memory.limit_in_bytes"), $"{bytes}");

    /// <summary>The command that runs this one inside; the process id stays the same. As the package's unit does, it is the last that is killed.</summary>
    public string[] Inside(params string[] command) =>
        ["sh", "-c", "echo $$ >\"$1\"; echo -900 >/proc/self/oom_score_adj; shift; exec \"$@\"", "sh", Path.Combine(_folder, "cgroup.procs"), .. command];

    public void Dispose()
    {
        // A group goes when its last program is gone, which the kernel may notice a little later.
        for (var i = 0; i < 50 && Directory.Exists(_folder); i++)
        {
            foreach (var id in Read("cgroup.procs").Split('\n', StringSplitOptions.RemoveEmptyEntries))
                Shell.Run("kill", "-9", id);
            if (Shell.Run("rmdir", _folder).Code != 0)
                Thread.Sleep(100);
        }
    }

    private string Read(string file) => File.ReadAllText(Path.Combine(_folder, file)).Trim();

    private long Event(string file, string name) =>
        Read(file).Split('\n').Select(l => l.Split(' ')).Where(w => w[0] == name).Select(w => long.Parse(w[1], CultureInfo.InvariantCulture)).FirstOrDefault();
}
