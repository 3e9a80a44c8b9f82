namespace FlipAgent.Core;

/// <summary>
/// The floating IP arrived at a peer that this node does not hear, so somebody there is alive: this node stays backup (rule E8b). Outlives a restart of the agent.
/// Always true: while it is on, the end that it has without a guard is set.
/// </summary>
public sealed class Supersession
{
    private static readonly TimeSpan s_first = TimeSpan.FromMinutes(10);
    private TimeSpan _waitEndsAt = Moment.Forever;

    /// <summary>Wire id of the node that superseded this one; 0: none.</summary>
    public uint By { get; private set; }

    internal bool On => By != NodeId.None;

    /// <summary>When the arrival was seen, or, after a restart, when that was recalled; says nothing while it is off.</summary>
    internal TimeSpan At { get; private set; } = Moment.Never;

    /// <summary>How often in a row: the wait without a guard doubles.</summary>
    internal int Count { get; private set; }

    /// <summary>Counts the changes that the next run should know of.</summary>
    internal int Revision { get; private set; }

    /// <summary>When it ends by itself: with a guard that can tell never, without one after 10 minutes, twice as long each time, at most 80.</summary>
    internal TimeSpan EndAt(bool withGuard) => withGuard ? Moment.Forever : _waitEndsAt;

    /// <returns>False when that node has superseded this one already.</returns>
    internal bool Begin(uint by, TimeSpan now)
    {
        if (By == by)
            return false;
        (By, At, Count, Revision) = (by, now, Count + 1, Revision + 1);
        _waitEndsAt = now + Wait(Count);
        return true;
    }

    /// <param name="left">What was left of the wait at the end of the last run; zero: there was a guard then, so the wait begins now.</param>
    internal void Recall(uint by, int count, TimeSpan left, TimeSpan age, TimeSpan now)
    {
        (By, At, Count) = (by, now, count);
        _waitEndsAt = now + (left == TimeSpan.Zero ? Wait(count) : Moment.Max(left - age, TimeSpan.Zero));
    }

    internal void End() => (By, _waitEndsAt, Revision) = (NodeId.None, Moment.Forever, Revision + 1);

    /// <summary>The nodes hear each other again: the next one is a first one.</summary>
    internal void Forgive() => Count = 0;

    /// <param name="count">From 1 on; what a file says may be less.</param>
    private static TimeSpan Wait(int count) => s_first * (1 << Math.Clamp(count - 1, 0, 3));
}
