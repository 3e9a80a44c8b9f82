using FlipAgent.Harness;
using FlipAgent.SystemTests.Host;

namespace FlipAgent.SystemTests;

/// <summary>What systemd does with HAProxy, and what of it is worth a move.</summary>
public sealed class HaProxyTests : ClusterTests
{
    [SystemFact]
    public void F52_a_restart_and_a_crash_that_systemd_mends_move_nothing()
    {
        Cluster.Start();
        Cluster.AwaitWell(One);
        var term = MachineCluster.Term(One);
        One.Run("systemctl", "restart", "haproxy");
        Thread.Sleep(TimeSpan.FromSeconds(3));
        AssertNothingMoved(term);

        // Debian's unit has Restart=always.
        var pid = MainPid(One, "haproxy");
        One.Run("systemctl", "kill", "--signal=KILL", "--kill-who=main", "haproxy");
        Until.True(() => MainPid(One, "haproxy") is > 0 and var now && now != pid, () => "systemd does not start HAProxy again", 20);
        Thread.Sleep(TimeSpan.FromSeconds(3));
        AssertNothingMoved(term);
    }

    [SystemFact]
    public void F51_twenty_reloads_fail_no_request_and_move_nothing()
    {
        Cluster.Start();
        Cluster.AwaitWell(One);
        var term = MachineCluster.Term(One);
        using var client = Cluster.NewClient();
        for (var i = 0; i < 20; i++)
        {
            var reloaded = One.Try("systemctl", "reload", "haproxy");
            Assert.True(reloaded.Code == 0, $"reload {i}: {reloaded.Text}{One.Journal("-u", "haproxy")}");
        }

        Thread.Sleep(TimeSpan.FromSeconds(2));
        Assert.DoesNotContain(client.Requests, r => !r.Ok);
        Assert.True(client.Requests.Count > 20, $"{client.Requests.Count} requests");
        AssertNothingMoved(term);
    }

    [SystemFact]
    public void F50_a_crash_loop_moves_the_address_once()
    {
        One.Write("/etc/systemd/system/haproxy.service.d/slow-restart.conf", "[Service]\nRestartSec=3\n[Unit]\nStartLimitIntervalSec=0\n");
        One.Run("systemctl", "daemon-reload");
        Cluster.Start();
        Cluster.AwaitWell(One);
        for (var i = 0; i < 8; i++)
        {
            One.Try("systemctl", "kill", "--signal=KILL", "--kill-who=main", "haproxy");
            Thread.Sleep(TimeSpan.FromSeconds(5));
        }

        Cluster.AwaitMaster(Two);
        Assert.Single(Cluster.Assigns);
    }
}
