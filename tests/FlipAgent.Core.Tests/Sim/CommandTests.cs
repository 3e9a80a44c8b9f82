using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>
/// What becomes of a command (docs/cli.md): done, or refused by a rule, with a case that says by which.
/// </summary>
public sealed class CommandTests
{
    private static ElectionState Backup => Grow(holder: 102, fit: true);

    private static ElectionState Master => Grow(holder: 101, fit: true);

    /// <summary>
    /// The peer that asked becomes master, is at its limit of moves and hands back at once, and that comes by way of the third node. What the peer said
    /// before must not be granted again, or the two would hand the mastership to and fro as fast as the network is.
    /// </summary>
    [Fact]
    public void A_wish_is_granted_once_though_the_peer_hands_back_by_way_of_another()
    {
        var state = Grow(holder: 101, fit: true);
        var effects = new List<Effect>();
        Election.Step(state, Advert(state, Role.Backup, 0, asks: true), Then, effects);
        Assert.Equal(Role.Backup, state.Role);
        Assert.Equal(state.Settings.Nodes[1].Id, state.Releases.Last!.Successor);
        var back = new Release(state.Term + 1, state.Settings.Self.Id, false, true, "flap-hold", 0);
        effects.Clear();
        Election.Step(state, new Input.AdvertHeard(2, Make(state, Role.Backup, back.Term, peer: 2) with { Release = back }), Then + TimeSpan.FromMilliseconds(2), effects);
        Assert.Equal((Role.Master, back.Term + 1), (state.Role, state.Term));
        Assert.DoesNotContain(effects.OfType<Effect.Announce>(), a => a.Event.Kind == EventKind.Released);
        // Asked anew it is granted anew.
        Election.Step(state, Advert(state, Role.Backup, 0, asks: true), Then + TimeSpan.FromMilliseconds(3), effects);
        Assert.Equal(Role.Backup, state.Role);
    }

    [Fact]
    public void Promote_says_what_it_did_or_why_not()
    {
        Check(new CommandResult.NotFit(new Cause.CheckDown("site", "down")), Grow(holder: 102, fit: false), new Command.Promote(false));
        Check(new CommandResult.HoldsAlready(), Master, new Command.Promote(false));
        Check(new CommandResult.Starting(), Start(holder: 102), new Command.Promote(false));
        Check(new CommandResult.Asked("n2"), Backup, new Command.Promote(false));
        var stalled = Master;
        Take(stalled, new Input.Stalled(TimeSpan.FromSeconds(9)), 9);
        Check(new CommandResult.Stalled(), stalled, new Command.Promote(true), 9);
        Check(new CommandResult.Claims("nobody"), Claim(Master), new Command.Promote(false));
    }

    [Fact]
    public void Promote_without_a_master_asks_the_guard_and_yes_overrides_it()
    {
        Check(new CommandResult.ServiceAnswers(), Deaf(), new Command.Promote(false), 5);
        var state = Deaf();
        Check(new CommandResult.TookOver(4), state, new Command.Promote(true), 5);
        Assert.Equal((Role.Master, 4U), (state.Role, state.Term));
        var guardless = Deaf();
        Take(guardless, new Input.GuardAnswered(false, "timeout"), 4.9);
        Check(new CommandResult.TookOver(4), guardless, new Command.Promote(false), 5);
    }

    [Theory]
    [InlineData(3, Role.Backup, true)]
    [InlineData(2, Role.Backup, false)]
    [InlineData(3, Role.Fault, false)]
    public void C8_moves_away_from_fit_nodes_count_whoever_made_them(int moves, Role left, bool refused)
    {
        var state = Grow(holder: 102, fit: true);
        Hear(state, 2, left, 0.1);
        for (var i = 0; i <= moves; i++)
        {
            // n3, n2, n3, n2: each time it leaves one that is heard.
            Hear(state, 1, Role.Master, 0.2 + (0.01 * i));
            Take(state, Read(i % 2 == 0 ? 102 : 103, 0.2 + (0.01 * i)), 0.205 + (0.01 * i));
        }

        if (refused)
            Check(new CommandResult.FlapHold(), state, new Command.Promote(false), 0.5);
        else
            Check(new CommandResult.Asked("n2"), state, new Command.Promote(false), 0.5);
        Check(new CommandResult.Asked("n2"), state, new Command.Promote(true), 0.6);
    }

