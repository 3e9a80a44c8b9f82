using System.Diagnostics;
using FlipAgent.Control;

namespace FlipAgent.Ctl;

/// <summary>
/// Looks at the status again and again until something is so. A command is only taken by the agent, it is done when the cluster shows it: like
/// waiting at the gate until the train has really come.
/// </summary>
internal sealed class Patience(AgentClient agent, TimeSpan limit)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>Since this was made.</summary>
    public TimeSpan Elapsed => _clock.Elapsed;

    /// <summary>The first status that shows it, or null when none did within the limit. A status that cannot be had counts as not yet.</summary>
    public async Task<StatusReport?> Until(Func<StatusReport, bool> shown, CancellationToken stop)
    {
        while (true)
        {
            var answer = await agent.Status(stop);
            if (answer.Value is { } status && shown(status))
                return status;
            if (_clock.Elapsed > limit)
                return null;
            await Task.Delay(Pause, stop);
        }
    }

    /// <summary>The node is master and the cloud says that it holds the address.</summary>
    public static bool IsMasterAndHolder(StatusReport status, string node) => status.Master == node && status.FloatingIp.Holder == node;
}
