using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>What people are told of a claim and what is kept of a move, field by field (rules C1 to C6, E8a).</summary>
public sealed class ClaimEventTests
{
    [Fact]
    public void A_move_is_told_and_kept_with_its_times()
    {
        var state = Moving();
        Take(state, Answer(state, ApiStatus.Ok, accepted: true), 0.1);
        Take(state, ActionIs(ActionStatus.Completed, 1), 1.1);
        var (assign, verify) = (TimeSpan.FromSeconds(1.15), TimeSpan.FromSeconds(0.3));
        Assert.Contains(new Event(EventKind.ClaimHeld, Severity.Info)
        {
            Term = state.Term,
            Node = "n1",
            Alert = true,
            Holder = "n1",
            Peer = "nobody",
            Cause = new Cause.AddressLeft(),
            Detect = TimeSpan.Zero,
            Assign = assign,
            Verify = verify,
            Duration = assign + verify,
        }, Announced(state, Read(101, 1.3), 1.4));
        Assert.Equal(new Move(state.Term, At(1.4), "nobody", "n1", new Cause.AddressLeft(), TimeSpan.Zero, assign, verify) { Claim = assign + verify }, state.Ip.LastMove);
    }

    /// <summary>The metadata service sees it first that somebody took the address away a moment after a move: nothing has taken 10 s yet, and the way back takes its own time.</summary>
    [Fact]
    public void An_address_that_leaves_soon_after_a_move_is_not_called_late_at_once()
    {
        var state = Moving();
        Take(state, Answer(state, ApiStatus.Ok, accepted: true), 0.1);
        Take(state, ActionIs(ActionStatus.Completed, 1), 1.1);
        Take(state, Read(101, 1.3), 1.4);
        var told = Announced(state, new Input.MetadataRead(Witness.NotHere, ""), 14);
        told.AddRange(Announced(state, Read(null, 14.1), 14.2));
        told.AddRange(Announced(state, new Input.Deadline(), 16));
        Assert.DoesNotContain(told, e => e.Kind == EventKind.ClaimSlow);
        Assert.Contains(told, e => e.Kind == EventKind.AssignSent);
    }

    [Fact]
    public void F40_a_move_whose_action_is_not_known_any_more_took_until_it_was_seen()
    {
        var state = Moving();
        Take(state, Answer(state, ApiStatus.Ok, accepted: true), 0.1);
        Take(state, ActionIs(ActionStatus.Unknown, 1, ApiStatus.NotFound), 1.1);
        Assert.True(state.Ip.Claim.Assign.Unclear);
        var held = Announced(state, Read(101, 1.3), 1.4).Single(e => e.Kind == EventKind.ClaimHeld);
        Assert.Equal((TimeSpan.FromSeconds(1.45), TimeSpan.Zero), (held.Assign, held.Verify));
        Assert.False(state.Ip.Claim.Assign.Unclear);
    }

    [Fact]
    public void An_address_that_leaves_is_told_and_asked_back()
    {
        var told = Announced(Grow(holder: 101, fit: true), Read(null, -0.1), -0.05);
        Assert.Contains(told, e => e is { Kind: EventKind.ClaimLost, Severity: Severity.Warning, Holder: "nobody", Node: "n1" });
        Assert.Contains(told, e => e is { Kind: EventKind.AssignSent, Severity: Severity.Info, Holder: "nobody", Cause: Cause.AddressLeft });
    }

    [Fact]
    public void F41_what_is_verified_a_second_time_was_no_move_and_is_no_alert()
    {
        var state = Moving();
        Take(state, Answer(state, ApiStatus.Ok, accepted: true), 0.1);
        Take(state, ActionIs(ActionStatus.Completed, 1), 1.1);
        Take(state, Read(101, 1.3), 1.4);
        var move = state.Ip.LastMove;
        Take(state, new Input.MetadataRead(Witness.NotHere, ""), 2);
        Assert.Equal(ClaimState.Claiming, state.Ip.Claim.State);
        var held = Announced(state, new Input.MetadataRead(Witness.Here, ""), 4).Single(e => e.Kind == EventKind.ClaimHeld);
        Assert.Equal((false, null, null, null, null), (held.Alert, held.Peer, held.Detect, held.Assign, held.Verify));
        Assert.Same(move, state.Ip.LastMove);
    }

