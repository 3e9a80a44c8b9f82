using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>The waits of the rules, to the millisecond: after a stall, after being superseded, before asking to preempt. A doorkeeper who opens at eight, not about eight.</summary>
public sealed class PatienceTests
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(1);

    [Fact]
    public void E10_a_stalled_master_listens_for_T_looks_and_goes_on_without_an_answer_5_s_and_T_later()
    {
        var state = Grow(holder: 101, fit: true);
        Assert.DoesNotContain(Step(state, new Input.Stalled(TimeSpan.FromSeconds(9)), 9), Speaks);
        Assert.True(state.Quarantine.On);
        Assert.DoesNotContain(Step(state, new Input.Deadline(), 9.999), Speaks);
        Assert.Contains(Step(state, new Input.Deadline(), 10), e => e is Effect.ReadHolder);
        Assert.DoesNotContain(Step(state, new Input.Deadline(), 15.999), Speaks);
        Assert.True(state.Quarantine.On);
        Assert.Contains(Step(state, new Input.Deadline(), 16), Speaks);
        Assert.Equal((Role.Master, false), (state.Role, state.Quarantine.On));
    }

    [Fact]
    public void E10_a_stalled_master_goes_on_with_the_answer_to_the_look_that_it_sent_afterwards()
    {
        var state = Grow(holder: 101, fit: true);
        Step(state, new Input.Stalled(TimeSpan.FromSeconds(9)), 9);
        Step(state, Read(101, 8.9), 9.1); // asked before
        Step(state, new Input.Deadline(), 10);
        Assert.True(state.Quarantine.On);
        Assert.Contains(Step(state, Read(101, 10), 10.1), Speaks);
        Assert.Equal((Role.Master, ClaimState.Held), (state.Role, state.Ip.Claim.State));
    }

    [Fact]
    public void E10_a_stall_after_which_something_fresh_was_heard_needs_no_quiet()
    {
        var state = Grow(holder: 101, fit: true);
        Hear(state, 1, Role.Backup, 9);
        Step(state, new Input.Stalled(TimeSpan.FromSeconds(9)), 9);
        Assert.False(state.Quarantine.On);
    }

    [Fact]
    public void E8b_without_a_guard_a_superseded_node_waits_10_minutes_and_then_twice_as_long_up_to_80()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, new Input.SettingsChanged(state.Settings with { Guard = false }), 0);
        var second = 10.0;
        foreach (var minutes in new[] { 10, 20, 40, 80, 80 })
        {
            Take(state, Read(101, second), second + 0.1);
            Take(state, Read(102, second + 1), second + 1.1);
            Assert.Equal(state.Settings.Nodes[1].Id, state.Ip.Supersession.By);
            Assert.NotEqual(Role.Master, state.Role);
            var over = second + 1.1 + (60 * minutes);
            Step(state, new Input.Deadline(), over - 0.001);
            Assert.NotEqual(0U, state.Ip.Supersession.By);
            Assert.Contains(Told(Step(state, new Input.Deadline(), over)), e => e is { Kind: EventKind.SupersededEnded, Cause: Cause.WaitOver, Alert: true });
            Assert.Equal(0U, state.Ip.Supersession.By);
            second = over + 10;
        }

        // Who is heard again is forgiven.
        Take(state, Read(101, second), second + 0.1);
        Take(state, Read(102, second + 1), second + 1.1);
        Hear(state, 1, Role.Master, second + 2);
        Assert.Equal(0U, state.Ip.Supersession.By);
        second += 30;
        Take(state, Read(101, second), second + 0.1);
        Take(state, Read(102, second + 1), second + 1.1);
        Assert.Equal(Then + TimeSpan.FromSeconds(second + 1.1 + 600), state.Ip.Supersession.EndAt(withGuard: false));
    }

    [Fact]
    public void E8b_with_a_guard_two_failed_probes_end_it_and_promote_is_refused_until_then()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, Read(101, 10), 10.1);
        Take(state, Read(102, 11), 11.1);
        Assert.NotEqual(0U, state.Ip.Supersession.By);
        Take(state, new Input.GuardAnswered(true, "200"), 11.2);
        Take(state, new Input.GuardAnswered(false, "timeout"), 12.2);
        var refused = Step(state, new Input.Commanded(new Command.Promote(false)), 12.3).OfType<Effect.Reply>().Single().Result;
        Assert.Equal(new CommandResult.Superseded("n2") { Node = "n1" }, refused);
        Assert.NotEqual(0U, state.Ip.Supersession.By);
        var told = Told(Step(state, new Input.GuardAnswered(false, "timeout"), 12.6));
        Assert.Contains(told, e => e is { Kind: EventKind.SupersededEnded, Peer: "n2", Cause: Cause.GuardFailed });
    }

    [Fact]
    public void F76_a_guard_that_fails_twice_while_the_master_is_well_has_a_broken_path_and_its_return_is_told()
    {
        var state = Grow(holder: 102, fit: true);
        Assert.DoesNotContain(Told(Step(state, new Input.GuardAnswered(false, "refused"), 0.1)), e => e.Kind == EventKind.GuardPathBroken);
        Hear(state, 1, Role.Master, 0.2);
        var told = Assert.Single(Told(Step(state, new Input.GuardAnswered(false, "refused"), 0.3)), e => e.Kind == EventKind.GuardPathBroken);
        Assert.Equal((Severity.Warning, "n2", "refused"), (told.Severity, told.Subject, told.Detail));
        Assert.DoesNotContain(Told(Step(state, new Input.GuardAnswered(false, "refused"), 0.4)), e => e.Kind == EventKind.GuardPathBroken);
        Assert.Contains(Told(Step(state, new Input.GuardAnswered(true, "200"), 0.5)), e => e is { Kind: EventKind.GuardPathMended, Alert: true });
        Assert.DoesNotContain(Told(Step(state, new Input.GuardAnswered(true, "200"), 0.6)), e => e.Kind == EventKind.GuardPathMended);
    }

    [Theory]
    [InlineData(149, true, false, true)]
    [InlineData(150, true, false, true)] // equal, but later in the file
    [InlineData(151, true, false, false)]
    [InlineData(151, false, false, true)] // cannot reach the API
    [InlineData(151, true, true, true)] // in hold-down
    public void E9_only_the_best_of_those_that_outrank_the_master_asks_after_the_delay(int priority, bool api, bool holdDown, bool asks)
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, new Input.SettingsChanged(state.Settings with { Preempt = true, PreemptDelay = TimeSpan.FromSeconds(2) }), 0);
        for (var second = 0.1; second < 2.1; second += 0.4)
            HearBoth(second);
        Assert.False(Election.BuildAdvert(state, Then + TimeSpan.FromSeconds(2.1) - s_tick).WantsToPreempt);
        HearBoth(2.2);
        Assert.Equal(asks, Election.BuildAdvert(state, Then + TimeSpan.FromSeconds(2.2)).WantsToPreempt);

        void HearBoth(double second)
        {
            Hear(state, 1, Role.Master, second);
            Take(state, new Input.AdvertHeard(2, Make(state, Role.Backup, 3, 2) with { EffectivePriority = (byte)priority, ApiReachable = api, HoldDown = holdDown }), second);
        }
    }

    [Fact]
    public void E9_the_wish_begins_anew_after_a_break()
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, new Input.SettingsChanged(state.Settings with { Preempt = true, PreemptDelay = TimeSpan.FromSeconds(2) }), 0);
        foreach (var (second, priority, asks) in new[] { (0.1, 100, false), (1.1, 100, false), (2.0, 150, false), (2.2, 100, false), (3.2, 100, false), (4.1, 100, false), (4.2, 100, true), (4.3, 150, false) })
        {
            Take(state, new Input.AdvertHeard(1, Make(state, Role.Master, 3) with { EffectivePriority = (byte)priority }), second);
            Assert.Equal(asks, Election.BuildAdvert(state, Then + TimeSpan.FromSeconds(second)).WantsToPreempt);
        }
    }

    [Fact]
    public void E3_a_master_lives_for_less_than_D_after_it_was_heard_and_the_highest_term_counts()
    {
        var state = Grow(holder: 102, fit: true);
        var down = state.Settings.MasterDown;
        Hear(state, 1, Role.Master, 0.1);
        var heard = Then + TimeSpan.FromSeconds(0.1);
        Assert.Equal(1, Election.LivingMaster(state, heard + down - s_tick));
        Assert.Equal(-1, Election.LivingMaster(state, heard + down));
        Take(state, new Input.AdvertHeard(2, Make(state, Role.Master, 4, 2)), 0.2);
        Assert.Equal(2, Election.LivingMaster(state, heard));
        Take(state, new Input.AdvertHeard(1, Make(state, Role.Master, 5, 1)), 0.3);
        Assert.Equal(1, Election.LivingMaster(state, heard));
        // One term, two masters: the better rank.
        Take(state, new Input.AdvertHeard(2, Make(state, Role.Master, 5, 2) with { EffectivePriority = 101, Holder = default }), 0.4);
        Assert.Equal(1, Election.LivingMaster(state, heard)); // holds the address
        Take(state, Read(null, 0.45), 0.5);
        Assert.Equal(2, Election.LivingMaster(state, heard));
    }

    [Theory]
    [InlineData(2.999, false)]
    [InlineData(3, true)]
    public void E8b_a_look_may_show_the_world_before_the_own_assign_for_3_s(double after, bool superseded)
    {
        var state = Grow(holder: 102, fit: true);
        // n2 falls silent, and two guard probes fail.
        Step(state, new Input.Deadline(), 1.4);
        Take(state, Read(102, 1.45), 1.5);
        Take(state, new Input.GuardAnswered(false, "timeout"), 1.9);
        Take(state, new Input.GuardAnswered(false, "timeout"), 2.3);
        for (var second = 2.4; second < 4.5; second += 0.1)
            Step(state, new Input.Deadline(), second);
        Assert.Equal(Role.Master, state.Role);
        Take(state, Read(102, 4.5), 4.6);
        Take(state, new Input.AssignAnswered(state.Term, Then + TimeSpan.FromSeconds(4.6), ApiStatus.Ok, true, false, 7, ActionStatus.InProgress, null, ""), 4.7);
        Take(state, new Input.ActionRead(Then + TimeSpan.FromSeconds(5), 7, ApiStatus.Ok, ActionStatus.Completed, null, ""), 5);
        Take(state, Read(102, 5 + after), 5.05 + after);
        Assert.Equal(superseded ? state.Settings.Nodes[1].Id : 0, state.Ip.Supersession.By);
        Assert.Equal(superseded ? Role.Backup : Role.Master, state.Role);
    }

    private static bool Speaks(Effect effect) => effect is Effect.SendAdvert or Effect.Assign;

    private static List<Effect> Step(ElectionState state, Input input, double second)
    {
        var effects = new List<Effect>();
        Election.Step(state, input, Then + TimeSpan.FromSeconds(second), effects);
        return effects;
    }

    private static List<Event> Told(List<Effect> effects) => [.. effects.OfType<Effect.Announce>().Select(a => a.Event)];
}
