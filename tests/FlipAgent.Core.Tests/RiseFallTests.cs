namespace FlipAgent.Core.Tests;

/// <summary>
/// <see cref="RiseFall"/> by table and against a model that is too dumb to be wrong: it keeps every result ever seen and reads the verdict off the whole
/// list each time.
/// </summary>
public class RiseFallTests
{
    [Theory]
    // rise, fall, results (+ success, - failure), the verdict after each result (U up, D down)
    [InlineData(2, 2, "+", "U")]
    [InlineData(2, 2, "-", "D")]
    [InlineData(2, 2, "+-+-+-", "UUUUUU")]
    [InlineData(2, 2, "+--", "UUD")]
    [InlineData(2, 2, "-++", "DDU")]
    [InlineData(3, 2, "-++-+++", "DDDDDDU")]
    [InlineData(2, 3, "+--+---", "UUUUUUD")]
    [InlineData(1, 1, "+-+-", "UDUD")]
    [InlineData(2, 1, "+-+-++", "UDDDDU")]
    [InlineData(5, 5, "+----+-----", "UUUUUUUUUUD")]
    public void The_verdict_follows_the_table(int rise, int fall, string results, string expected)
    {
        var state = default(RiseFall);
        Assert.Null(state.Up);
        var seen = "";
        foreach (var result in results)
        {
            state = state.After(result == '+', rise, fall);
            seen += state.Up == true ? 'U' : 'D';
        }
        Assert.Equal(expected, seen);
    }

    [Fact]
    public void A_decided_fact_overrides_any_streak_and_the_way_back_needs_the_whole_rise()
    {
        var up = default(RiseFall).After(true, 3, 3).After(false, 3, 3).After(false, 3, 3);
        Assert.Equal(new RiseFall(true, 2), up);
        var dead = RiseFall.Decided(false);
        Assert.Equal(new RiseFall(false, 0), dead);
        var climbing = dead.After(true, 3, 3).After(true, 3, 3);
        Assert.False(climbing.Up);
        Assert.True(climbing.After(true, 3, 3).Up);
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(2, 0)]
    [InlineData(-1, 1)]
    public void A_rise_or_fall_below_one_is_a_programmer_error(int rise, int fall) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => default(RiseFall).After(true, rise, fall));

    [Fact]
    public void It_agrees_with_a_model_that_rereads_the_whole_history()
    {
        // Every history of up to 12 results, every rise and fall from 1 to 4: 131,040 cases, so nothing is left to chance.
        for (var rise = 1; rise <= 4; rise++)
            for (var fall = 1; fall <= 4; fall++)
                for (var length = 1; length <= 12; length++)
                    for (var bits = 0; bits < 1 << length; bits++)
                    {
                        var history = new bool[length];
                        var state = default(RiseFall);
                        for (var i = 0; i < length; i++)
                        {
                            history[i] = (bits >> i & 1) == 1;
                            state = state.After(history[i], rise, fall);
                        }
                        if (state.Up != DumbVerdict(history, rise, fall))
                            Assert.Fail($"rise {rise}, fall {fall}, history {string.Concat(history.Select(h => h ? '+' : '-'))}: {state}");
                    }
    }

    /// <summary>
    /// The verdict is the one of the last point in time at which somebody would have decided: the first result, or the end of a run of
    /// <paramref name="rise"/> successes, or of <paramref name="fall"/> failures. Looked for from the end.
    /// </summary>
    private static bool DumbVerdict(bool[] history, int rise, int fall)
    {
        for (var end = history.Length; end >= 1; end--)
        {
            var last = history[..end];
            if (last.Length >= rise && last[^rise..].All(r => r))
                return true;
            if (last.Length >= fall && last[^fall..].All(r => !r))
                return false;
        }
        return history[0];
    }
}
