using System.Diagnostics;
using FlipAgent.Control;
using FlipAgent.Redaction;
using FlipAgent.Reporting;

namespace FlipAgent.Ctl;

/// <summary>
/// Looks at the status again and again until something is so. A command is only taken by the agent, it is done when the cluster shows it.
/// </summary>
internal sealed class StatusWait(AgentClient agent, TimeSpan limit)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly Stopwatch _clock = Stopwatch.StartNew();

    private StatusReport? _last;

    /// <summary>What the last status said, for a message that it was not done; begins with a line break.</summary>
    public string Standing => _last is { } last
        ? string.Concat(StatusWords.Warnings(last).Prepend(last.Summary).Select(line => $"\n  {Printable.Of(line)}"))
        : $"; {CtlProgram.Name} status shows where it stands";

    /// <summary>Since this was made.</summary>
    public TimeSpan Elapsed => _clock.Elapsed;

    /// <summary>The first status that shows it, or null when none did within the limit. A status that cannot be had counts as not yet.</summary>
    public async Task<StatusReport?> Until(Func<StatusReport, bool> shown, CancellationToken stop)
    {
        while (true)
        {
            var answer = await agent.Status(stop);
            _last = answer.Value ?? _last;
            if (answer.Value is { } status && shown(status))
                return status;
            if (_clock.Elapsed > limit)
                return null;
            await Task.Delay(s_pause, stop);
        }
    }

    /// <summary>The node is master, the cloud says that it holds the address, and no other node is known to hold a further one.</summary>
    public static bool IsMasterAndHolder(StatusReport status, string node) => status.Master == node && status.FloatingIp.Holder == node
        && !(status.FloatingIps ?? []).Any(ip => ip.Holder != node && status.Nodes.Any(one => one.Name == ip.Holder));
}
