using System.Globalization;
using FlipAgent.E2E.Ground;
using FlipAgent.Harness;
using Xunit.Abstractions;

namespace FlipAgent.E2E;

/// <summary>
/// The machine itself is short of something: processor time, file descriptors, quiet. A crew at sea in a storm, which must go on answering the radio.
/// </summary>
[Collection(OneAfterTheOther.Name)]
public class StarvationTests(TestGround ground, ITestOutputHelper output)
{
    [NetFact]
    public async Task F07_Eight_busy_programs_cause_no_failover()
    {
        // T and timeouts as they are by default; no guard that could make up for late adverts.
        await using var cluster = await NamespaceCluster.Start(ground, new() { Guard = false, IntervalMs = 1000 });
        var hogs = Enumerable.Range(0, 8).Select(i => new OwnedProcess(new() { Network = cluster[1 + (i % 2)].Network, Log = "/dev/null" }, "sh", "-c", "while :; do :; done")).ToList();
        try
        {
            await cluster.NothingMoves(Soak.Seconds(15, full: 600));
        }
        finally
        {
            hogs.ForEach(h => h.Dispose());
        }
        Assert.False(await NamespaceCluster.Heard(cluster[1], "peer-silent") || await NamespaceCluster.Heard(cluster[2], "peer-silent"), await cluster.Describe());
        await cluster.Audit(1, most: 0);
    }

    [NetFact]
    public async Task F08_Memory_that_runs_out_again_and_again_causes_no_failover()
    {
        using var memory = new MemoryGroup();
        await using var cluster = await NamespaceCluster.Start(ground, new() { Guard = false, IntervalMs = 1000, Memory = memory });
        var agents = cluster.Nodes.Select(n => n.Agent!.Id).ToList();
        memory.Limit(memory.Usage + (24 << 20));
        // Two read a file that is larger than what is left, again and again; one asks for more memory than it may have, and is killed each time.
        var file = Path.Combine(cluster[1].Folder, "large");
        Shell.Must("fallocate", "-l", "256M", file);
        var read = memory.Inside("sh", "-c", $"while :; do cat '{file}' >/dev/null; done");
        var hogs = new[] { read, read, memory.Greedy("sh", "-c", "while :; do head -c 128M /dev/zero | tail >/dev/null; done") }
            .Select(command => new OwnedProcess(new() { Network = cluster[1].Network, Log = "/dev/null" }, command)).ToList();
        try
        {
            await cluster.NothingMoves(Soak.Seconds(15, full: 600));
        }
        finally
        {
            hogs.ForEach(h => h.Dispose());
        }
        Assert.True(memory.Reclaims > 1000 && memory.Kills > 0, $"memory ran out {memory.Reclaims} times, {memory.Kills} programs were killed: this proved nothing");
        Assert.Equal(agents, cluster.Nodes.Select(n => n.Agent!.Id));
        Assert.False(await NamespaceCluster.Heard(cluster[1], "peer-silent") || await NamespaceCluster.Heard(cluster[2], "peer-silent"), await cluster.Describe());
        await cluster.Audit(1, most: 0);
        output.WriteLine($"memory ran out {memory.Reclaims} times; {memory.Kills} programs were killed for it");
    }

    [NetFact]
    public async Task F11_An_agent_with_no_file_descriptor_left_goes_on_sending_adverts_and_claims_when_it_has_some_again()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        var agent = cluster[2].Agent!.Id.ToString(CultureInfo.InvariantCulture);
        var usual = Shell.Must("prlimit", "--pid", agent, "--nofile", "--output", "SOFT", "--noheadings").Trim();
        Shell.Must("prlimit", "--pid", agent, "--nofile=16:");
        // Its checks cannot connect any more, which says nothing about its HAProxy: it stays fit, and says that it cannot look.
        await Until.Stays(
            async () => (await cluster[1].Status())!["nodes"]![1] is { } second && (double?)second["heard_s"] < 1 && (string?)second["role"] == "backup",
            "its adverts arrive, and it is a fit backup", 5);
        Shell.Must("prlimit", "--pid", agent, $"--nofile={usual}:");
        await cluster.Event(cluster[2], "check-degraded");
        Assert.False(await NamespaceCluster.Heard(cluster[1], "peer-silent"), await cluster.Describe());
        cluster[1].HaProxy!.Kill();
        await cluster.Audit(2, most: 1, least: 1);
    }

    [NetFact]
    public async Task F64_A_storm_of_SIGHUP_changes_nothing()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        for (var i = 0; i < 100; i++)
        {
            cluster[1].Agent!.Send(Signal.Hup);
            cluster[2].Agent!.Send(Signal.Hup);
        }
        await cluster.Event(cluster[1], "reloaded");
        await cluster.NothingMoves(3);
        await cluster.Audit(1, most: 0);
    }

    [NetFact]
    public async Task F64_A_SIGTERM_during_an_assign_is_obeyed_within_6_s_and_nothing_is_sent_twice_when_the_agent_is_back()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        await cluster.Lab.Fault("\"on\":\"assign\",\"fault\":\"accept-then-hang\",\"next\":1");
        cluster[1].HaProxy!.Kill();
        await Until.True(async () => await cluster.Assigns() == 1, cluster.Describe);
        cluster[2].Agent!.Send(Signal.Term);
        Assert.Equal(0, cluster[2].Agent!.WaitForExit(TimeSpan.FromSeconds(6)));
        // The request that was given up was taken all the same. haproxy-1 cannot serve, so it leaves the address where it arrived.
        await Until.True(async () => await cluster.Lab.Holder() == NamespaceNetwork.Droplet(2), cluster.Describe);
        cluster[2].StartAgent();
        await cluster.Settled(2);
        cluster[1].StartHaProxy();
        await Until.Stays(
            async () => await cluster.Lab.Holder() == NamespaceNetwork.Droplet(2) && await NamespaceCluster.Role(cluster[2]) == "master" && await cluster.Assigns() == 1,
            "haproxy-2 is master and holds the floating IP by the one assign", 3);
        await cluster.Audit(2, most: 1, least: 1);
    }
}
