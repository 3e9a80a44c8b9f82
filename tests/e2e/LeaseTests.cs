using System.Globalization;
using FlipAgent.E2E.Ground;
using FlipAgent.Harness;
using Xunit.Abstractions;

namespace FlipAgent.E2E;

/// <summary>A lease in three real etcd servers (rule E15): two masters never, and the address ends at the master.</summary>
[Collection(OneAfterTheOther.Name)]
public sealed class LeaseTests(TestGround ground, ITestOutputHelper output)
{
    private const int Ttl = 3;

    /// <summary>Ten failures in turn over three nodes, none of which moves the address twice within 5 s (rule C8).</summary>
    [NetFact]
    public async Task From_the_kill_to_the_request_it_takes_less_than_50_ms_with_a_lease()
    {
        using var store = StoreGround.Start(ground);
        await using var cluster = await NamespaceCluster.Start(ground, Options(nodes: 3));
        var took = new List<double>();
        var master = 1;
        for (var round = 0; round < 10; round++)
        {
            await Until.True(async () => await AllFit(cluster), cluster.Describe, 30);
            await Task.Delay(1500);
            var before = await cluster.Lab.LatestEntry();
            var killed = DateTimeOffset.UtcNow;
            cluster[master].HaProxy!.Kill();
            await Until.True(async () => (await cluster.Lab.History(before, "assign")).Count > 0, cluster.Describe, 30);
            took.Add(((await cluster.Lab.History(before, "assign"))[0].At - killed).TotalMilliseconds);
            var failed = master;
            master = cluster.Nodes.Single(n => n.Number != failed && NamespaceCluster.Role(n).GetAwaiter().GetResult() == "master").Number;
            await cluster.Settled(master);
            cluster[failed].StartHaProxy();
        }
        took.Sort();
        output.WriteLine($"kill to request with a lease, ms: {string.Join(' ', took.Select(t => t.ToString("0", CultureInfo.InvariantCulture)))}; median {took[5]:0}");
        Assert.True(took[5] < 50, $"median {took[5]:0} ms of {string.Join(' ', took)}");
    }

    [NetTheory]
    [InlineData(2)]
    [InlineData(5)]
    public async Task Cut_off_from_the_store_a_master_steps_down_and_another_takes_over(int nodes)
    {
        using var store = StoreGround.Start(ground);
        await using var cluster = await NamespaceCluster.Start(ground, Options(nodes));
        await using var watch = new MasterWatch(cluster.Nodes);
        // The other node first: nothing depends on it.
        cluster[2].CutStore();
        await cluster.NothingMoves(Ttl + 2);
        cluster.Heal();
        await Until.True(async () => (string?)(await cluster[1].Status())!["verdict"] == "ok", cluster.Describe, 20);
        cluster[1].CutStore();
        var master = await Masters.Next(cluster, Ttl + 6);
        await cluster.Audit(master, most: 1, least: 1);
        await cluster.Event(cluster[1], "lease-lost");
        Assert.Equal(5, cluster[1].Ctl("promote", "--yes").Code);
        cluster.Heal();
        await Until.True(async () => (string?)(await cluster[master].Status())!["verdict"] == "ok", cluster.Describe, 20);
        await cluster.Audit(master, most: 1, least: 1);
        Assert.True(await watch.NeverTwo() > 20);
    }

    [NetFact]
    public async Task While_the_store_is_away_nobody_is_master_and_the_service_goes_on()
    {
        using var store = StoreGround.Start(ground);
        await using var cluster = await NamespaceCluster.Start(ground, Options());
        await using var watch = new MasterWatch(cluster.Nodes);
        foreach (var node in cluster.Nodes)
            node.CutStore();
        await Until.True(async () => await NamespaceCluster.Role(cluster[1]) == "backup", cluster.Describe, Ttl + 3);
        await Until.Stays(async () => await Masters.Of(cluster) == 0 && await cluster.Lab.Holder() == cluster[1].Droplet, "nobody is master, and the address stays", 2 * Ttl);
        foreach (var node in cluster.Nodes)
            Assert.Equal("degraded", (string?)(await node.Status())!["verdict"]);
        await cluster.Alert("No failover is possible");
        Assert.Single(await cluster.Messages(), m => m.Contains("store of the lease", StringComparison.Ordinal));
        cluster.Heal();
        // The time of a lease, one round trip, and what this machine takes.
        await Until.True(async () => await NamespaceCluster.Role(cluster[1]) == "master", cluster.Describe, Ttl + 1.5);
        await cluster.Audit(1, most: 0);
        Assert.True(await watch.NeverTwo() > 20);
    }

