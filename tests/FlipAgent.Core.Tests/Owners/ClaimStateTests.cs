namespace FlipAgent.Core.Tests.Owners;

/// <summary>The transitions of a claim (rules C1 to C10): what each begins, what it ends, and which of them the next run hears of.</summary>
public sealed class ClaimStateTests
{
    private static readonly TimeSpan s_then = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan s_now = TimeSpan.FromSeconds(107);
    private static readonly TimeSpan s_detect = TimeSpan.FromSeconds(2);

    [Fact]
    public void A_mastership_begins_with_a_claim_that_trusts_no_earlier_lookup()
    {
        var claim = new Claim();
        Assert.Equal((ClaimState.None, true), (claim.State, claim.IsIdle));
        claim.Begin(assignFirst: true, planned: true, overrides: false, takenBack: false, "n2", new Cause.Listened(), s_detect, s_then);
        Assert.Equal((ClaimState.Claiming, s_then, s_then, false), (claim.State, claim.Since, claim.LookupsCountFrom, claim.SlowAnnounced));
        Assert.Equal((true, true, false, true), (claim.AssignFirst, claim.Planned, claim.Override, claim.MayTakeBack));
        Assert.Equal(("n2", new Cause.Listened(), s_detect, NodeId.None), (claim.MoveFrom, claim.MoveCause, claim.MoveDetect, claim.FormerHolder));
        Assert.Equal(s_then, claim.Assign.NotBefore);
    }

