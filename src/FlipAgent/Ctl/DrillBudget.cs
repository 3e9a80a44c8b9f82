using System.Globalization;
using FlipAgent.Reporting;

namespace FlipAgent.Ctl;

/// <summary>
/// Whether a drill fits into the budget of moves (rule C8), as far as this node can know. The move to the peer is the peer's own, and its count is
/// not known here; but it counts what it sees others do, and so does this node, so the two agree unless one of them was restarted since.
/// </summary>
internal static class DrillBudget
{
    /// <summary>Why the drill must not begin, with the time to wait; null: it fits.</summary>
    /// <param name="moves">1, or 2 with the way back.</param>
    public static string? Obstacle(StatusReport status, int moves)
    {
        if (status.MoveBudget is not { } budget || budget.Left >= moves)
            return null;
        var wait = Wait(budget, moves) is { } seconds ? $"; it fits again in {Text(seconds)}" : "";
        var shorter = moves > 1 && budget.Left > 0 ? ", or now without --back" : "";
        return $"it takes {Moves(moves)} away from a fit holder, and of {budget.Max} in {Text(budget.WindowS)} {(budget.Left == 1 ? "1 is" : $"{budget.Left} are")} left "
            + $"(rule C8){wait}{shorter}";
    }

    /// <summary>Seconds until so many moves fit; null when they never do.</summary>
    public static double? Wait(MoveBudgetReport budget, int moves)
    {
        if (budget.Left >= moves)
            return 0;
        // More may be counted than are allowed: moves of others count without asking.
        var mustEnd = budget.FreeInS.Count - (budget.Max - moves);
        return mustEnd >= 1 && mustEnd <= budget.FreeInS.Count ? budget.FreeInS[mustEnd - 1] : null;
    }

    public static string Text(double seconds)
    {
        var time = TimeSpan.FromSeconds(Math.Ceiling(seconds));
        return time.TotalMinutes < 1 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s")
            : time.Seconds == 0 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} min")
            : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(time.TotalMinutes):0} min {time.Seconds} s");
    }

    private static string Moves(int moves) => moves == 1 ? "1 move" : $"{moves} moves";
}
