using System.Collections.Immutable;

namespace FlipAgent.Core;

/// <summary>
/// The budget of moves (rule C8) as people may see it. Each node keeps its own count: the moves that it made itself and those that it saw others
/// make, away from a fit holder. The counts of two nodes agree unless one of them was restarted or missed a move.
/// </summary>
public static partial class Election
{
    /// <summary>So many moves away from a fit holder may be made in <see cref="MoveWindow"/>.</summary>
    public static int MaxMoves => FlapMoves;

    public static TimeSpan MoveWindow => FlapWindow;

    /// <summary>For each move that counts at present, when it stops counting; the earliest first.</summary>
    public static ImmutableArray<TimeSpan> CountedMoves(ElectionState state, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        return [.. state.MovesFromFit.Select(at => at + FlapWindow).Where(end => end > now).Order()];
    }
}
