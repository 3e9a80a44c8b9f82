using static FlipAgent.Core.Tests.Sim.GrownNode;
using static FlipAgent.Core.Tests.Sim.LeaseStage;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>A node is master only while it holds the lease (rule E15).</summary>
public sealed class LeaseTests
{
    private static readonly TimeSpan s_usable = Ttl - (Ttl / 50);

    [Fact]
    public void E15_a_named_successor_asks_for_the_lease_first_and_is_master_when_it_has_it()
    {
        var stage = Backup();
        var asked = Released(stage, 0);
        Assert.Equal(Role.Backup, stage.State.Role);
        Assert.Equal(new Effect.AskLease(LeaseRequest.Acquire, 0, stage.State.Term + 1), stage.Asked);
        Assert.DoesNotContain(asked, e => e is Effect.Assign);
        var got = stage.Answer(LeaseStatus.Held, 0.01);
        Assert.Equal(Role.Master, stage.State.Role);
        Assert.Contains(got, e => e is Effect.Assign);
    }

    [Fact]
    public void E15_a_lease_that_another_node_still_has_is_asked_for_again_within_a_tenth_of_a_second()
    {
        var stage = Backup();
        Released(stage, 0);
        var gaps = new List<double>();
        for (var i = 0; i < 7; i++)
        {
            var answered = i * 0.2;
            stage.Answer(LeaseStatus.Other, answered + 0.001, "n2");
            Assert.Equal(Role.Backup, stage.State.Role);
            var second = answered + 0.001;
            while (stage.Asked is null)
                stage.Do(new Input.Deadline(), second += 0.001);
            Assert.Equal(LeaseRequest.Acquire, stage.Asked.Request);
            gaps.Add(second - answered - 0.001);
        }
        Assert.InRange(gaps[0], 0.009, 0.012);
        Assert.All(gaps, gap => Assert.InRange(gap, 0.009, 0.102));
        Assert.InRange(gaps[^1], 0.099, 0.102);
    }

    [Fact]
    public void E15_what_is_wanted_while_a_read_is_under_way_is_asked_for_when_that_is_answered()
    {
        var stage = Backup();
        for (var second = 0.0; stage.Asked is null; second += 0.05)
        {
            stage.Hears(1, Role.Master, second, store: true);
            stage.Do(new Input.Deadline(), second + 0.01);
        }
        Assert.Equal(LeaseRequest.Read, stage.Asked.Request);
        Released(stage, 2);
        stage.Answer(LeaseStatus.Free, 2.01);
        Assert.Equal(LeaseRequest.Acquire, stage.Asked?.Request);
    }

    [Fact]
    public void E15_its_time_runs_from_the_moment_at_which_the_renewal_was_sent()
    {
        var stage = Master();
        stage.Do(new Input.Deadline(), 1.7);
        stage.Answer(LeaseStatus.Held, 2.6, sent: 1.7);
        Assert.Equal(At(1.7) + s_usable, stage.State.Lease.ValidUntil);
    }

    [Fact]
    public void E15_a_lease_that_the_store_keeps_for_less_is_believed_in_for_less()
    {
        var stage = Master();
        stage.Do(new Input.Deadline(), 1.7);
        stage.Do(Said(LeaseRequest.Renew, LeaseStatus.Held, 1.7) with { Ttl = TimeSpan.FromSeconds(4) }, 1.8);
        Assert.Equal(At(1.7) + TimeSpan.FromSeconds(3.92), stage.State.Lease.ValidUntil);
    }

    [Fact]
    public void E15_it_is_renewed_each_third_of_its_time_and_at_once_again_when_that_fails()
    {
        var stage = Master();
        stage.Do(new Input.Deadline(), 1.66);
        Assert.Null(stage.Asked);
        stage.Do(new Input.Deadline(), 1.67);
        Assert.Equal(new Effect.AskLease(LeaseRequest.Renew, Id, 0), stage.Asked);
        stage.Answer(LeaseStatus.Failed, 3.3);
        stage.Do(new Input.Deadline(), 3.54);
        Assert.Null(stage.Asked);
        stage.Do(new Input.Deadline(), 3.56);
        Assert.Equal(LeaseRequest.Renew, stage.Asked?.Request);
        Assert.Equal(Role.Master, stage.State.Role);
    }

