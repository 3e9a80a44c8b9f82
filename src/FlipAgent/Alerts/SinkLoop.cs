using System.Diagnostics;
using FlipAgent.Core;
using FlipAgent.Events;
using FlipAgent.Supervision;
using Polly;
using Polly.Retry;

namespace FlipAgent.Alerts;

/// <summary>
/// The task of one sink: takes alerts from its queue, one by one, and delivers them however long it takes. Busy, broken and slow are waited out; a
/// refusal means that the configuration is wrong, so it is reported once, nothing is sent for five minutes, and then a list of what was lost goes first.
/// Whatever happens here, nobody waits for it.
/// </summary>
internal sealed class SinkLoop : IAsyncDisposable
{
    private readonly AlertQueue _queue = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly SemaphoreSlim _endSilence = new(0, 1);
    private readonly Func<Alert, CancellationToken, Task<Delivery>> _deliver;
    private readonly ResiliencePipeline<Delivery> _retrying;
    private readonly SinkPace _pace;
    private readonly SupervisedPart _part;
    private readonly ILogger _log;
    private readonly string _node;
    private readonly Task _run;
    private long _sent;
    private long? _lastAttempt;
    private Alert? _inHand;
    private (long Since, string Why)? _outage;
    private volatile string? _refusal;

    /// <param name="name">Names the sink in logs and results; no URL in it.</param>
    /// <param name="node">Name of the node that speaks.</param>
    public SinkLoop(string name, string node, Func<Alert, CancellationToken, Task<Delivery>> deliver, SinkPace pace, ILogger log, Supervisor? supervisor = null)
    {
        Name = name;
        _node = node;
        _part = (supervisor ?? Supervisor.Silent).Part($"alert sink {name}");
        _deliver = deliver;
        _pace = pace;
        _log = log;
        _retrying = new ResiliencePipelineBuilder<Delivery>().AddRetry(Retries()).Build();
        _run = Task.Run(() => _part.Keep(DeliverNext, _stop.Token));
    }

    public string Name { get; }

    public long Sent => Interlocked.Read(ref _sent);

    public int Queued => _queue.Count + (Volatile.Read(ref _inHand) is null ? 0 : 1);

    public long Failed => _queue.DroppedEver;

    /// <summary>When the alert happened that is being delivered now, or in a silence is the next one; null: none waits.</summary>
    public DateTimeOffset? WaitingSince => Volatile.Read(ref _inHand)?.At ?? _queue.WaitingSince;

    /// <summary>Why the last one was refused, as one phrase without any URL; null: none was, or one has been delivered since.</summary>
    public string? Refusal => _refusal;

    /// <summary>Never blocks.</summary>
    public void Add(Alert alert) => _queue.Add(alert);

    /// <summary>One attempt past the queue; a success ends a silence.</summary>
    public async Task<Delivery> Try(Alert alert, CancellationToken cancel)
    {
        var delivery = await DeliverSafely(alert, cancel).ConfigureAwait(false);
        if (delivery.Fate == Fate.Delivered)
        {
            EndSilence();
            CountSent();
        }
        return delivery;
    }

    /// <summary>Something changed that may help: try again now.</summary>
    public void EndSilence()
    {
        lock (_endSilence)
            if (_refusal is not null && _endSilence.CurrentCount == 0)
                _endSilence.Release();
    }

