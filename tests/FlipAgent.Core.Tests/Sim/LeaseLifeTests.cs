using static FlipAgent.Core.Tests.Sim.GrownNode;
using static FlipAgent.Core.Tests.Sim.LeaseStage;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>The lease over the life of a run (rules E11, E12, E15): start, stop, reload, a store that goes away and comes back, and what people and peers are told.</summary>
public sealed class LeaseLifeTests
{
    [Fact]
    public void E12_a_stop_waits_for_the_store_to_take_the_lease_back()
    {
        var stage = Master();
        var effects = stage.Do(new Input.Stopping(StopKind.Final), 1);
        Assert.Contains(new Effect.AskLease(LeaseRequest.Release, Id, 0), effects);
        Assert.DoesNotContain(effects, e => e is Effect.Exit);
        Assert.Contains(stage.Do(Said(LeaseRequest.Release, LeaseStatus.Free, 1), 1.01), e => e is Effect.Exit);
    }

    [Fact]
    public void E12_a_stop_does_not_wait_for_ever()
    {
        var stage = Master();
        stage.Do(new Input.Stopping(StopKind.Final), 1);
        Assert.DoesNotContain(stage.Do(new Input.Deadline(), 5.9), e => e is Effect.Exit);
        Assert.Contains(stage.Do(new Input.Deadline(), 6), e => e is Effect.Exit);
    }

    [Fact]
    public void E12_a_restart_keeps_it()
    {
        var stage = Master();
        var effects = stage.Do(new Input.Stopping(StopKind.Restart), 1);
        Assert.DoesNotContain(effects, e => e is Effect.AskLease { Request: LeaseRequest.Release });
        Assert.Equal(Id, effects.OfType<Effect.SaveState>().Last().Remembered.LeaseId);
    }

    [Fact]
    public void E11_a_restarted_master_goes_on_with_the_lease_that_it_had()
    {
        var stage = Restarted();
        stage.Do(new Input.MetadataRead(Witness.Here, ""), 0.1);
        Assert.Equal((Role.Starting, LeaseRequest.Acquire, Id), (stage.State.Role, stage.Asked?.Request, stage.Asked?.LeaseId));
        stage.Answer(LeaseStatus.Held, 0.11);
        Assert.Equal((Role.Master, 7u), (stage.State.Role, stage.State.Term));
    }

    [Fact]
    public void E11_a_restarted_master_does_not_go_on_without_one()
    {
        var stage = Restarted();
        stage.Do(new Input.MetadataRead(Witness.Here, ""), 0.1);
        stage.Answer(LeaseStatus.Other, 0.11, "n3");
        for (var second = 0.2; second < 3.9; second += 0.1)
        {
            stage.Do(new Input.Deadline(), second);
            if (stage.Asked is not null)
                stage.Answer(LeaseStatus.Other, second + 0.01, "n3");
        }
        Assert.NotEqual(Role.Master, stage.State.Role);
        Assert.Equal(0, stage.State.Lease.Id);
    }

    [Fact]
    public void E11_the_lease_of_another_boot_is_not_taken_for_its_own()
    {
        var settings = Master().State.Settings;
        var state = Election.Start(settings, new LastRun(new Remembered { LeaseId = Id, Role = Role.Master, MasterTerm = 7 }, false, TimeSpan.Zero), 1, At(0));
        Assert.Equal(0, state.Lease.Id);
    }

    [Fact]
    public void E11_a_run_that_may_not_go_on_as_master_gives_the_old_lease_back()
    {
        var stage = Restarted();
        var effects = stage.Hears(1, Role.Master, 0.2, store: true);
        effects.AddRange(stage.Do(Read(102, 0.2), 0.25));
        Assert.Contains(new Effect.AskLease(LeaseRequest.Release, Id, 0), effects);
    }

    [Fact]
    public void E15_a_master_that_is_told_of_a_lease_by_a_reload_has_its_time_to_get_it()
    {
        var stage = Of(Grow(holder: 101, fit: true));
        Assert.Equal(Role.Master, stage.State.Role);
        stage.Do(new Input.SettingsChanged(stage.State.Settings with { Lease = new LeaseTerms(Ttl) }), 1);
        Assert.Equal((Role.Master, new Effect.AskLease(LeaseRequest.Acquire, 0, stage.State.Term)), (stage.State.Role, stage.Asked));
        stage.Answer(LeaseStatus.Other, 1.01, "n2");
        Assert.Equal(Role.Backup, stage.State.Role);
    }

