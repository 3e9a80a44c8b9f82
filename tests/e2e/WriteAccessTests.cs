using FlipAgent.E2E.Ground;

namespace FlipAgent.E2E;

/// <summary>Whether the token may move the floating IP is known before a failover needs it (rule C11).</summary>
[Collection(OneAfterTheOther.Name)]
public class WriteAccessTests(TestGround ground)
{
    [NetFact]
    public async Task C11_A_token_that_may_write_is_proven_without_a_move()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        Assert.Equal("unproven", await Write(cluster[1]));
        Assert.Contains("not proven (reserved_ip:update); a drill proves it", cluster[1].Ctl("doctor").Text);
        Assert.Contains("OK    write access: the token of haproxy-1 is allowed to move the floating IP", cluster[1].Ctl("doctor", "--prove-write").Text);
        await cluster.Event(cluster[1], "write-proven");
        Assert.Equal("proven", await Write(cluster[1]));
        // The one that nothing could come of.
        Assert.Equal([422], (await cluster.Lab.History(cluster.Since, "assign")).Select(e => e.Status));
        await cluster.Audit(1, most: 0);
    }

    [NetFact]
    public async Task C11_A_token_that_may_only_read_is_found_before_the_failover_that_needs_it()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        await cluster.Lab.Fault("\"on\":\"assign\",\"fault\":\"403\"");
        var said = cluster[1].Ctl("doctor", "--prove-write");
        Assert.NotEqual(0, said.Code);
        Assert.Contains("FAIL  write access: the token of haproxy-1 is not allowed to move the floating IP", said.Text);
        await cluster.Alert("the token of haproxy-1 is not allowed to move the floating IP");
        Assert.Equal("refused", await Write(cluster[1]));
        Assert.Contains("it lacks reserved_ip:update", cluster[1].Ctl("status").Text);
        await cluster.Audit(1, most: 0);
    }

    private static async Task<string?> Write(Node node) => (string?)(await node.Status())?["floating_ip"]?["write"];
}
