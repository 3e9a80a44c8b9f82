using System.Globalization;
using FlipAgent.Harness;

namespace FlipAgent.E2E.Ground;

/// <summary>
/// A control group that counts and limits the memory of the programs in it (cgroups(7), version 1 or 2). It has two groups inside: the agents, and the greedy
/// ones, which together may have less than there is, so that the kernel kills among them alone: as among the services of a node, where the agent is the last
/// to be killed (OOMScoreAdjust of the unit). A score below zero needs CAP_SYS_RESOURCE, which a container may lack.
/// </summary>
internal sealed class MemoryGroup : IDisposable
{
    private const string First = "/sys/fs/cgroup/memory", Second = "/sys/fs/cgroup";
    private readonly bool _v2 = !Directory.Exists(First);
    private readonly string _folder;
    private readonly string _agents;
    private readonly string _greedy;

    public MemoryGroup()
    {
        _folder = Path.Combine(_v2 ? Second : First, $"fa{Environment.ProcessId}");
        (_agents, _greedy) = (Path.Combine(_folder, "agents"), Path.Combine(_folder, "greedy"));
        foreach (var (parent, group) in ((string, string)[])[(Path.GetDirectoryName(_folder)!, _folder), (_folder, _agents), (_folder, _greedy)])
        {
            if (_v2)
                File.WriteAllText(Path.Combine(parent, "cgroup.subtree_control"), "+memory");
            Directory.CreateDirectory(group);
        }
        Limit(_greedy, 8 << 20);
    }

    /// <summary>In bytes, cached files included.</summary>
    public long Usage => long.Parse(Read(_folder, _v2 ? "memory.current" : "memory.usage_in_bytes"), CultureInfo.InvariantCulture);

    /// <summary>How often the limit was hit, so that something had to go.</summary>
    public long Reclaims => _v2 ? Event(_folder, "memory.events", "max") : long.Parse(Read(_folder, "memory.failcnt"), CultureInfo.InvariantCulture);

    /// <summary>How many of the greedy programs were killed because nothing could go.</summary>
    public long Kills => Event(_greedy, _v2 ? "memory.events" : "memory.oom_control", "oom_kill");

    /// <summary>All of them together.</summary>
    public void Limit(long bytes) => Limit(_folder, bytes);

    /// <summary>The command that runs this one as an agent; the process id stays the same.</summary>
    public string[] Inside(params string[] command) => In(_agents, command);

    /// <summary>The same for one that asks for more memory than there is.</summary>
    public string[] Greedy(params string[] command) => In(_greedy, command);

    public void Dispose()
    {
        // A group goes when its last program is gone, which the kernel may notice a little later.
        foreach (var folder in (string[])[_greedy, _agents, _folder])
            for (var i = 0; i < 50 && Directory.Exists(folder); i++)
            {
                foreach (var id in Read(folder, "cgroup.procs").Split('\n', StringSplitOptions.RemoveEmptyEntries))
                    Shell.Run("kill", "-9", id);
                if (Shell.Run("rmdir", folder).Code != 0)
                    Thread.Sleep(100);
            }
    }

    private static string[] In(string group, string[] command) =>
        ["sh", "-c", "echo $$ >\"$1\"; shift; exec \"$@\"", "sh", Path.Combine(group, "cgroup.procs"), .. command];

    private void Limit(string group, long bytes) => File.WriteAllText(Path.Combine(group, _v2 ? "memory.max" : "memory.limit_in_bytes"), $"{bytes}");

    private static string Read(string group, string file) => File.ReadAllText(Path.Combine(group, file)).Trim();

    private static long Event(string group, string file, string name) =>
        Read(group, file).Split('\n').Select(l => l.Split(' ')).Where(w => w[0] == name).Select(w => long.Parse(w[1], CultureInfo.InvariantCulture)).FirstOrDefault();
}
