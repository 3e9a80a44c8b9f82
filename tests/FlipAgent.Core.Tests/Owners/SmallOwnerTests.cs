namespace FlipAgent.Core.Tests.Owners;

/// <summary>Maintenance, quarantine, the watch for silence, the wish for the mastership: their transitions, to the tick where they have a bound.</summary>
public sealed class SmallOwnerTests
{
    private static readonly TimeSpan s_now = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan s_delay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_tick = TimeSpan.FromTicks(1);

    [Fact]
    public void Maintenance_lasts_as_long_as_was_asked_for_or_until_it_is_switched_off_and_leaves_nothing_behind()
    {
        var maintenance = new Maintenance();
        Assert.Equal((false, null, Moment.Forever, 0), (maintenance.On, maintenance.Reason, maintenance.Until, maintenance.Revision));
        maintenance.Begin(TimeSpan.FromMinutes(5), "kernel", s_now);
        Assert.Equal((true, "kernel", s_now + TimeSpan.FromMinutes(5), 1), (maintenance.On, maintenance.Reason, maintenance.Until, maintenance.Revision));
        maintenance.Begin(null, null, s_now);
        Assert.Equal((true, null, Moment.Forever, 2), (maintenance.On, maintenance.Reason, maintenance.Until, maintenance.Revision));
        maintenance.Begin(TimeSpan.FromMinutes(5), "disk", s_now, "alice");
        Assert.Equal("alice", maintenance.By);
        maintenance.End();
        Assert.Equal((false, null, null, Moment.Forever, 4), (maintenance.On, maintenance.Reason, maintenance.By, maintenance.Until, maintenance.Revision));
    }

    [Fact]
    public void C11_a_proof_is_in_flight_until_it_is_answered()
    {
        var access = new WriteAccess();
        access.Ask(s_now);
        access.Send(s_now + s_tick);
        Assert.Equal((true, Moment.Never, s_now + s_tick), (access.InFlight, access.AskedAt, access.SentAt));
        access.Answered();
        Assert.Equal((false, s_now + s_tick), (access.InFlight, access.SentAt));
        access.NotSent();
        Assert.Equal(Moment.Never, access.SentAt);
    }

    [Fact]
    public void E10_a_quarantine_ends_with_the_answer_to_a_lookup_that_was_sent_at_its_end()
    {
        var quarantine = new Quarantine();
        quarantine.LookupAnswered(s_now);
        Assert.False(quarantine.On);
        quarantine.Begin(s_now);
        Assert.Equal((true, s_now, false), (quarantine.On, quarantine.Until, quarantine.LookingUp));
        quarantine.LookupAnswered(s_now);
        Assert.True(quarantine.On); // It listens still.
        quarantine.LookUp();
        quarantine.LookupAnswered(s_now - s_tick);
        Assert.True(quarantine.On);
        quarantine.LookupAnswered(s_now);
        Assert.Equal((false, Moment.Never, false), (quarantine.On, quarantine.Until, quarantine.LookingUp));
    }

