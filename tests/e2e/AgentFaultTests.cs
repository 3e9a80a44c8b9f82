using FlipAgent.E2E.Ground;
using FlipAgent.Harness;

namespace FlipAgent.E2E;

/// <summary>HAProxy, the agent beside it, or the whole node dies or hangs.</summary>
[Collection(OneAfterTheOther.Name)]
public class AgentFaultTests(TestGround ground)
{
    private static readonly ClusterOptions s_noGuard = new() { Guard = false };

    [NetFact]
    public async Task F49_HAProxy_is_killed_and_the_backup_holds_the_address()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        cluster[1].HaProxy!.Kill();
        await cluster.Audit(2, most: 1, least: 1);
        Assert.Equal("fault", await NamespaceCluster.Role(cluster[1]));
        await cluster.Alert("moved from haproxy-1");

        cluster[1].StartHaProxy();
        await Until.True(async () => await NamespaceCluster.Role(cluster[1]) == "backup", cluster.Describe);
        await cluster.Audit(2, most: 1); // Repaired, and nothing moves back.
    }

    [NetFact]
    public async Task F53_HAProxy_hangs_and_the_backup_holds_the_address()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        cluster[1].HaProxy!.Send(Signal.Stop);
        await cluster.Audit(2, most: 1, least: 1);
        cluster[1].HaProxy!.Send(Signal.Cont);
        await Until.True(async () => await NamespaceCluster.Role(cluster[1]) == "backup", cluster.Describe);
        await cluster.Audit(2, most: 1);
    }

    [NetFact]
    public async Task F04_The_agent_is_killed_and_started_at_once_and_resumes_its_term()
    {
        // T of 1 s, because the program must be up again before D, on a busy machine too.
        await using var cluster = await NamespaceCluster.Start(ground, new() { IntervalMs = 1000 });
        var term = await cluster.Term(1);
        cluster[1].Agent!.Kill();
        cluster[1].StartAgent();
        await Until.True(async () => await NamespaceCluster.Role(cluster[1]) == "master", cluster.Describe);
        Assert.True(await NamespaceCluster.Heard(cluster[1], "resumed"), await cluster.Describe());
        Assert.Equal(term, await cluster.Term(1));
        await cluster.Audit(1, most: 0);
    }

    [NetFact]
    public async Task F05_The_agent_is_killed_for_good_and_the_address_stays_until_HAProxy_dies_too()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        cluster[1].Agent!.Kill();
        await cluster.Alert("agent of haproxy-1 silent, service alive");
        await Until.Stays(async () => await cluster.Assigns() == 0, "no assign while HAProxy serves", 3);
        cluster[1].HaProxy!.Kill();
        await cluster.Audit(2, most: 1, least: 1);
    }

    [NetFact]
    public async Task F05_The_agent_is_killed_for_good_and_without_a_guard_the_address_moves_once()
    {
        await using var cluster = await NamespaceCluster.Start(ground, s_noGuard);
        cluster[1].Agent!.Kill();
        await cluster.Audit(2, most: 1, least: 1);
    }

    [NetFact]
    public async Task F01_The_agent_is_stopped_for_6_s_and_with_a_guard_nothing_moves()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        cluster[1].Agent!.Send(Signal.Stop);
        await Until.Stays(async () => await cluster.Assigns() == 0 && await NamespaceCluster.Role(cluster[2]) == "backup", "nothing moves", 6);
        cluster[1].Agent!.Send(Signal.Cont);
        await cluster.Alert("agent of haproxy-1 silent, service alive");
        await cluster.Audit(1, most: 0);
    }

    [NetFact]
    public async Task F01_The_agent_is_stopped_for_6_s_and_without_a_guard_the_address_moves_once_and_not_back()
    {
        await using var cluster = await NamespaceCluster.Start(ground, s_noGuard);
        cluster[1].Agent!.Send(Signal.Stop);
        await Until.True(async () => await cluster.Lab.Holder() == cluster[2].Droplet, cluster.Describe);
        await Task.Delay(TimeSpan.FromSeconds(4));
        cluster[1].Agent!.Send(Signal.Cont);
        await cluster.Audit(2, most: 1, least: 1);
        await Until.Stays(() => cluster.IsSettled(2), "haproxy-2 is master and holder", 2);
        await cluster.CheckAssigns(1);
    }

    [NetTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_node_loses_its_power_and_the_backup_holds_the_address(bool guard)
    {
        await using var cluster = await NamespaceCluster.Start(ground, new() { Guard = guard });
        cluster[1].PowerOff();
        await cluster.Audit(2, most: 1, least: 1);

        cluster[1].PowerOn();
        cluster[1].StartHaProxy();
        cluster[1].StartAgent();
        await Until.True(async () => await NamespaceCluster.Role(cluster[1]) == "backup", cluster.Describe);
        await cluster.Audit(2, most: 1); // Back, and takes nothing.
    }

    [NetFact]
    public async Task F12_A_clean_stop_of_the_master_hands_over()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        cluster[1].Agent!.Send(Signal.Term);
        Assert.Equal(0, cluster[1].Agent!.WaitForExit(TimeSpan.FromSeconds(10)));
        await cluster.Audit(2, most: 1, least: 1);
        Assert.Contains("released to haproxy-2", cluster[1].Log, StringComparison.Ordinal);
        Assert.DoesNotContain("is silent", await cluster[2].Get("v1/events?n=1000"), StringComparison.Ordinal);
    }

    [NetFact]
    public async Task F12_A_clean_stop_of_a_backup_is_no_alarm()
    {
        await using var cluster = await NamespaceCluster.Start(ground, new() { Nodes = 3 });
        cluster[3].Agent!.Send(Signal.Term);
        Assert.Equal(0, cluster[3].Agent!.WaitForExit(TimeSpan.FromSeconds(10)));
        foreach (var node in cluster.Nodes.Take(2))
        {
            await cluster.Event(node, "peer-silent");
            Assert.Contains("haproxy-3 has stopped", await node.Get("v1/events?n=1000"), StringComparison.Ordinal);
        }
        await cluster.Audit(1, most: 0);
    }

    [NetFact]
    public async Task F14_A_prepared_restart_of_the_agent_moves_nothing()
    {
        await using var cluster = await NamespaceCluster.Start(ground, new() { Guard = false });
        var term = await cluster.Term(1);
        var prepared = cluster[1].Ctl("prepare-restart");
        Assert.True(prepared.Code == 0, prepared.Text);
        cluster[1].Agent!.Send(Signal.Term);
        Assert.Equal(0, cluster[1].Agent!.WaitForExit(TimeSpan.FromSeconds(10)));
        await Task.Delay(TimeSpan.FromSeconds(2)); // Twice D: that the peer waits is what is tested.
        cluster[1].StartAgent();
        await Until.True(async () => await NamespaceCluster.Role(cluster[1]) == "master", cluster.Describe);
        Assert.Equal(term, await cluster.Term(1));
        await cluster.Audit(1, most: 0);
    }
}
