using Xunit.Abstractions;

namespace FlipAgent.Tests.Net;

/// <summary>
/// The garbage collector stops every thread of the process, whatever their priority: how late are adverts and deadlines when it never rests? A
/// street sweeper who closes the whole street each time; it must be a short street. The test host collects as the agent does (not concurrent).
/// </summary>
[Collection("alone")]
// What gets through in a second of a real flood.
[Trait("Category", "RealTime")]
public sealed class GarbageStormTests(ITestOutputHelper output)
{
    /// <summary>Of T as it is by default, 1 s.</summary>
    private static readonly TimeSpan s_half = TimeSpan.FromMilliseconds(500);

    private readonly Neighbours _here = new();

    [Fact]
    public void F09_with_full_collections_without_a_pause_adverts_and_deadlines_are_less_than_half_an_interval_late()
    {
        Assert.False(AppContext.TryGetSwitch("System.GC.Concurrent", out var concurrent) && concurrent, "the agent does not collect concurrently");
        var over = false;
        var (collections, paused) = (GC.CollectionCount(2), GC.GetTotalPauseDuration());
        // 40 MB of small objects stay alive, several times what an agent has; two threads throw away as fast as they can, one asks for full collections.
        var alive = Enumerable.Range(0, 400_000).Select(i => new byte[64]).ToArray();
        var threads = new List<Thread>();
        for (var i = 0; i < 2; i++)
            threads.Add(new Thread(() =>
            {
                var kept = new object[1000];
                for (var n = 0; !Volatile.Read(ref over); n++)
                    kept[n % kept.Length] = n % 100 == 0 ? new byte[100_000] : new byte[200];
            }));
        threads.Add(new Thread(() =>
        {
            while (!Volatile.Read(ref over))
            {
                GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
                Thread.Sleep(5);
            }
        }));
        threads.ForEach(t => t.Start());
        try
        {
            var (late, transit) = StarvedPoolTests.Measure(_here);
            collections = GC.CollectionCount(2) - collections;
            paused = GC.GetTotalPauseDuration() - paused;
            output.WriteLine($"{collections} full collections, {paused.TotalMilliseconds:0} ms of pauses; deadlines {Late(late)}; adverts {Late(transit)}");
            Assert.True(collections >= 10 && paused > TimeSpan.FromMilliseconds(50), "the collector was not busy, so this proved nothing");
            // Of several that waited for the receiver, only the last is looked at: a slow machine, which collects for 50 ms at a time, has one of five.
            Assert.InRange(transit.Count, StarvedPoolTests.Rounds / 10, StarvedPoolTests.Rounds);
            Assert.True(late.Max() < s_half, $"a deadline: {Late(late)}");
            Assert.True(transit.Max() < s_half, $"an advert: {Late(transit)}");
        }
        finally
        {
            Volatile.Write(ref over, true);
            threads.ForEach(t => t.Join());
            GC.KeepAlive(alive);
        }
    }

    private static string Late(List<TimeSpan> samples)
    {
        samples.Sort();
        return $"median {samples[samples.Count / 2].TotalMilliseconds:0.0}, 99 % {samples[samples.Count * 99 / 100].TotalMilliseconds:0.0}, latest {samples[^1].TotalMilliseconds:0.0} ms late";
    }
}
