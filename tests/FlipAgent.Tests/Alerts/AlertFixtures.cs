using System.Collections.Concurrent;
using FlipAgent.Alerts;
using FlipAgent.Core;
using FlipAgent.Events;
using Microsoft.Extensions.Logging;

namespace FlipAgent.Tests;

/// <summary>What the tests of the alerts share: events, a log that can be read, a pace that does not take minutes.</summary>
internal static class AlertFixtures
{
    public static readonly DateTimeOffset At = new(2026, 1, 1, 12, 30, 0, TimeSpan.Zero);

    public static SinkPace Quick(TimeSpan gap) => new(
        gap, FirstRetry: TimeSpan.FromMilliseconds(20), LastRetry: TimeSpan.FromMilliseconds(50), Silence: TimeSpan.FromMilliseconds(400),
        LongOutage: TimeSpan.FromHours(1));

    public static Announcement Event(Severity severity, uint term, string text = "something happened") =>
        new(new Event(EventKind.BecameMaster, severity) { Term = term, Alert = true }, text);

    public static Alert Alert(Severity severity, uint term, string text = "something happened") => new(Event(severity, term, text), At, term, "haproxy-2");

    /// <summary>A dispatcher whose repetitions are kept back for an hour.</summary>
    public static AlertDispatcher Dispatcher(
        Func<string, string?> secret, ILogger log, Func<TimeSpan, SinkPace>? pace = null, TimeSpan? window = null, TimeSpan? wait = null) =>
        new("web-lb", "haproxy-2", "203.0.113.10", secret, log, window ?? TimeSpan.FromHours(1), wait ?? TimeSpan.FromSeconds(10), pace ?? Quick);
}

/// <summary>A log that keeps its lines.</summary>
internal sealed class ListLog : ILogger
{
    public ConcurrentQueue<(LogLevel Level, string Line)> Lines { get; } = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue((logLevel, $"{formatter(state, exception)} {exception}"));
}
