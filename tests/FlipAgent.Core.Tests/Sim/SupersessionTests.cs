using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>The floating IP arrived at a node that is not heard: when that begins, and what ends it (rule E8b).</summary>
public sealed class SupersessionTests
{
    [Fact]
    public void E8b_without_a_guard_a_superseded_node_waits_10_minutes_and_then_twice_as_long_up_to_80()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, new Input.SettingsChanged(state.Settings with { Guard = false }), 0);
        var second = 10.0;
        foreach (var minutes in new[] { 10, 20, 40, 80, 80 })
        {
            Take(state, Read(101, second), second + 0.1);
            Take(state, Read(102, second + 1), second + 1.1);
            Assert.Equal(state.Settings.Nodes[1].Id, state.Ip.Supersession.By);
            Assert.NotEqual(Role.Master, state.Role);
            var over = second + 1.1 + (60 * minutes);
            Step(state, new Input.Deadline(), over - 0.001);
            Assert.NotEqual(0U, state.Ip.Supersession.By);
            Assert.Contains(Told(Step(state, new Input.Deadline(), over)), e => e is { Kind: EventKind.SupersededEnded, Cause: Cause.WaitOver, Alert: true });
            Assert.Equal(0U, state.Ip.Supersession.By);
            second = over + 10;
        }

        // Who is heard again is forgiven.
        Take(state, Read(101, second), second + 0.1);
        Take(state, Read(102, second + 1), second + 1.1);
        Hear(state, 1, Role.Master, second + 2);
        Assert.Equal(0U, state.Ip.Supersession.By);
        second += 30;
        Take(state, Read(101, second), second + 0.1);
        Take(state, Read(102, second + 1), second + 1.1);
        Assert.Equal(Then + TimeSpan.FromSeconds(second + 1.1 + 600), state.Ip.Supersession.EndAt(withGuard: false));
    }

    /// <summary>A backup may not have looked for half an hour; what it heard of the move tells whether somebody lived there after it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void E8b_a_node_that_was_heard_after_the_address_had_come_to_it_has_died_since(bool heardAfterwards)
    {
        var state = Grow(holder: 103, fit: true);
        Take(state, Read(103, 0), 0.05);
        Hear(state, 1, Role.Backup, 100);
        var moved = Make(state, Role.Backup, state.Term, 2) with { Holder = new Holder(HolderKind.Node, state.Settings.Nodes[1].Id, 102), HolderAge = TimeSpan.FromSeconds(0.1) };
        Take(state, new Input.AdvertHeard(2, moved), 200.1);
        if (heardAfterwards)
            Hear(state, 1, Role.Backup, 300);
        Take(state, Read(102, 400), 400.05);
        Assert.Equal(!heardAfterwards, state.Ip.Supersession.On);
    }

    [Fact]
    public void E8b_with_a_guard_two_failed_probes_end_it_and_promote_is_refused_until_then()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, Read(101, 10), 10.1);
        Take(state, Read(102, 11), 11.1);
        Assert.NotEqual(0U, state.Ip.Supersession.By);
        Take(state, new Input.GuardAnswered(true, "200"), 11.2);
        Take(state, new Input.GuardAnswered(false, "timeout"), 12.2);
        var refused = Step(state, new Input.Commanded(new Command.Promote(false)), 12.3).OfType<Effect.Reply>().Single().Result;
        Assert.Equal(new CommandResult.Superseded("n2") { Node = "n1" }, refused);
        Assert.NotEqual(0U, state.Ip.Supersession.By);
        var told = Told(Step(state, new Input.GuardAnswered(false, "timeout"), 12.6));
        Assert.Contains(told, e => e is { Kind: EventKind.SupersededEnded, Peer: "n2", Cause: Cause.GuardFailed });
    }

    [Theory]
    [InlineData(2.999, false)]
    [InlineData(3, true)]
    public void E8b_a_look_may_show_the_world_before_the_own_assign_for_3_s(double after, bool superseded)
    {
        var state = Grow(holder: 102, fit: true);
        // n2 falls silent, and two guard probes fail.
        Step(state, new Input.Deadline(), 1.4);
        Take(state, Read(102, 1.45), 1.5);
        Take(state, new Input.GuardAnswered(false, "timeout"), 1.9);
        Take(state, new Input.GuardAnswered(false, "timeout"), 2.3);
        for (var second = 2.4; second < 4.5; second += 0.1)
            Step(state, new Input.Deadline(), second);
        Assert.Equal(Role.Master, state.Role);
        Take(state, Read(102, 4.5), 4.6);
        Take(state, new Input.AssignAnswered(state.Term, Then + TimeSpan.FromSeconds(4.6), ApiStatus.Ok, true, false, 7, ActionStatus.InProgress, null, ""), 4.7);
        Take(state, new Input.ActionRead(Then + TimeSpan.FromSeconds(5), 7, ApiStatus.Ok, ActionStatus.Completed, null, ""), 5);
        Take(state, Read(102, 5 + after), 5.05 + after);
        Assert.Equal(superseded ? state.Settings.Nodes[1].Id : 0, state.Ip.Supersession.By);
        Assert.Equal(superseded ? Role.Backup : Role.Master, state.Role);
    }

    [Fact]
    public void E8b_it_is_told_once_and_who_was_master_becomes_backup()
    {
        var state = Grow(holder: 101, fit: true);
        var told = Announced(state, Read(102, 11), 11.1);
        Assert.Contains(new Event(EventKind.Superseded, Severity.Critical) { Term = state.Term, Node = "n1", Peer = "n2", Holder = "n2" }, told);
        Assert.Contains(told, e => e is { Kind: EventKind.BecameBackup, RoleFrom: Role.Master, Cause: Cause.SupersededBy { HolderNode: "n2" } });
        // It goes away and comes back while that lasts.
        Take(state, Read(null, 12), 12.1);
        Assert.DoesNotContain(Announced(state, Read(102, 13), 13.1), e => e.Kind == EventKind.Superseded);
    }

    /// <summary>The first probe is sent in the very step that finds the address there.</summary>
    [Fact]
    public void E8b_probes_count_from_the_moment_of_the_arrival_on()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, Read(101, 10), 10.1);
        Take(state, new Input.GuardAnswered(true, "200"), 10.2);
        Assert.Contains(Step(state, Read(102, 11), 11.1), e => e is Effect.ProbeGuard);
        Take(state, new Input.GuardAnswered(false, "refused"), 11.3);
        Assert.NotEqual(NodeId.None, state.Ip.Supersession.By);
        Take(state, new Input.GuardAnswered(false, "refused"), 11.5);
        Assert.Equal(NodeId.None, state.Ip.Supersession.By);
    }

    [Fact]
    public void E8b_it_ends_when_the_node_is_heard_or_is_no_node_any_more()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, Read(102, 11), 11.1);
        var heard = Announced(state, Advert(state, Role.Backup, 0), 12);
        Assert.Contains(new Event(EventKind.SupersededEnded, Severity.Info) { Term = state.Term, Node = "n1", Peer = "n2", Cause = new Cause.HeardAgain(), Alert = true }, heard);
        Assert.Equal(0, state.Ip.Supersession.Count);

        var removed = Grow(holder: 101, fit: true);
        Take(removed, Read(102, 11), 11.1);
        var told = Announced(removed, new Input.SettingsChanged(removed.Settings with { Nodes = [removed.Settings.Nodes[0], removed.Settings.Nodes[2]] }), 12);
        Assert.Contains(told, e => e is { Kind: EventKind.SupersededEnded, Peer: null, Cause: Cause.NodeRemoved });
        Assert.Equal(1, removed.Ip.Supersession.Count);
    }

    [Fact]
    public void E8b_the_first_node_of_the_file_supersedes_like_any_other()
    {
        var state = Alone();
        for (var second = 0.5; second < 9; second += 0.5)
            Take(state, new Input.HolderRead(At(second), ApiStatus.Ok, 2, false, true, null, ""), second + 0.1);
        Assert.Equal(Role.Master, state.Role);
        Take(state, new Input.HolderRead(At(9), ApiStatus.Ok, 1, false, true, null, ""), 9.1);
        Assert.Equal((Role.Backup, NodeId.Of("a")), (state.Role, state.Ip.Supersession.By));
        var told = Announced(state, new Input.AdvertHeard(0, Make(state, Role.Backup, state.Term, peer: 0)), 9.2);
        Assert.Contains(told, e => e is { Kind: EventKind.SupersededEnded, Peer: "a", Cause: Cause.HeardAgain });
    }
}
