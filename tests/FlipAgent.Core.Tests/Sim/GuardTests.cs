using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>What the answers of the guard are worth (rule E6, F76).</summary>
public sealed class GuardTests
{
    [Fact]
    public void F76_a_guard_that_fails_for_5_s_while_the_master_is_well_has_a_broken_path_and_its_return_is_told()
    {
        var state = Grow(holder: 102, fit: true);
        var broken = new List<(double Second, Event Event)>();
        for (var second = 0.0; second < 8; second += 0.25)
        {
            Take(state, Read(102, second), second);
            foreach (var (input, later) in (ReadOnlySpan<(Input, double)>)
                [(Advert(state, Role.Master, 0), 0), (new Input.GuardAnswered(false, "refused"), 0.1), (new Input.Deadline(), 0.2)])
                broken.AddRange(Announced(state, input, second + later).Where(e => e.Kind == EventKind.GuardPathBroken).Select(e => (second, e)));
        }
        var (at, told) = Assert.Single(broken);
        Assert.InRange(at, 4.5, 5.5);
        Assert.Equal((Severity.Warning, "n2", "refused"), (told.Severity, told.Subject, told.Detail));
        Assert.Contains(Told(Step(state, new Input.GuardAnswered(true, "200"), 8.1)), e => e is { Kind: EventKind.GuardPathMended, Alert: true });
        Assert.DoesNotContain(Told(Step(state, new Input.GuardAnswered(true, "200"), 8.5)), e => e.Kind == EventKind.GuardPathMended);
    }

    /// <summary>A machine that dies answers no probe from then on, and is missed only later: its last advert does not make the guard's path a suspect.</summary>
    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void A_failing_probe_speaks_against_its_path_only_when_the_master_is_heard_after_it(bool heardAfter, bool proven)
    {
        var state = Grow(holder: 102, fit: true);
        Hear(state, 1, Role.Master, 0);
        Take(state, new Input.Deadline(), 0.3);
        Take(state, new Input.GuardAnswered(false, "timeout") { TimedOut = true }, 0.7);
        if (heardAfter)
            Hear(state, 1, Role.Master, 0.8);
        Take(state, new Input.Deadline(), 0.9);
        Assert.Equal(proven, state.Ip.Guard.Proven);
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
}
