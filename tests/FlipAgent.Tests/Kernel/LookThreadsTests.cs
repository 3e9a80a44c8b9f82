using FlipAgent.Checks;
using FlipAgent.Kernel;
using FlipAgent.Supervision;

namespace FlipAgent.Tests;

/// <summary>The threads that looks may block.</summary>
public sealed class LookThreadsTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task However_many_looks_hang_the_next_one_begins()
    {
        using var end = new ManualResetEventSlim();
        var hanging = Enumerable.Range(0, 50).Select(i => LookThreads.Own.Run(() =>
        {
            end.Wait();
            return Task.FromResult(i);
        })).ToArray();
        Assert.Equal("look", await LookThreads.Own.Run(() => Task.FromResult(Thread.CurrentThread.Name)).WaitAsync(s_limit));
        Assert.All(hanging, h => Assert.False(h.IsCompleted));
        end.Set();
        Assert.Equal(Enumerable.Range(0, 50), await Task.WhenAll(hanging).WaitAsync(s_limit));
    }

    [Fact]
    public async Task What_a_look_throws_comes_to_who_asked_for_it()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => LookThreads.Own.Run<int>(() => throw new InvalidOperationException()).WaitAsync(s_limit));
        await Assert.ThrowsAsync<TaskCanceledException>(() => LookThreads.Own.Run<int>(() => throw new OperationCanceledException()).WaitAsync(s_limit));
        await Assert.ThrowsAsync<InvalidOperationException>(() => LookThreads.Own.Run(Later).WaitAsync(s_limit));

        static async Task<int> Later()
        {
            await Task.Delay(1);
            throw new InvalidOperationException();
        }
    }

    [Fact]
    public async Task A_thread_that_cannot_be_started_is_started_when_a_look_waits_for_it()
    {
        var full = true;
        var threads = new LookThreads(work =>
        {
            if (full)
                throw new InsufficientMemoryException();
            new Thread(work) { IsBackground = true }.Start();
        });
        threads.Reserve(2);
        var first = threads.Run(() => Task.FromResult(1));
        Assert.True(threads.AreTaken());
        Assert.False(first.IsCompleted);
        full = false;
        threads.Reserve(1);
        Assert.Equal(1, await first.WaitAsync(s_limit));
    }

    [Fact]
    public async Task Every_look_of_many_that_come_at_once_is_taken_once()
    {
        var taken = new int[2000];
        var looks = Enumerable.Range(0, taken.Length).AsParallel().Select(i => LookThreads.Own.Run(() => Task.FromResult(Interlocked.Increment(ref taken[i])))).ToArray();
        Assert.All(await Task.WhenAll(looks).WaitAsync(s_limit), times => Assert.Equal(1, times));
    }

    /// <summary>One thread is awake for a look whose time has come, not two.</summary>
    [Fact]
    public async Task A_look_whose_time_has_come_is_made_on_the_thread_that_is_awake_after_its_owner_waits_again()
    {
        var (owner, waits, look) = ("", false, "");
        // While another test keeps the clock's threads busy, who waited goes on in the pool.
        for (var i = 0; i < 500 && !owner.StartsWith("alarm", StringComparison.Ordinal); i++)
            await Task.Run(Once).WaitAsync(s_limit);
        Assert.StartsWith("alarm", owner);
        Assert.Equal(owner, look);

        async Task Once()
        {
            waits = false;
            await AlarmClock.Own.Ends(new TaskCompletionSource().Task, TimeSpan.FromMilliseconds(5)).ConfigureAwait(false);
            owner = Thread.CurrentThread.Name ?? "";
            var run = LookThreads.Own.Run(() => Task.FromResult((Waited: Volatile.Read(ref waits), By: Thread.CurrentThread.Name!)));
            Volatile.Write(ref waits, true);
            (var waited, look) = await run.ConfigureAwait(false);
            Assert.True(waited || !owner.StartsWith("alarm", StringComparison.Ordinal), "the look began before its owner waited for it");
        }
    }

    /// <summary>Given to it for afterwards, as another look would be, both would wait for ever.</summary>
    [Fact]
    public async Task A_look_may_wait_for_what_is_done_beside_it_on_whichever_thread_it_is_made()
    {
        for (var i = 0; i < 50; i++)
            Assert.Equal("look", await Task.Run(Once).WaitAsync(s_limit));
        await Assert.ThrowsAsync<InvalidOperationException>(() => LookThreads.Own.Beside(() => throw new InvalidOperationException()).WaitAsync(s_limit));

        static async Task<string?> Once()
        {
            await AlarmClock.Own.Ends(new TaskCompletionSource().Task, TimeSpan.FromMilliseconds(5)).ConfigureAwait(false);
            var by = "";
            return await LookThreads.Own.Run(() => Task.FromResult(LookThreads.Own.Beside(() => by = Thread.CurrentThread.Name!).Wait(s_limit) ? by : null)).ConfigureAwait(false);
        }
    }

    /// <summary>On whichever thread it hangs: whoever waits for it is told in time, and the waits of others end.</summary>
    [Fact]
    public async Task A_look_that_hangs_keeps_nobody_waiting_even_where_its_time_had_come()
    {
        using var end = new ManualResetEventSlim();
        var hanging = Enumerable.Range(0, 8).Select(async i =>
        {
            await AlarmClock.Own.Ends(new TaskCompletionSource().Task, TimeSpan.FromMilliseconds(5 + i)).ConfigureAwait(false);
            var run = LookThreads.Own.Run(() =>
            {
                end.Wait();
                return Task.FromResult(i);
            });
            Assert.False(await AlarmClock.Own.Ends(run, TimeSpan.FromMilliseconds(50)).ConfigureAwait(false));
            return run;
        }).ToArray();
        var runs = await Task.WhenAll(hanging).WaitAsync(s_limit);
        Assert.Equal(1, await LookThreads.Own.Run(() => Task.FromResult(1)).WaitAsync(s_limit));
        end.Set();
        Assert.Equal(Enumerable.Range(0, 8), await Task.WhenAll(runs).WaitAsync(s_limit));
    }

    /// <summary>Whatever else the machine does, one of twenty is punctual.</summary>
    [Fact]
    public async Task Who_is_due_while_a_look_takes_long_does_not_wait_for_the_end_of_patience()
    {
        var soonest = TimeSpan.MaxValue;
        for (var i = 0; i < 20; i++)
            await Task.Run(async () =>
            {
                await AlarmClock.Own.Ends(new TaskCompletionSource().Task, TimeSpan.FromMilliseconds(5)).ConfigureAwait(false);
                var began = Clocks.Monotonic;
                var other = AlarmClock.Own.Ends(new TaskCompletionSource().Task, TimeSpan.FromMilliseconds(4))
                    .ContinueWith(_ => Clocks.Monotonic - began, TaskContinuationOptions.ExecuteSynchronously);
                var look = LookThreads.Own.Run(() =>
                {
                    Thread.Sleep(40);
                    return Task.FromResult(0);
                });
                var took = await other.ConfigureAwait(false);
                soonest = took < soonest ? took : soonest;
                await look.ConfigureAwait(false);
            }).WaitAsync(s_limit);
        Assert.InRange(soonest.TotalMilliseconds, 4, 14);
    }

    /// <summary>The second of two would wait for the first, which may hang.</summary>
    [Fact]
    public async Task Of_two_looks_at_a_time_only_the_first_is_made_there()
    {
        using var end = new ManualResetEventSlim();
        await Task.Run(async () =>
        {
            await AlarmClock.Own.Ends(new TaskCompletionSource().Task, TimeSpan.FromMilliseconds(5)).ConfigureAwait(false);
            var first = LookThreads.Own.Run(() =>
            {
                end.Wait();
                return Task.FromResult(1);
            });
            var second = LookThreads.Own.Run(() => Task.FromResult(Thread.CurrentThread.Name));
            Assert.Equal("look", await second.ConfigureAwait(false));
            Assert.False(first.IsCompleted);
            end.Set();
            await first.ConfigureAwait(false);
        }).WaitAsync(s_limit);
    }

    [Fact]
    public async Task F11_A_look_for_which_no_thread_can_be_started_counts_for_nothing_and_is_made_up_for_when_one_can()
    {
        var isShort = true;
        var threads = new LookThreads(work =>
        {
            if (Volatile.Read(ref isShort))
                throw new InsufficientMemoryException();
            new Thread(work) { IsBackground = true }.Start();
        });
        using var check = new Well();
        var runs = new TimedRuns(check, Supervisor.Silent.Part("check well"), CancellationToken.None, threads);
        for (var i = 0; i < 3; i++)
        {
            var result = await runs.Next(TimeSpan.FromMilliseconds(20)).WaitAsync(s_limit);
            Assert.Equal((Outcome.Pending, true, false), (result.Outcome, result.Worrying, result.TimedOut));
            Assert.StartsWith("not checked, the verdict stays: this agent has no thread left to look with", result.Detail);
        }
        Volatile.Write(ref isShort, false);
        // Nobody else has a look that would start one.
        await runs.Next(TimeSpan.FromMilliseconds(20)).WaitAsync(s_limit);
        Assert.Equal(Outcome.Up, (await runs.Next(s_limit).WaitAsync(s_limit)).Outcome);
    }

    [Fact]
    public async Task A_look_that_has_begun_and_hangs_counts_though_no_other_thread_can_be_started()
    {
        var started = 0;
        var threads = new LookThreads(work =>
        {
            if (started++ > 0)
                throw new InsufficientMemoryException();
            new Thread(work) { IsBackground = true }.Start();
        });
        using var check = new Hanging();
        var runs = new TimedRuns(check, Supervisor.Silent.Part("check hanging"), CancellationToken.None, threads);
        var hanging = runs.Next(TimeSpan.FromMilliseconds(500));
        Assert.True(check.Begun.Wait(s_limit));
        var waiting = threads.Run(() => Task.FromResult(1));
        Assert.Equal(CheckResult.NoAnswer("no answer within 500 ms"), await hanging.WaitAsync(s_limit));
        Assert.Equal(CheckResult.NoAnswer("the last run still hangs"), await runs.Next(TimeSpan.FromMilliseconds(20)).WaitAsync(s_limit));
        check.End.Set();
        Assert.Equal(1, await waiting.WaitAsync(s_limit));
    }

    private sealed class Well : Check
    {
        public override Task<CheckResult> Run(TimeSpan within, CancellationToken stop) => Task.FromResult(new CheckResult(Outcome.Up, "200"));
    }

    private sealed class Hanging : Check
    {
        public ManualResetEventSlim Begun { get; } = new();

        public ManualResetEventSlim End { get; } = new();

        public override Task<CheckResult> Run(TimeSpan within, CancellationToken stop)
        {
            Begun.Set();
            End.Wait(CancellationToken.None);
            return Task.FromResult(new CheckResult(Outcome.Up, "200"));
        }

        public override void Dispose()
        {
            Begun.Dispose();
            End.Dispose();
            base.Dispose();
        }
    }
}
