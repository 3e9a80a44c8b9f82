using System.Diagnostics;
using FlipAgent.E2E.Ground;
using FlipAgent.Harness;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace FlipAgent.E2E;

/// <summary>
/// A machine is suspended for ten minutes, which CLOCK_BOOTTIME shows and CLOCK_MONOTONIC does not. The clock is put ahead under the agent (<see cref="SuspendClock"/>); what the ten minutes
/// bring, the end of the lease in the store, is done by hand.
/// </summary>
[Collection(OneAfterTheOther.Name)]
public sealed class SuspendTests(TestGround ground, ITestOutputHelper output)
{
    // After its last renewal, a third of this time ago at most, the monotonic clock of the sleeper says for 39 s or more that the lease is valid.
    private const int Ttl = 60;
    private static readonly TimeSpan s_surelyValid = TimeSpan.FromSeconds(Ttl - (Ttl / 50.0) - (Ttl / 3.0));
    private static readonly TimeSpan s_sleep = TimeSpan.FromMinutes(10);

    /// <param name="network">It is up all the time; else it comes back 3 s after the machine, and until then only its clock can tell the agent that it is no master.</param>
    [NetTheory]
    [InlineData(2, true)]
    [InlineData(2, false)]
    [InlineData(5, false)]
    public async Task A_master_that_slept_for_ten_minutes_is_none_from_the_first_word_that_it_says(int nodes, bool network)
    {
        using var store = StoreGround.Start(ground);
        await using var cluster = await Start(nodes);
        await using var watch = new MasterWatch(cluster.Nodes);
        var (master, asleep) = await Sleep(cluster, store, s_sleep, network);
        if (!network)
            await Until.Stays(async () => await NamespaceCluster.Role(cluster[1]) != "master", "the sleeper is no master", 3);
        await cluster.Event(cluster[1], "lease-lost");
        cluster.Heal();
        await cluster.Audit(master, most: 1, least: 1);
        Assert.Equal("backup", await NamespaceCluster.Role(cluster[1]));
        Assert.DoesNotContain(await cluster.Lab.History(cluster.Since, "assign"), e => e.Source == $"{cluster[1].Address}");
        Assert.Equal(0, await watch.SaidBy(cluster[1], asleep));
        Assert.InRange(await watch.NeverTwo(), 5, int.MaxValue);
    }

    /// <summary>
    /// The same story without the suspend is one that no lease can help in (docs/lease.md: somebody deletes the key). It shows that nothing but the clock ends the mastership in the story above, and
    /// that the watch sees two masters where there are two.
    /// </summary>
    [NetFact]
    public async Task Without_the_suspend_the_clock_says_that_the_lease_is_valid()
    {
        using var store = StoreGround.Start(ground);
        await using var cluster = await Start(nodes: 2);
        await using var watch = new MasterWatch(cluster.Nodes);
        var (master, asleep) = await Sleep(cluster, store, TimeSpan.Zero, network: false);
        await Until.Stays(async () => await NamespaceCluster.Role(cluster[1]) == "master", "the node that does not know of it is master", 1);
        cluster.Heal();
        await cluster.Audit(master, most: 1, least: 1);
        var said = await watch.SaidBy(cluster[1], asleep);
        output.WriteLine($"the node without a lease in the store said {said} times that it is master");
        Assert.True(said > 10, $"{said}");
        Assert.Contains("two masters", (await Assert.ThrowsAnyAsync<XunitException>(watch.NeverTwo)).Message, StringComparison.Ordinal);
    }

    /// <summary>A suspend that is over before anybody missed the machine: it is noticed (rule E10), and nothing moves.</summary>
    [NetFact]
    public async Task Without_a_lease_a_suspend_that_only_the_clock_shows_is_a_stall()
    {
        await using var cluster = await NamespaceCluster.Start(ground, new() { Suspends = true });
        Assert.False(await NamespaceCluster.Heard(cluster[1], "stalled"));
        cluster[1].Clock!.Suspend(s_sleep);
        await cluster.Event(cluster[1], "stalled", 5);
        Assert.Contains("was stalled for 600", await cluster[1].Get("v1/events?n=1000"), StringComparison.Ordinal);
        await cluster.NothingMoves(3);
        await cluster.Audit(1, most: 0);
    }

    private Task<NamespaceCluster> Start(int nodes) => NamespaceCluster.Start(ground, new() { Nodes = nodes, Suspends = true, Election = StoreGround.Yaml(Ttl) });

    /// <summary>The machine of the master sleeps until another is master and has the address, and goes on while its monotonic clock says that the lease is valid.</summary>
    /// <returns>Number of that other one, and a moment at which the machine slept: what is asked after it is answered by somebody who has slept.</returns>
    private static async Task<(int Master, long Asleep)> Sleep(NamespaceCluster cluster, EtcdMembers store, TimeSpan length, bool network)
    {
        var clock = Stopwatch.StartNew();
        cluster[1].Freeze(true);
        // Adverts that wait in its buffer would tell it of the other master as well.
        if (!network)
            cluster[1].CutAll(cluster.Nodes.Skip(1));
        StoreGround.EndLease(store);
        var asleep = MasterWatch.Now;
        var master = await Masters.Next(cluster, 20, withAddress: true);
        cluster[1].Clock!.Suspend(length);
        cluster[1].Freeze(false);
        Assert.True(clock.Elapsed < s_surelyValid - TimeSpan.FromSeconds(5), $"it took {clock.Elapsed}: the monotonic clock may have ended the lease");
        return (master, asleep);
    }
}
