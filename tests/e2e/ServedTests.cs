using FlipAgent.E2E.Ground;
using FlipAgent.Harness;

namespace FlipAgent.E2E;

/// <summary>Green means that clients are served (rules S1, C10): HAProxy listens where no traffic arrives, and all checks of the node are up.</summary>
[Collection(OneAfterTheOther.Name)]
public class ServedTests(TestGround ground)
{
    [NetFact]
    public async Task C10_A_planned_move_to_a_node_that_does_not_serve_is_taken_back_once_and_nobody_has_to_do_anything()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        await Until.True(async () => await Served(cluster[1]) == "answers" && await Verdict(cluster[1]) == "ok", cluster.Describe);
        // Each has seen the other serve, as after any maintenance.
        Assert.Equal(0, cluster[1].Ctl("release").Code);
        await cluster.Settled(2);
        await Until.True(async () => await Served(cluster[2]) == "answers" && (string?)Sees(await cluster[2].Status(), 1) == "ok", cluster.Describe);
        cluster[1].BindHaProxyLocally();
        try
        {
            await Until.True(async () => (bool)(await cluster[1].Status())!["fit"]!, cluster.Describe);
            // No more than one move away from a fit holder is left after it (C8): there, there again, and back.
            Assert.Equal(0, cluster[2].Ctl("release").Code);
            await cluster.Event(cluster[1], "taken-back");
            await cluster.Settled(2);
            await cluster.Alert("the move to haproxy-1 did not help");
            await Until.True(async () => await Served(cluster[2]) == "answers", cluster.Describe);
            Assert.Contains("haproxy-1 ranks last", cluster[2].Ctl("status").Text);
            await Until.Stays(async () => await cluster.Lab.Holder() == cluster[2].Droplet && await cluster.Assigns() == 3, "nobody moves it again", 8);
        }
        finally
        {
            cluster[1].HaProxy!.Kill(); // The next test starts it anew.
        }
    }

    [NetFact]
    public async Task S1_A_master_whose_service_no_client_reaches_is_critical_on_every_node_with_where_to_look()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        await Until.True(async () => await Served(cluster[1]) == "answers" && await Served(cluster[2]) == "answers", cluster.Describe);
        cluster[1].CutClients();
        foreach (var node in cluster.Nodes)
            await Until.True(async () => await Served(node) == "dead" && await Verdict(node) == "critical", cluster.Describe);
        var said = cluster[2].Ctl("status");
        Assert.Contains("but nobody is served: no node sees the service answer through it", said.Text);
        Assert.Contains("look at HAProxy's bind lines on haproxy-1, its droplet_id, and the firewall", said.Text);
        await cluster.Alert("nobody is served");
        Assert.Contains("flipagent_service_state{state=\"dead\",address=", await cluster[1].Get("metrics"));
        cluster[1].Mend();
        await cluster.Event(cluster[1], "service-answers");
        await Until.True(async () => await Verdict(cluster[1]) == "ok" && await Verdict(cluster[2]) == "ok", cluster.Describe);
        await cluster.Audit(1, most: 0);
    }

    private static async Task<string?> Served(Node node) => (string?)(await node.Status())?["floating_ip"]?["served"];

    private static async Task<string?> Verdict(Node node) => (string?)(await node.Status())?["verdict"];

    private static System.Text.Json.Nodes.JsonNode? Sees(System.Text.Json.Nodes.JsonNode? status, int node) => status?["nodes"]?[node - 1]?["sees"];
}
