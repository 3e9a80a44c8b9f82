using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Logging;

namespace FlipAgent;

/// <summary>
/// The last 1,000 events, for <c>flipagentctl events</c> and <c>explain</c>: a diary with a fixed number of pages. Written by the loop, read by
/// the control server; readers that follow are woken.
/// </summary>
internal sealed class EventRing
{
    private const int Most = 1000;
    private readonly Lock _lock = new();
    private readonly Queue<EventReport> _events = new();
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lastId;

    /// <returns>The event's id.</returns>
    public long Add(Event e, DateTimeOffset at)
    {
        TaskCompletionSource woken;
        long id;
        lock (_lock)
        {
            id = ++_lastId;
            _events.Enqueue(ToReport(id, e, at));
            if (_events.Count > Most)
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

    internal static EventReport ToReport(long id, Event e, DateTimeOffset at) =>
        new(id, at, EventIds.Name(e.Kind), e.Severity switch { Severity.Info => "info", Severity.Warning => "warning", _ => "critical" }, e.Term, e.Text)
        {
            RoleFrom = e.RoleFrom is { } from ? Election.Say(from) : null,
            RoleTo = e.RoleTo is { } to ? Election.Say(to) : null,
            Peer = e.Peer,
            Holder = e.Holder,
            Cause = e.Cause,
            Next = e.Next,
            ActionId = e.ActionId,
            DetectMs = e.Detect?.TotalMilliseconds,
            AssignMs = e.Assign?.TotalMilliseconds,
            VerifyMs = e.Verify?.TotalMilliseconds,
            DurationMs = e.Duration?.TotalMilliseconds,
        };
}
