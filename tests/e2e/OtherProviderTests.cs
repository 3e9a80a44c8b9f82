using FlipAgent.E2E.Ground;
using FlipAgent.Harness;

namespace FlipAgent.E2E;

/// <summary>The failure test and the reverting at the other clouds and with several addresses. What an API can do to a claim is in <see cref="CloudFaultTests"/>.</summary>
[Collection(OneAfterTheOther.Name)]
[Trait("Category", "Cloud")]
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

    /// <summary>
    /// Both nodes' programs go wrong at once: it is said, nothing moves, nothing is left running and nothing leaks; and it is over when the programs are well again.
    /// </summary>
    [NetTheory]
    [InlineData("echo '<html>'", "printed 6 characters that are no server id")]
    [InlineData("sleep 61.14", "was killed")]
    [InlineData("(setsid sleep 61.14 &); sleep 61.14", "was killed")]
    [InlineData("cat \"$FLIPAGENT_TOKEN_FILE\"", "printed a secret of the agent")]
    [InlineData("cat \"$FLIPAGENT_TOKEN_FILE\" >&2; exit 3", "exit status 3")]
    public async Task A_program_goes_wrong_and_nothing_moves_and_nothing_leaks(string script, string said)
    {
        await using var cluster = await NamespaceCluster.Start(ground, new() { Provider = "exec", FloatingIp = "command_timeout: 1s" });
        var good = await File.ReadAllTextAsync(Path.Combine(cluster[1].Folder, "provider"));
        foreach (var node in cluster.Nodes)
        {
            // Of a cloud whose tokens could be the name of a server.
            var token = cluster.Plant(NamespaceCluster.NewKey());
            await cluster.Lab.AddToken($"word-{node.Number}", token);
            NamespaceCluster.Secret(node, "do-token", token);
            await Replace(node, $"#!/bin/sh\n{script}\n");
            // A reload looks at once.
            node.Ctl("reload");
        }
        await Until.True(async () => (await cluster[1].Status())!["warnings"]!.ToJsonString().Contains(said, StringComparison.Ordinal), cluster.Describe);
        await cluster.NothingMoves(2);
        await cluster.NoSecrets();
        foreach (var node in cluster.Nodes)
        {
            await Replace(node, good);
            node.Ctl("reload");
        }
        await cluster.Audit(1, most: 0);
        await Until.True(() => Task.FromResult(Shell.Run("pgrep", "-f", "^sleep 61.14$").Code == 1), () => Task.FromResult("a program that was killed has left something running"), 5);
    }

    /// <summary>In one step, so that a program is never half there.</summary>
    private static async Task Replace(Node node, string program)
    {
        var path = Path.Combine(node.Folder, "provider");
        await File.WriteAllTextAsync(path + ".new", program);
        File.SetUnixFileMode(path + ".new", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.Move(path + ".new", path, overwrite: true);
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
        // Real time: each address has a thread of its own in the lane, so nothing lies between the requests but connecting and this machine's load.
        Assert.True(spread < TimeSpan.FromMilliseconds(50), $"{spread.TotalMilliseconds} ms and not some milliseconds between the requests\n{await cluster.Describe()}");
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
