using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>What an advert says at the moment at which it changes, and when it is said at once (rule E3). A clock is read on the stroke, not somewhere in the hour.</summary>
public sealed class AdvertContentTests
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(1);

    [Fact]
    public void Hold_down_is_said_at_once_until_it_is_over_and_then_no_more()
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, new Input.CheckChanged(0, false, "down"), 0.1);
        Take(state, new Input.CheckChanged(0, true, "up"), 1.1);
        Assert.False(At(state, 1.2).HoldDown);
        Take(state, new Input.CheckChanged(0, false, "down"), 2.3);
        Assert.True(At(state, 2.3).HoldDown);
        Assert.True(Election.BuildAdvert(state, Then + TimeSpan.FromSeconds(12.3) - s_tick).HoldDown);
        Assert.False(At(state, 12.3).HoldDown);
        Assert.Contains(TimeSpan.FromSeconds(12.3), Live(state, 2.31, 12.31));
    }

    [Fact]
    public void A_promotion_is_asked_for_at_once_and_for_five_seconds()
    {
        var state = Grow(holder: 102, fit: true);
        var effects = new List<Effect>();
        Election.Step(state, new Input.Commanded(new Command.Promote(false)), Then, effects);
        Assert.Contains(effects, e => e is Effect.SendAdvert);
        Assert.True(At(state, 0).AsksByCommand);
        Assert.True(Election.BuildAdvert(state, Then + TimeSpan.FromSeconds(5) - s_tick).AsksByCommand);
        Assert.False(At(state, 5).AsksByCommand);
    }

    [Fact]
    public void A_hold_is_asked_for_as_long_as_it_still_runs()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, new Input.Stopping(StopKind.Restart), 0);
        Assert.Equal(TimeSpan.FromSeconds(15), At(state, 0).Hold);
        Assert.Equal(s_tick, Election.BuildAdvert(state, Then + TimeSpan.FromSeconds(15) - s_tick).Hold);
        Assert.Equal(TimeSpan.Zero, At(state, 15).Hold);
        Assert.Equal(TimeSpan.Zero, At(state, 16).Hold);
    }

    [Fact]
    public void An_API_that_fails_is_said_at_once()
    {
        var state = Grow(holder: 101, fit: true);
        Assert.True(At(state, 0).ApiReachable);
        var effects = new List<Effect>();
        Election.Step(state, new Input.HolderRead(Then, ApiStatus.Failed, null, false, true, null, "timeout"), Then + TimeSpan.FromSeconds(0.2), effects);
        Assert.Contains(effects, e => e is Effect.SendAdvert);
        Assert.False(At(state, 0.2).ApiReachable);
    }

    [Fact]
    public void A_release_to_nobody_is_said_by_its_maker_only()
    {
        var master = Grow(holder: 101, fit: true);
        Take(master, new Input.SettingsChanged(master.Settings with { Nodes = [master.Settings.Self], Me = 0 }), 0);
        Take(master, new Input.CheckChanged(0, false, "down"), 0.1);
        Assert.Equal((master.Term, NodeId.None), (At(master, 0.1).Release!.Term, At(master, 0.1).Release!.Successor));

        var bystander = Grow(holder: 102, fit: true);
        Take(bystander, Advert(bystander, Role.Fault, 0, new Release(bystander.Term, NodeId.None, false, false, "check down", 5)), 0.2);
        Assert.Null(At(bystander, 0.2).Release);
        bystander = Grow(holder: 102, fit: true);
        var named = new Release(bystander.Term, bystander.Settings.Nodes[2].Id, false, false, "check down", 5);
        Take(bystander, Advert(bystander, Role.Fault, 0, named), 0.2);
        Assert.Equal(named, At(bystander, 0.2).Release);
    }

    [Fact]
    public void A_configuration_that_differs_is_told_once_after_two_minutes_and_so_is_its_end()
    {
        var state = Grow(holder: 101, fit: true);
        Assert.Empty(Drift(state, 8, 0, 200)); // this node's is not known
        Take(state, new Input.SettingsChanged(state.Settings with { ConfigHash = 7 }), 200);
        Assert.Empty(Drift(state, 7, 200, 210));
        Assert.Empty(Drift(state, 0, 210, 400));
        Assert.Empty(Drift(state, 8, 400, 519));
        var told = Assert.Single(Drift(state, 8, 519, 522));
        Assert.Equal((Severity.Warning, "n2", false), (told.Severity, told.Peer, told.Ended));
        Assert.Empty(Drift(state, 8, 522, 900));
        Assert.Empty(Drift(state, 9, 900, 1200));
        var over = Assert.Single(Drift(state, 7, 1200, 1210));
        Assert.Equal((Severity.Info, "n2", true, true), (over.Severity, over.Peer, over.Ended, over.Alert));
        Assert.Single(Drift(state, 9, 1210, 1340));
    }

    /// <summary>Of the two nodes one tells people: n2 would, which comes before z1.</summary>
    [Fact]
    public void The_other_node_keeps_a_difference_for_its_journal()
    {
        var state = Grow(holder: 101, fit: true);
        var nodes = state.Settings.Nodes;
        Take(state, new Input.SettingsChanged(state.Settings with { Nodes = nodes.SetItem(0, nodes[0] with { Name = "z1" }), ConfigHash = 7 }), 0);
        Assert.Equal(Severity.Info, Assert.Single(Drift(state, 8, 0, 130)).Severity);
        var over = Assert.Single(Drift(state, 7, 130, 135));
        Assert.Equal((true, false), (over.Ended, over.Alert));
    }

    /// <summary>Three nodes get a new file one after the other: that is no news, not even at its end.</summary>
    [Fact]
    public void A_rollout_is_not_told()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, new Input.SettingsChanged(state.Settings with { ConfigHash = 7 }), 0);
        for (var second = 0; second < 1000; second += 200)
        {
            Assert.Empty(Drift(state, 8, second, second + 100));
            Assert.Empty(Drift(state, 7, second + 100, second + 200));
        }
    }

    [Fact]
    public void F78_a_node_that_nobody_hears_for_three_master_down_intervals_takes_a_session_above_every_one_that_it_is_known_by()
    {
        var state = Grow(holder: 102, fit: true);
        var down = state.Settings.MasterDown.TotalSeconds;
        for (var second = 0.5; second < 3 * down; second += 0.5)
            HearDeaf(state, second);
        Assert.Equal(1UL, state.Adverts.Session);
        // The first word that they do not hear came at 0.5.
        HearDeaf(state, 0.5 + (3 * down) - 0.001);
        Assert.Equal(1UL, state.Adverts.Session);
        HearDeaf(state, 0.5 + (3 * down));
        Assert.Equal((78UL, 1U), (state.Adverts.Session, At(state, 0.5 + (3 * down)).Sequence));
        HearDeaf(state, 1 + (3 * down));
        Assert.Equal(78UL, state.Adverts.Session);
    }

    [Fact]
    public void C1_an_assign_leaves_only_a_master_of_its_term_that_neither_listens_nor_stops()
    {
        var state = Grow(holder: 101, fit: true);
        Assert.True(Election.MayAssign(state, state.Term));
        Assert.False(Election.MayAssign(state, state.Term + 1));
        Assert.False(Election.MayAssign(state, state.Term - 1));
        var backup = Grow(holder: 102, fit: true);
        Assert.False(Election.MayAssign(backup, backup.Term));
        Take(state, new Input.Stalled(TimeSpan.FromSeconds(9)), 9);
        Assert.True(state.Quarantine.On);
        Assert.False(Election.MayAssign(state, state.Term));
        var stopping = Claim(Grow(holder: 101, fit: true));
        Take(stopping, new Input.Stopping(StopKind.Restart), 0);
        Assert.Equal(Role.Master, stopping.Role);
        Assert.False(Election.MayAssign(stopping, stopping.Term));
    }

    private static Advert At(ElectionState state, double second) => Election.BuildAdvert(state, Then + TimeSpan.FromSeconds(second));

    /// <summary>Lives from deadline to deadline.</summary>
    /// <returns>When adverts were sent, since <see cref="Then"/>.</returns>
    private static List<TimeSpan> Live(ElectionState state, double from, double until)
    {
        var sent = new List<TimeSpan>();
        for (var now = Then + TimeSpan.FromSeconds(from); now <= Then + TimeSpan.FromSeconds(until); now = state.NextDeadline)
        {
            var effects = new List<Effect>();
            Election.Step(state, new Input.Deadline(), now, effects);
            if (effects.Any(e => e is Effect.SendAdvert))
                sent.Add(now - Then);
        }

        return sent;
    }

    /// <summary>The peer says this configuration twice a second.</summary>
    private static List<Event> Drift(ElectionState state, ulong hash, double from, double until)
    {
        var effects = new List<Effect>();
        for (var second = from; second < until; second += 0.5)
            Election.Step(state, new Input.AdvertHeard(1, Make(state, Role.Backup, state.Term) with { ConfigHash = hash }), Then + TimeSpan.FromSeconds(second), effects);
        return [.. effects.OfType<Effect.Announce>().Select(a => a.Event).Where(e => e.Kind == EventKind.ConfigDrift)];
    }

    /// <summary>Both peers speak, and know this node by another session only: they do not hear it.</summary>
    private static void HearDeaf(ElectionState state, double second)
    {
        for (var peer = 1; peer <= 2; peer++)
            Take(state, new Input.AdvertHeard(peer, Make(state, peer == 1 ? Role.Master : Role.Backup, 3, peer) with
            {
                Peers = [new PeerReport(state.Settings.Self.Id, 77, null, null, Role.Backup, true, true, false, false, 150)],
            }), second);
    }
}
