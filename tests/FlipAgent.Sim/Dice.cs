namespace FlipAgent.Sim;

/// <summary>
/// All chance of the simulator: xoshiro256** (Blackman and Vigna, 2018), written out here because <see cref="Random"/> may give other numbers in another
/// runtime, and a seed must replay to the byte for ever.
/// </summary>
internal sealed class Dice
{
    private ulong _a, _b, _c, _d;

    public Dice(ulong seed)
    {
        _a = SplitMix(ref seed);
        _b = SplitMix(ref seed);
        _c = SplitMix(ref seed);
        _d = SplitMix(ref seed);
    }

    /// <summary>Dice of their own that depend on these, so that one part of the world does not change the luck of another.</summary>
    public Dice Fork() => new(Next());

    public ulong Next()
    {
        var result = ulong.RotateLeft(_b * 5, 7) * 9;
        var t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = ulong.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>0 to <paramref name="count"/> - 1.</summary>
    public int Below(int count) => (int)(Next() % (ulong)count);

    /// <summary>Both ends are possible.</summary>
    public int Between(int low, int high) => low + Below(high - low + 1);

    public TimeSpan Between(TimeSpan low, TimeSpan high) =>
        high <= low ? low : low + TimeSpan.FromTicks((long)(Next() % (ulong)((high - low).Ticks + 1)));

    /// <summary>Milliseconds, both ends possible, with the fractions of a millisecond that real time has.</summary>
    public TimeSpan Milliseconds(double low, double high) => Between(TimeSpan.FromMilliseconds(low), TimeSpan.FromMilliseconds(high));

    public TimeSpan Seconds(double low, double high) => Between(TimeSpan.FromSeconds(low), TimeSpan.FromSeconds(high));

    public bool Chance(double probability) => (Next() >> 11) * (1.0 / (1UL << 53)) < probability;

    public T Pick<T>(IReadOnlyList<T> from) => from[Below(from.Count)];

    private static ulong SplitMix(ref ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        var z = x;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