    [Fact]
    public void E15_a_master_whose_lease_runs_out_steps_down_and_claims_nothing_and_says_so()
    {
        var stage = Master();
        stage.Do(new Input.Deadline(), 1.7);
        stage.Answer(LeaseStatus.Failed, 3.3);
        for (var second = 3.4; second < 4.8; second += 0.2)
            stage.Hears(1, Role.Backup, second, store: false);
        stage.Do(new Input.Deadline(), 4.89);
        Assert.Equal(Role.Master, stage.State.Role);
        Assert.True(stage.State.NextDeadline <= At(4.9));
        var effects = stage.Do(new Input.Deadline(), 4.9);
        Assert.Equal((Role.Backup, ClaimState.None), (stage.State.Role, stage.State.Ip.Claim.State));
        var lost = Told(effects).Single(e => e.Kind == EventKind.LeaseLost);
        Assert.Equal((Severity.Critical, "n1", "no answer"), (lost.Severity, lost.Holder, lost.Detail));
        // It may be alive when the store is back.
        Assert.DoesNotContain(effects, e => e is Effect.AskLease { Request: LeaseRequest.Release });
        Assert.Equal(Id, stage.State.Lease.Id);
        Assert.False(Election.MayAssign(stage.State, stage.State.Term));
    }

    [Fact]
    public void E15_with_a_peer_that_reaches_the_store_the_end_is_a_warning_and_the_peer_is_named()
    {
        var stage = Master();
        stage.Hears(1, Role.Backup, 4.5, store: true);
        var lost = Told(stage.Do(new Input.Deadline(), 4.9)).Single(e => e.Kind == EventKind.LeaseLost);
        Assert.Equal((Severity.Warning, "n2"), (lost.Severity, lost.Peer));
        Assert.Equal(stage.State.Settings.Nodes[1].Id, stage.State.Releases.Last?.Successor);
    }

    [Theory]
    [InlineData(LeaseStatus.Free, null)]
    [InlineData(LeaseStatus.Other, "n3")]
    public void E15_a_master_that_has_lost_the_key_steps_down_at_once(LeaseStatus status, string? holder)
    {
        var stage = Master();
        stage.Hears(1, Role.Backup, 1.6, store: true);
        stage.Do(new Input.Deadline(), 1.7);
        var effects = stage.Answer(status, 1.71, holder);
        Assert.NotEqual(Role.Master, stage.State.Role);
        // Who has it is named before who should take over, and the store is not to blame.
        var lost = Told(effects).Single(e => e.Kind == EventKind.LeaseLost);
        Assert.Equal((holder ?? "n2", null), (lost.Peer, lost.Detail));
        Assert.False(stage.State.Releases.Last?.Planned);
    }

    [Fact]
    public void E15_a_release_gives_the_lease_back_in_the_same_step_and_never_uses_it_again()
    {
        var stage = Master();
        stage.Do(new Input.Deadline(), 1.7);
        var effects = stage.Do(new Input.CheckChanged(0, false, "gone"), 1.8);
        Assert.Contains(new Effect.AskLease(LeaseRequest.Release, Id, 0), effects);
        Assert.True(effects.FindIndex(e => e is Effect.AskLease) < effects.FindIndex(e => e is Effect.SendAdvert));
        stage.Answer(LeaseStatus.Held, 1.9, sent: 1.7);
        Assert.Equal((0, false), (stage.State.Lease.Id, stage.State.Lease.IsValid(At(1.9))));
    }

    [Fact]
    public void E15_a_lease_that_came_too_late_to_be_wanted_is_given_back()
    {
        var stage = Backup();
        Released(stage, 0);
        stage.Hears(2, Role.Master, 0.05, store: true);
        var effects = stage.Answer(LeaseStatus.Held, 0.1);
        Assert.Equal(Role.Backup, stage.State.Role);
        Assert.Contains(new Effect.AskLease(LeaseRequest.Release, Id, 0), effects);
    }

    [Fact]
    public void E15_a_suspend_that_the_clock_does_not_show_takes_its_length_from_the_lease()
    {
        var stage = Master();
        stage.State.Lease.Suspended(TimeSpan.FromSeconds(3), At(1.2));
        Assert.Equal(At(-3) + s_usable, stage.State.Lease.ValidUntil);
        stage.Do(new Input.Deadline(), 1.7);
        stage.State.Lease.Suspended(TimeSpan.FromMinutes(10), At(1.75));
        // It was asked for before the suspend.
        stage.Answer(LeaseStatus.Held, 1.76, sent: 1.7);
        Assert.Equal(Role.Backup, stage.State.Role);
    }

