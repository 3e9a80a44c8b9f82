namespace FlipAgent.Net;

/// <summary>
/// Lets so many through each second and no more, before anything dear is done with them. Like a turnstile with a coin tray: coins drop in at a
/// steady rate, each guest takes one, and the tray holds those of one second.
/// </summary>
internal struct FloodGate(int perSecond)
{
    private double _coins = perSecond;
    private TimeSpan _last;

    /// <param name="now">Monotonic; never before the last one.</param>
    public bool Admit(TimeSpan now)
    {
        _coins = Math.Min(perSecond, _coins + (now - _last).TotalSeconds * perSecond);
        _last = now;
        if (_coins < 1)
            return false;
        _coins--;
        return true;
    }
}
