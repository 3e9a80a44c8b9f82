using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>What a claim waits for: a lock, the metadata service, an action that errored (rules C2 to C6).</summary>
public sealed class ClaimTests
{
    /// <summary>An address that somebody else's action locks is waited for, and not for ever: a lock can be stuck (F40).</summary>
    /// <summary>It is not the API that keeps the claim waiting.</summary>
    [Fact]
    public void C8_a_claim_that_keeps_its_distance_to_the_last_move_says_so()
    {
        var state = Grow(holder: 102, fit: true);
        Release Back() => new(state.Term, state.Settings.Self.Id, Planned: true, AtSuccessor: false, "by command", 0);
        Take(state, Advert(state, Role.Backup, 0, Back()), 0.2);
        Take(state, new Input.AssignAnswered(state.Term, Then, ApiStatus.Ok, true, false, 7, ActionStatus.Completed, null, ""), 1);
        Take(state, Read(101, 1.1), 1.2);
        Assert.Equal(ClaimState.Held, state.Ip.Claim.State);
        Hear(state, 1, Role.Backup, 1.3);
        Take(state, new Input.Commanded(new Command.ReleaseMaster("n2")), 1.4);
        Take(state, new Input.AdvertHeard(1, Make(state, Role.Master, state.Term + 1)), 1.5);
        Take(state, Read(102, 2), 2.1);
        Take(state, Advert(state, Role.Backup, 0, Back()), 3);
        Assert.Equal(Role.Master, state.Role);
        var told = new List<Event>();
        for (var second = 3.5; second < 15; second += 0.5)
        {
            told.AddRange(Announced(state, new Input.AdvertHeard(1, Make(state, Role.Backup, state.Term)), second));
            told.AddRange(Announced(state, Read(102, second - 0.05), second));
        }
        var slow = Assert.Single(told, e => e.Kind == EventKind.ClaimSlow);
        Assert.InRange(Assert.IsType<Cause.MoveGap>(slow.Cause).Left.TotalSeconds, 6, 9);
        Assert.InRange(Election.MoveGap(state, Then + TimeSpan.FromSeconds(15)).TotalSeconds, 5, 7);
    }

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
        Assert.Equal(30, Assert.Single(assigns));
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
    public void C6_a_metadata_service_that_contradicts_the_API_for_a_minute_is_told_once()
    {
        var state = Grow(holder: 101, fit: true);
        List<Event> Says(double second)
        {
            Take(state, Read(101, second - 0.02), second - 0.01);
            Hear(state, 1, Role.Backup, second - 0.005);
            return Announced(state, new Input.MetadataRead(Witness.NotHere, ""), second).FindAll(e => e.Kind == EventKind.MetadataDisagrees);
        }
        Assert.Empty(Says(1));
        Assert.Empty(Says(31));
        Assert.Empty(Says(60.9));
        var told = Assert.Single(Says(61.1));
        Assert.Equal((Severity.Warning, "n1", TimeSpan.FromMinutes(1)), (told.Severity, told.Holder, told.Duration));
        Assert.Empty(Says(62));
        var over = Assert.Single(Announced(state, new Input.MetadataRead(Witness.Here, ""), 70), e => e.Kind == EventKind.MetadataDisagrees);
        Assert.Equal((true, true, Severity.Info, "n1"), (over.Ended, over.Alert, over.Severity, over.Holder));
        Assert.DoesNotContain(Announced(state, new Input.MetadataRead(Witness.Here, ""), 71), e => e.Kind == EventKind.MetadataDisagrees);

        // The API was last asked when the two had just begun to differ: that is no contradiction yet.
        var old = Grow(holder: 101, fit: true);
        Take(old, new Input.MetadataRead(Witness.NotHere, ""), 1);
        Take(old, Read(101, 20), 20.1);
        Assert.DoesNotContain(Announced(old, new Input.MetadataRead(Witness.NotHere, ""), 61.1), e => e.Kind == EventKind.MetadataDisagrees);
    }

