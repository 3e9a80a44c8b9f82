using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Owners;

/// <summary>Each invariant over all owners is broken once, by a transition that no rule asks for at that moment, and named; what looks like a breach and is none is not.</summary>
public sealed class InvariantTests
{
    private static readonly TimeSpan s_now = Then + TimeSpan.FromSeconds(1);

    [Fact]
    public void A_master_and_a_backup_that_lived_through_ten_seconds_break_none()
    {
        Assert.Null(Violation(Master()));
        Assert.Null(Violation(Backup()));
        Assert.Null(Violation(Holding()));
    }

    [Theory]
    [InlineData(false, false, true)]
    [InlineData(true, false, false)] // It stops anyway.
    [InlineData(false, true, false)] // Its service is still starting.
    public void A_master_is_fit_unless_it_stops_or_is_a_cold_standby(bool stops, bool cold, bool broken)
    {
        var state = Master();
        state.Fitness.Judge(waits: false, serviceIsOff: false, new Cause.InMaintenance(null), null);
        if (stops)
            state.Lifecycle.AskStop(StopKind.Final, s_now);
        state.Apply(state.Settings with { ColdStandby = cold }, TimeSpan.Zero);
        Assert.Equal(broken ? "a master is fit, warming up, or stopping" : null, Violation(state));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_master_is_not_superseded_unless_it_stops(bool stops)
    {
        var state = Master();
        state.Ip.Supersession.Begin(state.Settings.Nodes[1].Id, s_now);
        if (stops)
            state.Lifecycle.AskStop(StopKind.Final, s_now);
        Assert.Equal(stops ? null : "a master is not superseded", Violation(state));
        var backup = Backup();
        backup.Ip.Supersession.Begin(state.Settings.Nodes[1].Id, s_now);
        Assert.Null(Violation(backup));
    }

    [Fact]
    public void A_master_knows_of_no_release()
    {
        var (master, backup) = (Master(), Backup());
        master.Releases.Make(new Release(3, NodeId.None, false, false, "stopped", 0), s_now);
        backup.Releases.Make(new Release(3, NodeId.None, false, false, "stopped", 0), s_now);
        Assert.Equal(("a master knows of no release that counts", null), (Violation(master), Violation(backup)));
    }

    [Fact]
    public void A_master_may_hear_of_a_later_term()
    {
        var state = Master();
        state.Standing.HearTerm(state.Term + 5);
        Assert.Null(Violation(state));
    }

    [Fact]
    public void A_node_without_a_key_may_stand_by()
    {
        var state = Alone(new CheckWeight("key", 0, OfService: false, OfKey: true));
        Take(state, new Input.CheckChanged(0, false, "no key"), 0.1);
        Assert.True(state.Fitness.ListenOnly);
        Assert.Null(Violation(state, Then + TimeSpan.FromSeconds(0.1)));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(254, false)]
    [InlineData(255, true)]
    public void The_effective_priority_is_1_to_254(int priority, bool broken)
    {
        var settings = Pair() with { Nodes = [new Node("a", 1, 100), new Node("b", 2, priority)] };
        Assert.Equal(broken ? "the effective priority is 1 to 254" : null, Violation(Election.Start(settings, null, 1, s_now)));
    }

    [Fact]
    public void Only_a_node_that_stops_exits()
    {
        var (running, stopping) = (Backup(), Backup());
        running.Lifecycle.Exit();
        stopping.Lifecycle.AskStop(StopKind.Final, s_now);
        Assert.Null(Violation(stopping));
        stopping.Lifecycle.Exit();
        Assert.Equal(("only a node that stops exits", null), (Violation(running), Violation(stopping)));
    }

    [Fact]
    public void There_is_a_claim_exactly_while_this_node_is_master()
    {
        var (master, backup) = (Master(), Backup());
        master.Ip.Claim.End();
        backup.Ip.Claim.Contest();
        Assert.All([master, backup], state => Assert.Equal("there is a claim exactly while this node is master", Violation(state)));
    }

    [Fact]
    public void An_action_is_open_only_while_this_node_is_master()
    {
        var (master, backup) = (Master(), Backup());
        master.Ip.Claim.Action.Open(7, s_now, s_now);
        backup.Ip.Claim.Action.Open(7, s_now, s_now);
        Assert.Equal((null, "an action is open only while this node is master"), (Violation(master), Violation(backup)));
    }

    [Fact]
    public void The_orders_of_a_claim_end_with_the_mastership()
    {
        var (overruled, ordered, master) = (Backup(), Backup(), Master());
        overruled.Ip.Claim.Overrule();
        ordered.Ip.Claim.Order(s_now);
        master.Ip.Claim.Order(s_now);
        Assert.All([overruled, ordered], state => Assert.Equal("a claim's orders end with the mastership", Violation(state)));
        Assert.Null(Violation(master));
    }

    [Theory]
    [InlineData(false, false, false, true)]
    [InlineData(true, false, false, false)]
    [InlineData(false, true, false, false)]
    [InlineData(false, false, true, false)]
    public void A_claim_is_held_only_while_the_last_lookup_that_counts_shows_this_node(bool stops, bool stalled, bool underWay, bool broken)
    {
        var state = Holding();
        state.Ip.Lookup.TakeOwn(new Holder(HolderKind.Node, state.Settings.Nodes[1].Id, 102), s_now);
        state.Ip.Lookup.Know(state.Ip.Lookup.Own, s_now);
        if (stops)
            state.Lifecycle.AskStop(StopKind.Final, s_now);
        if (stalled)
            state.Quarantine.Begin(s_now);
        if (underWay)
            state.Ip.Claim.Assign.Send(s_now);
        Assert.Equal(broken ? "a claim is held only while the last lookup that counts shows this node" : null, Violation(state));
    }

    [Fact]
    public void A_lookup_from_before_the_last_change_of_the_world_contradicts_no_claim()
    {
        var state = Holding();
        state.Ip.Lookup.TakeOwn(new Holder(HolderKind.Nobody), s_now);
        state.Ip.Lookup.Know(state.Ip.Lookup.Own, s_now);
        state.Ip.Claim.CountLookupsFrom(s_now + TimeSpan.FromTicks(1));
        Assert.Null(Violation(state));
    }

    [Fact]
    public void The_next_deadline_lies_ahead_until_the_exit()
    {
        var state = Backup();
        Assert.Equal("the next deadline lies ahead", Violation(state, state.NextDeadline));
        Assert.Null(Violation(state, state.NextDeadline - TimeSpan.FromTicks(1)));
        state.Lifecycle.AskStop(StopKind.Final, Then);
        state.Lifecycle.Exit();
        Assert.Null(Violation(state, state.NextDeadline));
    }

    [Fact]
    public void What_the_cluster_knows_of_the_holder_is_at_least_as_fresh_as_the_own_answer()
    {
        var state = Backup();
        state.Ip.Lookup.TakeOwn(state.Ip.Lookup.Own, state.Ip.Lookup.KnownAt);
        Assert.Null(Violation(state));
        state.Ip.Lookup.TakeOwn(state.Ip.Lookup.Own, state.Ip.Lookup.KnownAt + TimeSpan.FromTicks(1));
        Assert.Equal("the freshest answer in the cluster is at least as fresh as this node's own", Violation(state));
    }

    private static ElectionState Master() => Claim(Grow(holder: 101, fit: true));

    private static ElectionState Holding()
    {
        var state = Grow(holder: 101, fit: true);
        Assert.True(state.Ip.Claim.IsHeld);
        return state;
    }

    private static ElectionState Backup() => Grow(holder: 102, fit: true);

    /// <summary>Asked a moment after the last step, before the next deadline.</summary>
    private static string? Violation(ElectionState state, TimeSpan? now = null) => Invariants.Violation(state, now ?? Then);
}
