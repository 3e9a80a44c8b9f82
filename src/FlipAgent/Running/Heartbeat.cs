using FlipAgent.Alerts;
using FlipAgent.Config;
using FlipAgent.Control;
using FlipAgent.Kernel;
using FlipAgent.Logging;
using FlipAgent.Reporting;
using FlipAgent.Supervision;

namespace FlipAgent.Running;

/// <summary>
/// A dead-man's switch: fetches a URL while the verdict of this node's status is ok, so that somebody elsewhere notices when the fetches stop. That is also so when
/// no agent is left to tell, or when alerts do not get through. Each node fetches it for itself: it goes on while one node sees the cluster well. It delays nothing, and
/// its own failure does not lower the verdict, which would keep it from ever being sent again.
/// </summary>
internal sealed class Heartbeat : IDisposable
{
    /// <summary>Any long time: only a configuration that has one ends it.</summary>
    private static readonly TimeSpan s_none = TimeSpan.FromHours(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly Func<HeartbeatConfig?> _configured;
    private readonly Func<CancellationToken, Task<StatusReport>> _status;
    private readonly Counters _counters;
    private readonly SupervisedPart _part;
    private readonly ILogger _log;
    private readonly TimeSpan _again;
    private readonly Bell _now = new();
    private readonly WebPost _web;
    private TimeSpan? _tried;
    private long _sentTicks = -1;
    private volatile string? _problem;

    /// <param name="configured">What the configuration in use says; null: there is none.</param>
    /// <param name="secret">The present content of a secret file; null: it cannot be read.</param>
    /// <param name="status">The status, asked when a fetch is due.</param>
    /// <param name="again">A fetch that failed is tried again after so long, and the status asked again when it was not ok.</param>
    public Heartbeat(
        Func<HeartbeatConfig?> configured, Func<string, string?> secret, Func<CancellationToken, Task<StatusReport>> status, Counters counters, Supervisor supervisor,
        ILogger log, TimeSpan again)
    {
        (_configured, _status, _counters, _log, _again) = (configured, status, counters, log, again);
        _part = supervisor.Part("heartbeat");
        _web = new WebPost(() => _configured() switch
        {
            { UrlFile: { } file } => secret(file),
            { Url: { } url } => url.OriginalString,
            _ => null,
        });
    }

    /// <summary>What the status shows of it; null: none is configured. Any thread.</summary>
    public HeartbeatReport? Report => _configured() is { } configured
        ? new HeartbeatReport(configured.Every.TotalSeconds, SentAgo, _problem)
        : null;

    private double? SentAgo => Interlocked.Read(ref _sentTicks) is >= 0 and var at ? Math.Round(TimeSpan.FromTicks(Clocks.Monotonic.Ticks - at).TotalSeconds, 1) : null;

    public void Start() => _ = Task.Run(() => _part.Keep(Turn, _stop.Token));

    /// <summary>The configuration is another one now. Returns at once.</summary>
    public void Nudge() => _now.Ring();

    public void Dispose()
    {
        _stop.Cancel();
        _now.Ring();
        _web.Dispose();
    }

    private async Task Turn()
    {
        _now.Quiet();
        if (_configured() is { } configured && IsDue(configured) && (await _status(_stop.Token)).Verdict == "ok")
            await Send();
        await _now.Wait(Pause());
    }

    private TimeSpan Pause() => _configured() switch
    {
        null => s_none,
        { } configured when IsDue(configured) => _again,
        { } configured => _tried!.Value + configured.Every - Clocks.Monotonic,
    };

    /// <summary>By what is configured now: a reload that makes it more frequent counts at once.</summary>
    private bool IsDue(HeartbeatConfig configured) => _problem is not null || _tried is not { } at || Clocks.Monotonic - at >= configured.Every;

    private async Task Send()
    {
        var at = Clocks.Monotonic;
        var delivery = await _web.Fetch(_stop.Token);
        _stop.Token.ThrowIfCancellationRequested();
        _tried = at;
        if (delivery.Fate == Fate.Delivered)
        {
            _counters.Heartbeats.Add("sent");
            Interlocked.Exchange(ref _sentTicks, at.Ticks);
            if (_problem is not null)
                _log.HeartbeatSent();
            _problem = null;
            return;
        }
        _counters.Heartbeats.Add("failed");
        if (_problem is null)
            _log.HeartbeatFailed(delivery.Detail);
        _problem = delivery.Detail;
    }
}
