namespace FlipAgent.Config.Values;

/// <summary>"Did you mean ...?": the known name that takes the fewest slips of the finger to become the one that was typed.</summary>
public static class NearestName
{
    /// <summary>The nearest of <paramref name="known"/>, or null when none is near: at most one slip for each three letters.</summary>
    public static string? Of(string typed, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(typed);
        ArgumentNullException.ThrowIfNull(known);
        if (typed.Length is 0 or > 40)
            return null;
        var word = Plain(typed);
        string? best = null;
        var fewest = Math.Max(1, typed.Length / 3) + 1;
        foreach (var name in known)
        {
            var candidate = Plain(name);
            // "prio", "token": a name that begins with what was typed is near, however long it goes on.
            var slips = word.Length >= 3 && candidate.StartsWith(word, StringComparison.Ordinal) ? 1 : Slips(word, candidate);
            if (slips >= fewest)
                continue;
            fewest = slips;
            best = name;
        }

        return best;
    }

    /// <summary>Letters to add, drop, change or swap with their neighbour (optimal string alignment distance).</summary>
    internal static int Slips(string a, string b)
    {
        var before = new int[b.Length + 1];
        var row = new int[b.Length + 1];
        var next = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
            row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            next[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var change = row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                next[j] = Math.Min(change, 1 + Math.Min(row[j], next[j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    next[j] = Math.Min(next[j], before[j - 2] + 1);
            }

            (before, row, next) = (row, next, before);
        }

        return row[b.Length];
    }

    private static string Plain(string name) => name.ToLowerInvariant().Replace('-', '_');
}
