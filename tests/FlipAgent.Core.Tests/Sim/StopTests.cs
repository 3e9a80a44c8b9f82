using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>How soon the agent exits after SIGTERM (rule E12).</summary>
public sealed class StopTests
{
    [Fact]
    public void E12_a_stop_ends_at_once_without_a_request_and_when_it_is_answered_with_one()
    {
        Assert.Contains(Step(Grow(holder: 102, fit: true), new Input.Stopping(StopKind.Final), 0), e => e is Effect.Exit);
        var claiming = Claim(Grow(holder: 101, fit: true));
        Assert.DoesNotContain(Step(claiming, new Input.Stopping(StopKind.Final), 0.1), e => e is Effect.Exit);
        Assert.DoesNotContain(Step(claiming, new Input.Deadline(), 4.9), e => e is Effect.Exit);
        Assert.Contains(Step(claiming, Answer(claiming, ApiStatus.Ok, accepted: true), 5), e => e is Effect.Exit);
        var unanswered = Claim(Grow(holder: 101, fit: true));
        Take(unanswered, new Input.Stopping(StopKind.Final), 0.1);
        Assert.DoesNotContain(Step(unanswered, new Input.Deadline(), 5.09), e => e is Effect.Exit);
        Assert.Contains(Step(unanswered, new Input.Deadline(), 5.1), e => e is Effect.Exit);
    }
}