    [Fact]
    public void E15_a_reload_that_names_another_store_has_the_lease_taken_there()
    {
        var stage = Master();
        stage.Do(new Input.SettingsChanged(stage.State.Settings with { Lease = new LeaseTerms(Ttl) { Store = 2 } }), 1);
        Assert.Equal(new Effect.AskLease(LeaseRequest.Acquire, Id, stage.State.Term), stage.Asked);
        stage.Answer(LeaseStatus.Held, 1.01, id: 78);
        Assert.Equal((Role.Master, 78L), (stage.State.Role, stage.State.Lease.Id));
    }

    /// <summary>Only a master that had none gets time; a backup gets nothing, and a master that goes to another store keeps what it has.</summary>
    [Fact]
    public void E15_a_reload_gives_nobody_else_a_lease()
    {
        var backup = Of(Grow(holder: 102, fit: true));
        backup.Do(new Input.SettingsChanged(backup.State.Settings with { Lease = new LeaseTerms(Ttl) }), 1);
        Assert.Equal(Moment.Never, backup.State.Lease.ValidUntil);
        var master = Master();
        var until = master.State.Lease.ValidUntil;
        master.Do(new Input.SettingsChanged(master.State.Settings with { Lease = new LeaseTerms(Ttl) { Store = 2 } }), 1);
        Assert.Equal(until, master.State.Lease.ValidUntil);
    }

    [Fact]
    public void E15_without_a_lease_nobody_is_asked_for_one()
    {
        var stage = Master();
        stage.Do(new Input.SettingsChanged(stage.State.Settings with { Lease = null }), 1);
        for (var second = 1.5; second < 30; second += 0.5)
        {
            stage.Hears(1, Role.Backup, second);
            stage.Do(new Input.Deadline(), second + 0.1);
        }
        Assert.Null(stage.Asked);
        Assert.Equal(Role.Master, stage.State.Role);
    }

    [Fact]
    public void E15_after_the_store_was_away_the_node_that_has_the_address_goes_first()
    {
        Assert.InRange(WaitsFor(back: 7, holderIsHeard: true), 2.5, 2.53);
        Assert.InRange(WaitsFor(back: 7, holderIsHeard: false), 0, 0.13);
    }

    [Fact]
    public void E15_a_store_that_fails_for_the_time_of_a_lease_is_told_once_and_its_return_too()
    {
        var stage = Backup();
        var told = new List<Event>();
        var toldAt = new List<double>();
        for (var second = 0.0; second < 20; second += 0.1)
        {
            var effects = stage.Hears(1, Role.Master, second, store: true);
            effects.AddRange(stage.Do(new Input.Deadline(), second + 0.05));
            if (stage.Asked is not null)
                effects.AddRange(stage.Answer(second < 15 ? LeaseStatus.Failed : LeaseStatus.Other, second + 0.06, "n2"));
            told.AddRange(Told(effects).Where(e => e.Kind >= EventKind.LeaseLost));
            toldAt.AddRange(Enumerable.Repeat(second, told.Count - toldAt.Count));
        }
        Assert.Equal([(EventKind.StoreFailing, Severity.Warning), (EventKind.StoreAnswers, Severity.Info)], told.Select(e => (e.Kind, e.Severity)));
        Assert.Equal((Ttl, "no answer", true), (told[0].Duration, told[0].Detail, told[1].Alert));
        Assert.InRange(toldAt[0], 5, 7);
        Assert.InRange(toldAt[1], 15, 15.5);
    }

    [Fact]
    public void E15_when_nobody_is_master_the_store_is_one_alert_that_of_the_last_master()
    {
        var stage = Silent();
        var told = new List<Event>();
        for (var second = 4.6; second < 17; second += 0.1)
        {
            var effects = stage.Do(new Input.Deadline(), second);
            if (stage.Asked is not null)
                effects.AddRange(stage.Answer(second < 15 ? LeaseStatus.Failed : LeaseStatus.Other, second + 0.01, "n2"));
            told.AddRange(Told(effects).Where(e => e.Kind >= EventKind.LeaseLost));
        }
        // Nobody is woken, neither for it nor for its end.
        Assert.Equal([(EventKind.StoreFailing, Severity.Info, false), (EventKind.StoreAnswers, Severity.Info, false)], told.Select(e => (e.Kind, e.Severity, e.Alert)));
    }

