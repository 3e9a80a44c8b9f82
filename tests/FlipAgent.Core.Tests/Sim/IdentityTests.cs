using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>Which droplet a machine is (rule S2): when an id is proven, and what follows for the holder, the claim and the fitness.</summary>
public sealed class IdentityTests
{
    [Theory]
    [InlineData("102 102 102", 5.0, 102)]
    [InlineData("102 102 102", 4.9, 0)]
    [InlineData("102 102", 20.0, 0)]
    [InlineData("102 - - 102 - 102", 3.0, 102)]
    [InlineData("102 103 102 103 102 103", 5.0, 0)]
    [InlineData("103 102 102 102", 5.0, 102)]
    [InlineData("102 102 102 103", 5.0, 102)]
    [InlineData("102 102 102 103 103 103", 5.0, 103)]
    [InlineData("- - - -", 5.0, 0)]
    public void An_id_is_proven_when_it_was_said_three_times_in_a_row_over_10_s(string said, double pause, long proven)
    {
        var identity = new Identity();
        var at = Then;
        foreach (var word in said.Split(' '))
        {
            if (word != "-")
                identity.Take(long.Parse(word), at);
            at += TimeSpan.FromSeconds(pause);
        }
        Assert.Equal(proven, identity.Proven);
    }

    /// <summary>Who can answer in the place of the metadata service took the mastership from a healthy master, and had the address sent to a dead machine.</summary>
    [Theory]
    [InlineData(101, 102, 101)]
    [InlineData(777, 101, 101)]
    [InlineData(102, 101, 101)]
    public void A_machine_that_was_proven_to_be_the_droplet_of_the_file_becomes_no_other_one(long first, long later, long proven)
    {
        var state = Grow(holder: 102, fit: true);
        Prove(state, first);
        foreach (var second in (double[])[30, 35, 40, 45, 50])
            Take(state, new Input.MetadataRead(Witness.Unknown, "") { DropletId = later }, second);
        Assert.Equal((proven, IdentityState.Right), (state.Identity.Proven, Election.IdentityOf(state)));
    }

    [Fact]
    public void What_is_proven_forgotten_or_told_by_others_is_noticed_once()
    {
        var identity = new Identity();
        foreach (var second in (double[])[0, 5, 10, 15, 20])
            identity.Take(102, Then + TimeSpan.FromSeconds(second));
        Assert.Equal((102, true, 1), (identity.Proven, identity.ProvenNow, identity.Revision));
        identity.Forget();
        Assert.Equal((0, false, 2), (identity.Proven, identity.ProvenNow, identity.Revision));
        long[] file = [101, 102], swapped = [102, 101];
        Assert.False(identity.TellBy(file, file));
        Assert.True(identity.TellBy(swapped, file));
        Assert.False(identity.TellBy(swapped, file));
        Assert.True(identity.TellBy(file, file));
        Assert.True(identity.TellBy(swapped, file));
        identity.Reload();
        Assert.False(identity.TellBy(file, file));
    }

    [Fact]
    public void An_id_that_is_nowhere_in_the_file_makes_a_backup_unfit_and_says_both_numbers()
    {
        var state = Grow(holder: 102, fit: true);
        var told = Prove(state, 777);
        var e = Assert.Single(told, e => e.Kind == EventKind.DropletUnknown);
        Assert.Equal((Severity.Critical, 777, 101), (e.Severity, e.DropletId, e.FileDropletId));
        Assert.Equal((Role.Fault, new Cause.WrongDroplet(101, 777)), (state.Role, state.Fitness.UnfitBecause));
        Assert.Equal(IdentityState.Unknown, Election.IdentityOf(state));
    }

    [Theory]
    [InlineData(false, IdentityState.Unknown)]
    [InlineData(true, IdentityState.Unproven)]
    public void What_one_metadata_service_has_proven_says_nothing_after_a_reload_to_another_cloud(bool other, IdentityState expected)
    {
        var state = Grow(holder: 102, fit: true);
        Prove(state, 777);
        Take(state, new Input.SettingsChanged(state.Settings, OtherMetadata: other), 20);
        Assert.Equal(expected, Election.IdentityOf(state));
        Assert.Equal(other ? 0 : 777, state.Identity.Proven);
        Assert.Equal(!other, state.Fitness.UnfitBecause is Cause.WrongDroplet);
    }

