using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>What is learned from an answer of the cloud, and what people are told of it (rules C2 to C6, E8b).</summary>
public sealed class CloudAnswerTests
{
    /// <summary>A node that said goodbye may have had an assign under way; its landing is no sign of life for 60 s.</summary>
    [Theory]
    [InlineData(59.999, false)]
    [InlineData(60, true)]
    public void F64_an_arrival_at_a_node_that_said_goodbye_is_no_sign_of_life_for_60_s(double after, bool superseded)
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, new Input.AdvertHeard(1, Make(state, Role.Backup, state.Term) with { Leaving = true }), 1);
        Take(state, Read(101, after), after + 0.5);
        Take(state, Read(102, after + 0.9), after + 1);
        Assert.Equal(superseded ? state.Settings.Nodes[1].Id : NodeId.None, state.Ip.Supersession.By);
    }

    [Fact]
    public void E8b_a_node_that_stops_is_not_superseded()
    {
        var state = Moving();
        Take(state, new Input.Stopping(StopKind.Final), 0.1);
        Take(state, Read(102, 4), 4.1);
        Assert.Equal(NodeId.None, state.Ip.Supersession.By);
    }

    [Fact]
    public void C6_the_metadata_service_hurries_the_next_look_at_the_action_when_it_begins_to_see_the_address_here()
    {
        var state = Moving();
        Take(state, Answer(state, ApiStatus.Ok, accepted: true), 0.1);
        Assert.Contains(Step(state, new Input.MetadataRead(Witness.Here, ""), 0.3), e => e is Effect.ReadAction { ActionId: 7 });
        Take(state, ActionIs(ActionStatus.InProgress, 0.3), 0.4);
        Assert.DoesNotContain(Step(state, new Input.MetadataRead(Witness.Here, ""), 0.5), e => e is Effect.ReadAction);
        Assert.DoesNotContain(Step(state, new Input.Deadline(), 2.299), e => e is Effect.ReadAction);
        Assert.Contains(Step(state, new Input.Deadline(), 2.3), e => e is Effect.ReadAction);
    }

    [Fact]
    public void An_assign_that_was_refused_is_told_with_the_number_that_the_support_of_the_cloud_asks_for()
    {
        var state = Moving();
        var refused = Answer(state, ApiStatus.Forbidden, accepted: false) with { Detail = "no scope", RequestId = "req-1" };
        Assert.Contains(new Event(EventKind.AssignRefused, Severity.Info) { Term = state.Term, Node = "n1", Detail = "no scope", RequestId = "req-1" }, Announced(state, refused, 0.1));
        Assert.Equal((false, false), (state.Ip.Claim.Assign.Unclear, state.Api.Ok));
    }

    [Theory]
    [InlineData(ApiStatus.Failed, true)]
    [InlineData(ApiStatus.Ok, false)] // The cloud is busy with the address: it was answered, so nothing is lost.
    public void F38_an_assign_whose_outcome_is_open_is_told_and_lost_only_without_an_answer(ApiStatus status, bool lost)
    {
        var state = Moving();
        var unclear = Answer(state, status, accepted: false) with { Detail = "reset", RequestId = "req-2" };
        Assert.Contains(new Event(EventKind.AssignUnclear, Severity.Info) { Term = state.Term, Node = "n1", Detail = "reset", RequestId = "req-2" }, Announced(state, unclear, 0.1));
        Assert.Equal((true, lost), (state.Ip.Claim.Assign.Unclear, state.Ip.Claim.Assign.Lost));
    }

    [Fact]
    public void An_assign_that_was_accepted_is_told_with_its_action()
    {
        var state = Moving();
        var accepted = Answer(state, ApiStatus.Ok, accepted: true) with { RequestId = "req-3" };
        Assert.Contains(new Event(EventKind.AssignAccepted, Severity.Info)
        { Term = state.Term, Node = "n1", ActionId = 7, RequestId = "req-3", Assign = TimeSpan.FromSeconds(0.1) }, Announced(state, accepted, 0.1));
        Assert.Equal((7, At(0.1)), (state.Ip.Claim.Action.Id, state.Ip.Claim.Action.OpenedAt));
    }

    [Fact]
    public void The_action_of_an_earlier_mastership_is_not_followed_and_its_move_counts()
    {
        var state = Moving();
        Take(state, Answer(state, ApiStatus.Ok, accepted: true) with { Term = state.Term - 1 }, 0.1);
        Assert.Equal((false, At(0.1)), (state.Ip.Claim.Action.IsOpen, state.Ip.Budget.LastMoveAt));
    }

    [Fact]
    public void F40_an_action_that_errored_is_told_and_no_move()
    {
        var state = Moving();
        var before = state.Ip.Budget.LastMoveAt;
        Take(state, Answer(state, ApiStatus.Ok, accepted: true), 0.1);
        var told = Announced(state, ActionIs(ActionStatus.Errored, 1) with { Detail = "broken" }, 1.1);
        Assert.Contains(new Event(EventKind.ActionErrored, Severity.Warning) { Term = state.Term, Node = "n1", Detail = "broken" }, told);
        Assert.Equal((false, before, At(1.1)), (state.Ip.Claim.Action.IsOpen, state.Ip.Budget.LastMoveAt, state.Ip.Claim.LookupsCountFrom));
    }

    [Fact]
    public void A_read_of_an_action_tells_how_the_API_is_and_one_of_another_action_nothing_of_this_one()
    {
        var state = Moving();
        Take(state, Answer(state, ApiStatus.Ok, accepted: true), 0.1);
        Take(state, ActionIs(ActionStatus.Completed, 1) with { ActionId = 8 }, 1.1);
        Assert.True(state.Ip.Claim.Action.IsOpen);
        Take(state, ActionIs(ActionStatus.Unknown, 2, ApiStatus.Failed), 2.1);
        Assert.Equal((false, true), (state.Api.Ok, state.Ip.Claim.Action.IsOpen));
    }

    [Fact]
    public void C5_what_is_limited_for_a_read_is_so_for_an_assign()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, Unread(ApiStatus.RateLimited, 0, TimeSpan.FromSeconds(7)), 0.1);
        Assert.Equal(At(7.1), state.Ip.Claim.Assign.NotBefore);
        Assert.DoesNotContain(Step(state, Read(null, 1), 1.1), e => e is Effect.Assign);
        Assert.Contains(Step(state, Read(null, 7), 7.1), e => e is Effect.Assign);
    }

    [Fact]
    public void C5_an_API_that_fails_while_the_claim_needs_it_is_critical()
    {
        var (claiming, holding) = (Moving(), Grow(holder: 101, fit: true));
        Assert.Equal(Severity.Critical, Failing(claiming).Severity);
        Assert.Equal(Severity.Warning, Failing(holding).Severity);
        Assert.Equal((TimeSpan.FromSeconds(10), "down"), (Failing(Moving()).Duration, Failing(Moving()).Detail));

        static Event Failing(ElectionState state)
        {
            Take(state, Unread(ApiStatus.Failed, 0), 0.1);
            Assert.DoesNotContain(Announced(state, Unread(ApiStatus.Failed, 10), 10.099), e => e.Kind == EventKind.ApiFailing);
            var told = Announced(state, Unread(ApiStatus.Failed, 10), 10.1).Single(e => e.Kind == EventKind.ApiFailing);
            Assert.Contains(Announced(state, Read(101, 11), 11.1), e => e is { Kind: EventKind.ApiRecovered, Alert: true, Duration: { Seconds: 11 } });
            return told;
        }
    }

    [Theory]
    [InlineData(ApiStatus.NotFound, EventKind.AddressNotFound)]
    [InlineData(ApiStatus.Unauthorized, EventKind.TokenRefused)]
    public void F43_a_refusal_is_told_as_what_it_is(ApiStatus status, EventKind kind)
    {
        var state = Grow(holder: 101, fit: true);
        var told = Announced(state, Unread(status, 0), 0.1).Single(e => e.Kind == kind);
        Assert.Equal((Severity.Critical, "down", kind == EventKind.TokenRefused ? status : null), (told.Severity, told.Detail, told.Api));
    }

    [Fact]
    public void C8_a_move_that_others_made_is_kept_and_counts_when_it_left_a_fit_node()
    {
        var state = Grow(holder: 102, fit: true);
        var told = Announced(state, Read(103, 0.1), 0.2);
        Assert.Contains(new Event(EventKind.HolderChanged, Severity.Info) { Term = 3, Node = "n1", From = "n2", Holder = "n3" }, told);
        Assert.Equal(new Move(3, At(0.2), "n2", "n3", new Cause.SeenAtCloud(), null, null, null), state.Ip.LastMove);
        Assert.Equal(1, state.Ip.Budget.Counted(At(0.2)).Length);
        // From a node that nobody hears any more: it was not fit.
        var silent = Grow(holder: 102, fit: true);
        Hear(silent, 2, Role.Backup, 9);
        Take(silent, Read(103, 9.1), 9.2);
        Assert.Equal(("n3", 0), (silent.Ip.LastMove?.To, silent.Ip.Budget.Counted(At(9.2)).Length));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public void C8_a_move_away_from_this_node_counts_while_it_is_fit(bool fit, int counted)
    {
        var state = Grow(holder: 101, fit: true);
        if (!fit)
            Take(state, new Input.CheckChanged(0, false, "gone"), 0);
        Take(state, new Input.AdvertHeard(1, Make(state, Role.Backup, state.Term) with { Holder = new Holder(HolderKind.Node, state.Settings.Nodes[1].Id, 102) }), 0.2);
        Assert.Equal(counted, state.Ip.Budget.Counted(At(0.2)).Length);
    }
}
