using FlipAgent.Core;
using FlipAgent.Logging;

namespace FlipAgent.Supervision;

/// <summary>
/// Knows every part of the agent that may fail, which is all of it but the decision loop. An exception in a part ends what the part was doing and nothing
/// else: it is announced once, as a critical event, and the part goes on with its next turn. The process as a whole ends for a failure of the decision
/// loop only, because systemd would start it again into the same failure, on every node at once.
/// </summary>
public sealed class Supervisor
{
    /// <summary>What a part fails with is shown among the problems of the node for this long after the last time, and announced again only after it.</summary>
    internal static readonly TimeSpan Calm = TimeSpan.FromMinutes(10);

    private readonly Action<Event> _announce;
    private readonly ILogger? _log;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SupervisedPart> _parts = [];

    /// <param name="announce">Takes the one event of a failure; called on the thread that failed. Must not block.</param>
    /// <param name="log">Takes the stack trace that belongs to the event; null: nowhere.</param>
    public Supervisor(Action<Event> announce, ILogger? log)
    {
        ArgumentNullException.ThrowIfNull(announce);
        (_announce, _log) = (announce, log);
    }

    /// <summary>Contains failures like any other, and nobody hears of them: for a part that is used on its own.</summary>
    public static Supervisor Silent { get; } = new(static _ => { }, null);

    /// <summary>What failed lately, one sentence for each part.</summary>
    public IReadOnlyList<string> Problems
    {
        get
        {
            SupervisedPart[] parts;
            lock (_lock)
                parts = [.. _parts.Values];
            return [.. parts.Select(p => p.Problem).OfType<string>()];
        }
    }

    /// <param name="name">As people read it: "check site", "send thread". The same name is the same part, also after a reload.</param>
    public SupervisedPart Part(string name)
    {
        lock (_lock)
        {
            if (!_parts.TryGetValue(name, out var part))
                _parts[name] = part = new SupervisedPart(name, Announce);
            return part;
        }
    }

    private void Announce(string name, string why, Exception exception)
    {
        try
        {
            _announce(new Event(EventKind.PartFailed, Severity.Critical) { Subject = name, Detail = why });
            _log?.PartFailed(name, exception);
        }
        catch (Exception)
        {
            // Who contains failures must not add one: without this the reporting of a failure could end the process that it is to keep alive.
        }
    }
}
