namespace FlipAgent.Core.Tests.Owners;

/// <summary>What counts as a move and until when (rule C8), to the tick.</summary>
public sealed class MoveBudgetCountTests
{
    private static readonly TimeSpan s_now = TimeSpan.FromSeconds(1000);
    private static readonly TimeSpan s_tick = TimeSpan.FromTicks(1);
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);
    private readonly MoveBudget _budget = new();

    [Fact]
    public void Three_moves_away_from_a_fit_holder_spend_it_until_the_first_is_10_minutes_old()
    {
        Assert.Equal(Moment.Forever, _budget.FreeAt(s_now));
        for (var i = 0; i < 3; i++)
        {
            Assert.False(_budget.IsSpent(s_now + i * s_minute));
            _budget.CountAway(s_now + i * s_minute);
        }
        var over = s_now + MoveBudget.Window;
        Assert.True(_budget.IsSpent(over - s_tick));
        Assert.Equal(over, _budget.FreeAt(over - s_tick));
        Assert.Equal([over, over + s_minute, over + 2 * s_minute], _budget.Counted(over - s_tick).ToArray());
        Assert.False(_budget.IsSpent(over));
        Assert.Equal(Moment.Forever, _budget.FreeAt(over));
        Assert.Equal([over + s_minute, over + 2 * s_minute], _budget.Counted(over).ToArray());
        // One that is over makes room, and only that one.
        _budget.CountAway(over);
        Assert.Equal([over + s_minute, over + 2 * s_minute, over + MoveBudget.Window], _budget.Counted(over).ToArray());
    }

    [Fact]
    public void With_more_than_three_it_is_free_when_only_two_count()
    {
        for (var i = 0; i < 5; i++)
            _budget.CountAway(s_now + i * s_minute);
        var free = s_now + 2 * s_minute + MoveBudget.Window;
        Assert.Equal(free, _budget.FreeAt(s_now + 4 * s_minute));
        Assert.True(_budget.IsSpent(free - s_tick));
        Assert.False(_budget.IsSpent(free));
    }

    [Fact]
    public void An_own_move_counts_when_it_leaves_a_fit_holder()
    {
        _budget.Ask(awayFromFit: false);
        _budget.CountOwn(s_now);
        Assert.Empty(_budget.Counted(s_now).ToArray());
        _budget.Ask(awayFromFit: true);
        Assert.True(_budget.AskedAwayFromFit);
        _budget.CountOwn(s_now + s_minute);
        Assert.Equal([s_now + s_minute + MoveBudget.Window], _budget.Counted(s_now + s_minute).ToArray());
        // One request is one move.
        Assert.False(_budget.AskedAwayFromFit);
        _budget.CountOwn(s_now + 2 * s_minute);
        Assert.Single(_budget.Counted(s_now + 2 * s_minute).ToArray());
    }

    [Fact]
    public void Own_moves_keep_20_s_from_each_other_and_5_s_when_nobody_fit_has_the_address()
    {
        Assert.True(_budget.NextMoveAt(holderIsFit: true) < TimeSpan.Zero);
        _budget.CountOwn(s_now);
        Assert.Equal(s_now, _budget.LastMoveAt);
        Assert.Equal(s_now + TimeSpan.FromSeconds(20), _budget.NextMoveAt(holderIsFit: true));
        Assert.Equal(s_now + TimeSpan.FromSeconds(5), _budget.NextMoveAt(holderIsFit: false));
    }

    [Fact]
    public void A_move_that_the_cloud_did_not_carry_out_does_not_count()
    {
        _budget.CountOwn(s_now);
        _budget.Ask(awayFromFit: true);
        _budget.CountOwn(s_now + s_minute);
        _budget.Uncount();
        Assert.Empty(_budget.Counted(s_now + s_minute).ToArray());
        Assert.Equal(s_now, _budget.LastMoveAt);
    }

    /// <summary>The budget is asked at each step of a master; an agent runs for years.</summary>
    [Fact]
    public void What_no_longer_counts_takes_no_memory_and_a_question_takes_none()
    {
        var now = s_now;
        Count(moves: 3);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Count(moves: 1000);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Count(int moves)
        {
            for (; moves > 0; moves--, now += MoveBudget.Window / 2)
            {
                _budget.CountAway(now);
                _ = _budget.IsSpent(now) || _budget.FreeAt(now) < now;
            }
        }
    }

    [Fact]
    public void Flap_hold_begins_once()
    {
        Assert.True(_budget.BeginFlapHold());
        Assert.False(_budget.BeginFlapHold());
        Assert.True(_budget.FlapHold);
        _budget.EndFlapHold();
        Assert.False(_budget.FlapHold);
        Assert.True(_budget.BeginFlapHold());
    }
}
