using System.Text.Json.Nodes;
using FlipAgent.E2E.Ground;
using FlipAgent.Harness;

namespace FlipAgent.E2E;

/// <summary>
/// Agents of 1.0.0 and of today in one cluster, as it is for a while in every upgrade node by node, and one in the place of the other on the same node.
/// </summary>
[Collection(OneAfterTheOther.Name)]
public class VersionTests(TestGround ground)
{
    [NetTheory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task F33_A_pair_of_two_versions_fails_over_and_back(int older)
    {
        await using var cluster = await NamespaceCluster.Prepare(ground);
        cluster[older].Program = FirstRelease.Agent;
        await Start(cluster);
        Assert.Equal(FirstRelease.Agent, Running(cluster[older]));
        Assert.Equal(Binary.Agent, Running(cluster[3 - older]));
        await HearEachOther(cluster);

        foreach (var (failed, successor, moves) in new[] { (1, 2, 1), (2, 1, 2) })
        {
            cluster[failed].HaProxy!.Kill();
            await cluster.Audit(successor, most: moves, least: moves);
            await ServedBy(cluster[successor]);
            cluster[failed].StartHaProxy();
            await Until.True(async () => await NamespaceCluster.Role(cluster[failed]) == "backup", cluster.Describe);
        }
        await HearEachOther(cluster);
        await cluster.Audit(1, most: 2);
    }

    [NetTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task F33_An_agent_goes_on_from_the_state_that_the_other_version_left(bool upgrade)
    {
        var (before, after) = upgrade ? (FirstRelease.Agent, Binary.Agent) : (Binary.Agent, FirstRelease.Agent);
        await using var cluster = await NamespaceCluster.Prepare(ground);
        foreach (var node in cluster.Nodes)
            node.Program = before;
        await Start(cluster);
        var term = await cluster.Term(1);
        Done(cluster[2].Ctl("maintenance", "on", "--reason", "a new disk"));
        await Until.True(async () => await InMaintenance(cluster[2]), cluster.Describe);

        // The master, within one boot: it resumes its role and its term.
        Done(cluster[1].Ctl("prepare-restart"));
        Replace(cluster[1], after);
        await Until.True(async () => await NamespaceCluster.Role(cluster[1]) == "master", cluster.Describe);
        Assert.Equal(after, Running(cluster[1]));
        Assert.True(await NamespaceCluster.Heard(cluster[1], "resumed"), await cluster.Describe());
        Assert.Equal(term, await cluster.Term(1));

        // The backup, as after a reboot: the runtime directory is empty, and nobody tells it the term.
        cluster[2].Deafen(cluster[1]);
        Replace(cluster[2], after, () => Directory.Delete(Path.Combine(cluster[2].Folder, "run"), recursive: true));
        await Until.True(async () => await NamespaceCluster.Role(cluster[2]) == "fault", cluster.Describe);
        Assert.Equal(after, Running(cluster[2]));
        Assert.True(await InMaintenance(cluster[2]), await cluster.Describe());
        Assert.Equal(term, await cluster.Term(2));
        cluster.Heal();
        Done(cluster[2].Ctl("maintenance", "off"));
        await HearEachOther(cluster);
        await cluster.Audit(1, most: 0);
    }

    [NetFact]
    public async Task F33_A_live_pair_is_upgraded_node_by_node_and_back_while_clients_watch_and_nothing_moves()
    {
        await using var cluster = await NamespaceCluster.Prepare(ground);
        foreach (var node in cluster.Nodes)
            node.Program = FirstRelease.Agent;
        await Start(cluster);
        var term = await cluster.Term(1);
        using var over = new CancellationTokenSource();
        var watching = Watch(over.Token);
        foreach (var (node, program) in new[] { (2, Binary.Agent), (1, Binary.Agent), (1, FirstRelease.Agent), (2, FirstRelease.Agent) })
        {
            // As the package does it after an upgrade.
            Done(cluster[node].Ctl("prepare-restart"));
            Replace(cluster[node], program);
            await Until.True(async () => await NamespaceCluster.Role(cluster[node]) == (node == 1 ? "master" : "backup"), cluster.Describe);
            Assert.Equal(program, Running(cluster[node]));
            await HearEachOther(cluster);
        }
        await over.CancelAsync();
        var (asked, failed) = await watching;
        Assert.Empty(failed);
        Assert.True(asked > 100, $"{asked} requests were made");
        Assert.Equal(term, await cluster.Term(1));
        await cluster.Audit(1, most: 0);
    }

    /// <summary>A client that asks the floating IP again and again, each time with a new connection.</summary>
    private async Task<(int Asked, List<string> Failed)> Watch(CancellationToken stop)
    {
        var (asked, failed) = (0, new List<string>());
        while (!stop.IsCancellationRequested)
        {
            using var client = ground.Network.Cloud.NewHttpClient(TimeSpan.FromSeconds(5));
            try
            {
                asked++;
                if (await client.GetStringAsync($"http://{NamespaceNetwork.FloatingIp}:{NamespaceNetwork.ServicePort}/", CancellationToken.None) is not "haproxy-1" and var answer)
                    failed.Add(answer);
            }
            catch (HttpRequestException e)
            {
                failed.Add(e.Message);
            }
            await Task.Delay(20, CancellationToken.None);
        }
        return (asked, failed);
    }

    private static async Task Start(NamespaceCluster cluster)
    {
        cluster[1].StartAgent();
        await cluster.Settled(1);
        cluster[2].StartAgent();
        await cluster.Audit(1, most: 0);
    }

    private static void Replace(Node node, string program, Action? between = null)
    {
        node.Agent!.Send(Signal.Term);
        Assert.Equal(0, node.Agent.WaitForExit(TimeSpan.FromSeconds(10)));
        between?.Invoke();
        node.Program = program;
        node.StartAgent();
    }

    /// <summary>And neither finds anything odd in the other, such as a configuration that it takes for another one.</summary>
    private static async Task HearEachOther(NamespaceCluster cluster)
    {
        foreach (var (node, peer) in new[] { (1, 1), (2, 0) })
        {
            await Until.True(
                async () => await cluster[node].Status() is { } status && (string?)status["verdict"] == "ok" && status["warnings"] is JsonArray { Count: 0 }
                    && status["nodes"]![peer] is { } other && (bool?)other["up"] == true && (bool?)other["hears_me"] == true,
                async () => $"{cluster[node].Name} hears the other, is heard, and has no warning\n{await cluster.Describe()}");
            Assert.False(await NamespaceCluster.Heard(cluster[node], "peer-rejected"), await cluster.Describe());
        }
    }

    private static async Task<bool> InMaintenance(Node node) =>
        await node.Status() is { } status && (bool?)status["maintenance"] == true && (string?)status["maintenance_reason"] == "a new disk";

    /// <summary>A client asks the floating IP.</summary>
    private async Task ServedBy(Node node)
    {
        using var client = ground.Network.Cloud.NewHttpClient(TimeSpan.FromSeconds(5));
        Assert.Equal(node.Name, await client.GetStringAsync($"http://{NamespaceNetwork.FloatingIp}:{NamespaceNetwork.ServicePort}/"));
    }

    private static string Running(Node node) => File.ResolveLinkTarget($"/proc/{node.Agent!.Id}/exe", returnFinalTarget: false)!.FullName;

    private static void Done(ProgramResult ran) => Assert.True(ran.Code == 0, ran.Text);
}

/// <summary>1.0.0 as tests/first-release.sh built it from the history.</summary>
internal static class FirstRelease
{
    public static string Agent
    {
        get
        {
            var path = Repository.PathOf("out/1.0.0/flipagent");
            return File.Exists(path) ? path : throw new InvalidOperationException($"{path} is missing: run tests/first-release.sh, which builds it from the history");
        }
    }
}
