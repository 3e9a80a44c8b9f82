namespace FlipAgent.Core;

/// <summary>
/// The floating IP arrived at a peer that this node does not hear, so somebody there is alive: this node stays backup (rule E8b). Outlives a restart of the agent.
/// Always true: an end is set exactly while it is on and there is no guard.
/// </summary>
public sealed class Supersession
{
    private static readonly TimeSpan s_first = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_max = TimeSpan.FromMinutes(80);

    /// <summary>Wire id of the node that superseded this one; 0: none.</summary>
    public uint By { get; private set; }

    internal bool On => By != NodeId.None;

    internal TimeSpan At { get; private set; } = Moment.Never;

    /// <summary>It ends by itself then; <see cref="Moment.Forever"/>: not by time.</summary>
    internal TimeSpan Until { get; private set; } = Moment.Forever;

    /// <summary>How often in a row: the wait without a guard doubles.</summary>
    internal int Count { get; private set; }

    /// <summary>Counts the changes that the next run should know of.</summary>
    internal int Revision { get; private set; }

    /// <returns>False when that node has superseded this one already.</returns>
    internal bool Begin(uint by, bool guard, TimeSpan now)
    {
        if (By == by)
            return false;
        (By, At, Count, Revision) = (by, now, Count + 1, Revision + 1);
        var wait = s_first;
        for (var i = 1; i < Count && wait < s_max; i++)
            wait *= 2;
        Until = guard ? Moment.Forever : now + Moment.Min(wait, s_max);
        return true;
    }

    internal void Recall(uint by, int count, bool guard, TimeSpan left, TimeSpan now) =>
        (By, At, Count, Until) = (by, now, count, guard ? Moment.Forever : now + left);

    internal void End() => (By, Until, Revision) = (NodeId.None, Moment.Forever, Revision + 1);

    /// <summary>The nodes hear each other again: the next one is a first one.</summary>
    internal void Forgive() => Count = 0;
}