    [Fact]
    public void E10_a_second_stall_begins_the_quarantine_anew_and_it_waits_5_s_and_T_for_the_lookup()
    {
        var quarantine = new Quarantine();
        quarantine.Begin(s_now);
        quarantine.LookUp();
        quarantine.Begin(s_now + s_delay);
        Assert.Equal((s_now + s_delay, false), (quarantine.Until, quarantine.LookingUp));
        Assert.Equal(s_now + s_delay + TimeSpan.FromSeconds(7), quarantine.GivesUpAt(TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public void E6_the_turn_counts_from_the_first_moment_at_which_nothing_else_stands_in_the_way()
    {
        var silence = new SilenceWatch();
        Assert.Equal(Moment.Forever, silence.ReadySince);
        Assert.Equal(s_now, silence.Ready(s_now));
        Assert.Equal(s_now, silence.Ready(s_now + s_tick));
        silence.Wait();
        Assert.Equal(s_now + s_delay, silence.Ready(s_now + s_delay));
        silence.Announce();
        silence.Wait();
        Assert.True(silence.Announced);
        silence.Promoted();
        Assert.Equal((Moment.Forever, false), (silence.ReadySince, silence.Announced));
    }

    [Fact]
    public void E9_a_wish_by_rank_has_held_for_the_delay_without_a_break()
    {
        var wish = new Preemption();
        Assert.False(wish.Outranks(s_delay, s_now));
        Assert.False(wish.Outranks(s_delay, s_now + s_delay - s_tick));
        Assert.False(wish.Wants);
        Assert.True(wish.Outranks(s_delay, s_now + s_delay));
        Assert.False(wish.Outranks(s_delay, s_now + s_delay + s_tick)); // That is told once.
        Assert.Equal((true, s_now), (wish.Wants, wish.OutranksSince));
        wish.BeginAnew();
        Assert.Equal((true, Moment.Forever), (wish.Wants, wish.OutranksSince));
        Assert.False(wish.Outranks(s_delay, s_now + s_delay));
        Assert.False(wish.Wants);
        wish.StopWanting();
        Assert.Equal((false, Moment.Forever), (wish.Wants, wish.OutranksSince));
    }

    [Theory]
    [InlineData(-1, true, true)]
    [InlineData(0, true, false)]
    [InlineData(-1, false, false)]
    public void E9_what_a_person_asked_for_ends_in_time_and_its_yes_with_it(int ticks, bool yes, bool overrides)
    {
        var wish = new Preemption();
        Assert.False(wish.AsksByCommand(s_now));
        wish.Outranks(TimeSpan.Zero, s_now);
        wish.AskByCommand(yes, s_now + s_delay);
        var now = s_now + s_delay + TimeSpan.FromTicks(ticks);
        Assert.Equal(ticks < 0, wish.AsksByCommand(now));
        Assert.Equal(overrides, wish.Granted(now));
        Assert.Equal((false, false, Moment.Forever), (wish.AsksByCommand(s_now), wish.Wants, wish.OutranksSince));
        wish.AskByCommand(false, s_now + s_delay);
        Assert.False(wish.Granted(s_now)); // The yes was for the first.
    }

    [Fact]
    public void E14_a_cold_standby_asks_for_a_start_once_in_5_s_and_for_a_stop_once()
    {
        var unit = new StandbyUnit();
        Assert.True(unit.AskStart(s_now));
        Assert.False(unit.AskStart(s_now + StandbyUnit.WarmUp - s_tick));
        Assert.True(unit.AskStart(s_now + StandbyUnit.WarmUp));
        unit.Promoted();
        Assert.True(unit.AskStart(s_now + StandbyUnit.WarmUp));
        Assert.False(unit.AskStop());
        unit.Take(startable: true, active: true);
        unit.Promoted();
        Assert.False(unit.AskStart(s_now));
        Assert.True(unit.AskStop());
        Assert.False(unit.AskStop());
        unit.Take(startable: true, active: true);
        Assert.False(unit.AskStop());
        unit.Promoted(); // The stop had failed, and the next mastership ends too.
        Assert.True(unit.AskStop());
        unit.Take(startable: true, active: false);
        unit.Take(startable: true, active: true);
        Assert.True(unit.AskStop());
        Assert.True(unit.Take(startable: false, active: true));
        Assert.False(unit.Take(startable: false, active: true));
    }

    [Fact]
    public void A_node_is_named_by_its_place_and_no_place_is_nobody()
    {
        var turn = new Turn(Sim.GrownNode.Alone(), s_now, []);
        Assert.Equal(("a", "b", "nobody"), (turn.NameOf(0), turn.NameOf(1), turn.NameOf(-1)));
    }

    [Fact]
    public void The_earlier_and_the_later_of_two_moments()
    {
        Assert.Equal((s_now, s_now), (Moment.Min(s_now, s_now + s_tick), Moment.Min(s_now + s_tick, s_now)));
        Assert.Equal((s_now, s_now), (Moment.Max(s_now, s_now - s_tick), Moment.Max(s_now - s_tick, s_now)));
        Assert.True(Moment.Never < TimeSpan.Zero && Moment.Forever > TimeSpan.FromDays(36000));
    }

    /// <summary>xorshift64* (Vigna 2016): a recorded life is played again with the same waits.</summary>
    [Fact]
    public void The_random_numbers_of_a_seed_are_always_the_same_and_below_1()
    {
        var chance = new Chance(1);
        Assert.Equal([0.28083505005035947, 0.6711372530266764, 0.7258461452833668], Enumerable.Range(0, 3).Select(_ => chance.Next()));
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.True(chance.Next() is >= 0 and < 1));
    }
}