    /// <summary>After a long wait somebody may have moved it: what was seen counts for 2 s.</summary>
    [Theory]
    [InlineData(5.1, true)]
    [InlineData(5.099, false)]
    public void C2_a_look_that_is_older_than_2_s_is_repeated_before_the_assign(double asked, bool assigns)
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, Unread(ApiStatus.RateLimited, 0, TimeSpan.FromSeconds(7)), 0.1);
        Take(state, Read(null, asked), asked + 0.1);
        var effects = Step(state, new Input.Deadline(), 7.1);
        Assert.Equal((assigns, !assigns), (effects.Exists(e => e is Effect.Assign), effects.Exists(e => e is Effect.ReadHolder)));
    }

    /// <summary>The release names this node: it assigns without a look, unless it has the address already by what is known.</summary>
    [Theory]
    [InlineData(102L, true)]
    [InlineData(999L, true)]
    [InlineData(101L, false)]
    public void C2_a_named_successor_assigns_first_and_looks_first_when_the_address_is_here(long known, bool assigns)
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, Read(known, 0.1), 0.15);
        var effects = Step(state, Advert(state, Role.Fault, 0, new Release(3, state.Settings.Self.Id, false, false, "stopped", 0)), 1.2);
        Assert.Equal(Role.Master, state.Role);
        Assert.Equal((assigns, true), (effects.Exists(e => e is Effect.Assign), effects.Exists(e => e is Effect.ReadHolder)));
    }

    [Fact]
    public void E8c_a_claim_that_leaves_the_address_to_a_foreign_server_is_not_handed_over()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, Read(999, 0.1), 0.2);
        Assert.Equal(ClaimState.Lost, state.Ip.Claim.State);
        HearPeers(state, 1, 61);
        Take(state, new Input.Deadline(), 61);
        Assert.Equal((Role.Master, ClaimState.Lost), (state.Role, state.Ip.Claim.State));
        // That server is deleted: the claim begins now, and not when the address left.
        HearPeers(state, 61.5, 62);
        var told = Announced(state, Read(null, 61.9), 62);
        told.AddRange(Announced(state, new Input.Deadline(), 62.1));
        Assert.Equal(Role.Master, state.Role);
        Assert.DoesNotContain(told, e => e.Kind == EventKind.ClaimSlow);
        Assert.Contains(told, e => e.Kind == EventKind.AssignSent);
    }

    [Theory]
    [InlineData(61.099, ClaimState.Claiming)]
    [InlineData(61.1, ClaimState.Held)]
    public void F41_after_60_s_the_metadata_service_no_longer_puts_a_move_in_doubt(double second, ClaimState expected)
    {
        var state = Moving();
        Take(state, Answer(state, ApiStatus.Ok, accepted: true), 0.1);
        Take(state, ActionIs(ActionStatus.Completed, 1), 1.1);
        Take(state, Read(101, 1.2), 1.3);
        Assert.Equal(ClaimState.Held, state.Ip.Claim.State);
        Take(state, new Input.MetadataRead(Witness.NotHere, ""), second);
        Assert.Equal(expected, state.Ip.Claim.State);
    }

    /// <summary>What it said before the action was completed is what was so before.</summary>
    [Fact]
    public void F41_only_what_the_metadata_service_says_after_the_completion_puts_it_in_doubt()
    {
        var state = Moving();
        Take(state, Answer(state, ApiStatus.Ok, accepted: true), 0.1);
        Take(state, new Input.MetadataRead(Witness.NotHere, ""), 1.1);
        Take(state, ActionIs(ActionStatus.Completed, 1), 1.1);
        Take(state, Read(101, 1.2), 1.3);
        Assert.Equal(ClaimState.Held, state.Ip.Claim.State);
    }

    [Fact]
    public void C6_a_master_looks_for_itself_when_a_peer_saw_the_address_elsewhere()
    {
        var state = Grow(holder: 101, fit: true);
        Assert.DoesNotContain(Step(state, Saw(101), 0.1), e => e is Effect.ReadHolder);
        Assert.Contains(Step(state, Saw(102), 0.2), e => e is Effect.ReadHolder);

        Input.AdvertHeard Saw(long droplet) => new(1, Make(state, Role.Backup, state.Term) with
        { Holder = new Holder(HolderKind.Node, state.Settings.Nodes[state.Settings.IndexOfDroplet(droplet)].Id, droplet) });
    }

    /// <summary>The metadata service says that the address is here, the API said otherwise: a look at once, and again when that one is older than 10 s.</summary>
    [Fact]
    public void C6_a_metadata_service_that_contradicts_the_API_makes_a_backup_look()
    {
        var state = Grow(holder: 102, fit: true);
        Assert.True(Looks(0.5, Witness.Here));
        Answered(0.6);
        Assert.False(Looks(5, Witness.Here));
        Assert.False(Looks(10.6, Witness.Here));
        Assert.True(Looks(10.601, Witness.Here));
        Answered(10.7);
        Assert.False(Looks(11, Witness.NotHere));

        void Answered(double second)
        {
            Take(state, Read(102, second), second);
            Hear(state, 1, Role.Master, second);
        }

        bool Looks(double second, Witness says)
        {
            Hear(state, 1, Role.Master, second - 0.01);
            return Step(state, new Input.MetadataRead(says, ""), second).Exists(e => e is Effect.ReadHolder);
        }
    }
}
