using FlipAgent.Kernel;

namespace FlipAgent.Tests.Net;

/// <summary>The decision thread wakes for every reason that it has, never early, and for nothing else.</summary>
// How late a thread wakes: bounds are ten times what an idle machine shows.
[Trait("Category", "RealTime")]
public sealed class LoopWaiterTests
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(30);

    [Fact]
    public void A_signal_before_the_wait_is_not_lost()
    {
        using var waiter = new LoopWaiter();
        waiter.Signal();
        Assert.True(waiter.Wait(TimeSpan.MaxValue));
    }

    [Fact]
    public void A_signal_from_another_thread_ends_the_wait()
    {
        using var waiter = new LoopWaiter();
        var other = new Thread(() =>
        {
            Thread.Sleep(50);
            waiter.Signal();
        });
        var start = Clocks.Monotonic;
        other.Start();
        Assert.True(waiter.Wait(start + s_long));
        Assert.True(Clocks.Monotonic - start < s_long);
        other.Join();
    }

    [Fact]
    public void Several_signals_before_a_wait_are_one()
    {
        using var waiter = new LoopWaiter();
        for (var i = 0; i < 5; i++)
            waiter.Signal();
        Assert.True(waiter.Wait(TimeSpan.MaxValue));
        Assert.False(waiter.Wait(Clocks.Monotonic));
        waiter.Signal();
        Assert.True(waiter.Wait(TimeSpan.MaxValue));
    }

    [Fact]
    public void The_deadline_ends_the_wait_and_never_before_its_time()
    {
        using var waiter = new LoopWaiter();
        for (var i = 0; i < 50; i++)
        {
            var deadline = Clocks.Monotonic + TimeSpan.FromMicroseconds(137 * i);
            Assert.False(waiter.Wait(deadline));
            Assert.True(Clocks.Monotonic >= deadline);
        }
    }

    [Fact]
    public void A_deadline_in_the_past_returns_at_once_but_a_signal_still_counts()
    {
        using var waiter = new LoopWaiter();
        Assert.False(waiter.Wait(TimeSpan.Zero));
        waiter.Signal();
        Assert.True(waiter.Wait(TimeSpan.Zero));
    }

    [Fact]
    public void A_signal_after_the_end_is_lost_without_an_error()
    {
        var waiter = new LoopWaiter();
        waiter.Dispose();
        waiter.Signal();
    }

    [Fact]
    public void No_signal_is_lost_between_two_threads()
    {
        using var waiter = new LoopWaiter();
        using var answer = new LoopWaiter();
        const int Rounds = 2000;
        var asked = 0;
        var other = new Thread(() =>
        {
            for (var served = 0; served < Rounds;)
            {
                waiter.Wait(TimeSpan.MaxValue);
                if (Volatile.Read(ref asked) == served)
                    continue;
                served = Volatile.Read(ref asked);
                answer.Signal();
            }
        });
        other.Start();
        for (var i = 1; i <= Rounds; i++)
        {
            Volatile.Write(ref asked, i);
            waiter.Signal();
            Assert.True(answer.Wait(Clocks.Monotonic + s_long), $"round {i} was never answered");
        }
        other.Join();
    }

    [Fact]
    public void Waiting_and_signalling_allocate_nothing()
    {
        using var waiter = new LoopWaiter();
        void Round()
        {
            waiter.Signal();
            waiter.Wait(TimeSpan.MaxValue);
            waiter.Wait(Clocks.Monotonic + TimeSpan.FromMicroseconds(10));
        }
        for (var i = 0; i < 100; i++)
            Round();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            Round();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
