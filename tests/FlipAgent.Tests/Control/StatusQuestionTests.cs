using FlipAgent.Core;
using FlipAgent.Harness;
using FlipAgent.Kernel;
using FlipAgent.Loop;
using FlipAgent.Reporting;
using FlipAgent.Running;

namespace FlipAgent.Tests.Control;

/// <summary>F63: who asks for the status as fast as can be has the decision loop make one in a turn, not one for each question.</summary>
public sealed class StatusQuestionTests
{
    [Fact]
    public async Task F63_All_who_ask_before_the_loop_comes_to_it_get_one_status_and_who_asks_later_another_one()
    {
        using var waiter = new LoopWaiter();
        var inbox = new Inbox(waiter);
        var question = new StatusQuestion(inbox);
        var made = 0;
        Task<StatusReport> Ask() => question.Ask((_, _) => Reports.Healthy with { Version = $"{++made}" });

        var first = Enumerable.Range(0, 100).Select(_ => Ask()).ToArray();
        var before = Clocks.Monotonic;
        Assert.Equal(1, Turn(inbox));
        Assert.All(await Task.WhenAll(first), report => Assert.Equal("1", report.Version));

        var later = Ask();
        Assert.False(later.IsCompleted);
        var questions = 0;
        Until.True(() => (questions += Turn(inbox)) > 0, "the loop is asked again");
        Assert.InRange((Clocks.Monotonic - before).TotalMilliseconds, 15, 60_000);
        Assert.Equal(1, questions);
        Assert.Equal("2", (await later).Version);
    }

    [Fact]
    public async Task A_status_that_cannot_be_made_fails_for_who_asked_and_neither_ends_the_loop_nor_spoils_the_next_one()
    {
        using var waiter = new LoopWaiter();
        var inbox = new Inbox(waiter);
        var question = new StatusQuestion(inbox);

        var failed = question.Ask((_, _) => throw new InvalidOperationException("odd"));
        Turn(inbox);
        await Assert.ThrowsAsync<InvalidOperationException>(() => failed);

        var next = question.Ask((_, _) => Reports.Healthy);
        Until.True(() => Turn(inbox) > 0, "the loop is asked again");
        Assert.Equal(Reports.Healthy.Node, (await next).Node);
    }

    private static int Turn(Inbox inbox)
    {
        var questions = 0;
        for (; inbox.TryTake(out var message); questions++)
            Assert.IsType<Message.Asked>(message).Look(null!, TimeSpan.Zero);
        return questions;
    }
}
