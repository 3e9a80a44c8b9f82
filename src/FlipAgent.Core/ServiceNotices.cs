namespace FlipAgent.Core;

/// <summary>What people were told of the service through one floating IP (rule S1). Always true: that it is dead is told once until it answers again or the mastership ends.</summary>
public sealed class ServiceNotices
{
    private TimeSpan _deadSince = Moment.Never;
    private bool _neverSeen;

    /// <returns>True when that was not told yet.</returns>
    internal bool NoteDead(TimeSpan since)
    {
        if (_deadSince != Moment.Never)
            return false;
        _deadSince = since;
        return true;
    }

    /// <returns>Since when it was dead, if people were told so; null: they were not.</returns>
    internal TimeSpan? NoteAlive()
    {
        if (_deadSince == Moment.Never)
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

    /// <summary>Another node is master, or nobody holds the address: what comes next is another story.</summary>
    internal void Forget() => _deadSince = Moment.Never;
}
