using System.Collections.Immutable;
using System.Diagnostics;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Events;
using FlipAgent.Supervision;

namespace FlipAgent.Alerts;

/// <summary>
/// Takes events from the decision loop and sees to it that people hear of them. Each sink has a queue and a task of its own: one that is slow or dead
/// holds up no other, and never the caller (rule: nothing about an alert may delay the election).
/// </summary>
public sealed class AlertDispatcher : IAsyncDisposable
{
    // The pump empties it at once; it only fills when the thread pool stands still.
    private readonly AlertQueue _inbox = new(capacity: 4096);
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _lock = new();
    private readonly Task _pump;
    private readonly AlertText _words;
    private readonly RecentAlerts _recent;
    private readonly FailoverStory _story;
    private readonly SupervisedPart _part;
    private readonly Timer _repetitions;
    private readonly Timer _waiting;
    private readonly SinkFactory _factory;
    private ImmutableArray<OpenSink> _sinks = [];
    private long _sentBefore;
    private long _failedBefore;

    /// <param name="secret">The present content of a secret file, by its path; null: missing, empty or refused. Called from any thread.</param>
    public AlertDispatcher(string cluster, string node, string floatingIp, Func<string, string?> secret, ILogger log, Supervisor? supervisor = null)
        : this(cluster, node, floatingIp, secret, log, repeatWindow: TimeSpan.FromMinutes(5), wait: TimeSpan.FromSeconds(10), SinkPace.WithGap, supervisor)
    {
    }

    internal AlertDispatcher(
        string cluster, string node, string floatingIp, Func<string, string?> secret, ILogger log, TimeSpan repeatWindow, TimeSpan wait, Func<TimeSpan, SinkPace> pace,
        Supervisor? supervisor = null)
    {
        supervisor ??= Supervisor.Silent;
        _part = supervisor.Part("alerts");
        _words = new AlertText(cluster, node, floatingIp);
        _recent = new RecentAlerts(repeatWindow);
        _story = new FailoverStory(wait);
        _factory = new SinkFactory(secret, _words, pace, log, supervisor);
        _repetitions = new Timer(_ => _part.Run(SendRepetitions));
        _waiting = new Timer(_ => _part.Run(SendWaiting));
        _pump = Task.Run(() => _part.Keep(Pump, _closing.Token));
    }

    public AlertCounts Counts
    {
        get
        {
            lock (_lock)
                return new(_sentBefore + _sinks.Sum(s => s.Loop.Sent), _sinks.Sum(s => s.Loop.Queued), _failedBefore + _inbox.DroppedEver + _sinks.Sum(s => s.Loop.Failed));
        }
    }

    /// <summary>The first floating IP, which alerts that name none are about; a reload may change it.</summary>
    public string FloatingIp
    {
        set => _words.FloatingIp = value;
    }

    /// <summary>When the oldest alert happened that has not been delivered everywhere yet; null: none waits.</summary>
    public DateTimeOffset? WaitingSince
    {
        get
        {
            lock (_lock)
                return _sinks.Min(s => s.Loop.WaitingSince);
        }
    }

    /// <summary>The sinks that do not take what they are sent, a sentence each: what goes through them is lost until somebody acts.</summary>
    public ImmutableArray<string> Problems
    {
        get
        {
            lock (_lock)
                return [.. _sinks.Where(s => s.Loop.Refusal is not null)
                    .Select(s => $"alerts through {s.Loop.Name} are refused ({s.Loop.Refusal}), and are lost: put it right, then flipagentctl test-alert")];
        }
    }

    /// <summary>The sinks of a configuration, at start: prepared and put in use at once.</summary>
    public void Apply(ImmutableArray<SinkConfig> configs) => Prepare(configs).Commit();

    /// <summary>
    /// The sinks of another configuration, for a reload. One that did not change keeps its queue, and has its secret read again. One reload at a time.
    /// </summary>
    internal PreparedAlerts Prepare(ImmutableArray<SinkConfig> configs)
    {
        List<OpenSink> gone;
        lock (_lock)
            gone = [.. _sinks];
        List<OpenSink> kept = [], made = [];
        var next = ImmutableArray.CreateBuilder<OpenSink>();
        var prepared = new PreparedAlerts(() => Use(next.ToImmutable(), kept, gone), () => Close(made));
        try
        {
            foreach (var config in configs)
            {
                var same = gone.Find(s => s.IsOf(config));
                if (same is null)
                    made.Add(same = _factory.Open(config, next.Count + 1));
                else if (gone.Remove(same))
                    kept.Add(same);
                next.Add(same);
            }
            return prepared;
        }
        catch
        {
            prepared.Dispose();
            throw;
        }
    }

    private void Use(ImmutableArray<OpenSink> next, List<OpenSink> kept, List<OpenSink> gone)
    {
        lock (_lock)
        {
            _sinks = next;
            _sentBefore += gone.Sum(s => s.Loop.Sent);
            _failedBefore += gone.Sum(s => s.Loop.Failed + s.Loop.Queued);
        }
        foreach (var sink in kept)
            sink.Loop.EndSilence();
        Close(gone);
    }

