using System.Collections.Immutable;
using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Owners;

/// <summary>The whole state of a node: its session, its deadline, what makes it write its memory down, and what stands in there (rules E8b, E11).</summary>
public sealed class ElectionStateTests
{
    [Theory]
    [InlineData(1000, 7, 1000)]
    [InlineData(1000, 1000, 1001)] // The clock was set back, or this run began within the same millisecond.
    [InlineData(1000, 2000, 2001)]
    public void A_session_is_the_clock_unless_the_last_run_had_a_later_one(ulong clock, ulong last, ulong expected)
    {
        var state = Election.Start(Pair(), new LastRun(new Remembered { Session = last }, true, TimeSpan.Zero), clock, Then);
        Assert.Equal(expected, state.Adverts.Session);
    }

    [Fact]
    public void A_new_run_is_due_at_once_and_the_earliest_moment_that_was_asked_for_counts()
    {
        var state = Alone();
        Assert.Equal(Then, state.NextDeadline);
        state.ClearDeadline();
        Assert.Equal(Moment.Forever, state.NextDeadline);
        state.WakeAt(Second(5));
        state.WakeAt(Second(3));
        state.WakeAt(Second(4));
        Assert.Equal(Second(3), state.NextDeadline);
        state.CloseDeadline(Second(2));
        Assert.Equal(Second(3), state.NextDeadline);
        state.CloseDeadline(Second(3));
        Assert.Equal(Second(3.001), state.NextDeadline);
    }

    [Fact]
    public void Two_nodes_and_two_sessions_of_one_draw_other_random_numbers()
    {
        var drawn = new[] { (1UL, 0), (2UL, 0), (1UL, 1) }.Select(who => Election.Start(Pair() with { Me = who.Item2 }, null, who.Item1, Then).Chance.Next());
        Assert.Equal(3, drawn.Distinct().Count());
    }

    [Fact]
    public void Only_a_change_that_the_next_run_should_know_of_is_written_down()
    {
        var state = Grow(holder: 102, fit: true);
        Assert.Empty(Saved(state, new Input.Deadline(), 0));
        Assert.Empty(Saved(state, Read(102), 0.1));
        Input[] changes =
        [
            new Input.CheckChanged(0, true, "still up"), new Input.Commanded(new Command.Maintenance(true, null, null)),
            new Input.AdvertHeard(1, Make(state, Role.Master, state.Term) with { Session = 9 }), new Input.AdvertHeard(1, Make(state, Role.Master, state.Term + 1) with { Session = 9 }),
            new Input.SettingsChanged(state.Settings),
        ];
        Assert.All(changes, change => Assert.Single(Saved(state, change, 0.2)));
        Assert.Empty(Saved(state, new Input.Deadline(), 0.3));
    }

    [Fact]
    public void What_is_written_down_at_a_restart_is_what_the_node_is()
    {
        var state = Grow(holder: 101, fit: true);
        state.Ip.Claim.Assign.Send(Then);
        var saved = Saved(state, new Input.Stopping(StopKind.Restart), 0.5).Last();
        Assert.Equal((Role.Master, state.Term, state.Term, state.Adverts.Session), (saved.Role, saved.Term, saved.MasterTerm, saved.Session));
        Assert.Equal((TimeSpan.FromSeconds(15), true), (saved.Hold, saved.AssignUnderWay));
        Assert.Equal(new Dictionary<string, bool> { ["haproxy"] = true, ["site"] = true }.ToImmutableDictionary(), saved.Verdicts);
        Assert.Equal(5UL, saved.PeerSessions["n2"]);
        Assert.Equal((null, TimeSpan.Zero, 0), (saved.SupersededBy, saved.SupersededFor, saved.SupersededCount));
        Assert.Equal((false, null, null), (saved.Maintenance, saved.MaintenanceReason, saved.MaintenanceFor));
    }

    [Fact]
    public void What_is_written_down_of_a_backup_names_no_mastership_no_hold_and_no_assign()
    {
        var saved = Saved(Grow(holder: 102, fit: true), new Input.Stopping(StopKind.Final), 0.5).Last();
        Assert.Equal((Role.Backup, 0u, TimeSpan.Zero, false), (saved.Role, saved.MasterTerm, saved.Hold, saved.AssignUnderWay));
        Assert.NotEqual(0u, saved.Term);
    }

