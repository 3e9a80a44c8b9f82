using FlipAgent.Harness;
using FlipAgent.SystemTests.Host;

namespace FlipAgent.SystemTests;

/// <summary>Configuration and secrets that are wrong, missing or new, and what systemd and a person see of it.</summary>
public sealed class ConfigurationTests : ClusterTests
{
    private const string Config = "/etc/flipagent/flipagent.yaml";

    [SystemFact]
    public void A_start_with_an_invalid_configuration_fails_once_and_says_why()
    {
        One.Write(Config, File.ReadAllText(One.Root + Config).Replace("cluster:", "clutser:", StringComparison.Ordinal));
        One.Try("systemctl", "start", "flipagent");
        Until.True(() => Property(One, "flipagent", "ActiveState") == "failed", () => One.Run("systemctl", "status", "flipagent"), 20);
        Assert.Equal("8", Property(One, "flipagent", "ExecMainStatus"));
        Thread.Sleep(TimeSpan.FromSeconds(2));
        Assert.Equal("0", Property(One, "flipagent", "NRestarts"));
        var journal = One.Journal("-u", "flipagent");
        Assert.Contains("clutser", journal);
        Assert.Contains($"{Config}:1:1", journal);
    }

    [SystemFact]
    public void A_reload_with_an_invalid_configuration_fails_with_the_reason_and_changes_nothing()
    {
        Cluster.Start();
        Cluster.AwaitWell(One);
        var term = MachineCluster.Term(One);
        var pid = MainPid(One, "flipagent");
        var good = File.ReadAllText(One.Root + Config);
        One.Write(Config, good.Replace("priority: 150", "priority: 1500", StringComparison.Ordinal));
        Assert.NotEqual(0, One.Try("systemctl", "reload", "flipagent").Code);
        var journal = One.Journal("-u", "flipagent");
        Assert.Contains("1500", journal);
        Assert.Contains($"{Config}:3:", journal);
        Assert.Contains("reload-failed", Events(One));
        Assert.Equal(pid, MainPid(One, "flipagent"));
        Assert.Equal("active", Property(One, "flipagent", "ActiveState"));

        One.Write(Config, good);
        One.Run("systemctl", "reload", "flipagent");
        AssertNothingMoved(term);
    }

    [SystemFact]
    public void F61_without_a_usable_token_it_runs_as_a_degraded_backup_that_says_so()
    {
        Cluster.Start();
        Cluster.AwaitWell(One);
        foreach (var (spoil, name) in ((string[], string)[])[(["rm", "/etc/flipagent/do-token"], "missing"), (["truncate", "-s", "0", "/etc/flipagent/do-token"], "empty"),
            (["chmod", "0644", "/etc/flipagent/do-token"], "readable by others")])
        {
            Two.Write("/etc/flipagent/do-token", MachineCluster.Token, "root:flipagent", "0640");
            Two.Run(spoil);
            Two.Run("systemctl", "restart", "flipagent");
            Until.True(() => MachineCluster.Status(Two) is { } status && (string?)status["role"] == "backup" && (string?)status["verdict"] == "degraded"
                && status["warnings"]!.AsArray().Any(w => ((string)w!).Contains("do-token", StringComparison.Ordinal)),
                () => $"token {name}: {Cluster.Describe()}", 30);
            Assert.Equal("active", Property(Two, "flipagent", "ActiveState"));
            Assert.Equal("0", Property(Two, "flipagent", "NRestarts"));
        }
    }

    [SystemFact]
    public void A_token_is_rotated_by_a_reload()
    {
        Cluster.Start();
        Cluster.AwaitWell(One);
        const string Fresh = "dop_v1_5e7000000000000000000000000000000000000000000000000000000000beef";
        Cluster.AcceptToken("fresh", Fresh);
        foreach (var droplet in (Droplet[])[One, Two])
        {
            droplet.Write("/etc/flipagent/do-token", Fresh + "\n", "root:flipagent", "0640");
            droplet.Run("systemctl", "reload", "flipagent");
        }

        Cluster.RefuseToken("lab");
        One.Run("systemctl", "stop", "haproxy");
        Cluster.AwaitMaster(Two);
        Assert.Equal("fresh", (string?)Assert.Single(Cluster.Assigns)["token"]);
        Assert.DoesNotContain(Fresh, One.Journal("-o", "export") + Two.Journal("-o", "export"));
    }
}
