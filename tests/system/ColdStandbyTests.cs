using FlipAgent.SystemTests.Host;

namespace FlipAgent.SystemTests;

/// <summary>Rule E14 with a real systemd and polkit: HAProxy runs where the address is.</summary>
public sealed class ColdStandbyTests : ClusterTests
{
    [SystemFact]
    public void E14_a_promotion_starts_HAProxy_and_the_old_master_stops_it_when_the_address_is_elsewhere()
    {
        Cluster.Start();
        Eventually.True(() => Property(Two, "haproxy", "ActiveState") == "inactive", TimeSpan.FromSeconds(30), () => "the backup keeps HAProxy running\n" + Cluster.Describe());
        One.Run("systemctl", "stop", "flipagent");
        Cluster.AwaitMaster(Two);
        Assert.Equal("active", Property(Two, "haproxy", "ActiveState"));
        // Nothing is asked of the cloud before HAProxy is up there.
        var events = Events(Two);
        Assert.Equal(["unit-started", "check-up", "assign-sent"], events.Skip(events.LastIndexOf("unit-started")).Where(e => e is "unit-started" or "check-up" or "assign-sent").Distinct());
        Assert.Equal("active", Property(One, "haproxy", "ActiveState"));

        One.Run("systemctl", "start", "flipagent");
        Cluster.AwaitRole(One, "backup");
        Eventually.True(() => Property(One, "haproxy", "ActiveState") == "inactive", TimeSpan.FromSeconds(30), () => "the old master keeps HAProxy running\n" + Cluster.Describe());
        Assert.Single(Cluster.Cloud.Assigns);
    }

    [SystemFact]
    public void The_right_is_limited_to_HAProxy()
    {
        var refused = One.Try("setpriv", "--reuid=flipagent", "--regid=flipagent", "--init-groups", "busctl", "call", "org.freedesktop.systemd1",
            "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "StopUnit", "ss", "systemd-logind.service", "replace");
        Assert.NotEqual(0, refused.Code);
        var allowed = One.Try("setpriv", "--reuid=flipagent", "--regid=flipagent", "--init-groups", "busctl", "call", "org.freedesktop.systemd1",
            "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "StopUnit", "ss", "haproxy.service", "replace");
        Assert.True(allowed.Code == 0, allowed.Text);
    }

    private protected override Cluster NewCluster() => new(", standby: cold");
}
