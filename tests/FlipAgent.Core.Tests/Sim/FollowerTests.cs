using System.Collections.Immutable;
using FlipAgent.Sim;
using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>Several floating IPs: the first leads, the others follow the master (rule C12).</summary>
public sealed class FollowerTests
{
    private const long Nowhere = -2;
    private static readonly ImmutableArray<uint> s_ids = [1000, 2000, 3000];

    [Fact]
    public void A_named_successor_asks_for_all_addresses_in_one_step()
    {
        var state = Grow(102, 102, 102);
        var release = new Release(3, state.Settings.Self.Id, Planned: false, AtSuccessor: false, "stopped", 0);
        var effects = Step(state, Advert(state, Role.Fault, 0, release), 0);
        Assert.Equal(Role.Master, state.Role);
        Assert.Equal([0, 1, 2], effects.OfType<Effect.Assign>().Select(a => a.Address));
        Assert.All(effects.OfType<Effect.Assign>(), a => Assert.Equal((state.Term, 101L), (a.Term, a.DropletId)));
        Assert.Equal([0, 1, 2], Told(effects).Where(e => e.Kind == EventKind.AssignSent).Select(e => e.Address));
        // And nothing twice.
        Assert.Empty(Step(state, new Input.Deadline(), 0.01).OfType<Effect.Assign>());
    }

    /// <summary>What people are told of a move of all addresses: one that the cloud does not know has not arrived.</summary>
    [Fact]
    public void An_address_that_the_cloud_refuses_is_not_on_its_way_and_one_that_it_accepts_is()
    {
        var state = Grow(102, 102, 102);
        Take(state, Advert(state, Role.Fault, 0, new Release(3, state.Settings.Self.Id, Planned: false, AtSuccessor: false, "stopped", 0)), 0);
        Take(state, new Input.AssignAnswered(state.Term, At(0), ApiStatus.Ok, true, false, 7, ActionStatus.InProgress, null, "") { Address = 0 }, 0.1);
        Take(state, new Input.AssignAnswered(state.Term, At(0), ApiStatus.Ok, true, false, 8, ActionStatus.InProgress, null, "") { Address = 1 }, 0.1);
        Take(state, new Input.AssignAnswered(state.Term, At(0), ApiStatus.NotFound, false, false, 0, ActionStatus.Unknown, null, "no such address") { Address = 2 }, 0.1);
        Assert.Equal([true, true, false], state.Ips.Select(ip => ip.IsOnItsWay));
        Take(state, new Input.ActionRead(At(1), 8, ApiStatus.Ok, ActionStatus.Completed, null, "") { Address = 1 }, 1.2);
        Assert.True(state.Ips[1].IsOnItsWay);
    }

    /// <summary>What people wait to hear the end of stays with its address, wherever that stands in the file; what is about none stays.</summary>
    [Fact]
    public void What_was_told_of_an_address_goes_with_it_in_a_reload_and_in_the_next_run()
    {
        var state = Grow(101, 101, 101);
        state.Open.Take(new Event(EventKind.MetadataDisagrees, Severity.Warning));
        state.Open.Take(new Event(EventKind.SecretMissing, Severity.Warning) { Subject = "token" });
        Take(state, new Input.SettingsChanged(state.Settings with { AddressIds = [2000, 1000, 3000] }), 0.1);
        Assert.Equal((false, true, true), (state.Open.Has(EventKind.MetadataDisagrees), state.Open.Has(EventKind.MetadataDisagrees, address: 1), state.Open.Has(EventKind.SecretMissing, "token")));
        var next = new OpenAlerts();
        next.Recall(state.Open.Remember(state.Settings), state.Settings with { AddressIds = [3000, 1000] });
        Assert.Equal((true, true), (next.Has(EventKind.MetadataDisagrees, address: 1), next.Has(EventKind.SecretMissing, "token")));
        Take(state, new Input.SettingsChanged(state.Settings with { AddressIds = [2000, 3000] }), 0.2);
        Assert.Equal((false, true), (state.Open.HasAny(EventKind.MetadataDisagrees), state.Open.Has(EventKind.SecretMissing, "token")));
    }

