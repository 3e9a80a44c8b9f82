using FlipAgent.Core;
using FlipAgent.Events;

namespace FlipAgent.Alerts;

/// <summary>
/// Makes one message of one failover. What only leads to a move (a master gives up, a node falls silent) waits for at most <paramref name="wait"/>; when the move is seen meanwhile, the
/// node that made it tells all, and what waited is not sent. What is over before its time needs no message, and neither does its end. A critical alert never waits. Not for several threads.
/// </summary>
internal sealed class FailoverStory(TimeSpan wait)
{
    // More at once is no failover, and nothing that should wait.
    private const int MaxWaiting = 64;

    private readonly List<Waiting> _waiting = [];
    // Peers whose silence people know of by another alert than the one that waits: a critical one, or that of the failover.
    private readonly HashSet<string> _knownSilent = [];
    private (string From, TimeSpan At, bool Silent)? _moved;

    /// <summary>When the first of those that wait is due; null: none waits.</summary>
    public TimeSpan? NextDue => _waiting.Count == 0 ? null : _waiting.Min(w => w.Until);

    /// <summary>An event that is no alert may end the waiting of one all the same.</summary>
    public static bool Matters(Event e) => e.Kind is EventKind.HolderChanged or EventKind.Followed;

    /// <summary>Takes an event in the order in which they happen. True: tell it now.</summary>
    public bool IsToTell(Alert alert, TimeSpan now)
    {
        var e = alert.Event;
        if (Left(e) is { } from)
        {
            // The move tells of the silence only when that was its cause, or when another node made it.
            _moved = (from, now, (e.Cause is Cause.MasterSilent { MasterNode: var master } && master == from) || e.Kind == EventKind.HolderChanged);
            _waiting.RemoveAll(w => Blames(w.Alert.Event) == from);
            if (e.Cause is Cause.MasterSilent { MasterNode: var dead })
                _knownSilent.Add(dead);
        }
        if (!Alert.IsWanted(e))
            return false;
        if (e is { Kind: EventKind.ServiceAliveMasterSilent, Peer: { } silent })
        {
            // It says all that the one that waits would say, and more.
            _knownSilent.Add(silent);
            _waiting.RemoveAll(w => w.Alert.Event is { Kind: EventKind.PeerSilent, Peer: { } same } && same == silent);
        }
        var wasShort = _waiting.RemoveAll(w => Closure.Ends(e, w.Alert.Event)) > 0;
        if (e is { Kind: EventKind.PeerHeard, Peer: { } heard } && !_knownSilent.Remove(heard) && wasShort)
            return false;
        if (e.Severity == Severity.Critical || Blames(e) is not { } node)
            return true;
        if (_moved is { } moved && moved.From == node && now - moved.At < wait && (moved.Silent || e.Kind != EventKind.PeerSilent))
            return false;
        if (_waiting.Count >= MaxWaiting)
            return true;
        _waiting.Add(new Waiting(alert, now + wait));
        return false;
    }

    /// <summary>Those that have waited long enough: no move came.</summary>
    public IReadOnlyList<Alert> Due(TimeSpan now)
    {
        var due = _waiting.Where(w => w.Until <= now).Select(w => w.Alert).ToList();
        _waiting.RemoveAll(w => w.Until <= now);
        return due;
    }

    /// <summary>All that wait.</summary>
    public IReadOnlyList<Alert> TakeAll() => Due(TimeSpan.MaxValue);

    /// <summary>The node that the floating IP moved away from, to another one of the cluster; null: this is no such news.</summary>
    private static string? Left(Event e) => e.Kind switch
    {
        EventKind.ClaimHeld => e.Peer,
        EventKind.HolderChanged when e.Holder is { } holder && Words.IsNode(holder) => e.From,
        EventKind.Followed => e.Node,
        _ => null,
    };

    /// <summary>The node whose trouble this tells of, when a move may be its end; null: it is told by itself.</summary>
    private static string? Blames(Event e) => e.Kind switch
    {
        EventKind.Released or EventKind.ClaimLost => e.Node,
        EventKind.PeerSilent or EventKind.HoldExpired => e.Peer,
        _ => null,
    };

    private sealed record Waiting(Alert Alert, TimeSpan Until);
}
