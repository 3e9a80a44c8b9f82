using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>Two masters, terms that others speak of, and what a change of role begins and ends with (rules E1, E4, E7).</summary>
public sealed class RoleTests
{
    [Fact]
    public void E7_a_master_yields_to_a_living_master_of_a_later_term()
    {
        var state = Grow(holder: 101, fit: true);
        var term = state.Term + 1;
        var told = Announced(state, Advert(state, Role.Master, 1), 0.1);
        Assert.Equal((Role.Backup, term), (state.Role, state.Term));
        Assert.Contains(new Event(EventKind.TwoMasters, Severity.Warning) { Term = term, Node = "n1", Peer = "n2", Cause = new Cause.HigherTerm() }, told);
        Assert.Contains(new Event(EventKind.BecameBackup, Severity.Info)
        { Term = term, Node = "n1", RoleFrom = Role.Master, RoleTo = Role.Backup, Holder = "n1", Cause = new Cause.MasterElsewhere("n2", term) }, told);
        Assert.Equal(At(0.1), state.Peers.SilenceSince);
    }

    [Fact]
    public void E7_of_two_masters_of_one_term_the_one_that_holds_the_address_stays()
    {
        var state = Grow(holder: 101, fit: true);
        var told = Announced(state, new Input.AdvertHeard(1, Make(state, Role.Master, state.Term) with { Holder = new Holder(HolderKind.Node, state.Settings.Nodes[1].Id, 102) }), 0.1);
        Assert.Equal(Role.Backup, state.Role);
        Assert.Contains(told, e => e is { Kind: EventKind.TwoMasters, Peer: "n2", Cause: Cause.HigherRank });
    }

    [Fact]
    public void E7_a_master_that_outranks_another_of_its_term_stays_and_looks_where_the_address_is()
    {
        var state = Grow(holder: 101, fit: true);
        Assert.DoesNotContain(Step(state, Advert(state, Role.Backup, 0), 0.1), e => e is Effect.ReadHolder);
        Assert.Contains(Step(state, Advert(state, Role.Master, 0), 0.2), e => e is Effect.ReadHolder);
        Assert.Equal((Role.Master, ClaimState.Held), (state.Role, state.Ip.Claim.State));
    }