    [Fact]
    public void What_becomes_known_in_a_later_step_is_looked_up_as_well()
    {
        var state = Grow(102, 102, -1);
        Take(state, Advert(state, Role.Fault, 0, new Release(3, state.Settings.Self.Id, Planned: false, AtSuccessor: false, "stopped", 0)), 0);
        var effects = Step(state, Heard(state, 1, Role.Backup, [102, 102, 102]), 0.01);
        Assert.Equal(HolderKind.Node, state.Ips[2].Lookup.Known.Kind);
        Assert.DoesNotContain(effects, e => e is Effect.Assign);
    }

    [Fact]
    public void An_address_that_is_known_to_be_nowhere_is_asked_for_without_a_look()
    {
        var state = Grow(102, 102, Nowhere);
        var release = new Release(3, state.Settings.Self.Id, Planned: false, AtSuccessor: false, "stopped", 0);
        Assert.Equal([0, 1, 2], Step(state, Advert(state, Role.Fault, 0, release), 0).OfType<Effect.Assign>().Select(a => a.Address));
    }

    /// <summary>News of the master count for 7 minutes, and longer while the account has few requests left (rule C5).</summary>
    [Theory]
    [InlineData(5000, 415, true)]
    [InlineData(5000, 425, false)]
    [InlineData(1500, 425, true)]
    public void News_of_further_addresses_count_for_7_minutes(long requestsLeft, int age, bool counts)
    {
        var state = Grow(102, 102, 102);
        state.Quota.Take(new(requestsLeft, 5000), At(0));
        var asked = new List<Effect>();
        for (var second = 0.0; second < age; second++)
        {
            asked.AddRange(Step(state, Heard(state, 1, Role.Master, []), second));
            asked.AddRange(Step(state, Read(0, 102, second), second + 0.1));
            asked.AddRange(Step(state, new Input.Deadline(), second + 0.5));
        }
        Assert.Equal(counts, !asked.Exists(e => e is Effect.ReadHolder { Address: > 0 }));
        var release = new Release(3, state.Settings.Self.Id, Planned: false, AtSuccessor: false, "stopped", 0);
        Assert.Equal(counts ? [0, 1, 2] : [0], Step(state, Advert(state, Role.Fault, 0, release), age).OfType<Effect.Assign>().Select(a => a.Address));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(101L)]
    public void What_is_not_known_to_be_elsewhere_is_looked_up_first(long? second)
    {
        var state = Grow(102, 102, second is null ? -1 : 101);
        var release = new Release(3, state.Settings.Self.Id, Planned: false, AtSuccessor: false, "stopped", 0);
        var effects = Step(state, Advert(state, Role.Fault, 0, release), 0);
        Assert.Equal([0, 1], effects.OfType<Effect.Assign>().Select(a => a.Address));
        Assert.Contains(effects, e => e is Effect.ReadHolder { Address: 2 });
        // The look that follows settles it.
        Assert.Equal([2], Step(state, Read(2, 102, 0.01), 0.05).OfType<Effect.Assign>().Select(a => a.Address));
    }

