using FlipAgent.E2E.Ground;
using FlipAgent.Harness;

namespace FlipAgent.E2E;

/// <summary>The failure test and the reverting at the other clouds, and what the API of Hetzner Cloud can do to a claim.</summary>
[Collection(OneAfterTheOther.Name)]
public class OtherProviderTests(TestGround ground)
{
    [NetTheory]
    [InlineData("hetzner")]
    [InlineData("exec")]
    public async Task HAProxy_dies_and_comes_back(string provider)
    {
        await using var cluster = await NamespaceCluster.Start(ground, new() { Provider = provider });
        cluster[1].HaProxy!.Kill();
        await cluster.Audit(2, most: 1, least: 1);
        cluster[1].StartHaProxy();
        await Until.True(async () => await NamespaceCluster.Role(cluster[1]) == "backup", cluster.Describe);
        await Until.Stays(async () => await cluster.Lab.Holder() == cluster[2].Droplet, "nothing moves back by itself", 2);
        cluster[2].Agent!.Send(Signal.Term);
        await cluster.Audit(1, most: 2, least: 2);
    }

    [NetTheory]
    [InlineData("F35", "\"on\":\"assign\",\"fault\":\"429-hourly\",\"next\":1,\"reset_in_s\":2")]
    [InlineData("F36", "\"on\":\"api\",\"fault\":\"500\",\"next\":3")]
    [InlineData("F36", "\"on\":\"api\",\"fault\":\"504-html\",\"next\":3")]
    [InlineData("F36", "\"on\":\"api\",\"fault\":\"broken-json\",\"next\":3")]
    [InlineData("F36", "\"on\":\"api\",\"fault\":\"other-json\",\"next\":3")]
    [InlineData("F38", "\"on\":\"assign\",\"fault\":\"accept-then-reset\",\"next\":1")]
    [InlineData("F39", "\"on\":\"assign\",\"fault\":\"422\",\"next\":1")]
    [InlineData("F39", "\"on\":\"assign\",\"fault\":\"409\",\"next\":1")]
    [InlineData("F41", "\"on\":\"assign\",\"fault\":\"action-errored\",\"next\":1")]
    [InlineData("F42", "\"on\":\"assign\",\"fault\":\"action-404\",\"next\":1")]
    [InlineData("F42", "\"on\":\"assign\",\"fault\":\"action-done\",\"next\":1")]
    [InlineData("F46", "\"on\":\"api\",\"fault\":\"reset\",\"next\":3")]
    [InlineData("F46", "\"on\":\"api\",\"fault\":\"503\",\"next\":3")]
    public async Task The_API_of_Hetzner_Cloud_misbehaves_and_the_claim_ends_in_one_move(string number, string fault)
    {
        await using var cluster = await NamespaceCluster.Start(ground, new() { Provider = "hetzner" });
        await cluster.Lab.Fault(fault);
        cluster[1].HaProxy!.Kill();
        // An action that errors was accepted, and moved nothing.
        await cluster.Audit(2, most: number == "F41" ? 2 : 1, least: 1);
    }

    [NetFact]
    public async Task F43_A_token_that_is_refused_at_Hetzner_Cloud_gives_way_to_the_third_node()
    {
        await using var cluster = await NamespaceCluster.Start(ground, new() { Nodes = 3, Provider = "hetzner" });
        await cluster.Lab.Fault($"\"on\":\"api\",\"fault\":\"401\",\"source\":\"{cluster[2].Address}\"");
        cluster[1].HaProxy!.Kill();
        await cluster.Event(cluster[2], "token-refused");
        await cluster.Audit(3, most: 1, least: 1);
    }

    /// <summary>Rule C12: all move with the first, asked for at once; one message tells of the move.</summary>
    [NetTheory]
    [InlineData("hetzner", 2)]
    [InlineData("digitalocean", 1)]
    public async Task Several_addresses_move_together(string provider, int further)
    {
        await using var cluster = await NamespaceCluster.Start(ground, new() { Provider = provider, Further = further });
        await AllAt(cluster, 1, further);
        var before = await cluster.Lab.LatestEntry();
        cluster[1].HaProxy!.Kill();
        await cluster.Settled(2);
        await AllAt(cluster, 2, further);
        var asked = await cluster.Lab.History(before, "assign");
        var spread = asked.Take(further + 1).Max(e => e.At) - asked.Min(e => e.At);
        Assert.True(spread < TimeSpan.FromMilliseconds(200), $"{spread.TotalMilliseconds} ms and not some milliseconds between the requests\n{await cluster.Describe()}");
        await cluster.Alert("Failed over");
        Assert.Single(await cluster.Messages(), m => m.Contains("Failed over", StringComparison.Ordinal));
        // An operator moves one of the others away: it comes back, and nobody's role changes.
        var term = await cluster.Term(2);
        await cluster.Lab.Send("POST", "lab/move", $$"""{"ip":"{{NamespaceNetwork.Further[0]}}","droplet_id":{{cluster[1].Droplet}}}""");
        await AllAt(cluster, 2, further);
        Assert.Equal(("master", term), (await NamespaceCluster.Role(cluster[2]), await cluster.Term(2)));
        await cluster.NoSecrets();
    }

    /// <summary>The cloud and every agent say so.</summary>
    private static async Task AllAt(NamespaceCluster cluster, int master, int further) => await Until.True(
        async () =>
        {
            var ips = (await cluster.Lab.State())["floating_ips"]!.AsArray();
            if (ips.Take(further + 1).Any(ip => (long?)ip!["holder"] != cluster[master].Droplet))
                return false;
            foreach (var node in cluster.Nodes.Where(n => n.AgentRuns))
            {
                var said = (await node.Status())?["floating_ips"]?.AsArray();
                if (said is null || said.Count != further + 1 || said.Any(ip => (string?)ip!["holder"] != cluster[master].Name))
                    return false;
            }
            return true;
        },
        async () => $"all addresses are at {cluster[master].Name}\n{await cluster.Describe()}", 90);
}
