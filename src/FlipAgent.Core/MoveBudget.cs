using System.Runtime.InteropServices;

namespace FlipAgent.Core;

/// <summary>
/// What keeps two healthy nodes from moving the floating IP for ever (rule C8): a gap between own moves, and at most three moves of the cluster away from a fit
/// holder within 10 minutes. Always true: a move is counted when the cloud took it, not when it was asked for.
/// </summary>
public sealed class MoveBudget
{
    /// <summary>So many moves away from a fit holder may be made in <see cref="Window"/>.</summary>
    public const int Max = 3;

    /// <summary>How long a move away from a fit holder counts.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    internal static readonly TimeSpan Gap = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_gapUrgent = TimeSpan.FromSeconds(5);
    // Moves away from a fit holder, by when they stop counting; the earliest first.
    private readonly List<TimeSpan> _countsUntil = [];
    private TimeSpan _previousMoveAt = Moment.Never;

    /// <summary>The budget is spent: the address stays where it is.</summary>
    public bool FlapHold { get; private set; }

    /// <summary>This node's own last move.</summary>
    internal TimeSpan LastMoveAt { get; private set; } = Moment.Never;

    /// <summary>The move that was asked for last leaves a fit holder.</summary>
    internal bool AskedAwayFromFit { get; private set; }

    /// <summary>Own moves keep this distance: 20 s, or 5 s when the holder is unfit, silent or nobody.</summary>
    internal TimeSpan NextMoveAt(bool holderIsFit) => LastMoveAt + (holderIsFit ? Gap : s_gapUrgent);

    /// <summary>For each move that counts at present, when it stops counting; the earliest first. Valid until the next move is counted.</summary>
    public ReadOnlySpan<TimeSpan> Counted(TimeSpan now)
    {
        ReadOnlySpan<TimeSpan> counted = CollectionsMarshal.AsSpan(_countsUntil);
        while (counted is [var first, ..] && first <= now)
            counted = counted[1..];
        return counted;
    }

    internal bool IsSpent(TimeSpan now) => Counted(now).Length >= Max;

    /// <summary>When it is no longer spent; <see cref="Moment.Forever"/>: it is not. More than <see cref="Max"/> can count, for what others move counts too.</summary>
    internal TimeSpan FreeAt(TimeSpan now) => Counted(now) is { Length: >= Max } counted ? counted[^Max] : Moment.Forever;

    internal void Ask(bool awayFromFit) => AskedAwayFromFit = awayFromFit;

    /// <summary>The move that was asked for happened.</summary>
    internal void CountOwn(TimeSpan now)
    {
        (_previousMoveAt, LastMoveAt) = (LastMoveAt, now);
        if (AskedAwayFromFit)
            CountAway(now);
        AskedAwayFromFit = false;
    }

    /// <summary>It did not happen after all: the cloud's action failed.</summary>
    internal void Uncount()
    {
        _countsUntil.Remove(LastMoveAt + Window);
        LastMoveAt = _previousMoveAt;
    }

    /// <summary>Somebody moved it away from a fit node.</summary>
    internal void CountAway(TimeSpan now)
    {
        _countsUntil.RemoveRange(0, _countsUntil.Count - Counted(now).Length);
        _countsUntil.Add(now + Window);
    }

    /// <returns>True when it was off.</returns>
    internal bool BeginFlapHold()
    {
        var begun = !FlapHold;
        FlapHold = true;
        return begun;
    }

    internal void EndFlapHold() => FlapHold = false;
}
