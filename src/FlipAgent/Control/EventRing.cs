using FlipAgent.Events;
using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>
/// The last 1,000 events, for <c>flipagentctl events</c> and <c>explain</c>. Written by the loop, read by
/// the control server; readers that follow are woken.
/// </summary>
internal sealed class EventRing
{
    private const int MaxEvents = 1000;
    private readonly Lock _lock = new();
    private readonly Queue<EventReport> _events = new();
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lastId;

    /// <returns>The event's id.</returns>
    public long Add(Announcement announcement, DateTimeOffset at)
    {
        TaskCompletionSource woken;
        long id;
        lock (_lock)
        {
            id = ++_lastId;
            _events.Enqueue(EventReports.Of(announcement, id, at));
            if (_events.Count > MaxEvents)
                _events.Dequeue();
            (woken, _next) = (_next, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        woken.TrySetResult();
        return id;
    }

    public IReadOnlyList<EventReport> After(long id)
    {
        lock (_lock)
            return [.. _events.Where(e => e.Id > id)];
    }

    /// <summary>Completes when there is an event with a higher id.</summary>
    public Task Next(long id, CancellationToken cancel)
    {
        lock (_lock)
            return _lastId > id ? Task.CompletedTask : _next.Task.WaitAsync(cancel);
    }
}
