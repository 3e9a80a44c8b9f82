using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>What the answers of the guard are worth (rule E6, F76).</summary>
public sealed class GuardTests
{
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
