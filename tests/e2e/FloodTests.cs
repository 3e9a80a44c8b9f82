using System.Globalization;
using FlipAgent.E2E.Ground;
using FlipAgent.Harness;
using Xunit.Abstractions;

namespace FlipAgent.E2E;

/// <summary>
/// A program on the master's machine sends 10,000 datagrams a second to the backup's agent. It must neither keep the backup from hearing its master nor
/// from hearing that the master gives up.
/// </summary>
[Collection(OneAfterTheOther.Name)]
public class FloodTests(TestGround ground, ITestOutputHelper output)
{
    private static readonly ClusterOptions s_noGuard = new() { Guard = false };

    [NetTheory]
    [InlineData(false)] // any user, from a port of its own
    [InlineData(true)] // root, with the port of the agent
    public async Task F25_A_flood_from_the_masters_machine_moves_nothing_and_is_reported_once(bool forged)
    {
        await using var cluster = await NamespaceCluster.Start(ground, s_noGuard);
        using var flooder = new Flooder(cluster[1], cluster[2], 8, forged);
        var oldest = 0.0;
        await Until.Stays(
            async () =>
            {
                oldest = Math.Max(oldest, (double?)(await cluster[2].Status())?["nodes"]?[0]?["heard_s"] ?? 99);
                return await cluster.Lab.Holder() == cluster[1].Droplet && await NamespaceCluster.Role(cluster[1]) == "master" && await cluster.Assigns() == 0;
            },
            "haproxy-1 is master, holds the floating IP, and nobody sends an assign", 7);
        var sent = flooder.Sent();
        Assert.False(await NamespaceCluster.Heard(cluster[2], "peer-silent"), await cluster.Describe());
        Assert.True(oldest < 0.9, $"the backup did not hear its master for {oldest} s, three intervals of 250 ms and more"); // D is 0.9 s
        var dropped = await Dropped(cluster[2], forged ? "bad-mac" : "wrong-port");
        Assert.InRange(dropped, sent / 2, sent);
        var events = await cluster[2].Get("v1/events?n=1000");
        Assert.Equal(1, events.Split("\"event\":\"peer-rejected\"").Length - 1);
        output.WriteLine($"{sent} datagrams, {dropped} dropped; the backup had heard its master {oldest:0.00} s ago at most");
        await cluster.Audit(1, most: 0);
    }

    [NetTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task F25_A_failover_under_a_flood_takes_no_more_than_twice_the_time_of_a_quiet_one(bool forged)
    {
        var rounds = (int)Soak.Seconds(3, full: 10);
        List<double> quiet = [], flooded = [];
        for (var round = 0; round < rounds; round++)
        {
            quiet.Add(await Failover(forged: null));
            flooded.Add(await Failover(forged));
        }
        output.WriteLine($"HAProxy killed until the floating IP moved, ms: quiet {Say(quiet)}; flooded {Say(flooded)}");
        Assert.True(Median(flooded) <= 2 * Median(quiet), $"quiet {Say(quiet)}, flooded {Say(flooded)}");
    }

    [NetFact]
    public async Task F26_Address_translation_between_the_nodes_is_named()
    {
        await using var cluster = await NamespaceCluster.Prepare(ground);
        ground.Network.TranslatePort(1, on: true);
        try
        {
            foreach (var node in cluster.Nodes)
                node.StartAgent();
            await Until.True(
                async () => (await cluster[2].Status())?["warnings"]!.ToJsonString().Contains("hearing haproxy-1, but datagrams from its address come from another port", StringComparison.Ordinal) == true,
                cluster.Describe);
            await cluster.Alert("come from another port");
            Assert.True(await Dropped(cluster[2], "wrong-port") > 0);
        }
        finally
        {
            ground.Network.TranslatePort(1, on: false);
        }
        await cluster.Audit(1, most: 0);
    }

    /// <summary>From the death of HAProxy on the master until the cloud moved the address, in milliseconds.</summary>
    /// <param name="forged">Null: without a flood.</param>
    private async Task<double> Failover(bool? forged)
    {
        await using var cluster = await NamespaceCluster.Start(ground, s_noGuard);
        using var flooder = forged is { } port ? new Flooder(cluster[1], cluster[2], 8, port) : null;
        await Task.Delay(forged is null ? 0 : 2000);
        Assert.True(flooder is not { Runs: false }, "the flood is over before it begins");
        Assert.Equal(cluster[1].Droplet, await cluster.Lab.Holder());
        var start = DateTimeOffset.UtcNow;
        cluster[1].HaProxy!.Kill();
        await cluster.Settled(2);
        var moved = (await cluster.Lab.History(cluster.Since, "holder"))[^1].At;
        _ = flooder?.Sent();
        await cluster.Audit(2, most: 1, least: 1);
        return (moved - start).TotalMilliseconds;
    }

    private static async Task<double> Dropped(Node node, string reason) => (await node.Get("metrics")).Split('\n')
        .Where(line => line.Contains($"advertisements_dropped_total{{reason=\"{reason}\",", StringComparison.Ordinal))
        .Select(line => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)).SingleOrDefault();

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);

    private static string Say(List<double> times) => string.Join(' ', times.Order().Select(t => t.ToString("0", CultureInfo.InvariantCulture)));
}