    [Fact]
    public void Release_says_to_whom_or_why_not()
    {
        Check(new CommandResult.NotMaster("n2"), Backup, new Command.ReleaseMaster(null));
        Check(new CommandResult.NotMaster(null), Start(holder: 102), new Command.ReleaseMaster(null));
        Check(new CommandResult.UnknownNode("n9", "n1, n2, n3"), Master, new Command.ReleaseMaster("n9"));
        Check(new CommandResult.MasterAlready("n1"), Master, new Command.ReleaseMaster("n1"));
        Check(new CommandResult.SuccessorNotHeard("n2"), Master, new Command.ReleaseMaster("n2"), 5);
        Check(new CommandResult.NoSuccessor(), Master, new Command.ReleaseMaster(null), 5);
        var unfit = Master;
        Hear(unfit, 1, Role.Fault, 0);
        Check(new CommandResult.SuccessorNotFit("n2"), unfit, new Command.ReleaseMaster("n2"));
        var alone = Master;
        CannotMove(alone, 1);
        Check(new CommandResult.SuccessorCannotMove("n2"), alone, new Command.ReleaseMaster("n2"));
        Check(new CommandResult.Released("n3"), alone, new Command.ReleaseMaster(null));
        var nobody = Master;
        CannotMove(nobody, 1);
        CannotMove(nobody, 2);
        Check(new CommandResult.SuccessorCannotMove("n2"), nobody, new Command.ReleaseMaster(null));
        Assert.Equal(Role.Master, nobody.Role);
        var busy = Claim(Master);
        Take(busy, new Input.Deadline(), 0.3);
        Take(busy, Read(null, 0.3), 0.35);
        Check(new CommandResult.AssignUnderWay(), busy, new Command.ReleaseMaster("n2"), 0.4);
        foreach (var (to, successor) in new[] { (null, 1), ("n2", 1), ("n3", 2) })
        {
            var state = Master;
            Check(new CommandResult.Released($"n{successor + 1}"), state, new Command.ReleaseMaster(to));
            Assert.Equal(Role.Backup, state.Role);
            Assert.Equal(new Release(state.Term, state.Settings.Nodes[successor].Id, true, false, "release by command", 0), state.Releases.Last);
        }
    }

    [Fact]
    public void Maintenance_says_how_long_and_why_and_ends_by_itself()
    {
        Check(new CommandResult.NoMaintenance(), Backup, new Command.Maintenance(false, null, null));
        Check(new CommandResult.MaintenanceBegun(null, null), Backup, new Command.Maintenance(true, null, null));
        var state = Backup;
        Check(new CommandResult.MaintenanceBegun(TimeSpan.FromMinutes(1), "disk"), state, new Command.Maintenance(true, TimeSpan.FromMinutes(1), "disk"));
        Assert.Equal((Role.Fault, new Cause.InMaintenance("disk")), (state.Role, state.Fitness.UnfitBecause));
        Take(state, new Input.Deadline(), 59.999);
        Assert.True(state.Maintenance.On);
        Take(state, new Input.Deadline(), 60);
        Assert.Equal((false, Role.Backup), (state.Maintenance.On, state.Role));
        state = Backup;
        Check(new CommandResult.MaintenanceBegun(null, null), state, new Command.Maintenance(true, null, null));
        Check(new CommandResult.MaintenanceEnded(null), state, new Command.Maintenance(false, null, null), 1);
        Assert.True(state.Fitness.Fit);
    }

    /// <summary>The mastership goes to a node that cannot move the address: who asked must not stop HAProxy now.</summary>
    [Fact]
    public void Maintenance_of_a_master_says_when_no_other_node_can_move_the_address()
    {
        var state = Master;
        CannotMove(state, 1);
        Check(new CommandResult.MaintenanceBegun(null, null), state, new Command.Maintenance(true, null, null));
        state = Master;
        CannotMove(state, 1);
        CannotMove(state, 2);
        Check(new CommandResult.MaintenanceBegun(null, null) { NobodyTakesOver = true }, state, new Command.Maintenance(true, null, null));
        Check(new CommandResult.MaintenanceBegun(null, null), Backup, new Command.Maintenance(true, null, null));
    }

