using FlipAgent.Kernel;

namespace FlipAgent.Ctl;

/// <summary>Whether the threads that a failover waits for run before all others, by the kernel's own word.</summary>
internal static class RealTimeExam
{
    private const string Subject = "real time";

    /// <param name="pid">Of the running agent; 0: not known.</param>
    /// <returns>Null: the agent's threads cannot be seen.</returns>
    public static Finding? Look(int pid)
    {
        using var process = pid > 0 ? AgentThreads.Of(pid) : null;
        return process is null ? null : Judge(process.RealTimeThreads());
    }

    internal static Finding? Judge(IReadOnlyList<AgentThread> threads)
    {
        if (threads.Count == 0)
            return null;
        var ordinary = threads.Where(thread => !thread.IsRealTime).Select(thread => thread.Name).Order(StringComparer.Ordinal).ToList();
        if (ordinary.Count == 0)
            return Finding.Ok(Subject, "decisions and adverts run before all other programs");
        return Finding.Warn(Subject, $"{string.Join(", ", ordinary)} of the agent run as other programs do: where the processors are busy they are late",
            ordinary.Contains(RealTime.Decisions)
                ? "systemctl restart flipagent, which moves nothing; journalctl -u flipagent says why where that does not help. Without the package's unit: LimitRTPRIO=20, or CAP_SYS_NICE"
                : "systemctl reload flipagent");
    }
}
