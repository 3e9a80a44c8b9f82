using FlipAgent.E2E.Ground;
using FlipAgent.Harness;

namespace FlipAgent.E2E;

/// <summary>What the program says when it is given rubbish: the exit code that the documentation names, and a sentence that helps.</summary>
[Collection(OneAfterTheOther.Name)]
public class BadInputTests(TestGround ground)
{
    [NetTheory]
    [InlineData("  interval: 250ms", "  interval: [250ms", "flipagent.yaml:")]
    [InlineData("election:", "electoin:", "electoin", "election")]
    [InlineData("interval: 250ms", "intervall: 250ms", "intervall", "interval")]
    [InlineData("interval: 250ms", "interval: 250", "interval", "unit")]
    [InlineData("name: haproxy-2", "name: haproxy-1", "haproxy-1")]
    public async Task A_wrong_file_ends_the_start_with_8_and_says_where(string good, string bad, params string[] says)
    {
        await using var cluster = await NamespaceCluster.Prepare(ground);
        var text = await File.ReadAllTextAsync(cluster[1].Config);
        Assert.Contains(good, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(cluster[1].Config, text.Replace(good, bad, StringComparison.Ordinal));
        await Ends(cluster, cluster[1], 8, ["flipagent.yaml:", .. says]);
    }

    [NetFact]
    public async Task An_unknown_node_ends_the_start_with_8()
    {
        await using var cluster = await NamespaceCluster.Prepare(ground);
        var ran = Shell.Run(Binary.Agent, ["--config", cluster[1].Config, "--node", "haproxy-9"], environment: cluster[1].Environment);
        Assert.True(ran.Code == 8, ran.Text);
        Assert.Contains("haproxy-9", ran.Text, StringComparison.Ordinal);
        Assert.Contains("haproxy-1", ran.Text, StringComparison.Ordinal);
    }

    [NetFact]
    public void A_usage_error_ends_with_2()
    {
        foreach (var ran in new[] { Shell.Run(Binary.Agent, "--confg", "x"), Shell.Run(Binary.Ctl, "promoted"), Shell.Run(Binary.Ctl, "status", "--jason") })
        {
            Assert.True(ran.Code == 2, ran.Text);
            Assert.NotEqual("", ran.Error);
        }
    }

    [NetFact]
    public async Task The_client_without_an_agent_ends_with_3()
    {
        await using var cluster = await NamespaceCluster.Prepare(ground);
        var ran = cluster[1].Ctl("status");
        Assert.True(ran.Code == 3, ran.Text);
        Assert.Contains(cluster[1].Socket, ran.Text, StringComparison.Ordinal);
    }

    [NetTheory]
    [InlineData("cluster.key", "0644")]
    [InlineData("cluster.key", "missing")]
    [InlineData("do-token", "0644")]
    [InlineData("do-token", "missing")]
    [InlineData("do-token", "empty")]
    public async Task F61_A_secret_that_cannot_be_used_makes_a_degraded_agent_that_says_so(string secret, string flaw)
    {
        await using var cluster = await NamespaceCluster.Prepare(ground);
        var path = Path.Combine(cluster[2].Folder, secret);
        var content = await File.ReadAllTextAsync(path);
        switch (flaw)
        {
            case "missing": File.Delete(path); break;
            case "empty": NamespaceCluster.Secret(cluster[2], secret, ""); break;
            default: File.SetUnixFileMode(path, (UnixFileMode)0b110_100_100); break;
        }
        foreach (var node in cluster.Nodes)
            node.StartAgent();
        await Until.True(
            async () => await cluster[2].Status() is { } s && (string?)s["verdict"] == "degraded" && (string?)s["role"] == "backup"
                && s["warnings"]!.ToJsonString().Contains(secret, StringComparison.Ordinal),
            cluster.Describe);
        Assert.Equal(7, cluster[2].Ctl("status").Code);
        await cluster.NoSecrets();

        NamespaceCluster.Secret(cluster[2], secret, content.Trim());
        Assert.Equal(0, cluster[2].Ctl("reload").Code);
        await Until.True(async () => !(await cluster[2].Status())!["warnings"]!.ToJsonString().Contains(secret, StringComparison.Ordinal), cluster.Describe);
        await cluster.Audit(1, most: 0);
    }

    [NetFact]
    public async Task F43_A_wrong_token_is_an_alert_and_not_a_crash()
    {
        await using var cluster = await NamespaceCluster.Prepare(ground);
        NamespaceCluster.Secret(cluster[2], "do-token", cluster.Plant("dop_v1_" + NamespaceCluster.NewKey()));
        foreach (var node in cluster.Nodes)
            node.StartAgent();
        await cluster.Event(cluster[2], "token-refused");
        await cluster.Alert("refuses the token of haproxy-2 (401)");
        Assert.Equal("unauthorized", $"{(await cluster[2].Status())!["floating_ip"]!["api"]}");
        Assert.Equal(7, cluster[2].Ctl("status").Code);
        await cluster.Audit(1, most: 0);
    }

    [NetFact]
    public async Task An_address_that_is_already_bound_ends_the_start_with_1()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        var environment = new Dictionary<string, string>(cluster[1].Environment)
        {
            ["RUNTIME_DIRECTORY"] = Path.Combine(cluster[1].Folder, "second-run"),
            ["STATE_DIRECTORY"] = Path.Combine(cluster[1].Folder, "second-state"),
        };
        using var second = new OwnedProcess(
            new() { Network = cluster[1].Network, Log = Path.Combine(cluster[1].Folder, "second.log"), Environment = environment }, Binary.Agent, "--config", cluster[1].Config);
        Assert.Equal(1, second.WaitForExit(TimeSpan.FromSeconds(20)));
        Assert.Contains($"{cluster[1].Address}:5112", second.Output, StringComparison.Ordinal);
        await cluster.Audit(1, most: 0);
    }

    [NetFact]
    public async Task The_socket_of_a_living_agent_is_not_taken_and_the_start_ends_with_1()
    {
        await using var cluster = await NamespaceCluster.Start(ground, new() { Nodes = 3 });
        cluster[3].Agent!.Kill();
        var environment = new Dictionary<string, string>(cluster[3].Environment)
        {
            ["RUNTIME_DIRECTORY"] = Path.Combine(cluster[1].Folder, "run"),
            ["STATE_DIRECTORY"] = Path.Combine(cluster[3].Folder, "second-state"),
        };
        using var second = new OwnedProcess(
            new() { Network = cluster[3].Network, Log = Path.Combine(cluster[3].Folder, "second.log"), Environment = environment }, Binary.Agent, "--config", cluster[3].Config);
        Assert.Equal(1, second.WaitForExit(TimeSpan.FromSeconds(20)));
        Assert.Contains(cluster[1].Socket, second.Output, StringComparison.Ordinal);
        await cluster.Audit(1, most: 0);
    }

    private static async Task Ends(NamespaceCluster cluster, Node node, int code, string[] says)
    {
        node.StartAgent();
        var ended = node.Agent!.WaitForExit(TimeSpan.FromSeconds(20));
        Assert.True(ended == code, $"exit code {ended}, expected {code}\n{node.Log}");
        Assert.All(says, s => Assert.Contains(s, node.Log, StringComparison.Ordinal));
        await cluster.NoSecrets();
    }
}
