namespace FlipAgent.Core;

/// <summary>For how long nobody could take over from the master (rule S3). Always true: it is announced once until somebody could again, or the mastership ends.</summary>
internal sealed class StandbyWatch
{
    /// <summary>A node that restarts, or is upgraded, is back by then.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private TimeSpan _noneSince = Moment.Never;
    private bool _announced;

    /// <summary>When it is announced, if nobody can until then.</summary>
    public TimeSpan DueAt => _noneSince + Patience;

    /// <returns>True when it is due to be announced.</returns>
    public bool None(TimeSpan now)
    {
        if (_noneSince == Moment.Never)
            _noneSince = now;
        if (_announced || now < DueAt)
            return false;
        _announced = true;
        return true;
    }

    /// <returns>Since when nobody could, if that was announced; null: it was not.</returns>
    public TimeSpan? Some()
    {
        TimeSpan? since = _announced ? _noneSince : null;
        Forget();
        return since;
    }

    /// <summary>Another node is master and has its own view.</summary>
    public void Forget() => (_noneSince, _announced) = (Moment.Never, false);
}
