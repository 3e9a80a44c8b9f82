using System.Diagnostics;
using FlipAgent.Harness;
using FlipAgent.Redaction;
using FlipAgent.Supervision;

namespace FlipAgent.Tests.Supervision;

/// <summary>The one mechanism that contains failures.</summary>
// How often a part is tried again in 3 s of real time.
[Trait("Category", "RealTime")]
public sealed class SupervisorTests
{
    private readonly Announced _announced = new();

    [Fact]
    public void A_part_that_fails_again_and_again_is_announced_once_and_shown_with_the_count()
    {
        var part = _announced.Supervisor.Part("check site");
        for (var i = 0; i < 3; i++)
            part.Run(() => throw new PlantedException());
        _announced.Supervisor.Part("check site").Failed(new AggregateException(new PlantedException()));

        _announced.Once("check site", "PlantedException: planted");
        Assert.Matches(@"^check site failed inside the agent \(4 times, last at [0-9:]{8}Z\): PlantedException: planted$", Assert.Single(_announced.Supervisor.Problems));
    }

    [Fact]
    public void Parts_that_work_are_no_problem_and_give_their_results()
    {
        var part = _announced.Supervisor.Part("guard");
        Assert.Equal(7, part.Run(() => 7, _ => 0));
        part.Run(() => { });
        Assert.Empty(_announced.Supervisor.Problems);
        Assert.Empty(_announced.Events);
    }

    [Fact]
    public async Task A_failure_becomes_the_result_that_the_part_gives_it()
    {
        var part = _announced.Supervisor.Part("guard");
        Assert.Equal("planted", part.Run(string () => throw new PlantedException(), e => e.Message));
        Assert.Equal("planted", await part.Run(() => Task.FromException<string>(new PlantedException()), e => e.Message));
    }

    [Fact]
    public async Task A_loop_of_turns_goes_on_after_turns_that_failed_and_ends_when_it_is_told_to()
    {
        using var stop = new CancellationTokenSource();
        var turns = 0;
        await _announced.Supervisor.Part("watch").Keep(
            () =>
            {
                turns++;
                if (turns == 5)
                    stop.Cancel();
                // Not its own stop: a failure like any other.
                return turns % 2 == 0 ? Task.FromCanceled(new CancellationToken(true)) : throw new PlantedException();
            },
            stop.Token).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(5, turns);
        _announced.Once("watch", "planted");
    }

    [Fact]
    public void A_thread_enters_its_loop_again_after_a_failure_and_ends_when_the_loop_does()
    {
        var entered = 0;
        var thread = _announced.Supervisor.Part("watch").NewThread(
            "watch",
            () =>
            {
                if (++entered < 3)
                    throw new PlantedException();
            },
            () => false);
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromSeconds(20)));
        Assert.Equal(3, entered);
        _announced.Once("watch", "planted");
    }

    [Fact]
    public void A_thread_that_fails_while_it_is_told_to_end_ends()
    {
        var thread = _announced.Supervisor.Part("watch").NewThread("watch", () => throw new PlantedException(), () => true);
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public void Only_failures_that_go_on_for_seconds_are_a_part_that_keeps_failing()
    {
        var part = _announced.Supervisor.Part("send thread");
        part.Failed(new PlantedException());
        part.Failed(new PlantedException());
        Assert.False(part.KeepsFailing);
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(3.2))
        {
            Thread.Sleep(100);
            part.Failed(new PlantedException());
        }
        Assert.True(part.KeepsFailing);
        Until.True(() => !part.KeepsFailing, () => "the row to end");
    }

    [Fact]
    public void A_failure_to_announce_is_contained_too()
    {
        var supervisor = new Supervisor(_ => throw new PlantedException(), null);
        supervisor.Part("check site").Run(() => throw new PlantedException());
        Assert.Single(supervisor.Problems);
    }

    [Fact]
    public void The_description_is_one_short_line_without_secrets()
    {
        Redactor.Register("supervisor-canary-4711");
        var text = SupervisedPart.Describe(new InvalidOperationException("holds supervisor-canary-4711\n   at somewhere"));
        Assert.Equal("InvalidOperationException: holds ***", text);
        Assert.InRange(SupervisedPart.Describe(new InvalidOperationException(new string('x', 5000))).Length, 100, 210);
    }
}
