namespace FlipAgent.Core;

/// <summary>
/// What people were told of the service through one floating IP (rule S1). Always true: that it is dead is told once until it answers again, or nobody looks any more, and whoever told the one tells
/// the other.
/// </summary>
public sealed class ServiceNotices
{
    private TimeSpan _deadSince = Moment.Never;
    private bool _neverSeen;

    /// <summary>Since when this node is the one to tell; <see cref="Moment.Never"/>: it is not.</summary>
    internal TimeSpan SpeaksSince { get; private set; } = Moment.Never;

    internal void Speak(TimeSpan now) => SpeaksSince = SpeaksSince == Moment.Never ? now : SpeaksSince;

    /// <returns>True when that was not told yet.</returns>
    internal bool NoteDead(TimeSpan since)
    {
        if (_deadSince != Moment.Never)
            return false;
        _deadSince = since;
        return true;
    }

    /// <returns>Since when it was dead, if this run told people so; null: it did not, or has forgotten.</returns>
    internal TimeSpan? NoteEnd()
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

    /// <summary>This node stops, or may not speak, and does not know what happens meanwhile: it tells the end all the same (<see cref="OpenAlerts"/>), but not for how long it was.</summary>
    internal void Forget() => (_deadSince, SpeaksSince) = (Moment.Never, Moment.Never);
}
