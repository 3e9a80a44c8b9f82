using FlipAgent.Core;
using FlipAgent.Events;
using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>
/// What the control server needs of the agent, as plain functions: it knows HTTP, rights and limits, and nothing of elections. Every
/// function may be called from any thread at any time and answers within a few milliseconds unless it says otherwise.
/// </summary>
public sealed record ControlHandlers
{
    public required Func<CancellationToken, Task<StatusReport>> Status { get; init; }

    /// <summary>The kept events with an id above the given one, oldest first.</summary>
    public required Func<long, IReadOnlyList<EventReport>> EventsAfter { get; init; }

    /// <summary>Completes when an event with an id above the given one exists.</summary>
    public required Func<long, CancellationToken, Task> NextEvent { get; init; }

    /// <summary>Runs every check now and answers with fresh results, within the longest check time-out.</summary>
    public required Func<CancellationToken, Task<IReadOnlyList<CheckReport>>> CheckNow { get; init; }

    public required Func<Command, CancellationToken, Task<CommandAnswer>> Run { get; init; }

    /// <summary>Reads the configuration file and the secrets again; null: done, otherwise every error, one a line.</summary>
    public required Func<CancellationToken, Task<string?>> Reload { get; init; }

    /// <summary>Sends a test alert through every sink and waits for the outcome; null: all accepted it, otherwise which did not and why.</summary>
    public required Func<CancellationToken, Task<string?>> TestAlert { get; init; }

    /// <summary>The running configuration as YAML, secrets hidden.</summary>
    public required Func<string> ConfigText { get; init; }

    /// <summary>The page of metrics: in OpenMetrics 1.0, or (false) in the Prometheus text format 0.0.4.</summary>
    public required Func<bool, CancellationToken, Task<string>> Metrics { get; init; }

    /// <summary>True while the decision loop turns.</summary>
    public required Func<bool> Healthy { get; init; }
}