    [NetTheory]
    [InlineData(2)]
    [InlineData(5)]
    public async Task A_partition_of_the_nodes_moves_nothing_and_never_makes_two_masters(int nodes)
    {
        using var store = StoreGround.Start(ground);
        await using var cluster = await NamespaceCluster.Start(ground, Options(nodes, guard: false));
        await using var watch = new MasterWatch(cluster.Nodes);
        foreach (var other in cluster.Nodes.Skip(1))
        {
            cluster[1].Deafen(other);
            other.Deafen(cluster[1]);
        }
        // Without a guard another would take over at D; the lease forbids it.
        await cluster.NothingMoves(3 * Ttl);
        await cluster.Event(cluster[2], "lease-elsewhere");
        // Now the master is cut off from everything but its clients and the cloud.
        cluster[1].CutStore();
        // With the address: a new master that hears of a fit holder before it has claimed would hand the mastership back.
        var master = await Masters.Next(cluster, Ttl + 6, withAddress: true);
        Assert.Equal("backup", await NamespaceCluster.Role(cluster[1]));
        cluster.Heal();
        await cluster.Audit(master, most: 1, least: 1);
        Assert.True(await watch.NeverTwo() > 20);
    }

    [NetFact]
    public async Task A_killed_leader_of_the_store_moves_nothing()
    {
        using var store = StoreGround.Start(ground);
        await using var cluster = await NamespaceCluster.Start(ground, Options());
        await using var watch = new MasterWatch(cluster.Nodes);
        for (var i = 0; i < 2; i++)
        {
            var leader = store.Leader();
            store.Kill(leader);
            await cluster.NothingMoves(Ttl + 1);
            store.Start(leader);
            store.Await(leader);
        }
        await watch.NeverTwo();
    }

    [NetTheory]
    [InlineData(2)]
    [InlineData(5)]
    public async Task A_master_whose_machine_stood_still_for_longer_than_the_lease_is_none(int nodes)
    {
        using var store = StoreGround.Start(ground);
        await using var cluster = await NamespaceCluster.Start(ground, Options(nodes));
        await using var watch = new MasterWatch(cluster.Nodes);
        // The agent alone: the service answers, so nothing moves, and nobody is master until it goes on.
        cluster[1].Agent!.Send(Signal.Stop);
        await Task.Delay(TimeSpan.FromSeconds(Ttl + 2));
        cluster[1].Agent!.Send(Signal.Cont);
        await cluster.Audit(1, most: 0);
        // The machine.
        cluster[1].Agent!.Send(Signal.Stop);
        cluster[1].HaProxy!.Send(Signal.Stop);
        var master = await Masters.Next(cluster, Ttl + 15, withAddress: true);
        cluster[1].Agent!.Send(Signal.Cont);
        cluster[1].HaProxy!.Send(Signal.Cont);
        await cluster.Audit(master, most: 1, least: 1);
        Assert.True(await watch.NeverTwo() > 20);
    }

    [NetFact]
    public async Task A_restarted_agent_goes_on_with_the_lease_that_it_had()
    {
        using var store = StoreGround.Start(ground);
        await using var cluster = await NamespaceCluster.Start(ground, Options());
        await using var watch = new MasterWatch(cluster.Nodes.Skip(1));
        var term = await cluster.Term(1);
        Assert.Equal(0, cluster[1].Ctl("prepare-restart").Code);
        cluster[1].Agent!.Send(Signal.Term);
        await Until.True(() => Task.FromResult(!cluster[1].AgentRuns), cluster.Describe, 10);
        cluster[1].StartAgent();
        await cluster.Audit(1, most: 0);
        var now = await cluster.Term(1);
        Assert.True(term == now, $"term {term} is {now}\n{await cluster.Describe()}");
        Assert.Equal(0, await watch.NeverTwo());
    }

    private static ClusterOptions Options(int nodes = 2, bool guard = true) => new() { Nodes = nodes, Guard = guard, Election = StoreGround.Yaml(Ttl) };

    private static async Task<bool> AllFit(NamespaceCluster cluster)
    {
        foreach (var node in cluster.Nodes)
            if (await NamespaceCluster.Role(node) is not ("master" or "backup"))
                return false;
        return true;
    }
}
