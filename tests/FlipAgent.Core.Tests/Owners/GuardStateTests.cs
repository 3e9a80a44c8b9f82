namespace FlipAgent.Core.Tests.Owners;

/// <summary>The guard's memory of its probes (rules E6, S1): what counts as two failures, when the next probe is due, what a new guard forgets.</summary>
public sealed class GuardStateTests
{
    private static readonly TimeSpan s_t = TimeSpan.FromSeconds(1);

    [Fact]
    public void Two_failures_in_a_row_say_dead_and_a_success_ends_them()
    {
        var guard = new Guard();
        Fail(guard, 10);
        Assert.Equal((false, 1, Second(10)), (guard.SaysDead, guard.Failures, guard.FailingSince));
        Fail(guard, 11);
        Assert.Equal((true, 2, Second(10)), (guard.SaysDead, guard.Failures, guard.FailingSince));
        Succeed(guard, 12);
        Assert.Equal((false, 0, Moment.Never, Second(12)), (guard.SaysDead, guard.Failures, guard.FailingSince, guard.SeenAt));
    }

    [Fact]
    public void Failures_of_another_silence_do_not_count_though_the_service_fails_since_then()
    {
        var guard = new Guard();
        Fail(guard, 10);
        Fail(guard, 11);
        guard.CountAnew();
        Assert.False(guard.SaysDead);
        Fail(guard, 12);
        Assert.Equal((false, 1, Second(10)), (guard.SaysDead, guard.Failures, guard.FailingSince));
        Fail(guard, 13);
        Assert.True(guard.SaysDead);
    }

    [Fact]
    public void After_a_first_failure_the_next_probe_is_due_at_once_else_T_after_the_last_was_sent()
    {
        var guard = new Guard();
        Fail(guard, 10);
        Assert.Equal((Second(10.4), Second(10), Second(10.4)), (guard.NextAt, guard.AnsweredFor, guard.AnsweredAt));
        Fail(guard, 11);
        Assert.Equal(Second(12), guard.NextAt);
        Succeed(guard, 12);
        Assert.Equal((Second(13), Second(12), Second(12.4)), (guard.NextAt, guard.AnsweredFor, guard.AnsweredAt));
    }

    [Fact]
    public void One_probe_is_in_flight_until_it_is_answered()
    {
        var guard = new Guard();
        guard.Send(Second(10));
        Assert.Equal((true, Second(10)), (guard.InFlight, guard.SentAt));
        Assert.True(guard.Answered());
        Assert.False(guard.InFlight);
    }

    [Theory]
    [InlineData(false, false, Sight.Refused)]
    [InlineData(false, true, Sight.TimedOut)]
    [InlineData(true, true, Sight.Answers)]
    public void What_it_says_to_the_others_is_its_last_answer(bool alive, bool timedOut, Sight expected)
    {
        var guard = new Guard();
        Assert.Equal((Sight.Unasked, false), (guard.Sighting(s_t).Sight, guard.Sighting(s_t).Proven));
        guard.Send(Second(10));
        guard.Take(alive, timedOut, "said", s_t, Second(10.4));
        Assert.Equal(expected, guard.Sighting(s_t).Sight);
        Assert.Equal((expected == Sight.TimedOut, "said", alive), (guard.TimedOut, guard.Detail, guard.Sighting(s_t).Proven));
    }

    [Fact]
    public void F76_a_path_is_proven_by_a_success_doubted_and_broken_and_its_return_is_told_once()
    {
        var guard = new Guard();
        Assert.False(guard.ProvePath());
        Assert.True(guard.Proven);
        guard.DoubtPath();
        Assert.Equal((false, false), (guard.Proven, guard.PathBroken));
        guard.BreakPath();
        Assert.True(guard.PathBroken);
        Assert.True(guard.ProvePath());
        Assert.Equal((true, false), (guard.Proven, guard.PathBroken));
    }

    [Fact]
    public void A_probe_that_cannot_tell_voids_what_was_known_and_is_repeated_after_the_pause()
    {
        var guard = Known();
        guard.Send(Second(20));
        guard.TakeBlind("the address is local", TimeSpan.FromSeconds(3));
        Assert.Equal((true, null, false, false, "the address is local"), (guard.Blind, guard.Alive, guard.Proven, guard.PathBroken, guard.Detail));
        Assert.Equal((Second(20), Moment.Never, 0, Moment.Never, Second(23)), (guard.AnsweredFor, guard.SeenAt, guard.Failures, guard.FailingSince, guard.NextAt));
        Assert.Equal((Sight.Blind, false), (guard.Sighting(s_t).Sight, guard.Sighting(s_t).Proven));
    }

    [Fact]
    public void That_it_sees_again_is_told_when_that_it_was_blind_was_told()
    {
        var guard = new Guard();
        guard.TakeBlind("", s_t);
        Assert.False(guard.Sees());
        Assert.False(guard.Blind);
        guard.TakeBlind("", s_t);
        guard.AnnounceBlind();
        Assert.True(guard.BlindAnnounced);
        Assert.True(guard.Sees());
        Assert.Equal((false, false), (guard.Blind, guard.BlindAnnounced));
        Assert.False(guard.Sees());
    }

    [Fact]
    public void A_guard_that_a_reload_replaced_has_seen_nothing_and_is_due_at_once()
    {
        var guard = Known();
        guard.AnnounceBlind();
        guard.Replace(on: true, Second(30));
        Assert.Equal((null, "", false, false, false), (guard.Alive, guard.Detail, guard.Proven, guard.Blind, guard.BlindAnnounced));
        Assert.Equal((0, Moment.Never, Moment.Never, Moment.Never), (guard.Failures, guard.FailingSince, guard.SentAt, guard.SeenAt));
        Assert.Equal((Moment.Never, Moment.Never, Second(30)), (guard.AnsweredFor, guard.AnsweredAt, guard.NextAt));
    }

    /// <summary>A broken path stays one when the guard asks something else, and is of no interest when there is no guard.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_broken_path_is_forgotten_with_the_guard(bool on)
    {
        var guard = Known();
        Assert.True(guard.PathBroken);
        guard.Replace(on, Second(30));
        Assert.Equal(on, guard.PathBroken);
    }

    [Fact]
    public void The_answer_to_a_probe_of_the_guard_before_a_reload_says_nothing()
    {
        var guard = new Guard();
        guard.Send(Second(10));
        guard.Replace(on: true, Second(10.1));
        Assert.False(guard.Answered());
        guard.Send(Second(11));
        Assert.True(guard.Answered());
        guard.Replace(on: true, Second(12));
        guard.Send(Second(12));
        Assert.True(guard.Answered());
    }

    /// <summary>One that was proven, then failed twice, so that its path is taken for broken.</summary>
    private static Guard Known()
    {
        var guard = new Guard();
        Succeed(guard, 10);
        guard.ProvePath();
        Fail(guard, 11);
        Fail(guard, 12);
        guard.BreakPath();
        return guard;
    }

    private static void Fail(Guard guard, double second) => Ask(guard, alive: false, second);

    private static void Succeed(Guard guard, double second) => Ask(guard, alive: true, second);

    private static void Ask(Guard guard, bool alive, double second)
    {
        guard.Send(Second(second));
        guard.Answered();
        guard.Take(alive, timedOut: !alive, "", s_t, Second(second + 0.4));
    }

    private static TimeSpan Second(double second) => TimeSpan.FromSeconds(second);
}
