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
        var term = Cluster.Term(One);
        One.Run("systemctl", "restart", "haproxy");
        Thread.Sleep(TimeSpan.FromSeconds(3));
        AssertNothingMoved(term);

        // Debian's unit has Restart=always.
        var pid = MainPid(One, "haproxy");
        One.Run("systemctl", "kill", "--signal=KILL", "--kill-who=main", "haproxy");
        Eventually.True(() => MainPid(One, "haproxy") is > 0 and var now && now != pid, TimeSpan.FromSeconds(20), () => "systemd does not start HAProxy again");
        Thread.Sleep(TimeSpan.FromSeconds(3));
        AssertNothingMoved(term);
    }

    [SystemFact]
    public void F51_twenty_reloads_fail_no_request_and_move_nothing()
    {
        Cluster.Start();
        Cluster.AwaitWell(One);
        var term = Cluster.Term(One);
        using var client = Cluster.NewClient();
        for (var i = 0; i < 20; i++)
        {
            var reloaded = One.Try("systemctl", "reload", "haproxy");
            Assert.True(reloaded.Code == 0, $"reload {i}: {reloaded.Text}{One.Journal("-u", "haproxy")}");
        }

        Thread.Sleep(TimeSpan.FromSeconds(2));
        Assert.Equal(0, client.Failures);
        Assert.True(client.Successes > 20, $"{client.Successes} requests");
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
        Assert.Single(Cluster.Cloud.Assigns);
    }
}
