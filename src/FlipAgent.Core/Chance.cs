namespace FlipAgent.Core;

/// <summary>The random numbers of one run, from a seed: a run can be replayed. Good enough to spread retries, and for nothing that must be secret.</summary>
internal sealed class Chance(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A number in [0, 1).</summary>
    public double Next()
    {
        // xorshift64* (Vigna 2016).
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return ((_state * 0x2545F4914F6CDD1D) >> 11) / (double)(1UL << 53);
    }
}