    /// <summary>The peer that hands over had seen the address here, and the own API is away: to doubt it would only send it back.</summary>
    [Theory]
    [InlineData(5.0, ApiStatus.Failed, true)]
    [InlineData(5.001, ApiStatus.Failed, false)]
    [InlineData(5.0, ApiStatus.RateLimited, false)]
    public void E8a_an_address_that_a_peer_saw_here_at_most_5_s_ago_is_held_at_once_when_the_own_API_is_away(double age, ApiStatus api, bool held)
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, Unread(api, 0.1), 0.2);
        var release = new Release(3, state.Settings.Self.Id, false, AtSuccessor: true, "it has the address", 0);
        var told = Announced(state, new Input.AdvertHeard(1, Make(state, Role.Backup, 3) with
        {
            Release = release,
            Holder = new Holder(HolderKind.Node, state.Settings.Self.Id, 101),
            HolderAge = TimeSpan.FromSeconds(age),
        }), 10);
        Assert.Equal((Role.Master, held ? ClaimState.Held : ClaimState.Claiming), (state.Role, state.Ip.Claim.State));
        if (held)
            Assert.Contains(told, e => e is { Kind: EventKind.ClaimHeld, Alert: true, Peer: null, Detect: null, Cause: Cause.Heard { Phrase: "it has the address" } });
    }

    [Fact]
    public void The_own_look_decides_and_not_what_a_peer_saw_since()
    {
        var state = Moving();
        Take(state, Answer(state, ApiStatus.Failed, accepted: false), 0.1);
        Take(state, new Input.AdvertHeard(1, Make(state, Role.Backup, state.Term) with { Holder = new Holder(HolderKind.Node, state.Settings.Nodes[1].Id, 102) }), 0.55);
        Assert.Contains(Step(state, Read(null, 0.5), 0.6), e => e is Effect.Assign);
    }

    [Fact]
    public void A_claim_that_nothing_has_become_of_is_told_after_10_s_once()
    {
        var state = Moving();
        Assert.Empty(Slow(state, 9.949));
        Assert.Equal(new Event(EventKind.ClaimSlow, Severity.Critical)
        { Term = state.Term, Node = "n1", Holder = "nobody", Duration = TimeSpan.FromSeconds(10), Cause = new Cause.NotAccepted() }, Assert.Single(Slow(state, 9.95)));
        Assert.Empty(Slow(state, 10));
    }

    [Theory]
    [InlineData(ApiStatus.Forbidden, false, typeof(Cause.NotTaken), true)]
    [InlineData(ApiStatus.RateLimited, false, typeof(Cause.RateLimited), true)]
    [InlineData(ApiStatus.Forbidden, true, typeof(Cause.Locked), false)]
    public void A_slow_claim_says_what_is_in_the_way(ApiStatus answer, bool locked, Type cause, bool refused)
    {
        var state = Moving();
        Take(state, Answer(state, answer, accepted: false), 0.1);
        if (locked)
            Take(state, new Input.HolderRead(At(0.2), ApiStatus.Ok, null, Locked: true, true, null, ""), 0.3);
        Assert.Empty(Slow(state, 9.949));
        var told = Assert.Single(Slow(state, 9.95));
        Assert.Equal((cause, refused), (told.Cause!.GetType(), told.Refused));
    }

    [Fact]
    public void An_action_may_take_60_s()
    {
        var state = Moving();
        Take(state, Answer(state, ApiStatus.Ok, accepted: true), 0.1);
        Assert.Empty(Slow(state, 60.099));
        var told = Assert.Single(Slow(state, 60.1));
        Assert.Equal((new Cause.ActionOpen(7), TimeSpan.FromSeconds(60), false), (told.Cause, told.Duration, told.Refused));
    }

    [Theory]
    [InlineData(Witness.Unknown, typeof(Cause.NotSeen))]
    [InlineData(Witness.NotHere, typeof(Cause.NotSeenByMetadata))]
    public void F41_an_action_that_was_completed_is_seen_within_15_s(Witness witness, Type cause)
    {
        var state = Moving();
        Take(state, Answer(state, ApiStatus.Ok, accepted: true), 0.1);
        Take(state, ActionIs(ActionStatus.Completed, 1), 1.1);
        Take(state, new Input.MetadataRead(witness, ""), 1.2);
        Assert.Empty(Slow(state, 16.099));
        var told = Assert.Single(Slow(state, 16.1));
        Assert.Equal((cause, TimeSpan.FromSeconds(15)), (told.Cause!.GetType(), told.Duration));
    }

    [Fact]
    public void A_cloud_that_completes_again_and_again_and_moves_nothing_is_told()
    {
        var state = Moving();
        var (told, asked) = (new List<(double At, Event Event)>(), 1);
        Take(state, Completed(0), 0.1);
        for (var second = 0.5; second < 120; second += 0.5)
            foreach (var (input, at) in new (Input, double)[] { (Read(null, second - 0.1), second), (new Input.Deadline(), second + 0.2) })
            {
                var done = Step(state, input, at);
                told.AddRange(Told(done).FindAll(e => e.Kind == EventKind.ClaimSlow).Select(e => (at, e)));
                if (!done.Exists(e => e is Effect.Assign))
                    continue;
                asked++;
                Take(state, Completed(at), at + 0.1);
            }
        Input.AssignAnswered Completed(double at) => Answer(state, ApiStatus.Ok, accepted: true) with { SentAt = At(at), Action = ActionStatus.Completed };
        Assert.InRange(asked, 3, 60);
        var (when, only) = Assert.Single(told);
        Assert.InRange(when, 74, 76);
        Assert.IsType<Cause.NotSeen>(only.Cause);
    }

    private static List<Event> Slow(ElectionState state, double second) => Announced(state, new Input.Deadline(), second).FindAll(e => e.Kind == EventKind.ClaimSlow);
}
