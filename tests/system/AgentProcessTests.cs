using FlipAgent.Harness;
using FlipAgent.SystemTests.Host;

namespace FlipAgent.SystemTests;

/// <summary>The agent's own death, in all its forms, on the node that is master.</summary>
public sealed class AgentProcessTests : ClusterTests
{
    [SystemFact]
    public void F04_killed_and_started_again_by_systemd_it_goes_on_in_the_same_term()
    {
        Cluster.Start();
        Cluster.AwaitWell(One);
        var term = MachineCluster.Term(One);
        var pid = MainPid(One, "flipagent");
        One.Run("systemctl", "kill", "--signal=KILL", "--kill-who=main", "flipagent");
        AwaitNewProcess(pid);
        Cluster.AwaitMaster(One);
        Cluster.AwaitWell(One);
        AssertNothingMoved(term);
        Assert.Contains("resumed", Events(One));
    }

    [SystemFact]
    public void F05_killed_for_good_with_a_living_service_nothing_moves_until_the_service_dies()
    {
        Cluster.Start();
        Cluster.AwaitWell(One);
        One.Run("systemctl", "mask", "--runtime", "flipagent");
        One.Run("systemctl", "kill", "--signal=KILL", "--kill-who=main", "flipagent");
        Cluster.AwaitAlert("silent");
        Assert.Equal("backup", (string?)MachineCluster.Status(Two)!["role"]);
        Assert.Empty(Cluster.Assigns);

        One.Run("systemctl", "stop", "haproxy");
        Cluster.AwaitMaster(Two);
        Assert.Single(Cluster.Assigns);
    }

    [SystemFact]
    public void F06_a_decision_loop_that_hangs_is_ended_by_the_watchdog_and_nothing_moves()
    {
        Cluster.Start();
        Cluster.AwaitWell(One);
        var pid = MainPid(One, "flipagent");
        using (new FrozenThread(One.HostPid(pid), "decision"))
        {
            AwaitNewProcess(pid);
        }

        Assert.Contains("Watchdog timeout", One.Journal("-u", "flipagent"));
        Cluster.AwaitMaster(One);
        Assert.Empty(Cluster.Assigns);
    }

    [SystemFact]
    public void F14_a_restart_and_an_upgrade_by_apt_move_nothing()
    {
        Cluster.Start();
        Cluster.AwaitWell(One);
        var term = MachineCluster.Term(One);
        var pid = MainPid(One, "flipagent");
        One.Run("systemctl", "restart", "flipagent");
        AwaitNewProcess(pid);
        Cluster.AwaitMaster(One);
        AssertNothingMoved(term);

        // UPGRADE_RESTART=hold, which is the default: a conffile with no line in it.
        Assert.DoesNotMatch("(?m)^UPGRADE_RESTART", One.Run("cat", "/etc/default/flipagent"));
        pid = MainPid(One, "flipagent");
        NextVersion.PutOn(One);
        var upgraded = One.Try("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", NextVersion.Path);
        Assert.True(upgraded.Code == 0, upgraded.Text);
        Assert.Equal(NextVersion.Number, One.Run("dpkg-query", "-W", "-f", "${Version}", "flipagent"));
        AwaitNewProcess(pid);
        Cluster.AwaitMaster(One);
        Cluster.AwaitWell(One);
        AssertNothingMoved(term);
        // Both times the peer was asked to wait, and was never alone.
        Assert.DoesNotContain("became-master", Events(Two));
        Assert.Equal(2, Events(One).Count(e => e == "resumed"));
    }

    [SystemFact]
    public void F14_an_upgrade_leaves_the_old_process_alone_where_the_operator_says_so()
    {
        Cluster.Start();
        One.Write("/etc/default/flipagent", "UPGRADE_RESTART=never\n");
        var pid = MainPid(One, "flipagent");
        NextVersion.PutOn(One);
        var upgraded = One.Try("dpkg", "-i", "--force-confold", NextVersion.Path);
        Assert.True(upgraded.Code == 0, upgraded.Text);
        Assert.Contains("UPGRADE_RESTART=never", upgraded.Text);
        Assert.Equal(pid, MainPid(One, "flipagent"));
    }

