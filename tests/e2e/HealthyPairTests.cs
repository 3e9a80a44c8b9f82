using System.Diagnostics;
using System.Text.Json.Nodes;
using FlipAgent.E2E.Ground;
using FlipAgent.Harness;
using Xunit.Abstractions;

namespace FlipAgent.E2E;

/// <summary>Nothing goes wrong for a long time. The dullest test of all, and the one that most days are like.</summary>
[Collection(OneAfterTheOther.Name)]
public class HealthyPairTests(TestGround ground, ITestOutputHelper output)
{
    [NetFact]
    public async Task A_healthy_pair_makes_no_assign_and_changes_no_role()
    {
        await using var cluster = await NamespaceCluster.Start(ground, new() { IntervalMs = 1000 });
        var before = await Roles(cluster);
        var term = await cluster.Term(1);
        var (memory, clock, latest) = (cluster.Nodes.Select(Memory).ToList(), Stopwatch.StartNew(), 0.0);
        var length = Soak.Seconds(60, full: 600);
        await Until.Stays(
            async () =>
            {
                var (one, two) = (await cluster[1].Status(), await cluster[2].Status());
                latest = Math.Max(latest, Math.Max(Heard(one, 1), Heard(two, 0)));
                return await cluster.Lab.Holder() == cluster[1].Droplet && (string?)one?["role"] == "master" && (string?)two?["role"] == "backup" &&
                    (string?)one["verdict"] == "ok" && (string?)two["verdict"] == "ok" && await cluster.Assigns() == 0;
            },
            "haproxy-1 is master and holds the address, all is well, and nobody sends an assign", length);
        Assert.Equal(before, await Roles(cluster));
        Assert.Equal(term, await cluster.Term(1));
        var requests = (await cluster.Lab.History(cluster.Since, "request")).Count;
        // C5: the master looks each 30 s and so does the backup; the metadata service is asked each 2 s and is not counted here.
        output.WriteLine($"{clock.Elapsed.TotalSeconds:0} s: 0 assigns, 0 changes of a role, term {term}; an advert was {latest:0.00} s old at most; " +
            $"{requests} requests to the API; memory {string.Join(" and ", memory)} MB, then {string.Join(" and ", cluster.Nodes.Select(Memory))} MB");
        await cluster.Audit(1, most: 0);
    }

    /// <summary>Each change of a role that the agents tell of, since they started.</summary>
    private static async Task<int> Roles(NamespaceCluster cluster)
    {
        var changes = 0;
        foreach (var node in cluster.Nodes)
            changes += (await node.Get("v1/events?n=1000")).Split("\"event\":\"became-").Length - 1;
        Assert.True(changes >= 2, "each agent told what it became at its start");
        return changes;
    }

    private static double Heard(JsonNode? status, int peer) => (double?)status?["nodes"]?[peer]?["heard_s"] ?? 0;

    private static int Memory(Node node) => File.ReadAllLines($"/proc/{node.Agent!.Id}/status")
        .Where(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Select(l => int.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]) / 1024).Single();
}
