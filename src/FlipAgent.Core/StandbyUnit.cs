namespace FlipAgent.Core;

/// <summary>
/// The unit that a cold standby keeps stopped while it is not master (rule E14). Always true: at most one start is asked for in <see cref="WarmUp"/>, and one stop for each
/// mastership until the unit is seen stopped.
/// </summary>
internal sealed class StandbyUnit
{
    /// <summary>How long a new master waits for its checks to come up.</summary>
    public static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    private TimeSpan _startAskedAt = Moment.Never;
    private bool _stopAsked;

    public bool Startable { get; private set; } = true;

    public bool Active { get; private set; }

    /// <returns>True when it has just become known that the unit cannot be started.</returns>
    public bool Take(bool startable, bool active)
    {
        var lost = Startable && !startable;
        (Startable, Active) = (startable, active);
        if (!active)
            _stopAsked = false;
        return lost;
    }

    /// <summary>A new mastership asks at once, and so does its end: a stop that was asked for before and failed is none for this one.</summary>
    public void Promoted() => (_startAskedAt, _stopAsked) = (Moment.Never, false);

    public bool AskStart(TimeSpan now)
    {
        if (Active || now - _startAskedAt < WarmUp)
            return false;
        _startAskedAt = now;
        return true;
    }

    public bool AskStop()
    {
        if (!Active || _stopAsked)
            return false;
        return _stopAsked = true;
    }
}