    [Fact]
    public void The_machine_of_the_master_dies_and_all_requests_leave_together()
    {
        var plan = new Plan { Nodes = Plan.MakeNodes(150, 100), Exact = true, Addresses = 3 };
        var world = new World(plan, 1, Detail.Story);
        Array.ForEach(world.Clouds, cloud => cloud.PlaceFirst(101));
        Array.ForEach(world.Nodes, node => node.StartAgent());
        world.RunUntil(TimeSpan.FromMinutes(2));
        world.Trace.Take();
        world.Nodes[0].PowerOff();
        world.RunUntil(world.Now + TimeSpan.FromSeconds(20));
        var posts = world.Trace.Take().Where(line => line.Contains("assign to itself", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, posts.Count);
        Assert.Single(posts.Select(line => line[..9]).Distinct());
        Assert.All(world.Clouds, cloud => Assert.Equal(102, cloud.Holder));
    }

    [Fact]
    public void A_further_address_that_was_moved_by_hand_comes_back_and_no_role_changes()
    {
        var state = Grow(101, 101, 101);
        Assert.All(state.Ips, ip => Assert.True(ip.Claim.IsHeld));
        Assert.DoesNotContain(Step(state, new Input.MetadataRead(Witness.NotHere, "") { Address = 1 }, 0), e => e is Effect.ReadHolder { Address: 0 });
        Assert.Equal((ClaimState.Held, true), (state.Ips[1].Claim.State, state.Ips[1].Lookup.InFlight || state.Ips[1].Lookup.Wanted));
        var effects = Step(state, Read(1, 102, 0), 0.05);
        Assert.Equal([1], effects.OfType<Effect.Assign>().Select(a => a.Address));
        Assert.Equal(1, Assert.Single(Told(effects), e => e.Kind == EventKind.ClaimLost).Address);
        Take(state, Accepted(state, 1), 0.1);
        Take(state, new Input.ActionRead(At(1), 7, ApiStatus.Ok, ActionStatus.Completed, null, "") { Address = 1 }, 1.2);
        var held = Assert.Single(Told(Step(state, Read(1, 101, 1.3), 1.4)), e => e.Kind == EventKind.ClaimHeld);
        Assert.Equal((1, true, "n2"), (held.Address, held.Alert, held.Peer));
        Assert.Equal(Role.Master, state.Role);
        Assert.Equal(2, state.Ips.Count(ip => ip.LastMove is null));
    }

    [Fact]
    public void A_further_address_is_left_where_it_is_while_somebody_moves_the_first()
    {
        var state = Grow(101, 101, 101);
        Take(state, Read(0, 101, -0.1) with { Locked = true }, -0.05);
        Assert.DoesNotContain(Step(state, Read(1, 102, 0), 0.05), e => e is Effect.Assign);
        // A second after the last look, and not before.
        Assert.True(state.NextDeadline <= At(0.9));
        Assert.DoesNotContain(Step(state, new Input.Deadline(), 0.899), e => e is Effect.ReadHolder { Address: 0 });
        var looks = Step(state, new Input.Deadline(), 0.9);
        Assert.Contains(looks, e => e is Effect.ReadHolder { Address: 0 });
        Assert.DoesNotContain(looks, e => e is Effect.Assign);
        // It stayed here after all.
        Assert.Equal([1], Step(state, Read(0, 101, 1), 1.05).OfType<Effect.Assign>().Select(a => a.Address));
    }

    [Fact]
    public void A_look_at_the_first_that_is_5_s_older_is_new_enough()
    {
        var state = Grow(101, 101, 101);
        Assert.Contains(Step(state, Read(1, 102, 4.45), 4.5), e => e is Effect.Assign { Address: 1 });
    }

    [Fact]
    public void A_further_address_is_not_claimed_before_the_first_was_looked_at_as_well()
    {
        var state = Grow(101, 101, 101);
        var looks = Step(state, Read(1, 102, 5), 5.05);
        Assert.Contains(looks, e => e is Effect.ReadHolder { Address: 0 });
        Assert.DoesNotContain(looks, e => e is Effect.Assign);
        Assert.Equal([1], Step(state, Read(0, 101, 5.05), 5.1).OfType<Effect.Assign>().Select(a => a.Address));
    }

    [Fact]
    public void Where_the_first_has_gone_to_a_fit_peer_the_mastership_follows_and_nothing_is_claimed()
    {
        var state = Grow(101, 101, 101);
        Take(state, Read(1, 102, -0.2) with { Locked = true }, -0.15);
        var effects = Step(state, Read(0, 102, 0), 0.05);
        Assert.Equal(Role.Backup, state.Role);
        Assert.DoesNotContain(effects, e => e is Effect.Assign);
        Assert.All(state.Ips, ip => Assert.Equal(ClaimState.None, ip.Claim.State));
        Assert.DoesNotContain(Step(state, Read(2, 102, 0.1), 0.15), e => e is Effect.Assign);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_further_address_at_a_server_that_is_no_node_is_told_and_claimed_only_by_order(bool reclaims)
    {
        var state = Grow(101, 101, 101);
        Take(state, new Input.SettingsChanged(state.Settings with { ReclaimForeign = reclaims }), -0.1);
        Take(state, Read(0, 101, -0.05), -0.03);
        var effects = Step(state, Read(1, 999, 0), 0.05);
        var told = Assert.Single(Told(effects), e => e.Kind == EventKind.ForeignHolder);
        Assert.Equal((1, 999L), (told.Address, told.DropletId));
        Assert.Equal(reclaims, effects.Any(e => e is Effect.Assign { Address: 1 }));
        Assert.Equal(Role.Master, state.Role);
        if (reclaims)
            return;
        // A person orders it.
        Assert.Contains(Step(state, new Input.Commanded(new Command.Promote(false)), 0.2), e => e is Effect.Assign { Address: 1 });
    }

    [Fact]
    public void After_three_moves_away_from_a_fit_node_a_further_address_stays_and_the_role_too()
    {
        var state = Grow(101, 101, 101);
        for (var i = 0; i < 3; i++)
            state.Ips[1].Budget.CountAway(At(-1));
        var effects = Step(state, Read(1, 102, 0), 0.05);
        Assert.DoesNotContain(effects, e => e is Effect.Assign);
        Assert.Equal(1, Assert.Single(Told(effects), e => e.Kind == EventKind.FlapHold).Address);
        Assert.Equal((Role.Master, ClaimState.Lost), (state.Role, state.Ips[1].Claim.State));
        Assert.False(state.Ip.Budget.FlapHold);
        Assert.True(state.Ip.Claim.IsHeld);
        Take(state, Read(0, 101, 0.06), 0.08);
        Take(state, Read(1, 102, 0.06), 0.08);
        // Meanwhile it is looked at as seldom as an address that nobody claims.
        Assert.InRange(LooksWithin(state, 60), 1, 10);
        // When the oldest counts no longer it is looked at again, and claimed.
        var free = MoveBudget.Window.TotalSeconds;
        HearPeers(state, free - 2, free);
        Take(state, Read(0, 101, free), free + 0.01);
        Assert.Contains(Step(state, Read(1, 102, free), free + 0.02), e => e is Effect.Assign { Address: 1 });
    }

    [Fact]
    public void A_step_in_which_the_first_ends_the_mastership_claims_none_of_the_others()
    {
        var state = Grow(102, 102, 102);
        for (var i = 0; i < 3; i++)
            state.Ip.Budget.CountAway(At(-1));
        Take(state, Advert(state, Role.Backup, 0, new Release(3, state.Settings.Self.Id, Planned: true, AtSuccessor: true, "n1 has priority 254", 0)), 0);
        Take(state, Read(2, 102, 0.01), 0.02);
        Assert.Equal((Role.Master, ClaimState.Claiming), (state.Role, state.Ips[2].Claim.State));
        // Three moves away from a fit node are enough: the mastership goes back to where the address is (C8).
        var effects = Step(state, Read(0, 102, 0.03), 0.04);
        Assert.Equal(0, Assert.Single(Told(effects), e => e.Kind == EventKind.FlapHold).Address);
        Assert.DoesNotContain(effects, e => e is Effect.Assign);
        Assert.All(state.Ips, ip => Assert.Equal(ClaimState.None, ip.Claim.State));
    }

    [Fact]
    public void A_backup_asks_nothing_of_further_addresses_while_it_hears_of_them()
    {
        var state = Grow(102, 102, 102);
        var asked = new List<Effect>();
        for (var second = 0.0; second < 600; second++)
        {
            asked.AddRange(Step(state, Heard(state, 1, Role.Master, [102, 102, 102]), second));
            asked.AddRange(Step(state, new Input.Deadline(), second + 0.5));
        }

        Assert.DoesNotContain(asked, e => e is Effect.ReadHolder { Address: > 0 } or Effect.Assign);
        // The master is of a version that does not say it.
        for (var second = 600.0; second < 1100; second++)
        {
            asked.AddRange(Step(state, Heard(state, 1, Role.Master, []), second));
            asked.AddRange(Step(state, new Input.Deadline(), second + 0.5));
        }

        Assert.Equal([1, 2], asked.OfType<Effect.ReadHolder>().Select(e => e.Address).Where(a => a > 0));
    }

    [Fact]
    public void An_address_that_the_cloud_does_not_know_says_nothing_of_the_others()
    {
        var state = Grow(101, 101, 101);
        var told = Told(Step(state, new Input.HolderRead(At(0), ApiStatus.NotFound, null, false, false, null, "no such address") { Address = 2 }, 0.05));
        Assert.Equal(2, Assert.Single(told, e => e.Kind == EventKind.AddressNotFound).Address);
        Assert.True(state.Api.Ok);
        Assert.True(Election.BuildAdvert(state, At(0.1)).ApiReachable);
        Assert.Contains(Told(Step(state, Read(2, 101, 6), 6.05)), e => e is { Kind: EventKind.ApiRecovered, Address: 2 });
    }

    [Fact]
    public void Of_an_API_that_fails_for_all_people_hear_once()
    {
        var state = Grow(101, 101, 101);
        var told = new List<Event>();
        for (var second = 0.0; second < 30; second++)
            for (var address = 0; address < 3; address++)
                told.AddRange(Told(Step(state, new Input.HolderRead(At(second), ApiStatus.Failed, null, false, false, null, "reset") { Address = address }, second + 0.05)));
        Assert.Equal(0, Assert.Single(told, e => e.Kind == EventKind.ApiFailing).Address);
    }

    [Fact]
    public void A_rate_limit_is_the_accounts()
    {
        var state = Grow(101, 101, 101);
        Take(state, new Input.HolderRead(At(0), ApiStatus.RateLimited, null, false, false, TimeSpan.FromSeconds(50), "429") { Address = 1 }, 0.05);
        Take(state, new Input.MetadataRead(Witness.NotHere, ""), 0.1);
        Take(state, new Input.MetadataRead(Witness.NotHere, "") { Address = 2 }, 0.1);
        for (var second = 0.2; second < 50; second++)
            Assert.DoesNotContain(Step(state, new Input.Deadline(), second), e => e is Effect.ReadHolder);
        Assert.Equal(3, Step(state, new Input.Deadline(), 50.1).OfType<Effect.ReadHolder>().Count());
    }

    [Fact]
    public void While_the_account_is_limited_no_address_is_asked_for()
    {
        var state = Grow(101, 101, 101);
        Take(state, new Input.HolderRead(At(0), ApiStatus.RateLimited, null, false, false, TimeSpan.FromSeconds(50), "429") { Address = 2 }, 0.05);
        Assert.DoesNotContain(Step(state, Read(1, 102, 0.1), 0.15), e => e is Effect.Assign);
        Assert.Equal(ClaimState.Claiming, state.Ips[1].Claim.State);
    }

    [Fact]
    public void An_advert_names_the_addresses_so_their_order_does_not_matter()
    {
        var master = Grow(101, 102, -1);
        var advert = Election.BuildAdvert(master, At(0));
        Assert.Equal(s_ids, advert.Addresses.Select(a => a.Address));
        Assert.Equal(advert.Holder, advert.Addresses[0].Holder);
        var other = Grow(102, -1, -1, [3000, 2000, 1000]);
        Take(other, new Input.AdvertHeard(1, Make(other, Role.Master, 3) with { Addresses = advert.Addresses, Holder = advert.Holder, HolderAge = TimeSpan.Zero }), 0);
        Assert.Equal(advert.Addresses[1].Holder, other.Ips[1].Lookup.Known);
        Assert.Equal(advert.Addresses[0].Holder, other.Ips[2].Lookup.Known);
        Assert.NotEqual(advert.Holder, other.Ip.Lookup.Known);
    }

    [Fact]
    public void With_one_address_an_advert_is_what_it_was()
    {
        var state = GrownNode.Grow(holder: 101, fit: true);
        Assert.Empty(Election.BuildAdvert(state, At(0)).Addresses);
        // A peer with several tells the first by the fixed fields, too.
        var said = new Holder(HolderKind.Node, state.Settings.Nodes[1].Id, 102);
        Take(state, new Input.AdvertHeard(1, Make(state, Role.Backup, 3) with { Addresses = [new(5, default, TimeSpan.Zero)], Holder = said }), 0.5);
        Assert.Equal(said, state.Ip.Lookup.Known);
    }

    [Fact]
    public void A_reload_adds_an_address_that_the_master_then_claims()
    {
        var state = Grow(101, 101, 101);
        var effects = Step(state, new Input.SettingsChanged(state.Settings with { AddressIds = [1000, 2000, 3000, 4000] }), 0);
        Assert.Contains(effects, e => e is Effect.ReadHolder { Address: 3 });
        Take(state, Read(0, 101, 0.01), 0.03);
        Assert.Equal([3], Step(state, Read(3, null, 0.01), 0.05).OfType<Effect.Assign>().Select(a => a.Address));
        Assert.True(state.Ips.Take(3).All(ip => ip.Claim.IsHeld));
    }

    [Fact]
    public void A_reload_removes_an_address_and_its_late_answer_moves_nothing()
    {
        var state = Grow(101, 101, 101);
        Assert.Contains(Step(state, Read(1, null, 0), 0.05), e => e is Effect.Assign { Address: 1 });
        var before = state.Settings;
        Take(state, new Input.SettingsChanged(before with { AddressIds = [1000, 3000] }), 0.1);
        Assert.False(Election.MayAssign(state, state.Term, 2000));
        Assert.True(Election.MayAssign(state, state.Term, 3000));
        Assert.Null(Numbering.Translate(Accepted(state, 1), before, state.Settings));
        // The same answer of an address that is still there reaches it under its new number.
        Assert.Equal(1, ((Input.AssignAnswered)Numbering.Translate(Accepted(state, 2), before, state.Settings)!).Address);
        Take(state, Accepted(state, 2), 0.2); // Nobody's: dropped, and no error.
        Assert.All(state.Ips, ip => Assert.True(ip.Claim.IsHeld));
    }

    [Fact]
    public void A_reload_puts_another_address_first_and_each_keeps_what_it_was()
    {
        var state = Grow(101, 101, -1);
        var (guard, first, second, third) = (state.Ip.Guard, state.Ips[0], state.Ips[1], state.Ips[2]);
        state.Ip.Supersession.Recall(0, 3, TimeSpan.Zero, TimeSpan.Zero, At(0));
        Take(state, new Input.SettingsChanged(state.Settings with { AddressIds = [2000, 3000, 1000] }), 0);
        Assert.Equal([second, third, first], state.Ips.AsEnumerable());
        Assert.Same(guard, state.Ip.Guard);
        Assert.Null(guard.Alive); // It asks something else now.
        Assert.Equal(3, state.Ip.Supersession.Count);
        Assert.Equal((Role.Master, true), (state.Role, state.Ip.Claim.IsHeld));
    }

    [Fact]
    public void An_address_that_is_replaced_begins_anew()
    {
        var state = GrownNode.Grow(holder: 101, fit: true);
        Take(state, new Input.SettingsChanged(state.Settings with { AddressIds = [77] }), 0);
        Assert.Equal((Role.Master, ClaimState.Claiming, HolderKind.Unknown), (state.Role, state.Ip.Claim.State, state.Ip.Lookup.Known.Kind));
        Assert.Contains(Step(state, Read(0, null, 0.01), 0.05), e => e is Effect.Assign { Address: 0 });
    }

    [Fact]
    public void The_next_run_knows_of_an_assign_of_any_address()
    {
        var state = Grow(101, 101, 101);
        var saved = Step(state, Read(1, null, 0), 0.05).OfType<Effect.SaveState>().Single();
        Assert.True(saved.Remembered.AssignUnderWay);
    }

    [Fact]
    public void A_stop_waits_for_the_answer_of_any_assign()
    {
        var state = Grow(101, 101, 101);
        Take(state, Read(1, null, 0), 0.05);
        Take(state, new Input.Stopping(StopKind.Final), 0.1);
        Assert.DoesNotContain(Step(state, new Input.Deadline(), 1.5), e => e is Effect.Exit);
        Assert.Contains(Step(state, Accepted(state, 1), 1.6).Concat(Step(state, new Input.Deadline(), 1.8)), e => e is Effect.Exit);
    }

    [Fact]
    public void Each_address_has_the_invariants_of_one()
    {
        var (master, backup) = (Grow(101, 101, 101), Grow(102, 102, 102));
        Assert.All([master, backup], state => Assert.Null(Violation(state)));
        master.Ips[2].Claim.End();
        backup.Ips[1].Claim.Contest();
        Assert.All([master, backup], state => Assert.Equal("there is a claim exactly while this node is master", Violation(state)));
    }

    /// <summary>How often the API is asked who has an address, within so many seconds from 3 on: the first is here, the second at n2, and both peers are heard.</summary>
    private static int LooksWithin(ElectionState state, int seconds)
    {
        var looks = 0;
        for (var tenth = 30; tenth < 30 + 10 * seconds; tenth++)
        {
            var time = tenth / 10.0;
            Input[] inputs = tenth % 10 == 0
                ? [new Input.AdvertHeard(1, Make(state, Role.Backup, state.Term)), new Input.AdvertHeard(2, Make(state, Role.Backup, state.Term, 2))]
                : [new Input.Deadline()];
            var due = new Queue<Effect.ReadHolder>(inputs.SelectMany(input => Step(state, input, time)).OfType<Effect.ReadHolder>());
            for (; due.TryDequeue(out var look); looks++)
                Step(state, Read(look.Address, look.Address == 1 ? 102 : 101, time), time + 0.02).OfType<Effect.ReadHolder>().ToList().ForEach(due.Enqueue);
        }
        return looks;
    }

    /// <summary>Lives through ten seconds in which the first address is at a node, and that node is master.</summary>
    /// <param name="second">Where the second is; -1: nobody has said. So for the third.</param>
    internal static ElectionState Grow(long holder, long second, long third, ImmutableArray<uint>? ids = null)
    {
        var plan = new Plan { Nodes = Plan.MakeNodes(150, 140, 130), Exact = true, Addresses = 3 };
        var state = Election.Start(plan.SettingsOf(0) with { AddressIds = ids ?? s_ids }, null, 1, At(-10));
        Take(state, new Input.CheckChanged(0, true, "up"), -9.9);
        Take(state, new Input.CheckChanged(1, true, "up"), -9.9);
        long[] at = [holder, second, third];
        for (var time = -9.5; time < 0; time++)
        {
            for (var address = 0; address < 3; address++)
                if (at[address] >= 0 && (holder == 101 || address == 0))
                    Take(state, Read(address, at[address], time - 0.05), time);
            Take(state, Heard(state, 1, holder == 102 ? Role.Master : Role.Backup, holder == 102 ? at : []), time + 0.1);
            Hear(state, 2, Role.Backup, time + 0.2);
            Take(state, new Input.GuardAnswered(true, "200"), time + 0.3);
            Take(state, new Input.Deadline(), time + 0.4);
        }

        Take(state, new Input.GuardAnswered(true, "200"), -0.05);
        return state;
    }

    private static Input.AdvertHeard Heard(ElectionState state, int peer, Role role, long[] at) =>
        new(peer, Make(state, role, Math.Max(state.Term, 3), peer) with
        {
            Holder = at.Length == 0 ? default : state.Ip.Lookup.Known,
            Addresses = [.. at.Select((droplet, i) => new AddressReport(state.Settings.AddressIds[i],
                droplet == Nowhere ? new Holder(HolderKind.Nobody) : droplet < 0 ? default : new Holder(HolderKind.Node, state.Settings.Nodes[state.Settings.IndexOfDroplet(droplet)].Id, droplet), TimeSpan.FromMilliseconds(50)))],
        });

    private static Input.HolderRead Read(int address, long? droplet, double second) => GrownNode.Read(droplet, second) with { Address = address };

    private static Input.AssignAnswered Accepted(ElectionState state, int address) => Answer(state, ApiStatus.Ok, accepted: true) with { Address = address };

    private static string? Violation(ElectionState state) => Invariants.Violation(state, state.NextDeadline - TimeSpan.FromTicks(1));
}