    [Fact]
    public void E7_a_master_stays_when_another_of_an_earlier_term_speaks_and_looks_at_nothing()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, new Input.AdvertHeard(2, Make(state, Role.Backup, state.Term + 4, 2)), 0.1);
        Take(state, Read(101, 0.2), 0.3);
        Assert.DoesNotContain(Step(state, new Input.AdvertHeard(1, Make(state, Role.Master, state.Term - 1)), 1.5), e => e is Effect.ReadHolder);
        Assert.Equal(Role.Master, state.Role);
    }

    [Fact]
    public void E7_a_master_that_hears_of_a_later_term_without_a_master_takes_the_next()
    {
        var state = Grow(holder: 101, fit: true);
        var heard = state.Term + 5;
        var effects = Step(state, new Input.AdvertHeard(2, Make(state, Role.Backup, heard, 2)), 0.1);
        Assert.Equal((Role.Master, heard + 1), (state.Role, state.Term));
        Assert.Contains(new Event(EventKind.TermTaken, Severity.Info) { Term = heard + 1, Node = "n1", OtherTerm = heard }, Told(effects));
        Assert.Contains(effects, e => e is Effect.ReadHolder);
        Assert.DoesNotContain(Announced(state, new Input.Deadline(), 0.2), e => e.Kind == EventKind.TermTaken);
    }

    [Fact]
    public void E10_a_stalled_master_takes_the_next_term_only_after_its_quarantine()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, new Input.Stalled(TimeSpan.FromSeconds(9)), 9);
        var (term, heard) = (state.Term, state.Term + 5);
        Take(state, new Input.AdvertHeard(2, Make(state, Role.Backup, heard, 2)), 9.1);
        Assert.Equal((term, heard), (state.Term, state.Standing.TermHeard));
        Take(state, new Input.Deadline(), 10);
        Take(state, Read(101, 10), 10.1);
        Assert.Equal((Role.Master, heard + 1), (state.Role, state.Term));
    }

    /// <summary>The time from the fault to the release is told and sent on while it means anything.</summary>
    [Theory]
    [InlineData(2.0, 2.0)]
    [InlineData(60.0, 60.0)]
    [InlineData(60.001, 0.0)]
    public void E4_a_master_that_cannot_serve_says_how_long_ago_the_fault_was(double age, double detect)
    {
        var state = Grow(holder: 101, fit: true);
        var told = Announced(state, new Input.CheckChanged(0, false, "gone", TimeSpan.FromSeconds(age)), 0.1);
        Assert.Contains(new Event(EventKind.Released, Severity.Warning)
        {
            Term = state.Term,
            Node = "n1",
            Peer = "n2",
            Holder = "n1",
            Cause = new Cause.CheckDown("haproxy", "gone"),
            Detect = detect > 0 ? TimeSpan.FromSeconds(detect) : null,
            Fit = false,
        }, told);
        Assert.Contains(told, e => e is { Kind: EventKind.BecameFault, Severity: Severity.Info, RoleFrom: Role.Master, RoleTo: Role.Fault });
        Assert.Equal((detect * 1000, NodeId.Of("n2"), false), (state.Releases.Last!.DetectMs, state.Releases.Last.Successor, state.Releases.Last.Planned));
        Assert.True(state.Releases.IsMine);
    }

    [Fact]
    public void E4_a_release_that_nobody_can_take_is_critical()
    {
        var state = Grow(holder: 101, fit: true);
        Assert.Contains(Announced(state, new Input.CheckChanged(0, false, "gone"), 9), e => e is { Kind: EventKind.Released, Severity: Severity.Critical, Peer: null });
        Assert.Equal(NodeId.None, state.Releases.Last!.Successor);
    }

    [Fact]
    public void E1_a_backup_that_cannot_serve_and_can_again_is_told()
    {
        var state = Grow(holder: 102, fit: true);
        Assert.Contains(new Event(EventKind.BecameFault, Severity.Warning)
        {
            Term = 3,
            Node = "n1",
            Alert = true,
            RoleFrom = Role.Backup,
            RoleTo = Role.Fault,
            Holder = "n2",
            Cause = new Cause.CheckDown("haproxy", "gone"),
        }, Announced(state, new Input.CheckChanged(0, false, "gone"), 0.1));
        Assert.Contains(new Event(EventKind.BecameBackup, Severity.Info)
        { Term = 3, Node = "n1", Alert = true, RoleFrom = Role.Fault, RoleTo = Role.Backup, Holder = "n2", Cause = new Cause.FitAgain() },
            Announced(state, new Input.CheckChanged(0, true, "up"), 0.2));
    }

    [Fact]
    public void E5_a_named_successor_is_told_as_master_with_the_cause_and_the_time_of_the_release()
    {
        var state = Grow(holder: 102, fit: true);
        var told = Announced(state, Advert(state, Role.Fault, 0, new Release(3, state.Settings.Self.Id, false, false, "check site is down", 1500)), 0.1);
        Assert.Contains(new Event(EventKind.BecameMaster, Severity.Info)
        {
            Term = 4,
            Node = "n1",
            RoleFrom = Role.Backup,
            RoleTo = Role.Master,
            Holder = "n2",
            Cause = new Cause.Heard("check site is down"),
            Detect = TimeSpan.FromSeconds(1.5),
        }, told);
        Assert.Null(state.Releases.Last);
    }

    /// <summary>Whoever cannot serve for a moment in the middle of its turn waits for the turn again: its peers began theirs meanwhile.</summary>
    [Fact]
    public void E6_a_turn_begins_anew_after_a_fault()
    {
        var state = Grow(holder: 102, fit: true);
        Hear(state, 1, Role.Master, 0);
        // n3 comes first, and this node half an interval later.
        Take(state, new Input.AdvertHeard(2, Make(state, Role.Backup, 3, 2) with { EffectivePriority = 200 }), 3.4);
        Take(state, Read(null, 3.3), 3.4);
        Take(state, new Input.Deadline(), 3.5);
        Assert.NotEqual(Moment.Forever, state.Silence.ReadySince);
        Take(state, new Input.CheckChanged(0, false, "gone"), 3.6);
        Assert.Equal(Moment.Forever, state.Silence.ReadySince);
        Take(state, new Input.CheckChanged(0, true, "up"), 3.7);
        Take(state, new Input.Deadline(), 4.199);
        Assert.Equal(Role.Backup, state.Role);
        Take(state, new Input.Deadline(), 4.2);
        Assert.Equal(Role.Master, state.Role);
    }
}