    [Fact]
    public void E15_a_cluster_that_starts_while_the_store_is_away_says_so()
    {
        var stage = Fresh();
        var told = new List<Event>();
        for (var second = 0.1; second < 20; second += 0.1)
        {
            var effects = stage.Hears(1, Role.Backup, second, store: false);
            effects.AddRange(stage.Do(Read(101, second), second + 0.01));
            effects.AddRange(stage.Do(new Input.Deadline(), second + 0.02));
            if (stage.Asked is not null)
                effects.AddRange(stage.Answer(LeaseStatus.Failed, second + 0.03));
            told.AddRange(Told(effects).Where(e => e.Kind >= EventKind.LeaseLost));
        }
        Assert.Equal(Role.Backup, stage.State.Role);
        Assert.Equal((EventKind.StoreFailing, Severity.Warning), (Assert.Single(told).Kind, told[0].Severity));
    }

    /// <param name="holder">n1 is the node itself: the key is in its name, and hangs on a lease that it does not know.</param>
    [Theory]
    [InlineData("n2")]
    [InlineData("n1")]
    public void E15_a_node_that_wants_what_another_has_for_two_leases_says_so_once(string holder)
    {
        var stage = Silent();
        var told = new List<(double At, Event Event)>();
        for (var second = 4.6; second < 30; second += 0.05)
        {
            stage.Hears(2, Role.Backup, second);
            stage.Do(new Input.GuardAnswered(false, "refused"), second);
            var effects = stage.Do(Read(null, second), second + 0.01);
            if (stage.Asked is not null)
                effects.AddRange(stage.Answer(LeaseStatus.Other, second + 0.02, holder));
            told.AddRange(Told(effects).Where(e => e.Kind >= EventKind.LeaseLost).Select(e => (second, e)));
        }
        var (at, e) = Assert.Single(told);
        Assert.Equal((EventKind.LeaseElsewhere, holder), (e.Kind, e.Peer));
        Assert.InRange(at, 14, 16);
    }

    [Fact]
    public void E15_an_advert_says_whether_the_store_is_reached_and_what_is_known_of_the_peers()
    {
        var stage = Backup();
        stage.Hears(2, Role.Backup, 0.1, store: true);
        var advert = Election.BuildAdvert(stage.State, At(0.2));
        Assert.True(advert.StoreReachable);
        Assert.Equal([false, true], advert.Peers.Select(p => p.StoreReachable));
        Assert.Null(Election.BuildAdvert(Grow(holder: 102, fit: true), At(0.2)).StoreReachable);
    }

    [Fact]
    public void E15_what_a_peer_says_of_another_ones_store_counts()
    {
        var stage = Backup();
        var said = Make(stage.State, Role.Backup, 3, peer: 1);
        stage.Do(new Input.AdvertHeard(1, said with
        {
            Peers = [.. said.Peers, new PeerReport(stage.State.Settings.Nodes[2].Id, 5, TimeSpan.Zero, TimeSpan.Zero, Role.Backup, true, true, false, false, 100) { StoreReachable = true }],
        }), 0.5);
        Assert.True(stage.State.Peers[2].StoreReachable);
    }

    /// <summary>How long after a store that failed is back a backup asks for the lease.</summary>
    private static double WaitsFor(double back, bool holderIsHeard)
    {
        var stage = Silent();
        stage.Answer(LeaseStatus.Failed, 4.6);
        for (var second = 4.61; second < 12; second += 0.02)
        {
            if (holderIsHeard)
                stage.Hears(1, Role.Backup, second);
            stage.Hears(2, Role.Backup, second + 0.001);
            stage.Do(new Input.GuardAnswered(false, "refused"), second + 0.002);
            stage.Do(Read(102, second), second + 0.003);
            if (stage.Asked is not { Request: var request })
                continue;
            if (request == LeaseRequest.Acquire && stage.State.Lease.Reaches == true)
                return second - (stage.State.Lease.BackAt - At(0)).TotalSeconds;
            stage.Answer(second < back ? LeaseStatus.Failed : LeaseStatus.Free, second + 0.004);
        }
        throw new InvalidOperationException("it did not ask for the lease");
    }
}