    [Theory]
    [InlineData(false, false, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    public void C10_a_move_that_takes_back_another_or_that_a_person_forced_is_not_taken_back(bool takenBack, bool overrides, bool may)
    {
        var claim = Begun(takenBack: takenBack, overrides: overrides);
        Assert.Equal((may, overrides), (claim.MayTakeBack, claim.Override));
    }

    [Fact]
    public void A_new_mastership_forgets_what_the_last_one_announced_and_completed_and_from_whom_it_moved()
    {
        var claim = Begun();
        claim.Post("n2", 22, s_then, s_then);
        claim.Action.Open(7, s_then, s_then);
        claim.Action.Complete(s_then);
        claim.AnnounceSlow();
        claim.Assign.OutcomeForgotten();
        claim.End();
        claim.Begin(false, false, false, false, "n3", new Cause.NoMaster(), TimeSpan.Zero, s_now);
        Assert.Equal((s_now, s_now, false, NodeId.None), (claim.Since, claim.LookupsCountFrom, claim.SlowAnnounced, claim.FormerHolder));
        Assert.Equal((Moment.Never, false), (claim.Action.CompletedAt, claim.Assign.Unclear));
    }

    [Fact]
    public void The_end_of_the_mastership_ends_the_claim_its_orders_and_its_action_but_not_the_request()
    {
        var claim = Begun(assignFirst: true, planned: true, overrides: true);
        claim.Assign.Send(s_then);
        claim.Action.Open(7, s_then, s_then);
        claim.Assign.Failed("busy", new Chance(1), s_then);
        claim.End();
        Assert.Equal((ClaimState.None, false, false, false), (claim.State, claim.Planned, claim.Override, claim.AssignFirst));
        Assert.Equal((false, null, true, false), (claim.Action.IsOpen, claim.Refusal, claim.Assign.InFlight, claim.IsIdle));
    }

    [Fact]
    public void A_claim_is_idle_while_neither_a_request_nor_an_action_is_open()
    {
        var claim = Begun();
        claim.Assign.Send(s_then);
        Assert.False(claim.IsIdle);
        claim.Answered();
        Assert.True(claim.IsIdle);
        claim.Action.Open(7, s_then, s_then);
        Assert.False(claim.IsIdle);
        claim.Action.Close();
        Assert.True(claim.IsIdle);
    }

    [Fact]
    public void An_order_claims_wherever_the_address_is_from_now_on_and_is_not_taken_back()
    {
        var claim = Begun();
        claim.Order(s_now);
        Assert.Equal((true, true, false, s_now), (claim.Override, claim.Planned, claim.MayTakeBack, claim.Since));
    }

    [Fact]
    public void Who_is_promoted_by_a_person_overrides_the_rules_and_is_not_taken_back()
    {
        var claim = Begun();
        claim.Overrule();
        Assert.Equal((true, false), (claim.Override, claim.MayTakeBack));
    }

    [Fact]
    public void A_request_remembers_whom_the_address_is_moved_away_from()
    {
        var claim = Begun(assignFirst: true);
        claim.Action.Open(7, s_then, s_then);
        claim.Action.Complete(s_then);
        claim.Post("n2", 22, s_then, s_now);
        Assert.Equal(("n2", 22u, s_then), (claim.MoveFrom, claim.FormerHolder, claim.FormerSince));
        Assert.Equal((false, true, s_now, Moment.Never), (claim.AssignFirst, claim.Assign.InFlight, claim.Assign.SentAt, claim.Action.CompletedAt));
        // The second request for the same move: who has it now is not known.
        claim.Post(null, NodeId.None, s_now, s_now);
        Assert.Equal(("n2", 22u, s_then), (claim.MoveFrom, claim.FormerHolder, claim.FormerSince));
    }

    [Fact]
    public void An_address_that_is_here_ends_the_orders_and_settles_the_request()
    {
        var claim = Begun(assignFirst: true, planned: true, overrides: true);
        claim.Assign.Send(s_then);
        claim.Assign.OutcomeForgotten();
        claim.Hold(s_now);
        Assert.Equal((ClaimState.Held, true, s_now), (claim.State, claim.IsHeld, claim.HeldSince));
        Assert.Equal((false, false, false), (claim.Planned, claim.Override, claim.AssignFirst));
        Assert.Equal((false, false), (claim.Assign.Unclear, claim.Assign.SentThisTime));
    }

    [Fact]
    public void An_address_that_has_left_is_claimed_as_if_for_the_first_time()
    {
        var claim = Begun();
        claim.Post("n2", 22, s_then, s_then);
        claim.Assign.WaitAfterFailure(new Chance(1), s_then);
        claim.Action.Open(7, s_then, s_then);
        claim.Action.Complete(s_then);
        claim.Hold(s_then);
        claim.Assign.WaitAfterFailure(new Chance(1), s_then);
        claim.AnnounceSlow();
        claim.Lose("other", s_now);
        Assert.Equal((ClaimState.Lost, s_now, false), (claim.State, claim.Since, claim.SlowAnnounced));
        Assert.Equal(("other", new Cause.AddressLeft(), TimeSpan.Zero, NodeId.None), (claim.MoveFrom, claim.MoveCause, claim.MoveDetect, claim.FormerHolder));
        Assert.Equal((0, Moment.Never), (claim.Assign.Failures, claim.Action.CompletedAt));
        claim.Contest();
        Assert.Equal(ClaimState.Claiming, claim.State);
        var later = s_now + TimeSpan.FromDays(2);
        claim.LeaveThere(later);
        Assert.Equal((ClaimState.Lost, later, later), (claim.State, claim.Since, claim.ToldSince));
    }

    [Fact]
    public void F41_a_move_that_is_not_verified_any_more_may_be_announced_as_slow_again()
    {
        var claim = Begun();
        claim.AnnounceSlow();
        Assert.True(claim.SlowAnnounced);
        claim.Hold(s_then);
        claim.Unverify(TimeSpan.FromSeconds(3));
        Assert.Equal((ClaimState.Claiming, false), (claim.State, claim.SlowAnnounced));
    }

    [Fact]
    public void Lookups_count_from_the_moment_at_which_the_world_changed()
    {
        var claim = Begun(assignFirst: true);
        claim.CountLookupsFrom(s_now);
        Assert.Equal(s_now, claim.LookupsCountFrom);
        claim.LookFirst();
        Assert.False(claim.AssignFirst);
    }

    [Fact]
    public void The_next_run_hears_of_each_change_that_it_should_know_of()
    {
        var (claim, last) = (new Claim(), 0);
        Action<Claim>[] changes =
        [
            c => c.Begin(false, false, false, false, "", new Cause.NoMaster(), TimeSpan.Zero, s_then), c => c.Post(null, NodeId.None, s_then, s_then),
            c => c.Answered(), c => c.Hold(s_now), c => c.End(),
        ];
        Assert.All(changes, change =>
        {
            change(claim);
            Assert.Equal(last + 1, claim.Revision);
            last = claim.Revision;
        });
    }

    private static Claim Begun(bool assignFirst = false, bool planned = false, bool overrides = false, bool takenBack = false)
    {
        var claim = new Claim();
        claim.Begin(assignFirst, planned, overrides, takenBack, "nobody", new Cause.NoMaster(), s_detect, s_then);
        return claim;
    }
}
