namespace FlipAgent.Core;

/// <summary>
/// What people were told of the service through one floating IP (rule S1). Always true: that it is dead is told once until it answers again, or nobody looks any more, and whoever told the one tells
/// the other.
/// </summary>
public sealed class ServiceNotices
{
    private TimeSpan _deadSince = Moment.Never;
    private bool _neverSeen;

    internal bool DeadTold => _deadSince != Moment.Never;

    /// <returns>True when that was not told yet.</returns>
    internal bool NoteDead(TimeSpan since)
    {
        if (DeadTold)
            return false;
        _deadSince = since;
        return true;
    }

    /// <returns>Since when it was dead, if people were told so; null: they were not.</returns>
    internal TimeSpan? NoteEnd()
    {
        if (!DeadTold)
            return null;
        var since = _deadSince;
        _deadSince = Moment.Never;
        return since;
    }

    /// <returns>True once in a run.</returns>
    internal bool NoteNeverSeen()
    {
        var first = !_neverSeen;
        _neverSeen = true;
        return first;
    }

    /// <summary>This node stops, or may not speak: what comes next is another story.</summary>
    internal void Forget() => _deadSince = Moment.Never;
}
