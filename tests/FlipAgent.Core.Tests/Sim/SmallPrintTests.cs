using System.Collections.Immutable;
using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>
/// The small print of the rules, where a single turned sign would go unnoticed for months: what outlives a restart, whose turn it is, how long a lock is waited
/// for, what is said once.
/// </summary>
public sealed class SmallPrintTests
{
    [Fact]
    public void Maintenance_and_superseded_outlive_a_restart()
    {
        var state = Restarted(new Remembered { Maintenance = true, MaintenanceReason = "kernel", SupersededBy = "n2", SupersededCount = 2 });
        Assert.Equal((true, "kernel"), (state.Maintenance.On, state.Maintenance.Reason));
        Assert.Equal((state.Settings.Nodes[1].Id, 2), (state.Ip.Supersession.By, state.Ip.Supersession.Count));
        Assert.Equal(0u, Restarted(new Remembered { SupersededBy = "n9" }).Ip.Supersession.By);
        var timed = new Remembered { Maintenance = true, MaintenanceFor = TimeSpan.FromMinutes(5) };
        Assert.True(Restarted(timed, age: 299).Maintenance.On);
        Assert.False(Restarted(timed, age: 300).Maintenance.On);
    }

    [Fact]
    public void F61_a_node_without_a_key_says_that_it_stands_by_and_listens_like_after_a_start_when_it_has_one()
    {
        var state = Alone(new CheckWeight("key", 0, OfService: false, OfKey: true));
        Take(state, new Input.CheckChanged(0, false, "the key is missing"), 0);
        List<Event> told = [];
        for (var second = 0.5; second < 20; second += 0.5)
            told.AddRange(Step(state, new Input.Deadline(), second));
        Assert.Equal((Role.Backup, new Cause.StandsBy()), Assert.Single(told, e => e.RoleTo is not null) is var became ? (became.RoleTo, became.Cause) : default);
        Assert.True(state is { Role: Role.Backup, Fitness.Fit: false, Fitness.ListenOnly: true });
        Take(state, new Input.HolderRead(Then + TimeSpan.FromSeconds(19.9), ApiStatus.Ok, null, false, true, null, ""), 20);
        Take(state, new Input.CheckChanged(0, true, "the key can be read"), 20);
        Assert.True(state is { Role: Role.Backup, Fitness.Fit: true, Fitness.ListenOnly: false });
        Assert.Equal(Then + TimeSpan.FromSeconds(20), state.Peers.SilenceSince);
    }