    /// <summary>Ends the loop. What waits is tried once more, the critical ones first, for at most <paramref name="upTo"/> in all.</summary>
    public async Task Drain(TimeSpan upTo)
    {
        using var end = new CancellationTokenSource(upTo);
        await _stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await _run.WaitAsync(end.Token).ConfigureAwait(false);
            var rest = _queue.TakeAll().ToList();
            if (_inHand is { } first)
                rest.Insert(first.Event.Severity == Severity.Critical ? 0 : rest.Count(a => a.Event.Severity == Severity.Critical), first);
            _inHand = null;
            foreach (var alert in _refusal is null ? rest : [])
                if (end.IsCancellationRequested || (await Attempt(alert, end.Token).ConfigureAwait(false)).Fate != Fate.Delivered)
                    break;
        }
        catch (OperationCanceledException)
        {
            // The time is up.
        }
        await _abort.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>Waits for what is left of an attempt; after <see cref="Drain"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await Drain(TimeSpan.Zero).ConfigureAwait(false);
        await _run.ConfigureAwait(false);
        _queue.Dispose();
        _stop.Dispose();
        _abort.Dispose();
        _endSilence.Dispose();
    }

    /// <summary>Ended by a stop it leaves what is in hand to <see cref="Drain"/>.</summary>
    private async Task DeliverNext()
    {
        // The last turn failed over it.
        if (Volatile.Read(ref _inHand) is { } lost)
            _queue.WriteOff(lost);
        Volatile.Write(ref _inHand, null);
        var alert = await _queue.Take(_stop.Token).ConfigureAwait(false);
        Volatile.Write(ref _inHand, alert);
        var delivered = await Deliver(alert).ConfigureAwait(false);
        if (!delivered)
            _queue.WriteOff(alert);
        Volatile.Write(ref _inHand, null);
        if (!delivered)
            await KeepSilence().ConfigureAwait(false);
        await TellSummary().ConfigureAwait(false);
    }

    /// <summary>False: refused.</summary>
    private async Task<bool> Deliver(Alert alert)
    {
        var delivery = await _retrying.ExecuteAsync(async stop =>
        {
            await KeepGap(stop).ConfigureAwait(false);
            // An attempt under way is not cut off by a stop, only by the end of the drain.
            return await Attempt(alert, _abort.Token).ConfigureAwait(false);
        }, _stop.Token).ConfigureAwait(false);
        if (delivery.Fate == Fate.TryAgain)
            throw new OperationCanceledException(_stop.Token);
        if (delivery.Fate == Fate.Delivered)
            return true;
        if (_refusal is null)
            _log.SinkRefuses(Name, delivery.Detail, (int)_pace.Silence.TotalSeconds);
        _refusal = delivery.Detail;
        return false;
    }

    private async Task<Delivery> Attempt(Alert alert, CancellationToken cancel)
    {
        _lastAttempt = Stopwatch.GetTimestamp();
        var delivery = await DeliverSafely(alert, cancel).ConfigureAwait(false);
        if (delivery.Fate == Fate.Delivered)
            CountSent();
        else if (_outage is null)
            _outage = (_lastAttempt.Value, delivery.Detail);
        return delivery;
    }

    private void CountSent()
    {
        Interlocked.Increment(ref _sent);
        _refusal = null;
    }

    /// <summary>A mistake in the wording of an alert must not end the agent that keeps the address alive.</summary>
    private async Task<Delivery> DeliverSafely(Alert alert, CancellationToken cancel)
    {
        try
        {
            return await _deliver(alert, cancel).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // A sink that is told to stop may say so by an exception; that is no failure.
            if (!cancel.IsCancellationRequested)
                _part.Failed(e);
            return new(Fate.Refused, $"a bug in the agent, {e.GetType().Name}");
        }
    }

    private async Task KeepGap(CancellationToken stop)
    {
        if (_lastAttempt is { } last && _pace.Gap - Stopwatch.GetElapsedTime(last) is { Ticks: > 0 } wait)
            await Task.Delay(wait, stop).ConfigureAwait(false);
    }

    private async Task KeepSilence()
    {
        await _endSilence.WaitAsync(_pace.Silence, _stop.Token).ConfigureAwait(false);
    }

    /// <summary>After an outage: how long it was and what was lost. Repeated after each silence until it gets through, so that one small request probes.</summary>
    private async Task TellSummary()
    {
        while (true)
        {
            var lost = _queue.Summary(out var upTo);
            var length = _outage is { } o ? Stopwatch.GetElapsedTime(o.Since) : TimeSpan.Zero;
            if (lost is not null || length >= _pace.LongOutage)
            {
                if (!await Deliver(SummaryOf(lost, length)).ConfigureAwait(false))
                {
                    await KeepSilence().ConfigureAwait(false);
                    continue;
                }
                _queue.SummaryTold(upTo);
            }
            if (_outage is not null)
                _log.SinkRecovered(Name, (int)length.TotalSeconds, _queue.DroppedEver);
            _outage = null;
            return;
        }
    }

    private Alert SummaryOf(string? lost, TimeSpan length)
    {
        var summary = new Event(EventKind.AlertsSuppressed, Severity.Warning)
        {
            Node = _node,
            Subject = Name,
            Cause = _outage is { } o ? new Cause.SinkFailed(o.Why) : null,
            Duration = _outage is null ? null : length,
            Detail = lost,
            Count = _queue.Count,
        };
        return new Alert(Announcement.Of(summary), DateTimeOffset.UtcNow, 0, null);
    }

    private RetryStrategyOptions<Delivery> Retries() => new()
    {
        ShouldHandle = static args => ValueTask.FromResult(args.Outcome.Result?.Fate == Fate.TryAgain),
        MaxRetryAttempts = int.MaxValue,
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        Delay = _pace.FirstRetry,
        MaxDelay = _pace.LastRetry,
        // Null leaves it to the back-off; "retry after 0 s" must not become a tight loop.
        DelayGenerator = args => ValueTask.FromResult(
            args.Outcome.Result?.RetryAfter is { } wait ? wait > _pace.FirstRetry ? wait : _pace.FirstRetry : (TimeSpan?)null),
        OnRetry = args =>
        {
            if (args.AttemptNumber == 0)
                _log.SinkFails(Name, args.Outcome.Result!.Detail);
            return ValueTask.CompletedTask;
        },
    };
}
