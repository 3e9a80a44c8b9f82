using FlipAgent.E2E.Ground;
using FlipAgent.Harness;

namespace FlipAgent.E2E;

/// <summary>Wires are cut between nodes, in one direction or both, and to the cloud.</summary>
[Collection(OneAfterTheOther.Name)]
public class NetworkFaultTests(TestGround ground)
{
    private static readonly ClusterOptions s_noGuard = new() { Guard = false };

    [NetFact]
    public async Task F19_The_backup_does_not_hear_the_master_and_with_a_guard_nothing_moves()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        cluster[2].Deafen(cluster[1]);
        await cluster.Alert("agent of haproxy-1 silent, service alive");
        await cluster.NothingMoves(3);
        await Until.True(async () => (await cluster[1].Status())!["warnings"]!.ToJsonString().Contains("haproxy-2 does not hear this node", StringComparison.Ordinal), cluster.Describe);
        cluster.Heal();
        await cluster.Audit(1, most: 0);
    }

    [NetFact]
    public async Task F19_The_backup_does_not_hear_the_master_and_without_a_guard_the_master_yields_to_the_higher_term()
    {
        await using var cluster = await NamespaceCluster.Start(ground, s_noGuard);
        var term = await cluster.Term(1);
        cluster[2].Deafen(cluster[1]);
        await cluster.Audit(2, most: 1, least: 1);
        Assert.Equal(term + 1, await cluster.Term(1));
        cluster.Heal();
        await cluster.Audit(2, most: 1);
    }

    [NetFact]
    public async Task F20_The_master_does_not_hear_the_backup_and_nothing_changes()
    {
        await using var cluster = await NamespaceCluster.Start(ground, s_noGuard);
        cluster[1].Deafen(cluster[2]);
        await cluster.Event(cluster[1], "peer-silent");
        await cluster.NothingMoves(3);
        await cluster.Audit(1, most: 0);
        cluster.Heal();
        await cluster.Audit(1, most: 0);
    }

    [NetFact]
    public async Task F21_F22_A_partition_with_a_guard_moves_nothing_and_both_alert()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        cluster.Partition();
        await cluster.Alert("agent of haproxy-1 silent, service alive");
        await cluster.Alert("haproxy-2 is silent");
        await cluster.NothingMoves(4);
        cluster.Heal();
        await cluster.Audit(1, most: 0);
    }

    [NetFact]
    public async Task F21_F22_A_partition_without_a_guard_moves_the_address_once_and_the_old_master_steps_back()
    {
        await using var cluster = await NamespaceCluster.Start(ground, s_noGuard);
        cluster.Partition();
        await Until.True(async () => await cluster.Lab.Holder() == cluster[2].Droplet, cluster.Describe);
        await cluster.Event(cluster[1], "superseded", 15);
        await Until.Stays(async () => await NamespaceCluster.Role(cluster[1]) == "backup" && await cluster.Assigns() == 1, "the old master is backup and sends no assign", 3);
        cluster.Heal();
        await cluster.Audit(2, most: 1, least: 1);
    }

    [NetFact]
    public async Task F65_A_partition_with_the_API_reachable_by_the_master_only_moves_nothing()
    {
        await using var cluster = await NamespaceCluster.Start(ground, s_noGuard);
        cluster[2].CutApi();
        cluster.Partition();
        await cluster.NothingMoves(6);
        Assert.Equal("backup", await NamespaceCluster.Role(cluster[2]));
        cluster.Heal();
        await cluster.Audit(1, most: 0);
    }

    [NetTheory]
    [InlineData("digitalocean")]
    [InlineData("hetzner")]
    public async Task F47_A_partition_with_the_API_reachable_by_the_backup_only_moves_the_address_once(string provider)
    {
        await using var cluster = await NamespaceCluster.Start(ground, s_noGuard with { Provider = provider });
        cluster[1].CutApi();
        cluster.Partition();
        await Until.True(async () => await cluster.Lab.Holder() == cluster[2].Droplet, cluster.Describe);
        await Until.Stays(async () => await cluster.Assigns() == 1, "one assign", 3);
        cluster.Heal();
        await cluster.Audit(2, most: 1, least: 1);
    }

    [NetFact]
    public async Task F46_A_partition_with_the_API_reachable_by_nobody_moves_nothing()
    {
        await using var cluster = await NamespaceCluster.Start(ground, s_noGuard);
        cluster[1].CutApi();
        cluster[2].CutApi();
        cluster.Partition();
        await cluster.NothingMoves(6);
        cluster.Heal();
        await cluster.Audit(1, most: 0);
    }

    [NetTheory]
    [InlineData("digitalocean")]
    [InlineData("hetzner")]
    public async Task F47_The_successor_is_the_node_that_reaches_the_API(string provider)
    {
        await using var cluster = await NamespaceCluster.Prepare(ground, new() { Nodes = 3, Provider = provider });
        cluster[2].CutApi();
        foreach (var node in cluster.Nodes)
            node.StartAgent();
        await cluster.Settled(1);
        await Until.True(async () => (string?)(await cluster[1].Status())!["nodes"]![1]!["api"] == "failing", cluster.Describe);
        cluster[1].HaProxy!.Kill();
        await cluster.Audit(3, most: 1, least: 1);
    }

    [NetFact]
    public async Task F23_A_third_of_all_adverts_is_lost_and_nothing_moves()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        cluster[1].Lose(30);
        cluster[2].Lose(30);
        await cluster.NothingMoves(Soak.Seconds(30, full: 600));
        cluster.Heal();
        await cluster.Audit(1, most: 0);
    }

    /// <summary>Both witnesses are half blind: adverts and probes are lost alike, and neither proves anything.</summary>
    [NetFact]
    public async Task F23_A_third_of_all_packets_is_lost_those_of_the_guard_too_and_nothing_moves()
    {
        await using var cluster = await NamespaceCluster.Start(ground, new() { IntervalMs = 1000 });
        await Task.Delay(5000);
        foreach (var node in cluster.Nodes)
        {
            node.Lose(30);
            node.LoseService(30);
        }
        await cluster.NothingMoves(Soak.Seconds(15, full: 600));
        cluster.Heal();
        await cluster.Audit(1, most: 0);
    }

    [NetFact]
    public async Task F31_Three_nodes_die_one_after_the_other_and_the_last_one_serves()
    {
        await using var cluster = await NamespaceCluster.Start(ground, new() { Nodes = 3 });
        cluster[1].PowerOff();
        await cluster.Audit(2, most: 1, least: 1);
        cluster[2].PowerOff();
        await cluster.Audit(3, most: 2, least: 2);
    }

    [NetFact]
    public async Task F70_One_link_of_three_is_cut_and_nothing_changes()
    {
        await using var cluster = await NamespaceCluster.Start(ground, new() { Nodes = 3, Guard = false });
        var term = await cluster.Term(1);
        cluster[1].Deafen(cluster[3]);
        cluster[3].Deafen(cluster[1]);
        await cluster.NothingMoves(5);
        await cluster.Audit(1, most: 0);
        Assert.Equal(term, await cluster.Term(3));
    }
}