    /// <summary>HAProxy was broken meanwhile: nobody has heard of it, and "over" alone would say that all is well.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_fault_below_a_maintenance_is_told_when_that_ends_and_its_own_end_too(bool byCommand)
    {
        var state = Backup;
        Take(state, new Input.Commanded(new Command.Maintenance(true, TimeSpan.FromMinutes(1), null)), 0.1);
        Assert.DoesNotContain(Announced(state, new Input.CheckChanged(1, false, "503"), 0.2), e => e.Kind == EventKind.BecameFault);
        var ending = byCommand ? new Input.Commanded(new Command.Maintenance(false, null, null)) : (Input)new Input.Deadline();
        var effects = Step(state, ending, 61);
        if (byCommand)
            Assert.Equal(new CommandResult.MaintenanceEnded(new Cause.CheckDown("site", "503")) { Node = "n1" }, Assert.Single(effects.OfType<Effect.Reply>()).Result);
        Assert.Single(Told(effects), e => e is { Kind: EventKind.BecameFault, Severity: Severity.Warning, Cause: Cause.CheckDown });
        Assert.DoesNotContain(Announced(state, new Input.Deadline(), 61.5), e => e.Kind == EventKind.BecameFault);
        Assert.Single(Announced(state, new Input.CheckChanged(1, true, "200"), 62), e => e is { Kind: EventKind.BecameBackup, Cause: Cause.FitAgain, Alert: true });
    }

    /// <summary>Nothing was broken, so nothing is well again: the end of the maintenance says it all.</summary>
    [Fact]
    public void After_a_maintenance_without_a_fault_nobody_is_told_of_health()
    {
        var state = Backup;
        Take(state, new Input.Commanded(new Command.Maintenance(true, null, null)), 0.1);
        Assert.Single(Announced(state, new Input.Commanded(new Command.Maintenance(false, null, null)), 1), e => e is { Kind: EventKind.BecameBackup, Cause: Cause.FitAgain, Alert: false });
        Take(state, new Input.CheckChanged(1, false, "503"), 2);
        Take(state, new Input.Commanded(new Command.Maintenance(true, null, null)), 3);
        Take(state, new Input.CheckChanged(1, true, "200"), 4);
        Assert.Single(Announced(state, new Input.Commanded(new Command.Maintenance(false, null, null)), 5), e => e is { Kind: EventKind.BecameBackup, Cause: Cause.FitAgain, Alert: true });
    }

    /// <summary>That nobody takes over was a critical alert, and has an end.</summary>
    [Fact]
    public void The_end_of_a_maintenance_that_left_nobody_in_charge_is_told()
    {
        var state = Master;
        Hear(state, 1, Role.Fault, 0);
        Hear(state, 2, Role.Fault, 0);
        Assert.Single(Announced(state, new Input.Commanded(new Command.Maintenance(true, null, null)), 0.1), e => e is { Kind: EventKind.Released, Severity: Severity.Critical });
        Assert.Single(Announced(state, new Input.Commanded(new Command.Maintenance(false, null, null)), 1), e => e is { Kind: EventKind.BecameBackup, Alert: true });
    }

    private static void CannotMove(ElectionState state, int peer) =>
        Take(state, new Input.AdvertHeard(peer, Make(state, Role.Backup, state.Term, peer) with { ApiReachable = false }), 0);

    [Theory]
    [InlineData(59.999, 15)]
    [InlineData(60, 0)]
    public void A_prepared_restart_holds_for_a_minute(double stopsAt, int hold)
    {
        var state = Grow(holder: 102, fit: true);
        Check(new CommandResult.RestartPrepared(TimeSpan.FromMinutes(1)), state, new Command.PrepareRestart());
        Take(state, new Input.Stopping(StopKind.Final), stopsAt);
        Assert.Equal(TimeSpan.FromSeconds(hold), Election.BuildAdvert(state, Then + TimeSpan.FromSeconds(stopsAt)).Hold);
    }

    [Fact]
    public void An_agent_that_stops_takes_no_commands()
    {
        var state = Claim(Master);
        Take(state, new Input.Deadline(), 0.3);
        Take(state, Read(null, 0.3), 0.35);
        Take(state, new Input.Stopping(StopKind.Restart), 0.4);
        Check(new CommandResult.Stopping(), state, new Command.Maintenance(true, null, null), 0.5);
    }

    /// <summary>Nobody has been heard for five seconds, and the service answers.</summary>
    private static ElectionState Deaf()
    {
        var state = Backup;
        Take(state, new Input.Deadline(), 1.5);
        Take(state, Read(102, 1.6), 1.7);
        Take(state, new Input.GuardAnswered(true, "200"), 1.8);
        Take(state, new Input.GuardAnswered(true, "200"), 4.8);
        Assert.Equal(Role.Backup, state.Role);
        return state;
    }

    private static void Check(CommandResult expected, ElectionState state, Command command, double second = 0)
    {
        var effects = new List<Effect>();
        Election.Step(state, new Input.Commanded(command), Then + TimeSpan.FromSeconds(second), effects);
        Assert.Equal(expected with { Node = "n1" }, Assert.Single(effects.OfType<Effect.Reply>()).Result);
    }
}
