using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>
/// The floating IP is also an address of the node itself, so its guard cannot tell (rule E6). It must then count as off: nothing may wait for its word.
/// </summary>
public sealed class BlindGuardTests
{
    private static readonly Input.GuardAnswered s_blind = new(false, "it asks 203.0.113.10, which is an address of this machine") { CannotTell = true };

    /// <summary>With a guard that sees the service alive the same node waits for ever.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void E6_with_a_guard_that_cannot_tell_silence_ends_at_D(bool blind)
    {
        var state = Grow(holder: 102, fit: true);
        var promoted = LiveWithoutMaster(state, blind ? s_blind : new Input.GuardAnswered(true, "200"));
        if (blind)
            Assert.InRange(promoted!.Value, 3.0, 3.2); // Last heard at -0.4; D is 3.4 s.
        else
            Assert.Null(promoted);
    }

    /// <summary>What was seen before the silence does not count: the address may have come or gone.</summary>
    [Fact]
    public void E6_a_guard_that_sees_again_is_believed_again()
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, s_blind, 0.05);
        Take(state, s_blind, 0.07);
        Assert.True(state.Ip.Guard.Blind);
        Assert.Null(LiveWithoutMaster(state, new Input.GuardAnswered(true, "200")));
        Assert.Equal((Role.Backup, false), (state.Role, state.Ip.Guard.Blind));
    }

    [Fact]
    public void E8b_a_superseded_node_waits_10_minutes_and_not_for_a_guard_that_cannot_tell()
    {
        var state = Superseded();
        Take(state, s_blind, 11.2);
        Step(state, new Input.Deadline(), 611);
        Assert.NotEqual(0U, state.Ip.Supersession.By);
        Assert.True(state.NextDeadline <= Then + TimeSpan.FromSeconds(611.1), "the end of the wait is a deadline");
        Assert.Contains(Told(Step(state, new Input.Deadline(), 611.1)), e => e is { Kind: EventKind.SupersededEnded, Cause: Cause.WaitOver });
    }

    [Fact]
    public void E8b_a_guard_that_sees_again_takes_the_wait_over()
    {
        var state = Superseded();
        Take(state, s_blind, 11.2);
        Take(state, new Input.GuardAnswered(true, "200"), 12.2);
        Step(state, new Input.Deadline(), 700);
        Assert.NotEqual(0U, state.Ip.Supersession.By);
        Take(state, new Input.GuardAnswered(false, "timeout"), 701);
        Assert.Contains(Told(Step(state, new Input.GuardAnswered(false, "timeout"), 702)), e => e is { Kind: EventKind.SupersededEnded, Peer: "n2" });
    }

    [Fact]
    public void It_is_told_once_and_so_is_its_end_and_a_master_is_silent_about_it()
    {
        var state = Grow(holder: 102, fit: true);
        var told = Assert.Single(Told(Step(state, s_blind, 0.1)), e => e.Kind == EventKind.GuardIsLocal);
        Assert.Equal((Severity.Warning, "it asks 203.0.113.10, which is an address of this machine"), (told.Severity, told.Detail));
        Assert.DoesNotContain(Told(Step(state, s_blind, 0.2)), e => e.Kind == EventKind.GuardIsLocal);
        Assert.Single(Told(Step(state, new Input.GuardAnswered(true, "200"), 0.3)), e => e is { Kind: EventKind.GuardPathMended, Alert: true });
        Assert.DoesNotContain(Told(Step(state, new Input.GuardAnswered(true, "200"), 0.4)), e => e.Kind == EventKind.GuardPathMended);
        Assert.Single(Told(Step(state, s_blind, 0.5)), e => e.Kind == EventKind.GuardIsLocal);

        var master = Grow(holder: 101, fit: true);
        Assert.DoesNotContain(Told(Step(master, s_blind, 0.1)), e => e.Kind == EventKind.GuardIsLocal);
        Assert.True(master.Ip.Guard.Blind);
        Assert.DoesNotContain(Told(Step(master, new Input.GuardAnswered(true, "200"), 0.2)), e => e.Kind == EventKind.GuardPathMended);
    }

    [Fact]
    public void Its_failures_from_before_prove_nothing_and_promote_is_not_refused_for_its_sake()
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, new Input.GuardAnswered(true, "200"), 0.1);
        Take(state, s_blind, 0.2);
        Assert.Null(state.Ip.Guard.Alive);
        Take(state, Read(102, 4.8), 4.81);
        Assert.IsType<CommandResult.TookOver>(Step(state, new Input.Commanded(new Command.Promote(false)), 5).OfType<Effect.Reply>().Single().Result);
    }

    /// <summary>20 s in which n3 is heard, the IP stays at n2, and the guard answers like this. When this node became master; null: never.</summary>
    private static double? LiveWithoutMaster(ElectionState state, Input.GuardAnswered guard)
    {
        double? promoted = null;
        var probes = 0;
        for (var second = 0.1; second < 20; second += 0.1)
        {
            var open = new Queue<Effect>(Step(state, new Input.AdvertHeard(2, Make(state, Role.Backup, Math.Max(state.Term, 3), peer: 2)), second));
            Step(state, new Input.Deadline(), second).ForEach(open.Enqueue);
            while (open.TryDequeue(out var effect))
            {
                probes += effect is Effect.ProbeGuard ? 1 : 0;
                Input? answer = effect is Effect.ReadHolder ? Read(102, second) : effect is Effect.ProbeGuard ? guard : null;
                if (answer is not null)
                    Step(state, answer, second).ForEach(open.Enqueue);
            }
            if (state.Role == Role.Master)
                promoted ??= second;
        }
        Assert.True(probes > 0, "the guard was asked");
        return promoted;
    }

    private static ElectionState Superseded()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, Read(101, 10), 10.1);
        Take(state, Read(102, 11), 11.1);
        Assert.NotEqual(0U, state.Ip.Supersession.By);
        return state;
    }
}
