using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Net;

namespace FlipAgent.Tests.Net;

/// <summary>These run when no other test does: they starve the thread pool of the whole process, or count its allocations.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class AloneCollection;

/// <summary>The threads of the adverts and the wait of the decision loop owe nothing to the thread pool.</summary>
[Collection("alone")]
// A thread pool with nothing free, for a real time.
[Trait("Category", "RealTime")]
public sealed class StarvedPoolTests
{
    internal const int Rounds = 150;

    private readonly Neighbours _here = new();

    [Fact]
    public void F10_with_200_blocked_items_in_the_thread_pool_adverts_and_deadlines_are_on_time()
    {
        using var release = new ManualResetEventSlim();
        using var blocked = new CountdownEvent(200);
        for (var i = 0; i < 200; i++)
            ThreadPool.QueueUserWorkItem(_ =>
            {
                release.Wait();
                blocked.Signal();
            });
        var canary = false;
        ThreadPool.QueueUserWorkItem(_ => Volatile.Write(ref canary, true));
        try
        {
            var (late, transit) = Measure(_here);
            Assert.False(Volatile.Read(ref canary), "the pool was not starved, so this proved nothing");
            AssertOnTime(late, "a deadline");
            AssertOnTime(transit, "an advert");
        }
        finally
        {
            release.Set();
            blocked.Wait();
        }
    }

    [Fact]
    public void Steady_sending_and_receiving_allocate_nothing_for_a_datagram()
    {
        var heard = 0;
        var receiverBytes = 0L;
        var callbacks = new AdvertSocketCallbacks(
            (_, _, _) =>
            {
                receiverBytes = GC.GetAllocatedBytesForCurrentThread();
                Volatile.Write(ref heard, heard + 1);
                return true;
            },
            (_, _, _) => { },
            _ => { });
        using var a = AdvertSocket.Open(_here.Settings(0, 2), callbacks).Socket!;
        using var b = AdvertSocket.Open(_here.Settings(1, 2), callbacks).Socket!;
        using var waiter = new LoopWaiter();
        var buffer = new byte[AdvertCodec.MaxBytes];
        var self = _here.Address(0);
        void Exchange(int count)
        {
            for (var i = 0; i < count; i++)
            {
                var target = Volatile.Read(ref heard) + 1;
                a.Send(buffer.AsSpan(0, AdvertCodec.Encode(WireSample.Advert, WireSample.Keys, self, buffer)));
                while (Volatile.Read(ref heard) < target)
                    waiter.Wait(Clocks.Monotonic + TimeSpan.FromMicroseconds(200));
                waiter.Wait(Clocks.Monotonic + TimeSpan.FromMilliseconds(6)); // below the limit of 200 a second
            }
        }
        Exchange(50);
        var receiver = Volatile.Read(ref receiverBytes);
        var caller = GC.GetAllocatedBytesForCurrentThread();
        var all = long.MaxValue;
        // The smallest object has 24 bytes. The test runner allocates a little now and then, so the best of three batches tells.
        const int Batch = 400;
        for (var attempt = 1; attempt <= 3 && all >= Batch * 24; attempt++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            Exchange(Batch);
            all = GC.GetTotalAllocatedBytes(precise: true) - before;
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - caller);
        Assert.Equal(0, Volatile.Read(ref receiverBytes) - receiver);
        Assert.InRange(all, 0, Batch * 24 - 1);
    }

    /// <summary>Every 10 ms a deadline and an advert: how late the one was, and how long the other took.</summary>
    internal static (List<TimeSpan> Late, List<TimeSpan> Transit) Measure(Neighbours here)
    {
        var late = new List<TimeSpan>();
        var transit = new List<TimeSpan>();
        var sentAt = new TimeSpan[Rounds];
        using var a = here.Listen(0, 2);
        var callbacks = new AdvertSocketCallbacks(
            (_, _, datagram) =>
            {
                transit.Add(Clocks.Monotonic - sentAt[datagram[0]]);
                return true;
            },
            (_, _, _) => { },
            _ => { });
        var b = AdvertSocket.Open(here.Settings(1, 2), callbacks).Socket!;
        var loop = new Thread(() =>
        {
            RealTime.TryRaise(); // as the decision thread does
            using var waiter = new LoopWaiter();
            var deadline = Clocks.Monotonic;
            for (byte round = 0; round < Rounds; round++)
            {
                deadline += TimeSpan.FromMilliseconds(10);
                waiter.Wait(deadline);
                late.Add(Clocks.Monotonic - deadline);
                sentAt[round] = Clocks.Monotonic;
                a.Socket.Send([round]);
            }
        });
        loop.Start();
        loop.Join();
        b.Drain(TimeSpan.FromSeconds(10));
        b.Dispose();
        return (late, transit);
    }

    private static void AssertOnTime(List<TimeSpan> samples, string what)
    {
        samples.Sort();
        var ninth = samples[samples.Count * 9 / 10];
        Assert.InRange(samples.Count, Rounds * 8 / 10, Rounds);
        Assert.True(ninth < TimeSpan.FromMilliseconds(50), $"{what}: nine in ten within {ninth.TotalMilliseconds} ms");
        // What a timer of the pool does in this state is six seconds.
        Assert.True(samples[^1] < TimeSpan.FromSeconds(1), $"{what}: the latest {samples[^1].TotalMilliseconds} ms");
    }
}