    [Theory]
    [InlineData(Witness.Here, Role.Master)]
    [InlineData(Witness.Unknown, Role.Master)]
    [InlineData(Witness.NotHere, Role.Fault)]
    public void A_master_that_the_API_shows_as_holder_goes_on_unless_the_address_is_seen_to_be_elsewhere(Witness witness, Role role)
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, new Input.GuardAnswered(false, "refused") { TimedOut = false }, 0.01);
        Prove(state, 777, witness, holder: 101);
        Assert.Equal(role, state.Role);
    }

    [Fact]
    public void A_master_whose_address_is_at_the_droplet_that_it_has_proven_to_be_goes_on()
    {
        var state = Grow(holder: 101, fit: true);
        AllSpeak(state, 0.01);
        Prove(state, 777, Witness.Here, holder: 101);
        Take(state, Read(777, 13.5), 13.6);
        Assert.Equal((Role.Master, ClaimState.Held, "n1"), (state.Role, state.Ip.Claim.State, Election.HolderName(state)));
    }

    [Fact]
    public void With_two_ids_exchanged_the_holder_is_told_and_the_address_is_asked_for_by_the_proven_ones()
    {
        var state = Grow(holder: 101, fit: true);
        Assert.Equal(Role.Master, state.Role);
        var told = Prove(state, 102, holder: 101);
        Assert.Equal((102, 101, "n2"), Assert.Single(told.Select(e => (e.DropletId, e.FileDropletId, e.Peer)), e => e.FileDropletId is not null));
        // n2 has proven nothing, and yet is the other of the two that were exchanged; it is fit, so the mastership follows the address.
        Assert.Equal(("n2", Role.Backup), (Election.HolderName(state), state.Role));
        Assert.Equal(102, Election.BuildAdvert(state, Then + TimeSpan.FromSeconds(14)).Identity);
        Assert.True(state.Fitness.Fit);
        Take(state, new Input.AdvertHeard(1, Make(state, Role.Master, state.Term + 1) with { Identity = 101 }), 14.05);
        var effects = Step(state, new Input.AdvertHeard(1, Spoken(state, 1, Role.Backup, 101) with
        { Release = new Release(state.Term, state.Settings.Self.Id, Planned: true, AtSuccessor: false, "by command", 0) }), 14.1);
        Assert.Equal(102, Assert.Single(effects.OfType<Effect.Assign>()).DropletId);
        Take(state, new Input.AssignAnswered(state.Term, Then + TimeSpan.FromSeconds(14.1), ApiStatus.Ok, true, false, 7, ActionStatus.Completed, null, ""), 14.2);
        Take(state, Read(102, 14.3), 14.4);
        Assert.Equal((ClaimState.Held, "n1"), (state.Ip.Claim.State, Election.HolderName(state)));
    }

    /// <summary>n1 is in the file as n2, n2 as n3; n3 has proven nothing, and is what is left.</summary>
    [Fact]
    public void Of_three_in_a_ring_the_one_that_proved_nothing_is_what_is_left()
    {
        var state = Grow(holder: 101, fit: true);
        Prove(state, 102, holder: 101);
        Take(state, new Input.AdvertHeard(1, Spoken(state, 1, Role.Backup, 103)), 13.1);
        Assert.Equal("n3", Election.HolderName(state));
        Take(state, Read(103, 13.2), 13.3);
        Assert.Equal("n2", Election.HolderName(state));
    }

    /// <summary>n1 is in the file as n2, and n2 as no node. The number that the file has for n1 is nobody's, so n1 must not take it for itself: it is held against n2.</summary>
    [Fact]
    public void An_id_of_a_node_that_is_another_one_stands_for_the_one_that_is_in_the_file_under_none()
    {
        var state = Grow(holder: 101, fit: true);
        Prove(state, 102, holder: 101);
        Take(state, new Input.AdvertHeard(1, Spoken(state, 1, Role.Fault, 201)), 13.1);
        Assert.Equal("n2", Election.HolderName(state));
        Take(state, Read(102, 13.2), 13.3);
        Assert.Equal("n1", Election.HolderName(state));
        Take(state, Read(999, 13.4), 13.5);
        Assert.Equal("other", Election.HolderName(state));
    }

    [Fact]
    public void What_others_say_of_the_holder_is_read_by_its_droplet()
    {
        var state = Grow(holder: 101, fit: true);
        Prove(state, 102, holder: 101);
        var holder = new Holder(HolderKind.Node, state.Settings.Nodes[1].Id, 102);
        Take(state, new Input.AdvertHeard(2, Spoken(state, 2, Role.Backup, 0) with { Holder = holder, HolderAge = TimeSpan.Zero }), 14);
        Assert.Equal("n1", Election.HolderName(state));
    }

    /// <summary>It would tell the holder by the file, and two nodes that disagree on who that is would hand the mastership to and fro.</summary>
    [Fact]
    public void While_an_agent_of_1_0_is_in_the_cluster_all_go_by_the_file()
    {
        var state = Grow(holder: 101, fit: true);
        Prove(state, 102, holder: 101, old: 2);
        Assert.Equal((Role.Master, "n1"), (state.Role, Election.HolderName(state)));
    }

    [Fact]
    public void Two_nodes_that_claim_one_droplet_are_both_not_believed()
    {
        var state = Grow(holder: 102, fit: true);
        Prove(state, 777, until: 11.9);
        Assert.Equal(Role.Fault, state.Role);
        var told = Announced(state, new Input.AdvertHeard(2, Spoken(state, 2, Role.Backup, 777)), 13);
        Assert.Equal((Severity.Critical, 777, "n3"), Assert.Single(told.Where(e => e.Kind == EventKind.DropletShared).Select(e => (e.Severity, e.DropletId, e.Peer))));
        Assert.True(state.Fitness.Fit);
    }

    [Fact]
    public void A_file_that_was_put_right_closes_the_alert()
    {
        var state = Grow(holder: 102, fit: true);
        Prove(state, 777);
        var nodes = state.Settings.Nodes.SetItem(0, state.Settings.Nodes[0] with { DropletId = 777 });
        var told = Announced(state, new Input.SettingsChanged(state.Settings with { Nodes = nodes }), 14);
        Assert.True(Assert.Single(told, e => e.Kind == EventKind.DropletRight).Alert);
        Assert.True(state.Fitness.Fit);
    }

    [Fact]
    public void What_was_proven_is_remembered_until_the_next_boot_and_an_unknown_id_of_the_last_run_makes_nobody_unfit()
    {
        var state = Grow(holder: 102, fit: true);
        var saved = new List<Effect>();
        for (var second = 1.0; second < 14; second += 4)
            saved.AddRange(Step(state, new Input.MetadataRead(Witness.NotHere, "") { DropletId = 102 }, second));
        var remembered = saved.OfType<Effect.SaveState>().Last().Remembered;
        Assert.Equal(102, remembered.ProvenDroplet);
        Assert.Equal(102, Restarted(remembered).Identity.Proven);
        var settings = state.Settings;
        Assert.Equal(0, Election.Start(settings, new LastRun(remembered, false, TimeSpan.FromSeconds(1)), 1, Then).Identity.Proven);
        var unknown = Restarted(remembered with { ProvenDroplet = 777 });
        Take(unknown, new Input.CheckChanged(0, true, "up"), 0.1);
        Take(unknown, new Input.CheckChanged(1, true, "up"), 0.1);
        Assert.True(unknown.Fitness.Fit);
    }

    [Fact]
    public void A_404_on_an_assign_names_the_droplet_when_the_address_is_known_and_the_mastership_goes_to_a_fit_node()
    {
        // The first assign has just left.
        var state = Claim(Grow(holder: 101, fit: true));
        Input.AssignAnswered Unknown(double second) =>
            new(state.Term, Then + TimeSpan.FromSeconds(second), ApiStatus.NotFound, false, false, 0, ActionStatus.Unknown, null, "404 not_found");
        var told = new List<Event>();
        var todo = new Queue<Effect>(Step(state, Unknown(0), 0.2));
        for (var second = 0.3; second < 20 && state.Role == Role.Master; second += 0.25)
        {
            for (var peer = 1; peer < 3; peer++)
                Step(state, new Input.AdvertHeard(peer, Spoken(state, peer, Role.Backup, 0)), second).ForEach(todo.Enqueue);
            Step(state, new Input.Deadline(), second).ForEach(todo.Enqueue);
            while (todo.TryDequeue(out var effect))
            {
                if (effect is Effect.Announce announce)
                    told.Add(announce.Event);
                Input? answer = effect switch
                {
                    Effect.ReadHolder => Read(null, second),
                    Effect.Assign => Unknown(second),
                    _ => null,
                };
                if (answer is not null)
                    Step(state, answer, second).ForEach(todo.Enqueue);
            }
        }
        Assert.Equal((Severity.Critical, 101), Assert.Single(told.Where(e => e.Kind == EventKind.DropletNotFound).Select(e => (e.Severity, e.DropletId))));
        Assert.DoesNotContain(told, e => e.Kind is EventKind.AddressNotFound or EventKind.ApiFailing);
        Assert.InRange(told.Count(e => e.Kind == EventKind.AssignRefused), 2, 3);
        Assert.IsType<Cause.DropletNotFound>(Assert.Single(told, e => e.Kind == EventKind.Released).Cause);
    }

    private static Advert Spoken(ElectionState state, int peer, Role role, long identity) => Make(state, role, state.Term, peer) with { Identity = identity };

    private static void AllSpeak(ElectionState state, double second)
    {
        Take(state, new Input.AdvertHeard(1, Spoken(state, 1, state.Role == Role.Master ? Role.Backup : Role.Master, 0)), second);
        Take(state, new Input.AdvertHeard(2, Spoken(state, 2, Role.Backup, 0)), second);
    }

    /// <summary>The metadata service names this droplet until it is proven, 12 s long; what is announced meanwhile.</summary>
    /// <param name="old">A peer whose version knows of no proofs; 0: none.</param>
    private static List<Event> Prove(ElectionState state, long droplet, Witness witness = Witness.Unknown, long holder = 102, int old = 0, double until = 13)
    {
        var told = new List<Event>();
        for (var second = 0.5; second < until; second += 0.5)
        {
            for (var peer = 1; peer < 3; peer++)
            {
                var role = peer == 1 && state.Role != Role.Master ? Role.Master : Role.Backup;
                var advert = Spoken(state, peer, role, 0);
                told.AddRange(Announced(state, new Input.AdvertHeard(peer, old == peer ? advert with { Identity = null } : advert), second));
            }
            told.AddRange(Announced(state, Read(holder, second - 0.05), second));
            told.AddRange(Announced(state, new Input.MetadataRead(witness, "") { DropletId = droplet }, second + 0.1));
            told.AddRange(Announced(state, new Input.GuardAnswered(false, "refused"), second + 0.2));
        }
        return told;
    }
}
