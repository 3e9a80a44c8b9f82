namespace FlipAgent.Core;

/// <summary>
/// Turns a check's results into its verdict, as HAProxy's <c>rise</c> and <c>fall</c> do: only so many results in a row that contradict the verdict change it. The first
/// result is the verdict at once, because until then there is none.
/// </summary>
/// <param name="Up">The verdict; null before the first result.</param>
/// <param name="Streak">How many results in a row have contradicted the verdict, the latest included.</param>
public readonly record struct RiseFall(bool? Up, int Streak)
{
    /// <summary>The state after one more result.</summary>
    /// <param name="success">The result.</param>
    /// <param name="rise">Successes in a row until up, at least 1.</param>
    /// <param name="fall">Failures in a row until down, at least 1.</param>
    public RiseFall After(bool success, int rise, int fall)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rise, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(fall, 1);
        if (Up is not { } up)
            return Decided(success);
        if (success == up)
            return Decided(up);
        var needed = success ? rise : fall;
        return Streak + 1 >= needed ? Decided(success) : this with { Streak = Streak + 1 };
    }

    /// <summary>
    /// The state after a fact, which needs no repetition: a process that has exited will not have exited less at the next look.
    /// </summary>
    public static RiseFall Decided(bool up) => new(up, 0);
}