    [Fact]
    public void Maintenance_is_written_down_with_its_reason_and_what_is_left_of_it()
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, new Input.Commanded(new Command.Maintenance(true, TimeSpan.FromMinutes(1), "kernel") { By = "alice" }), 0);
        var saved = Saved(state, new Input.CheckChanged(0, true, ""), 20).Last();
        Assert.Equal((true, "kernel", "alice", TimeSpan.FromSeconds(40)), (saved.Maintenance, saved.MaintenanceReason, saved.MaintenanceBy, saved.MaintenanceFor));
    }

    /// <summary>With a guard it has no end by the clock, so nothing of it is left to be written down.</summary>
    [Theory]
    [InlineData(false, 580)]
    [InlineData(true, 0)]
    public void E8b_that_it_was_superseded_is_written_down_with_what_is_left_of_the_wait(bool guard, int left)
    {
        var state = Grow(holder: 102, fit: true);
        state.Apply(state.Settings with { Guard = guard }, TimeSpan.Zero);
        state.Ip.Supersession.Begin(state.Settings.Nodes[2].Id, Then);
        state.Standing.Become(Role.Fault, Then); // In fault nothing ends it.
        state.Maintenance.Begin(null, null, Then);
        var saved = Saved(state, new Input.CheckChanged(0, true, ""), 20).Last();
        Assert.Equal(("n3", TimeSpan.FromSeconds(left), 1), (saved.SupersededBy, saved.SupersededFor, saved.SupersededCount));
    }

    [Fact]
    public void E8b_the_first_node_of_the_file_is_written_down_by_its_name_too()
    {
        var state = Election.Start(Pair() with { Guard = false }, null, 1, Then);
        state.Ip.Supersession.Begin(state.Settings.Nodes[0].Id, Then);
        var saved = Saved(state, new Input.Deadline(), 1).Last();
        Assert.Equal(("a", TimeSpan.FromSeconds(599)), (saved.SupersededBy, saved.SupersededFor));
    }

    [Fact]
    public void After_the_exit_nothing_is_written_down_nor_done()
    {
        var state = Grow(holder: 102, fit: true);
        var effects = Step(state, new Input.Stopping(StopKind.Final), 0.5);
        Assert.Equal([typeof(Effect.SaveState), typeof(Effect.Exit)], effects.Where(e => e is Effect.SaveState or Effect.Exit).Select(e => e.GetType()));
        Assert.Empty(Step(state, new Input.CheckChanged(0, false, "down"), 0.6));
    }

    [Fact]
    public void A_run_that_begins_recalls_sessions_and_what_is_left_of_maintenance_and_supersession()
    {
        var left = TimeSpan.FromSeconds(60);
        var remembered = new Remembered
        {
            Term = 7,
            PeerSessions = new Dictionary<string, ulong> { ["a"] = 44 }.ToImmutableDictionary(),
            Maintenance = true,
            MaintenanceFor = left,
            SupersededBy = "a",
            SupersededFor = left,
            SupersededCount = 2,
        };
        var same = Election.Start(Pair(), new LastRun(remembered, SameBoot: true, TimeSpan.FromSeconds(20)), 1, Then);
        Assert.Equal((Second(40), Second(40)), (same.Maintenance.Until, same.Ip.Supersession.EndAt(withGuard: false)));
        Assert.Equal((44UL, 7u, 2), (same.Peers[0].Session.Highest, same.Term, same.Ip.Supersession.Count));
        // How long a machine was down is not known: nothing of the wait is over.
        var rebooted = Election.Start(Pair(), new LastRun(remembered, SameBoot: false, TimeSpan.FromSeconds(20)), 1, Then);
        Assert.Equal((Second(60), Second(60)), (rebooted.Maintenance.Until, rebooted.Ip.Supersession.EndAt(withGuard: false)));
        Assert.False(Election.Start(Pair(), new LastRun(remembered with { Maintenance = false }, true, TimeSpan.Zero), 1, Then).Maintenance.On);
    }

    [Theory]
    [InlineData(Role.Master, 1, true)]
    [InlineData(Role.Backup, 1, false)]
    [InlineData(Role.Master, 14.999, true)]
    [InlineData(Role.Master, 15, false)]
    public void E11_only_a_master_may_resume_and_only_for_D_after_the_start(Role role, double age, bool may)
    {
        var remembered = new Remembered { Term = 7, MasterTerm = 7, Role = role, Hold = TimeSpan.FromSeconds(15) };
        var state = Restarted(remembered, age);
        Assert.Equal(may ? (7u, Then + state.Settings.MasterDown) : (0u, Moment.Never), (state.Lifecycle.ResumeTerm, state.Lifecycle.ResumeUntil));
    }

    [Fact]
    public void A_reload_of_a_master_begins_the_claim_of_a_new_address_as_nobodys_order()
    {
        var state = Grow(holder: 101, fit: true);
        Assert.False(state.Apply(state.Settings with { AddressIds = [.. state.Settings.AddressIds, 77] }, Second(1)));
        var claim = state.Ips[1].Claim;
        Assert.Equal((ClaimState.Claiming, false, false, false, true), (claim.State, claim.AssignFirst, claim.Planned, claim.Override, claim.MayTakeBack));
        Assert.Equal(Second(1), claim.Since);
    }

    [Fact]
    public void S2_after_a_reload_the_holder_is_told_by_what_the_file_has()
    {
        var state = Grow(holder: 101, fit: true);
        long[] file = [101, 102, 103], swapped = [102, 101, 103];
        Assert.True(state.Identity.TellBy(swapped, file));
        state.Apply(state.Settings, Second(1));
        Assert.False(state.Identity.TellBy(file, file));
    }

    private static IEnumerable<Remembered> Saved(ElectionState state, Input input, double second) =>
        Step(state, input, second).OfType<Effect.SaveState>().Select(save => save.Remembered);

    private static TimeSpan Second(double second) => Then + TimeSpan.FromSeconds(second);
}
