using FlipAgent.Harness;
using FlipAgent.SystemTests.Host;

namespace FlipAgent.SystemTests.Soak;

/// <summary>
/// The package on each release of Debian that it is for, booted: bullseye has the C library of Ubuntu 20.04, OpenSSL 1.1 and systemd 247, trixie the newest. Installed by
/// dpkg alone on nothing but systemd, D-Bus, HAProxy and certificates; then HAProxy is killed at the master.
/// </summary>
[Collection(MachineCollection.Name)]
public class ReleaseTests
{
    /// <summary>A root is built with debootstrap when it is not in the cache.</summary>
    private static readonly TimeSpan s_buildLimit = TimeSpan.FromMinutes(30);

    [SystemTheory]
    [InlineData("bullseye")]
    [InlineData("bookworm")]
    [InlineData("trixie")]
    public void Dpkg_installs_it_and_the_address_moves_when_HAProxy_is_killed(string release)
    {
        using var cluster = new MachineCluster(bare: Golden.Root(release, s_buildLimit), package: Packages.Newest);
        foreach (var droplet in (Droplet[])[cluster.One, cluster.Two])
        {
            droplet.Write("/etc/systemd/system/haproxy.service.d/no-restart.conf", "[Service]\nRestart=no\n");
            droplet.Run("systemctl", "daemon-reload");
        }

        cluster.Start();
        cluster.AwaitWell(cluster.One);
        Assert.Contains(release, cluster.One.Run("cat", "/etc/os-release"));
        Assert.Contains("OK    real time: ", cluster.One.Try("flipagentctl", "doctor").Out);
        using var client = cluster.NewClient();
        Until.True(() => client.ServedBy == "haproxy-1", () => $"{client.ServedBy} answers", 10);

        cluster.One.Run("systemctl", "kill", "--signal=KILL", "haproxy");
        cluster.AwaitMaster(cluster.Two);
        Until.True(() => client.ServedBy == "haproxy-2", () => $"{client.ServedBy} answers\n{cluster.Describe()}", 10);
        Assert.Single(cluster.Assigns);
        Assert.Equal(MachineCluster.IdOfTwo, cluster.Holder);
        Assert.Equal("fault", (string?)MachineCluster.Status(cluster.One)!["role"]);
        Assert.InRange(client.LongestOutage, TimeSpan.Zero, TimeSpan.FromSeconds(15));

        cluster.One.Run("systemctl", "start", "haproxy");
        cluster.AwaitWell(cluster.Two);
        Assert.Single(cluster.Assigns);
        cluster.AssertNoSecretLeaked();
    }
}
