namespace FlipAgent.Core.Tests.Owners;

/// <summary>One assign at the cloud: what is open, what is known of it, and when the next may be sent (rules C1, C3, C5).</summary>
public sealed class AssignRequestTests
{
    private static readonly TimeSpan s_now = TimeSpan.FromSeconds(100);
    private readonly Chance _chance = new(1);

    [Fact]
    public void One_is_in_flight_from_sending_to_the_answer()
    {
        var assign = new AssignRequest();
        Assert.Equal((false, Moment.Never, false), (assign.InFlight, assign.SentAt, assign.SentThisTime));
        assign.Send(s_now);
        Assert.Equal((true, s_now, true), (assign.InFlight, assign.SentAt, assign.SentThisTime));
        assign.Answered();
        Assert.Equal((false, true), (assign.InFlight, assign.SentThisTime));
    }

    [Fact]
    public void One_that_never_left_was_not_sent_this_time()
    {
        var assign = new AssignRequest();
        assign.Send(s_now);
        assign.NotSent();
        Assert.False(assign.SentThisTime);
    }

    [Fact]
    public void One_that_got_no_answer_is_lost_until_it_is_counted_or_the_next_is_sent()
    {
        var assign = new AssignRequest();
        assign.OutcomeOpen(lost: true, refused: false);
        Assert.Equal((true, true), (assign.Unclear, assign.Lost));
        assign.Counted();
        Assert.Equal((true, false), (assign.Unclear, assign.Lost));
        assign.OutcomeOpen(lost: true, refused: false);
        assign.Send(s_now);
        Assert.False(assign.Lost);
        assign.OutcomeOpen(lost: false, refused: false);
        Assert.False(assign.Lost);
    }

    [Fact]
    public void An_open_outcome_is_settled_by_a_lookup_an_acceptance_or_the_address_itself()
    {
        Action<AssignRequest>[] ways = [a => a.Settled(_chance, s_now), a => a.Accepted(), a => a.Succeeded(), a => a.NewMastership(s_now)];
        Assert.All(ways, settle =>
        {
            var assign = new AssignRequest();
            assign.OutcomeForgotten();
            Assert.True(assign.Unclear);
            settle(assign);
            Assert.False(assign.Unclear);
        });
    }

    [Fact]
    public void Each_failure_waits_for_a_random_time_up_to_twice_the_last_bound()
    {
        var assign = new AssignRequest();
        assign.NewMastership(s_now);
        for (var failures = 1; failures <= 8; failures++)
        {
            var now = assign.NotBefore;
            assign.WaitAfterFailure(_chance, now);
            Assert.Equal(failures, assign.Failures);
            Assert.InRange((assign.NotBefore - now).TotalSeconds, 0.02, Math.Min(5, 0.25 * Math.Pow(2, failures - 1)));
        }
    }

    [Fact]
    public void A_delay_only_lengthens_a_wait_and_a_retry_ends_it()
    {
        var assign = new AssignRequest();
        assign.NewMastership(s_now);
        assign.Delay(s_now + TimeSpan.FromSeconds(9));
        assign.Delay(s_now + TimeSpan.FromSeconds(3));
        Assert.Equal(s_now + TimeSpan.FromSeconds(9), assign.NotBefore);
        assign.RetryNow(s_now);
        Assert.Equal(s_now, assign.NotBefore);
    }

    [Fact]
    public void What_was_refused_is_told_until_one_is_taken_or_the_mastership_ends()
    {
        Action<AssignRequest>[] ends = [a => a.Accepted(), a => a.Succeeded(), a => a.EndMastership(), a => a.NewMastership(s_now)];
        Assert.All(ends, end =>
        {
            var assign = new AssignRequest();
            assign.Failed("no such droplet", _chance, s_now);
            Assert.Equal(("no such droplet", 1), (assign.Refusal, assign.Failures));
            Assert.True(assign.NotBefore > s_now);
            end(assign);
            Assert.Null(assign.Refusal);
        });
    }

    [Fact]
    public void A_new_mastership_knows_nothing_of_the_requests_of_the_last()
    {
        var assign = new AssignRequest();
        assign.Send(s_now - TimeSpan.FromSeconds(9));
        assign.Answered();
        assign.Failed("busy", _chance, s_now);
        assign.OutcomeOpen(lost: true, refused: false);
        assign.NewMastership(s_now);
        Assert.Equal((0, s_now, false, false, false, Moment.Never), (assign.Failures, assign.NotBefore, assign.Unclear, assign.Lost, assign.SentThisTime, assign.SentAt));
    }

    [Fact]
    public void When_the_address_is_here_the_request_is_done_and_the_failures_are_forgotten()
    {
        var assign = new AssignRequest();
        assign.Send(s_now);
        assign.Failed("busy", _chance, s_now);
        assign.Succeeded();
        Assert.Equal((0, false), (assign.Failures, assign.SentThisTime));
        assign.WaitAfterFailure(_chance, s_now);
        assign.ForgetFailures();
        Assert.Equal(0, assign.Failures);
    }

    [Fact]
    public void What_is_refused_though_nothing_shows_in_the_way_waits_for_2_6_25_and_27_seconds_and_a_tenth_more_at_most()
    {
        var (assign, now) = (new AssignRequest(), s_now);
        assign.OutcomeOpen(lost: false, refused: true);
        assign.Settled(_chance, now);
        foreach (var (wait, number) in new[] { 2, 6, 25, 27, 27 }.Select((wait, i) => (wait, i + 1)))
        {
            Assert.Equal(number, assign.Refusals);
            Assert.InRange((assign.NotBefore - now).TotalSeconds, wait, 1.1 * wait);
            now = assign.NotBefore;
            assign.RefusedAgain($"no {number}", _chance, now);
            Assert.Equal($"no {number}", assign.Refusal);
        }
    }

    [Fact]
    public void A_refusal_that_a_pending_event_explains_does_not_count_and_neither_does_one_that_was_settled_before()
    {
        var assign = new AssignRequest();
        assign.OutcomeOpen(lost: false, refused: true);
        assign.LockSeen();
        assign.Settled(_chance, s_now);
        Assert.Equal((0, Moment.Never), (assign.Refusals, assign.NotBefore));
        assign.OutcomeOpen(lost: false, refused: true);
        assign.Settled(_chance, s_now);
        assign.Settled(_chance, s_now);
        Assert.Equal(1, assign.Refusals);
        assign.LockSeen();
        Assert.Equal(0, assign.Refusals);
    }

    [Fact]
    public void Refusals_are_forgotten_with_an_acceptance_the_address_a_reload_and_the_mastership()
    {
        Action<AssignRequest>[] ends = [a => a.Accepted(), a => a.Succeeded(), a => a.RetryNow(s_now), a => a.NewMastership(s_now)];
        Assert.All(ends, end =>
        {
            var assign = new AssignRequest();
            assign.OutcomeOpen(lost: false, refused: true);
            assign.Settled(_chance, s_now);
            assign.OutcomeOpen(lost: false, refused: true);
            end(assign);
            Assert.Equal(0, assign.Refusals);
        });
    }
}