    /// <summary>Two peers and no name in the release: the better one first, this node half an interval later.</summary>
    [Fact]
    public void E5_the_turn_of_the_second_comes_half_an_interval_after_that_of_the_first()
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, new Input.AdvertHeard(2, Make(state, Role.Backup, 3, peer: 2) with { EffectivePriority = 200 }), 0.1);
        var release = new Release(3, NodeId.None, false, false, "check site is down", 0);
        Take(state, new Input.AdvertHeard(1, Make(state, Role.Fault, 3) with { Release = release }), 0.2);
        Take(state, new Input.Deadline(), 0.2 + 0.499);
        Assert.Equal(Role.Backup, state.Role);
        Take(state, new Input.Deadline(), 0.2 + 0.5);
        Assert.Equal(Role.Master, state.Role);
    }

    [Fact]
    public void A_configuration_that_differs_is_told_once_and_again_when_it_had_been_the_same()
    {
        var state = Alone();
        var sequence = 0u;
        List<Event> Hears(ulong hash, double second) =>
            Step(state, new Input.AdvertHeard(0, Make(state, Role.Backup, 1, peer: 0) with { Sequence = ++sequence, ConfigHash = hash }), second).FindAll(e => e.Kind == EventKind.ConfigDrift);
        Assert.Single(Hears(2, 0.1));
        Assert.Empty(Hears(2, 0.2));
        Assert.Empty(Hears(2, 0.3));
        Assert.Empty(Hears(1, 0.4));
        Assert.Single(Hears(2, 0.5));
    }

    /// <summary>An address that somebody else's action locks is waited for, and not for ever: a lock can be stuck (F40).</summary>
    [Fact]
    public void F39_a_lock_of_somebody_else_is_waited_for_30_s_from_the_first_look_that_shows_it()
    {
        var state = Grow(holder: 101, fit: true);
        var assigns = new List<double>();
        for (var second = 0.0; second < 33; second += 0.25)
        {
            var effects = new List<Effect>();
            var look = new Input.HolderRead(Then + TimeSpan.FromSeconds(second), ApiStatus.Ok, null, Locked: true, true, null, "");
            Election.Step(state, second % 1 == 0 ? look : new Input.Deadline(), Then + TimeSpan.FromSeconds(second), effects);
            if (effects.OfType<Effect.Assign>().Any())
                assigns.Add(second);
            if (second % 1 == 0)
                Hear(state, 1, Role.Backup, second);
        }
        Assert.InRange(Assert.Single(assigns), 30, 31);
    }

    [Fact]
    public void F41_a_move_that_the_free_witness_does_not_show_is_not_held_for_a_minute()
    {
        var state = Claim(Grow(holder: 101, fit: true));
        Take(state, Answer(state, ApiStatus.Ok, accepted: true), 0.1);
        Take(state, new Input.ActionRead(Then + TimeSpan.FromSeconds(1), 7, ApiStatus.Ok, ActionStatus.Completed, null, ""), 1.1);
        Take(state, new Input.MetadataRead(Witness.NotHere, ""), 1.2);
        Take(state, Read(101, 1.3), 1.4);
        Assert.Equal(ClaimState.Claiming, state.Ip.Claim.State);
        Take(state, new Input.MetadataRead(Witness.Here, ""), 2);
        Assert.Equal(ClaimState.Held, state.Ip.Claim.State);
        Take(state, new Input.MetadataRead(Witness.NotHere, ""), 59);
        Assert.Equal(ClaimState.Claiming, state.Ip.Claim.State);
        Take(state, new Input.MetadataRead(Witness.NotHere, ""), 61.2);
        Assert.Equal(ClaimState.Held, state.Ip.Claim.State);
    }

    [Fact]
    public void F40_an_action_that_errored_is_not_tried_again_in_the_same_moment()
    {
        var state = Claim(Grow(holder: 101, fit: true));
        Take(state, Answer(state, ApiStatus.Ok, accepted: true), 0.1);
        Take(state, new Input.ActionRead(Then + TimeSpan.FromSeconds(1), 7, ApiStatus.Ok, ActionStatus.Errored, null, "broken"), 1.1);
        Assert.Equal(1, state.Ip.Claim.Assign.Failures);
        var effects = new List<Effect>();
        Election.Step(state, Read(null, 1.105), Then + TimeSpan.FromSeconds(1.11), effects);
        Assert.Empty(effects.OfType<Effect.Assign>());
    }

    [Fact]
    public void A_reason_that_was_there_first_stays_the_reason()
    {
        var settings = Pair(new CheckWeight("haproxy", 0)) with { ColdStandby = true };
        var state = Election.Start(settings, null, 1, Then);
        Take(state, new Input.UnitChanged(false, false, "masked"), 0.1);
        Assert.Equal(new Cause.UnitNotStartable(), state.Fitness.UnfitBecause);
        Take(state, new Input.Commanded(new Command.Maintenance(true, null, "kernel")), 0.2);
        Assert.Equal(new Cause.InMaintenance("kernel"), state.Fitness.UnfitBecause);
    }

    [Fact]
    public void The_first_node_of_the_list_is_named_and_can_be_handed_the_mastership_to()
    {
        var state = Alone();
        Take(state, new Input.AdvertHeard(0, Make(state, Role.Master, 1, peer: 0) with { Sequence = 1 }), 0.1);
        for (var second = 0.5; second < 10; second += 0.5)
            Take(state, new Input.AdvertHeard(0, Make(state, Role.Master, 1, peer: 0) with { Sequence = (uint)(second * 10) }), second);
        Assert.Equal(new CommandResult.NotMaster("a") { Node = "b" }, Asked(state, new Command.ReleaseMaster(null), 10));

        var master = Alone();
        Take(master, new Input.HolderRead(Then, ApiStatus.Ok, 2, false, true, null, ""), 0.1);
        for (var second = 0.5; second < 10; second += 0.5)
        {
            Take(master, new Input.AdvertHeard(0, Make(master, Role.Backup, 0, peer: 0) with { Sequence = (uint)(second * 10) }), second);
            Take(master, new Input.HolderRead(Then + TimeSpan.FromSeconds(second), ApiStatus.Ok, 2, false, true, null, ""), second);
        }
        Assert.Equal(Role.Master, master.Role);
        Assert.Equal(new CommandResult.Released("a") { Node = "b" }, Asked(master, new Command.ReleaseMaster(null), 10));
    }

    [Fact]
    public void What_is_left_of_superseded_and_of_maintenance_outlives_a_restart()
    {
        var settings = Pair() with { Guard = false };
        var last = new LastRun(new Remembered { SupersededBy = "a", SupersededFor = TimeSpan.FromSeconds(600), SupersededCount = 1 }, true, TimeSpan.FromSeconds(100));
        Assert.Equal(Then + TimeSpan.FromSeconds(500), Election.Start(settings, last, 1, Then).Ip.Supersession.EndAt(withGuard: false));
        Assert.Equal(Moment.Forever, Election.Start(settings with { Guard = true }, last, 1, Then).Ip.Supersession.EndAt(withGuard: true));

        var effects = new List<Effect>();
        var state = Alone();
        Election.Step(state, new Input.Commanded(new Command.Maintenance(true, TimeSpan.FromSeconds(300), null)), Then, effects);
        Assert.Equal(TimeSpan.FromSeconds(300), effects.OfType<Effect.SaveState>().Last().Remembered.MaintenanceFor);
        effects.Clear();
        Election.Step(state, new Input.Commanded(new Command.Maintenance(true, null, null)), Then, effects);
        Assert.Null(effects.OfType<Effect.SaveState>().Last().Remembered.MaintenanceFor);
    }

    [Fact]
    public void The_end_of_a_maintenance_is_an_alert()
    {
        var state = Alone();
        Take(state, new Input.Commanded(new Command.Maintenance(true, TimeSpan.FromSeconds(300), null)), 0);
        Assert.DoesNotContain(Step(state, new Input.Deadline(), 299.9), e => e.Kind == EventKind.Maintenance);
        var over = Assert.Single(Step(state, new Input.Deadline(), 300), e => e.Kind == EventKind.Maintenance);
        Assert.Equal((true, true, true), (over.Alert, over.Ended, over.TimeUp));
    }

    [Fact]
    public void E12_a_stop_ends_at_once_without_a_request_and_when_it_is_answered_with_one()
    {
        Assert.Contains(Effects(Grow(holder: 102, fit: true), new Input.Stopping(StopKind.Final), 0), e => e is Effect.Exit);
        var claiming = Claim(Grow(holder: 101, fit: true));
        Assert.DoesNotContain(Effects(claiming, new Input.Stopping(StopKind.Final), 0.1), e => e is Effect.Exit);
        Assert.DoesNotContain(Effects(claiming, new Input.Deadline(), 4.9), e => e is Effect.Exit);
        Assert.Contains(Effects(claiming, Answer(claiming, ApiStatus.Ok, accepted: true), 5), e => e is Effect.Exit);
        var unanswered = Claim(Grow(holder: 101, fit: true));
        Take(unanswered, new Input.Stopping(StopKind.Final), 0.1);
        Assert.DoesNotContain(Effects(unanswered, new Input.Deadline(), 5.09), e => e is Effect.Exit);
        Assert.Contains(Effects(unanswered, new Input.Deadline(), 5.1), e => e is Effect.Exit);
    }

    [Fact]
    public void C6_a_metadata_service_that_contradicts_the_API_for_a_minute_is_told_once()
    {
        var state = Grow(holder: 101, fit: true);
        List<Event> Says(double second)
        {
            Take(state, Read(101, second - 0.02), second - 0.01);
            Hear(state, 1, Role.Backup, second - 0.005);
            return Step(state, new Input.MetadataRead(Witness.NotHere, ""), second).FindAll(e => e.Kind == EventKind.MetadataDisagrees);
        }
        Assert.Empty(Says(1));
        Assert.Empty(Says(31));
        Assert.Empty(Says(60.9));
        var told = Assert.Single(Says(61.1));
        Assert.Equal((Severity.Warning, "n1", TimeSpan.FromMinutes(1)), (told.Severity, told.Holder, told.Duration));
        Assert.Empty(Says(62));

        // The API was last asked when the two had just begun to differ: that is no contradiction yet.
        var old = Grow(holder: 101, fit: true);
        Take(old, new Input.MetadataRead(Witness.NotHere, ""), 1);
        Take(old, Read(101, 20), 20.1);
        Assert.DoesNotContain(Step(old, new Input.MetadataRead(Witness.NotHere, ""), 61.1), e => e.Kind == EventKind.MetadataDisagrees);
    }

    [Fact]
    public void E4_a_long_reason_is_cut_and_says_so()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, new Input.CheckChanged(1, false, new string('x', 100)), 0.1);
        var cause = state.Releases.Last!.Cause;
        Assert.Equal(48, System.Text.Encoding.UTF8.GetByteCount(cause));
        Assert.StartsWith("check site is down: xxx", cause);
        Assert.EndsWith("xxx...", cause);
        var fits = Grow(holder: 101, fit: true);
        Take(fits, new Input.CheckChanged(1, false, new string('x', 48 - "check site is down: ".Length)), 0.1);
        Assert.EndsWith("xxxx", fits.Releases.Last!.Cause);
    }

    /// <summary>The master falls silent and two probes fail. A guard that has worked shortens D by that, one that never has does not (F76).</summary>
    [Theory]
    [InlineData(true, 2.2)]
    [InlineData(false, 3.5)]
    public void E6_only_a_guard_that_has_worked_shortens_D(bool worked, double expected)
    {
        var state = worked ? Grow(holder: 102, fit: true) : Start(holder: 102);
        if (!worked)
            for (var second = -0.5; second < 12; second++)
            {
                Take(state, Read(102, second - 0.05), second);
                Hear(state, 1, Role.Master, second + 0.1);
            }
        var heard = state.Peers[1].HeardAt - Then;
        double? promoted = null;
        for (var after = 0.1; after < 6 && promoted is null; after += 0.1)
        {
            var second = heard.TotalSeconds + after;
            if (after > 1.55)
            {
                Take(state, Read(102, second - 0.02), second - 0.01);
                if (after is > 1.75 and < 2.25)
                    Take(state, new Input.GuardAnswered(false, "timeout"), second - 0.005);
            }
            Take(state, new Input.Deadline(), second);
            if (state.Role == Role.Master)
                promoted = after;
        }
        Assert.NotNull(promoted);
        Assert.InRange(promoted.Value, expected - 0.35, expected + 0.65);
    }

    private static CommandResult Asked(ElectionState state, Command command, double second)
    {
        var effects = new List<Effect>();
        Election.Step(state, new Input.Commanded(command), Then + TimeSpan.FromSeconds(second), effects);
        return Assert.Single(effects.OfType<Effect.Reply>()).Result;
    }

    private static ClusterSettings Pair(params ImmutableArray<CheckWeight> checks) => new()
    {
        Cluster = "sim",
        Nodes = [new Node("a", 1, 100), new Node("b", 2, 150)],
        Me = 1,
        Checks = checks,
        ConfigHash = 1,
    };

    private static ElectionState Alone(params ImmutableArray<CheckWeight> checks) => Election.Start(Pair(checks), null, 1, Then);

    private static ElectionState Restarted(Remembered remembered, double age = 1) => Election.Start(
        new FlipAgent.Sim.Plan { Nodes = FlipAgent.Sim.Plan.MakeNodes(150, 140, 130), Exact = true }.SettingsOf(0), new LastRun(remembered, true, TimeSpan.FromSeconds(age)), 1, Then);

    private static List<Effect> Effects(ElectionState state, Input input, double second)
    {
        var effects = new List<Effect>();
        Election.Step(state, input, Then + TimeSpan.FromSeconds(second), effects);
        return effects;
    }

    private static List<Event> Step(ElectionState state, Input input, double second) =>
        [.. Effects(state, input, second).OfType<Effect.Announce>().Select(a => a.Event)];
}