    /// <summary>The file is changed under the running agent: to the new version that is as if it had grown stricter.</summary>
    [SystemFact]
    public void F14_an_upgrade_whose_version_refuses_the_configuration_leaves_the_old_process_alone_and_says_what_to_do()
    {
        Cluster.Start();
        Cluster.AwaitWell(One);
        var term = MachineCluster.Term(One);
        var pid = MainPid(One, "flipagent");
        var good = File.ReadAllText(One.Root + "/etc/flipagent/flipagent.yaml");
        // Root may read it; whether the agent's user may is the question.
        One.Write("/etc/flipagent/flipagent.yaml", good + "retired_key: 1\n", "root:flipagent", "0640");
        NextVersion.PutOn(One);
        var upgraded = One.Try("dpkg", "-i", "--force-confold", NextVersion.Path);
        Assert.True(upgraded.Code == 0, upgraded.Text);
        Assert.Equal($"installed {NextVersion.Number}", One.Run("dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", "flipagent"));
        Assert.Contains($"flipagent: flipagent.service was not restarted, and the old version goes on running: version {NextVersion.Number} refuses its configuration:\n", upgraded.Text);
        Assert.Matches(@"\n    /etc/flipagent/flipagent\.yaml:\d+:\d+: .*retired_key", upgraded.Text);
        Assert.Contains("flipagent: mend /etc/flipagent/flipagent.yaml, then: systemctl restart flipagent.service.", upgraded.Text);
        Assert.Equal(pid, MainPid(One, "flipagent"));
        AssertNothingMoved(term);

        // No restart was prepared: a stop now is a stop, and the peer takes over at once instead of waiting.
        One.Write("/etc/flipagent/flipagent.yaml", good);
        One.Run("systemctl", "stop", "flipagent");
        Cluster.AwaitMaster(Two, TimeSpan.FromSeconds(12));
        One.Run("systemctl", "start", "flipagent");
        Cluster.AwaitRole(One, "backup");
    }

    [SystemFact]
    public void F14_an_upgrade_asks_with_the_environment_and_the_arguments_of_the_unit()
    {
        Cluster.Start();
        One.Run("systemctl", "stop", "flipagent");
        var file = File.ReadAllText(One.Root + "/etc/flipagent/flipagent.yaml");
        One.Run("rm", "/etc/flipagent/flipagent.yaml");
        One.Write("/etc/flipagent/other name.yaml", file.Replace("cluster: web-lb", "cluster: ${CLUSTER}", StringComparison.Ordinal), "root:flipagent", "0640");
        One.Write("/etc/systemd/system/flipagent.service.d/own.conf", """
            [Service]
            Environment=CLUSTER=web-lb "OTHER=two words"
            ExecStart=
            ExecStart=/usr/sbin/flipagent --config "/etc/flipagent/other name.yaml" --node haproxy-1

            """);
        One.Run("systemctl", "daemon-reload");
        One.Run("systemctl", "start", "flipagent");
        Cluster.AwaitRole(One, "backup");
        var pid = MainPid(One, "flipagent");
        NextVersion.PutOn(One);
        var upgraded = One.Try("dpkg", "-i", "--force-confold", NextVersion.Path);
        Assert.True(upgraded.Code == 0, upgraded.Text);
        Assert.DoesNotContain("refuses", upgraded.Text);
        AwaitNewProcess(pid);
        Cluster.AwaitRole(One, "backup");
    }

    [SystemFact]
    public void F16_a_journald_that_hangs_delays_nothing()
    {
        Cluster.Start();
        Cluster.AwaitWell(One);
        foreach (var droplet in (Droplet[])[One, Two])
        {
            droplet.Run("systemctl", "kill", "--signal=STOP", "systemd-journald");
            droplet.FillDatagramQueue("/run/systemd/journal/socket");
        }

        var stopped = DateTimeOffset.UtcNow;
        One.Run("systemctl", "stop", "haproxy");
        Cluster.AwaitMaster(Two);
        Assert.InRange((DateTimeOffset)Cluster.Assigns.Single()["at"]! - stopped, TimeSpan.Zero, TimeSpan.FromSeconds(3));
        foreach (var droplet in (Droplet[])[One, Two])
        {
            droplet.Run("systemctl", "kill", "--signal=CONT", "systemd-journald");
            Assert.DoesNotMatch("(?m)^flipagent_log_dropped_total{.*} 0$", droplet.Run("flipagentctl", "metrics"));
            Assert.Equal("0", Property(droplet, "flipagent", "NRestarts"));
        }

        // The next entry that gets through is followed by one that says how many did not.
        One.Run("systemctl", "start", "haproxy");
        Until.True(() => Entries(One).Any(e => (string?)e["FLIPAGENT_COUNT"] is not null), () => One.Journal("-u", "flipagent"), 20);
    }

    private void AwaitNewProcess(int old) =>
        Until.True(() => MainPid(One, "flipagent") is > 0 and var now && now != old, () => One.Journal("-u", "flipagent", "-n", "40"), 60);
}
