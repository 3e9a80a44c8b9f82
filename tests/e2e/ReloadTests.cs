using System.Text.Json.Nodes;
using FlipAgent.E2E.Ground;
using FlipAgent.Harness;

namespace FlipAgent.E2E;

/// <summary>Keys that differ, keys that rotate, files that are wrong, names that are doubled.</summary>
[Collection(OneAfterTheOther.Name)]
public class ReloadTests(TestGround ground)
{
    [NetFact]
    public async Task A_different_key_on_one_node_is_shown_by_both_and_never_looks_like_silence()
    {
        await using var cluster = await NamespaceCluster.Prepare(ground);
        NamespaceCluster.Secret(cluster[2], "cluster.key", cluster.Plant(NamespaceCluster.NewKey()));
        foreach (var node in cluster.Nodes)
            node.StartAgent();
        await Shows(cluster, cluster[1], "hearing haproxy-2, but");
        await Shows(cluster, cluster[2], "hearing haproxy-1, but");
        Assert.Contains("key", $"{(await cluster[1].Status())!["nodes"]![1]!["rejected"]}", StringComparison.Ordinal);
        for (var i = 0; i < 100 && await NamespaceCluster.Role(cluster[2]) == "starting"; i++)
            await Task.Delay(100);
        Assert.Equal("backup", await NamespaceCluster.Role(cluster[2]));

        NamespaceCluster.Secret(cluster[2], "cluster.key", cluster.Key);
        var reloaded = cluster[2].Ctl("reload");
        Assert.True(reloaded.Code == 0, reloaded.Text);
        await cluster.Audit(1, most: 0);
    }

    [NetFact]
    public async Task F60_A_key_is_rotated_in_three_reloads_with_no_gap()
    {
        await using var cluster = await NamespaceCluster.Start(ground, new() { Guard = false });
        var term = await cluster.Term(1);
        var next = cluster.Plant(NamespaceCluster.NewKey());
        foreach (var keys in new[] { $"1:{cluster.Key}\n2:{next}", $"2:{next}\n1:{cluster.Key}", $"2:{next}" })
        {
            foreach (var node in cluster.Nodes)
            {
                NamespaceCluster.Secret(node, "cluster.key", keys);
                var reloaded = node.Ctl("reload");
                Assert.True(reloaded.Code == 0, reloaded.Text);
                await cluster.NothingMoves(1); // About D: a gap would show.
            }
        }
        foreach (var node in cluster.Nodes)
        {
            Assert.False(await NamespaceCluster.Heard(node, "peer-silent"), await cluster.Describe());
            Assert.False(await NamespaceCluster.Heard(node, "peer-rejected"), await cluster.Describe());
        }
        Assert.Equal(term, await cluster.Term(2));
        await cluster.Audit(1, most: 0);
    }

    [NetFact]
    public async Task F59_An_invalid_file_is_refused_by_reload_and_the_agent_runs_on()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        var good = await File.ReadAllTextAsync(cluster[1].Config);
        await File.WriteAllTextAsync(cluster[1].Config, good.Replace("priority: 150", "priority: 1500", StringComparison.Ordinal) + "chekcs: []\n");
        var refused = cluster[1].Ctl("reload");
        Assert.Equal(8, refused.Code);
        Assert.Contains("flipagent.yaml:", refused.Text, StringComparison.Ordinal);
        Assert.Contains("1500", refused.Text, StringComparison.Ordinal);
        Assert.Contains("chekcs", refused.Text, StringComparison.Ordinal);
        await cluster.NothingMoves(2);
        await File.WriteAllTextAsync(cluster[1].Config, good);
        Assert.Equal(0, cluster[1].Ctl("reload").Code);
        await cluster.Audit(1, most: 0);
    }

    [NetFact]
    public async Task F59_A_lower_priority_by_reload_steals_nothing()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        foreach (var node in cluster.Nodes)
        {
            var text = await File.ReadAllTextAsync(node.Config);
            await File.WriteAllTextAsync(node.Config, text.Replace("priority: 150", "priority: 50", StringComparison.Ordinal));
            Assert.Equal(0, node.Ctl("reload").Code);
        }
        await cluster.NothingMoves(3);
        Assert.Equal(50, (int)(await cluster[2].Status())!["nodes"]![0]!["priority"]!);
        await cluster.Audit(1, most: 0);
    }

    [NetFact]
    public async Task F32_A_clone_that_claims_the_name_of_a_node_is_rejected_and_counted()
    {
        await using var cluster = await NamespaceCluster.Start(ground, new() { Nodes = 3 });
        // The third machine is turned into a copy of the second: its name, its secrets, but not its address.
        cluster[3].Agent!.Send(Signal.Term);
        Assert.Equal(0, cluster[3].Agent!.WaitForExit(TimeSpan.FromSeconds(10)));
        var text = await File.ReadAllTextAsync(cluster[2].Config);
        var clone = string.Join('\n', text.Split('\n').Where(l => !l.Contains("name: haproxy-3", StringComparison.Ordinal)))
            .Replace($"name: haproxy-2, address: {cluster[2].Address}", $"name: haproxy-2, address: {cluster[3].Address}", StringComparison.Ordinal);
        await File.WriteAllTextAsync(cluster[3].Config, clone);
        cluster[3].StartAgent();
        await Until.True(
            async () => (await cluster[1].Get("metrics")).Split('\n').Any(l => l.StartsWith("flipagent_advertisements_dropped_total{", StringComparison.Ordinal)
                && !l.EndsWith(" 0", StringComparison.Ordinal)),
            cluster.Describe);
        await Shows(cluster, cluster[1], "hearing haproxy-3, but");
        await Until.True(async () => (await cluster[1].Get("v1/events?n=1000")).Contains("two machines use the same node name", StringComparison.Ordinal), cluster.Describe);
        await cluster.NothingMoves(3);
        cluster[3].Agent!.Kill();
        await cluster.Audit(1, most: 0);
    }

    [NetFact]
    public async Task Curl_gets_the_documented_status_from_the_socket()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        var status = JsonNode.Parse(Shell.Must("curl", "-sS", "--unix-socket", cluster[2].Socket, "http://x/v1/status"))!;
        Assert.Equal(1, (int)status["schema"]!);
        Assert.Equal(("e2e", "haproxy-2", "backup", "haproxy-1"), ($"{status["cluster"]}", $"{status["node"]}", $"{status["role"]}", $"{status["master"]}"));
        Assert.Equal(("10.77.0.100", "haproxy-1", 101), ($"{status["floating_ip"]!["address"]}", $"{status["floating_ip"]!["holder"]}", (int)status["floating_ip"]!["holder_id"]!));
        Assert.Equal(["haproxy-1", "haproxy-2"], status["nodes"]!.AsArray().Select(n => $"{n!["name"]}"));
        await cluster.Audit(1, most: 0);
    }

    private static Task Shows(NamespaceCluster cluster, Node node, string warning) => Until.True(
        async () => $"{(await node.Status())?["warnings"]?.ToJsonString()}".Contains(warning, StringComparison.Ordinal),
        async () => $"{node.Name} shows \"{warning}\"\n{await cluster.Describe()}");
}
