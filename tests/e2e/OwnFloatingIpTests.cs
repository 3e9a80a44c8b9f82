using FlipAgent.E2E.Ground;
using FlipAgent.Harness;

namespace FlipAgent.E2E;

/// <summary>
/// The floating IP stands on the nodes themselves. A guard that asks through it reaches the own HAProxy and hears that all is well, whatever has become of
/// the master: it must not be believed.
/// </summary>
[Collection(OneAfterTheOther.Name)]
public class OwnFloatingIpTests(TestGround ground)
{
    [NetFact]
    public async Task F05_The_address_is_on_both_machines_and_the_backup_replaces_a_master_whose_machine_is_off()
    {
        await using var cluster = await StartWithTheAddressEverywhere();
        cluster[1].PowerOff();
        await cluster.Audit(2, most: 1, least: 1);
    }

    [NetFact]
    public async Task The_address_is_on_both_machines_and_people_are_told_that_the_guard_is_off()
    {
        await using var cluster = await StartWithTheAddressEverywhere();
        await cluster.Event(cluster[2], "guard-is-local");
        const string Why = "counts as off: it asks 10.77.0.100, which is an address of this machine";
        await Until.True(
            async () => await cluster[2].Status() is { } s && (string?)s["verdict"] == "ok" && (string?)s["floating_ip"]!["guard"] == "off", cluster.Describe);
        Assert.Equal([$"the guard {Why}"], (await cluster[2].Status())!["warnings"]!.AsArray().Select(w => (string?)w));
        Assert.Empty((await cluster[1].Status())!["warnings"]!.AsArray());
        Assert.Contains("warning: floating_ip.guard counts as off on this machine", ConfigCheck(cluster[2]), StringComparison.Ordinal);
        // Several probes later it is still one line.
        await Until.Stays(async () => await NamespaceCluster.Role(cluster[2]) == "backup", "the backup stays backup", 12);
        Assert.Single(cluster[2].Log.Split('\n'), line => line.Contains($"the guard of haproxy-2 {Why}", StringComparison.Ordinal));
        await cluster.Audit(1, most: 0);
    }

    [NetFact]
    public async Task The_address_goes_away_while_the_agents_run_and_the_guard_is_believed_again()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        cluster[2].OwnFloatingIp(true);
        await cluster.Event(cluster[2], "guard-is-local");
        cluster[2].OwnFloatingIp(false);
        // The master's service is alive, and the probe that is made when it falls silent sees it.
        cluster[2].Deafen(cluster[1]);
        await cluster.Alert("agent of haproxy-1 silent, service alive");
        await cluster.NothingMoves(3);
        Assert.Equal("ok", (string?)(await cluster[2].Status())!["floating_ip"]!["guard"]);
        cluster.Heal();
        await cluster.Audit(1, most: 0);
    }

    private async Task<NamespaceCluster> StartWithTheAddressEverywhere()
    {
        var cluster = await NamespaceCluster.Prepare(ground);
        try
        {
            foreach (var node in cluster.Nodes)
            {
                node.OwnFloatingIp(true);
                node.StartAgent();
                await cluster.Settled(1);
            }
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Run inside the node's network.</summary>
    private static string ConfigCheck(Node node) =>
        Shell.Run("nsenter", node.Network.Enter("env", $"HAPROXY_PID_FILE={node.PidFile}", Binary.Ctl, "config", "check", node.Config)[1..]).Text;
}
