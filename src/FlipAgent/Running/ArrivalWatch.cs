using FlipAgent.Cloud;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Supervision;

namespace FlipAgent.Running;

/// <summary>
/// Looks seldom whether the service listens where traffic for the floating IP arrives, so that every node can say it of itself: after the start, after each reload, and
/// every five minutes; each half minute while it does not. It decides nothing.
/// </summary>
internal sealed class ArrivalWatch : IDisposable
{
    private static readonly TimeSpan s_usually = TimeSpan.FromMinutes(5), s_while = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stop = new();
    private readonly Func<AgentConfig> _config;
    private readonly SupervisedPart _part;
    private readonly Bell _now = new();
    private volatile Listening _found;

    /// <param name="config">The configuration in use.</param>
    public ArrivalWatch(Func<AgentConfig> config, Supervisor supervisor)
    {
        _config = config;
        _part = supervisor.Part("look where the service listens");
    }

    /// <summary>What it saw last. Any thread.</summary>
    public Listening Found => _found;

    public void Start() => _ = Task.Run(() => _part.Keep(Turn, _stop.Token));

    /// <summary>The configuration is another one now. Returns at once.</summary>
    public void Nudge() => _now.Ring();

    public void Dispose()
    {
        _stop.Cancel();
        _now.Ring();
    }

    private async Task Turn()
    {
        _now.Quiet();
        _found = await _part.Run(() => ServiceArrival.Look(_config()), _ => Listening.Unknown);
        await _now.Wait(_found == Listening.Arrival ? s_usually : s_while);
    }
}
