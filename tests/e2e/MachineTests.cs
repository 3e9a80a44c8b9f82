using System.Diagnostics;
using FlipAgent.E2E.Ground;
using FlipAgent.Harness;
using Xunit.Abstractions;

namespace FlipAgent.E2E;

/// <summary>A whole machine is silent, agent and HAProxy together: asked instead of waited for when it died, and left alone when it only stood still (rule E6).</summary>
[Collection(OneAfterTheOther.Name)]
[Trait("Category", "RealTime")]
public sealed class MachineTests(TestGround ground, ITestOutputHelper output)
{
    /// <summary>With T of 1 s the silence alone would take 1.5 s and two probes of 400 ms.</summary>
    [NetFact]
    public async Task F05_A_machine_that_dies_is_replaced_before_its_silence_is_a_suspicion()
    {
        await using var cluster = await NamespaceCluster.Start(ground, new() { IntervalMs = 1000 });
        await Task.Delay(5000);
        var before = await cluster.Lab.LatestEntry();
        var clock = Stopwatch.StartNew();
        cluster[1].PowerOff();
        await Until.True(async () => (await cluster.Lab.History(before, "assign")).Count > 0, cluster.Describe);
        var took = clock.Elapsed.TotalSeconds;
        output.WriteLine($"from the end of a machine to the request for the address: {took:0.00} s");
        Assert.True(took < 1.5, $"{took:0.00} s");
        await cluster.Audit(2, most: 1, least: 1);
    }

    /// <summary>A migration, a snapshot, a host that is overcommitted: 400 ms are less than half of T.</summary>
    [NetFact]
    public async Task F03_A_machine_that_stands_still_for_less_than_half_of_T_is_not_replaced()
    {
        await using var cluster = await NamespaceCluster.Start(ground, new() { IntervalMs = 1000 });
        var (random, pauses) = (new Random(20261126), (int)Soak.Seconds(15, full: 200));
        await Task.Delay(5000);
        var term = await cluster.Term(1);
        for (var i = 0; i < pauses; i++)
        {
            await Task.Delay(random.Next(300, 1300));
            Both(cluster[1], Signal.Stop);
            Thread.Sleep(random.Next(100, 400));
            Both(cluster[1], Signal.Cont);
        }
        Assert.Equal(term, await cluster.Term(1));
        await cluster.Audit(1, most: 0);
    }

    private static void Both(Node node, Signal signal)
    {
        node.HaProxy!.SendToAll(signal);
        node.Agent!.Send(signal);
    }
}
