using FlipAgent.Harness;
using FlipAgent.SystemTests.Host;

namespace FlipAgent.SystemTests;

/// <summary>Rule E14 with a real systemd and polkit: HAProxy runs where the address is.</summary>
public sealed class ColdStandbyTests : ClusterTests
{
    [SystemFact]
    public void E14_a_promotion_starts_HAProxy_and_the_old_master_stops_it_when_the_address_is_elsewhere()
    {
        Cluster.Start();
        Until.True(() => Property(Two, "haproxy", "ActiveState") == "inactive", () => "the backup keeps HAProxy running\n" + Cluster.Describe(), 30);
        One.Run("systemctl", "stop", "flipagent");
        Cluster.AwaitMaster(Two);
        Assert.Equal("active", Property(Two, "haproxy", "ActiveState"));
        // Nothing is asked of the cloud before HAProxy is up there.
        var events = Events(Two);
        Assert.Equal(["unit-started", "check-up", "assign-sent"], events.Skip(events.LastIndexOf("unit-started")).Where(e => e is "unit-started" or "check-up" or "assign-sent").Distinct());
        Assert.Equal("active", Property(One, "haproxy", "ActiveState"));

        One.Run("systemctl", "start", "flipagent");
        Cluster.AwaitRole(One, "backup");
        Until.True(() => Property(One, "haproxy", "ActiveState") == "inactive", () => "the old master keeps HAProxy running\n" + Cluster.Describe(), 30);
        Assert.Single(Cluster.Assigns);
    }

    [SystemFact]
    public void The_right_is_limited_to_the_configured_unit_and_config_check_says_when_it_is_missing()
    {
        Assert.NotEqual(0, Order("systemd-logind.service").Code);
        var allowed = Order("haproxy.service");
        Assert.True(allowed.Code == 0, allowed.Text);
        var check = One.Try("flipagentctl", "config", "check");
        Assert.True(check.Code == 0 && !check.Text.Contains("standby", StringComparison.Ordinal), check.Text);
        Assert.Contains("OK    standby: cold: user flipagent may start and stop haproxy.service", One.Try("flipagentctl", "doctor").Text);

        // Another unit, as the manual says.
        var config = File.ReadAllText(One.Root + "/etc/flipagent/flipagent.yaml");
        One.Write("/etc/flipagent/flipagent.yaml", config.Replace("haproxy.service", "web.service", StringComparison.Ordinal));
        Assert.Contains("user flipagent may not start and stop web.service", One.Try("flipagentctl", "config", "check").Text);
        One.Sh(Example("sed "));
        Until.True(() => !One.Try("flipagentctl", "config", "check").Text.Contains("standby", StringComparison.Ordinal), () => One.Try("flipagentctl", "config", "check").Text, 10);
        Assert.Equal(0, Order("haproxy.service").Code);
        One.Sh(Example("echo "));
        Until.True(() => Order("haproxy.service").Code != 0, () => "haproxy.service may still be stopped", 10);

        One.Run("rm", "/usr/bin/pkcheck");
        Assert.Contains("polkit is not installed", One.Try("flipagentctl", "config", "check").Text);
    }

    /// <summary>What the agent's user would ask of systemd.</summary>
    private ProgramResult Order(string unit) => One.Try("setpriv", "--reuid=flipagent", "--regid=flipagent", "--init-groups", "busctl", "call", "org.freedesktop.systemd1",
        "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "StopUnit", "ss", unit, "replace");

    /// <summary>The example of the manual that begins with this word.</summary>
    private static string Example(string word)
    {
        var manual = File.ReadAllText(Repository.PathOf("deploy/apt/man/flipagent.yaml.5"));
        return manual.Split(".EX\n").Select(part => part.Split(".EE")[0]).Single(example => example.StartsWith(word, StringComparison.Ordinal));
    }

    private protected override MachineCluster NewCluster() => new(", standby: cold");
}
