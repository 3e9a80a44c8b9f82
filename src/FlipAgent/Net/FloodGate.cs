namespace FlipAgent.Net;

/// <summary>
/// A token bucket: lets so many through each second and no more, before anything expensive is done with them. It holds the tokens of one second.
/// </summary>
internal struct FloodGate
{
    private readonly double _perSecond;
    private double _tokens;
    private TimeSpan _last;

    public FloodGate(double perSecond) => _perSecond = _tokens = perSecond;

    /// <param name="now">Monotonic; never before the last one.</param>
    public bool Admit(TimeSpan now)
    {
        if (TokensLeft(now) < 1)
            return false;
        _tokens--;
        return true;
    }

    /// <summary>What is left of the second's tokens, which may be seconds of work as well.</summary>
    public double TokensLeft(TimeSpan now)
    {
        _tokens = Math.Min(_perSecond, _tokens + (now - _last).TotalSeconds * _perSecond);
        _last = now;
        return _tokens;
    }

    public void Spend(double tokens) => _tokens -= tokens;
}
