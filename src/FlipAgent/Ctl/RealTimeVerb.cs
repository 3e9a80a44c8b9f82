using System.Diagnostics;
using FlipAgent.Control;
using FlipAgent.Kernel;

namespace FlipAgent.Ctl;

/// <summary>
/// Real-time scheduling for the threads of a running agent, which the sandbox of the package's unit keeps the agent from asking for itself. systemd runs it as root, outside
/// of the sandbox, when the agent is ready; without it the agent works, a little less punctually.
/// </summary>
internal sealed class RealTimeVerb(Terminal terminal)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    /// <summary>A reload may put one away while it gets it; a process that makes ever new threads of these names is no agent.</summary>
    private const int MostRaised = 4;

    /// <summary>A thread has its name a moment after the agent says that it is ready.</summary>
    internal TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(2);

    internal bool IsRoot { get; init; } = Environment.IsPrivilegedProcess;

    /// <summary>Tells a flipagent from other programs.</summary>
    internal Func<AgentThreads, bool> IsAgent { get; init; } = process => process.RunsThisProgram;

    /// <summary>Both threads, or a failure.</summary>
    public int Run(int pid)
    {
        if (!IsRoot)
            return terminal.Fail(ExitCode.Permission, "only root may give a program real-time scheduling; systemctl restart flipagent does it");
        using var process = AgentThreads.Of(pid);
        if (process is null)
            return terminal.Fail(ExitCode.NotRunning, $"there is no process {pid}");
        if (!IsAgent(process))
            return terminal.Fail(ExitCode.Failed, $"process {pid} is no flipagent of this machine; expected the MainPID of flipagent.service");
        if (Raise(process) is { } problem)
            return terminal.Fail(ExitCode.Failed, $"process {pid} goes on without real-time scheduling: {problem}");
        terminal.Out.WriteLine($"{string.Join(", ", RealTime.Threads)} of process {pid} have real-time scheduling");
        return ExitCode.Done;
    }

    /// <summary>After a reload, which may have made new threads for the adverts: they get what the thread of the decisions has.</summary>
    /// <param name="pid">Of the agent that was reloaded; 0: not known.</param>
    public void Renew(int pid)
    {
        using var process = pid == 0 ? null : AgentThreads.Of(pid);
        if (process is null || (IsRoot && !IsAgent(process)) || !process.RealTimeThreads().Any(thread => thread is { Name: RealTime.Decisions, IsRealTime: true }))
            return;
        if (Raise(process) is { } problem)
            terminal.Error.WriteLine($"{CtlProgram.Name}: adverts go on without real-time scheduling: {problem} ({(IsRoot ? "systemctl restart flipagent moves nothing" : "systemctl reload flipagent gives it to them")})");
    }

    /// <summary>Asks the kernel afterwards.</summary>
    /// <returns>Null: both have it. Otherwise why not.</returns>
    private string? Raise(AgentThreads process)
    {
        var tries = 0;
        for (var began = Stopwatch.GetTimestamp(); ; Thread.Sleep(s_pause))
        {
            foreach (var thread in process.RealTimeThreads())
                if (!thread.IsRealTime && (++tries > MostRaised ? "there is always another one" : process.Raise(thread)) is { } problem)
                    return $"{thread.Name}: {problem}";
            var raised = process.RealTimeThreads().Where(thread => thread.IsRealTime).Select(thread => thread.Name).ToList();
            if (raised.Count == RealTime.Threads.Length)
                return null;
            if (process.HasEnded)
                return "it has ended";
            if (Stopwatch.GetElapsedTime(began) > Limit)
                return $"its thread {RealTime.Threads.First(name => !raised.Contains(name))} does not get it";
        }
    }
}
