namespace FlipAgent.Net;

/// <summary>
/// A token bucket: lets so many through each second and no more, before anything expensive is done with them. It holds the tokens of one second.
/// </summary>
internal struct FloodGate
{
    private readonly double _perSecond;
    private double _coins;
    private TimeSpan _last;

    public FloodGate(double perSecond) => _perSecond = _coins = perSecond;

    /// <param name="now">Monotonic; never before the last one.</param>
    public bool Admit(TimeSpan now)
    {
        if (CoinsLeft(now) < 1)
            return false;
        _coins--;
        return true;
    }

    /// <summary>What is left of the second's coins, which may be seconds of work as well.</summary>
    public double CoinsLeft(TimeSpan now)
    {
        _coins = Math.Min(_perSecond, _coins + (now - _last).TotalSeconds * _perSecond);
        _last = now;
        return _coins;
    }

    public void Spend(double coins) => _coins -= coins;
}