    [Fact]
    public void E15_two_readings_of_the_clocks_that_are_a_little_apart_are_no_suspend()
    {
        var stage = Master();
        stage.State.Lease.Suspended(TimeSpan.FromMilliseconds(9), At(0.5));
        stage.State.Lease.Suspended(TimeSpan.FromMilliseconds(-3), At(0.6));
        Assert.Equal(At(0) + s_usable, stage.State.Lease.ValidUntil);
    }

    [Fact]
    public void E15_a_peer_without_the_store_is_no_successor_and_no_holder_to_follow()
    {
        var stage = Master();
        stage.Hears(1, Role.Backup, 0.5, store: false);
        stage.Hears(2, Role.Backup, 0.5, store: true);
        stage.Do(new Input.CheckChanged(0, false, "gone"), 0.6);
        Assert.Equal(stage.State.Settings.Nodes[2].Id, stage.State.Releases.Last?.Successor);
        stage = Master();
        stage.Hears(1, Role.Backup, 0.5, store: false);
        stage.Do(Read(102, 0.6), 0.61);
        Assert.Equal(Role.Master, stage.State.Role);
        stage = Master();
        stage.Hears(1, Role.Backup, 0.65, store: true);
        stage.Do(Read(102, 0.7), 0.71);
        Assert.Equal(Role.Backup, stage.State.Role);
    }

    [Fact]
    public void E15_no_command_overrides_it()
    {
        var stage = Silent();
        stage.Answer(LeaseStatus.Other, 4.6, "n2");
        Assert.Equal(new CommandResult.LeaseElsewhere("n2") { Node = "n1" }, stage.Command(new Command.Promote(true), 4.61));
        stage = Silent();
        stage.Answer(LeaseStatus.Failed, 4.6);
        Assert.Equal(new CommandResult.StoreFails("no answer") { Node = "n1" }, stage.Command(new Command.Promote(true), 4.61));
        Assert.Equal(Role.Backup, stage.State.Role);
    }

    [Fact]
    public void E15_promote_waits_for_the_lease_and_then_takes_over()
    {
        var stage = Silent();
        stage.Answer(LeaseStatus.Free, 4.6);
        Assert.Equal(new CommandResult.AsksForLease { Node = "n1" }, stage.Command(new Command.Promote(true), 4.61));
        Assert.Equal(Role.Backup, stage.State.Role);
        for (var second = 4.62; stage.Asked is null; second += 0.01)
            stage.Do(new Input.Deadline(), second);
        stage.Answer(LeaseStatus.Held, 4.8);
        Assert.Equal(Role.Master, stage.State.Role);
        Assert.True(stage.State.Ip.Claim.Override);
    }

    [Fact]
    public void E15_an_order_that_the_store_does_not_answer_is_forgotten_after_five_seconds()
    {
        var stage = Silent();
        stage.Answer(LeaseStatus.Free, 4.6);
        stage.Command(new Command.Promote(true), 4.61);
        // Another master is heard.
        stage.Hears(1, Role.Master, 9.7, store: true);
        if (stage.Asked is null)
            stage.Do(new Input.Deadline(), 9.8);
        var effects = stage.Answer(LeaseStatus.Held, 9.9);
        Assert.Equal(Role.Backup, stage.State.Role);
        Assert.Contains(new Effect.AskLease(LeaseRequest.Release, Id, 0), effects);
    }

    [Fact]
    public void E15_release_to_a_node_without_the_store_is_refused()
    {
        var stage = Master();
        stage.Hears(1, Role.Backup, 0.5, store: false);
        Assert.Equal(new CommandResult.SuccessorWithoutStore("n2") { Node = "n1" }, stage.Command(new Command.ReleaseMaster("n2"), 0.6));
    }

    private static List<Effect> Released(LeaseStage stage, double second) =>
        stage.Hears(1, Role.Fault, second, store: true, new Release(stage.State.Term, stage.State.Settings.Self.Id, false, false, "check haproxy is down", 5));
}