    private static void Close(List<OpenSink> gone)
    {
        foreach (var sink in gone)
            _ = sink.Close(TimeSpan.FromSeconds(1));
    }

    /// <summary>Takes one event; those that are no alerts are ignored. Returns at once, from any thread: it only drops a note into the inbox.</summary>
    /// <param name="at">Wall-clock time of the event.</param>
    /// <param name="id">Its number in `events`.</param>
    /// <param name="master">The master as far as this node knows now; null: none.</param>
    /// <param name="clients">What clients noticed, as a phrase; null: nothing is known.</param>
    public void Post(Announcement announcement, DateTimeOffset at, long id, string? master, string? clients = null, ImmutableArray<string> addresses = default)
    {
        ArgumentNullException.ThrowIfNull(announcement);
        if (Alert.IsWanted(announcement.Event) || FailoverStory.Matters(announcement.Event))
            _inbox.Add(new Alert(announcement, at, id, master) { Clients = clients, Addresses = addresses.IsDefault ? [] : addresses });
    }

    /// <summary>Sends a test alert through every sink, once, past the queues, and waits: 5 s at most for a URL, its own time-out for a program.
    /// Null: all took it; otherwise which did not and why, one a line.</summary>
    public async Task<string?> TestAlert(string? master, CancellationToken cancel)
    {
        var test = Announcement.Of(new Event(EventKind.TestAlert, Severity.Info) { Node = _words.Node, Alert = true });
        var alert = new Alert(test, DateTimeOffset.UtcNow, 0, master);
        ImmutableArray<OpenSink> sinks;
        lock (_lock)
            sinks = _sinks;
        if (sinks.IsEmpty)
            return "no alert sink is configured";
        var outcomes = await Task.WhenAll(sinks.Select(s => s.Loop.Try(alert, cancel))).ConfigureAwait(false);
        var failures = sinks.Zip(outcomes).Where(p => p.Second.Fate != Fate.Delivered).Select(p => $"{p.First.Loop.Name}: {p.Second.Detail}").ToList();
        return failures.Count == 0 ? null : string.Join("\n", failures);
    }

    /// <summary>The process is about to end: what waits is tried once more, critical ones first, for at most <paramref name="upTo"/>. No more events are taken.</summary>
    public async Task Drain(TimeSpan upTo)
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await Task.WhenAny(_pump, Task.Delay(upTo)).ConfigureAwait(false);
        ImmutableArray<OpenSink> sinks;
        lock (_lock)
        {
            foreach (var alert in _inbox.TakeAll())
                Take(alert);
            foreach (var alert in _story.TakeAll())
                SendIfNew(alert);
            sinks = _sinks;
            _sinks = [];
        }
        await _waiting.DisposeAsync().ConfigureAwait(false);
        await _repetitions.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(sinks.Select(s => s.Close(upTo))).ConfigureAwait(false);
    }

    /// <summary>Ends without sending anything more; <see cref="Drain"/> first for that.</summary>
    public async ValueTask DisposeAsync()
    {
        await Drain(TimeSpan.Zero).ConfigureAwait(false);
        await _pump.ConfigureAwait(false);
        _inbox.Dispose();
        _closing.Dispose();
    }

    private static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    /// <summary>When it ends, <see cref="Drain"/> sends what is left.</summary>
    private async Task Pump()
    {
        var alert = await _inbox.Take(_closing.Token).ConfigureAwait(false);
        lock (_lock)
            Take(alert);
    }

    /// <summary>Under the lock.</summary>
    private void Take(Alert alert)
    {
        if (_story.IsToTell(alert, Now))
            SendIfNew(alert);
        else
            WakeForWaiting();
    }

    private void SendWaiting()
    {
        lock (_lock)
        {
            foreach (var alert in _story.Due(Now))
                SendIfNew(alert);
            WakeForWaiting();
        }
    }

    private void WakeForWaiting() => Wake(_waiting, _story.NextDue);

    private void Wake(Timer timer, TimeSpan? at)
    {
        // A timer may fire a little early.
        if (at is { } due && !_closing.IsCancellationRequested)
            timer.Change((due > Now ? due - Now : TimeSpan.Zero) + TimeSpan.FromMilliseconds(2), Timeout.InfiniteTimeSpan);
    }

    private void SendIfNew(Alert alert)
    {
        var isNew = _recent.IsNew(alert, Now);
        WakeForRepetitions();
        if (isNew)
            Send(alert.Redacted());
    }

    private void SendRepetitions()
    {
        lock (_lock)
        {
            var due = _recent.Due(Now);
            WakeForRepetitions();
            foreach (var alert in due)
                Send(alert.Redacted());
        }
    }

    private void WakeForRepetitions() => Wake(_repetitions, _recent.NextDue);

    private void Send(Alert alert)
    {
        foreach (var sink in _sinks)
            sink.Loop.Add(alert);
    }
}
