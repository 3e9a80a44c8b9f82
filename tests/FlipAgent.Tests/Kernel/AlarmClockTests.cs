using System.Diagnostics;
using FlipAgent.Kernel;

namespace FlipAgent.Tests.Kernel;

/// <summary>Waits that end at their time, all on one thread, and work that is done before.</summary>
public sealed class AlarmClockTests
{
    private static readonly TimeSpan s_soon = TimeSpan.FromMilliseconds(30);

    private static readonly TimeSpan s_never = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task It_says_whether_the_work_has_ended_and_waits_no_longer_than_it_is_told()
    {
        var work = new TaskCompletionSource();
        var watch = Stopwatch.StartNew();
        Assert.False(await AlarmClock.Own.Ends(work.Task, s_soon));
        Assert.InRange(watch.Elapsed, s_soon, TimeSpan.FromSeconds(20));
        var waiting = AlarmClock.Own.Ends(work.Task, s_never);
        work.SetResult();
        Assert.True(await waiting);
        Assert.True(await AlarmClock.Own.Ends(work.Task, s_never));
        Assert.True(await AlarmClock.Own.Ends(work.Task, TimeSpan.Zero));
    }

    [Fact]
    public async Task A_wait_that_may_end_early_ends_with_another_one_and_never_earlier_than_it_may()
    {
        var together = false;
        for (var i = 0; i < 50 && !together; i++)
        {
            var watch = Stopwatch.StartNew();
            var other = AlarmClock.Own.Ends(new TaskCompletionSource().Task, s_soon);
            var early = AlarmClock.Own.Ends(new TaskCompletionSource().Task, 10 * s_soon, 9.5 * s_soon).ContinueWith(_ => watch.Elapsed, TaskContinuationOptions.ExecuteSynchronously);
            Assert.False(await other);
            var took = await early;
            Assert.True(took >= s_soon / 2, $"it took {took}");
            together = took < 5 * s_soon;
        }
        Assert.True(together, "it never ended before its time");
    }

    [Fact]
    public async Task What_the_work_failed_with_is_for_the_caller_to_see()
    {
        Assert.True(await AlarmClock.Own.Ends(Task.FromException(new InvalidOperationException()), s_never));
        var work = new TaskCompletionSource();
        var waiting = AlarmClock.Own.Ends(work.Task, s_never);
        work.SetCanceled();
        Assert.True(await waiting);
    }

    [Fact]
    public async Task A_wait_that_is_set_later_and_due_earlier_ends_earlier()
    {
        var work = new TaskCompletionSource();
        var later = AlarmClock.Own.Ends(work.Task, s_never);
        Assert.False(await AlarmClock.Own.Ends(new TaskCompletionSource().Task, s_soon));
        Assert.False(later.IsCompleted);
        work.SetResult();
        Assert.True(await later);
    }

    [Fact]
    public async Task A_wait_that_is_over_early_leaves_the_next_one_its_time()
    {
        for (var round = 0; round < 20; round++)
        {
            var (first, second) = (new TaskCompletionSource(), new TaskCompletionSource());
            var waits = AlarmClock.Own.Ends(first.Task, s_soon / 2);
            var next = AlarmClock.Own.Ends(second.Task, s_soon);
            first.SetResult();
            await waits;
            Assert.False(await next);
        }
    }

    [Fact]
    public async Task Hundreds_at_once_each_end_at_their_own_time()
    {
        var watch = Stopwatch.StartNew();
        var waits = Enumerable.Range(1, 300).Select(async i =>
        {
            var within = TimeSpan.FromMilliseconds(i * 37 % 200);
            Assert.False(await AlarmClock.Own.Ends(new TaskCompletionSource().Task, within));
            Assert.True(watch.Elapsed >= within);
        });
        await Task.WhenAll(waits).WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task Who_goes_on_after_a_wait_may_take_as_long_as_it_likes(int stuck)
    {
        using var end = new ManualResetEventSlim();
        var hanging = Enumerable.Range(0, stuck).Select(i => Task.Run(async () =>
        {
            Assert.False(await AlarmClock.Own.Ends(new TaskCompletionSource().Task, s_soon + TimeSpan.FromMilliseconds(i % 2)));
            end.Wait();
        })).ToArray();
        for (var round = 0; round < 5; round++)
            Assert.False(await AlarmClock.Own.Ends(new TaskCompletionSource().Task, s_soon).WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.All(hanging, h => Assert.False(h.IsCompleted));
        end.Set();
        await Task.WhenAll(hanging);
        // Whoever comes back stands in for the one that leads now.
        await A_wait_ends_also_while_another_one_who_waited_is_slow();
    }

    [Fact]
    public async Task A_wait_ends_also_while_another_one_who_waited_is_slow()
    {
        for (var round = 0; round < 20; round++)
        {
            var slow = Slow();
            Assert.False(await AlarmClock.Own.Ends(new TaskCompletionSource().Task, TimeSpan.FromMilliseconds(2)).WaitAsync(TimeSpan.FromSeconds(20)));
            await slow;
        }

        static async Task Slow()
        {
            Assert.False(await AlarmClock.Own.Ends(new TaskCompletionSource().Task, TimeSpan.FromMilliseconds(1)));
            Thread.Sleep(Random.Shared.Next(15, 30));
        }
    }

    [Fact]
    public async Task A_bell_ends_a_wait_once_however_often_it_was_rung()
    {
        var bell = new Bell();
        bell.Ring();
        bell.Ring();
        await bell.Wait(s_never).WaitAsync(TimeSpan.FromSeconds(20));
        bell.Quiet();
        var next = bell.Wait(s_never);
        await Task.Delay(s_soon);
        Assert.False(next.IsCompleted);
        bell.Ring();
        await next.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task No_ring_is_lost_to_a_visitor_that_is_just_beginning()
    {
        var bell = new Bell();
        var (asked, seen, rounds) = (0, 0, 20_000);
        var ringing = Task.Run(() =>
        {
            for (var i = 0; i < rounds; i++)
            {
                Interlocked.Increment(ref asked);
                bell.Ring();
            }
        });
        while (seen < rounds)
        {
            await bell.Wait(s_never).WaitAsync(TimeSpan.FromSeconds(20));
            bell.Quiet();
            seen = Volatile.Read(ref asked);
        }
        await ringing;
    }
}
