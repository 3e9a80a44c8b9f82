using FlipAgent.E2E.Ground;
using FlipAgent.Harness;

namespace FlipAgent.E2E;

/// <summary>A file that has the wrong droplet ids: the metadata service says who is who (rule S2).</summary>
[Collection(OneAfterTheOther.Name)]
public class IdentityTests(TestGround ground)
{
    [NetFact]
    public async Task S2_Ids_that_are_exchanged_in_the_file_are_announced_and_the_address_goes_where_HAProxy_runs()
    {
        await using var cluster = await NamespaceCluster.Prepare(ground);
        Write(cluster, cluster.Yaml().Replace("droplet_id: 101", "droplet_id: 0").Replace("droplet_id: 102", "droplet_id: 101").Replace("droplet_id: 0", "droplet_id: 102"));
        foreach (var node in cluster.Nodes)
            node.StartAgent();
        foreach (var node in cluster.Nodes)
            await Until.True(async () => await Identity(node) == "swapped", cluster.Describe, 40);
        await cluster.Alert("haproxy-1 is droplet 101, which the configuration has for haproxy-2");
        await cluster.Settled(1);
        var moves = await cluster.Assigns();
        cluster[1].HaProxy!.Kill();
        await cluster.Settled(2);
        await cluster.Audit(2, most: moves + 1, least: moves + 1);
        Assert.Contains("haproxy-2 is droplet 102, which the file has for haproxy-1; for haproxy-2 it says 101", cluster[2].Ctl("status").Text);
    }

    [NetFact]
    public async Task S2_A_node_whose_id_is_nobodys_in_the_file_never_gets_the_address_sent_elsewhere_and_the_other_one_serves()
    {
        await using var cluster = await NamespaceCluster.Prepare(ground);
        Write(cluster, cluster.Yaml().Replace("droplet_id: 102", $"droplet_id: {NamespaceNetwork.ForeignDroplet}"));
        foreach (var node in cluster.Nodes)
            node.StartAgent();
        await Until.True(async () => await Identity(cluster[2]) == "unknown", cluster.Describe, 40);
        await Until.True(async () => await Identity(cluster[1]) == "right", cluster.Describe);
        await cluster.Alert($"haproxy-2 is droplet 102, but the configuration says {NamespaceNetwork.ForeignDroplet}");
        await Until.True(async () => (bool?)(await cluster[2].Status())?["fit"] == false, cluster.Describe);
        Assert.NotEqual(0, cluster[2].Ctl("promote").Code);
        await cluster.NothingMoves(3);
        await cluster.Audit(1, most: 0);
    }

    private static void Write(NamespaceCluster cluster, string yaml)
    {
        foreach (var node in cluster.Nodes)
            File.WriteAllText(node.Config, yaml);
    }

    private static async Task<string?> Identity(Node node) => (string?)(await node.Status())?["identity"]?["state"];
}
