using FlipAgent.Harness;
using FlipAgent.SystemTests.Host;
using Xunit.Abstractions;

namespace FlipAgent.SystemTests.Soak;

/// <summary>A live pair is upgraded from the package of 1.0.1 to today's with <c>dpkg -i</c>, node by node, and back again, while a client asks the site.</summary>
[Collection(MachineCollection.Name)]
public class UpgradeTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(60);

    [SystemFact]
    public void F33_A_live_pair_goes_from_package_to_package_and_back_without_a_move_or_a_failed_request()
    {
        using var cluster = new MachineCluster(bare: Golden.Base, package: Packages.Earlier);
        var (one, two) = (cluster.One, cluster.Two);
        cluster.Start();
        cluster.AwaitWell(one);
        var term = MachineCluster.Term(one);
        // An answer that is late because this machine is busy is no failure of the site: one is that does not come, or comes from the other node.
        using var client = cluster.NewClient(TimeSpan.FromSeconds(10));
        Until.True(() => client.ServedBy == "haproxy-1", () => $"{client.ServedBy} answers", 10);

        var today = Version(Packages.Newest);
        foreach (var (droplet, package, version) in new[]
        {
            (two, Packages.Newest, today), (one, Packages.Newest, today), (one, Packages.Earlier, "1.0.1"), (two, Packages.Earlier, "1.0.1"),
        })
        {
            var asked = client.Requests.Count;
            var installed = MachineCluster.Install(droplet, package);
            Assert.True(installed.Code == 0, installed.Text);
            // A refused configuration or a restart that failed is said here, and is no failure of dpkg.
            Assert.DoesNotContain("flipagent:", installed.Text);
            Until.True(() => Runs(droplet) == version, () => $"{droplet.Name} does not run {version} but {Runs(droplet)}\n{installed.Text}\n{cluster.Describe()}", s_soon.TotalSeconds);
            cluster.AwaitMaster(one);
            cluster.AwaitRole(two, "backup");
            cluster.AwaitWell(one);
            Assert.Equal(term, MachineCluster.Term(one));
            Until.True(() => client.Requests.Count > asked + 40, "the client asks on", 10);
            var failed = client.Requests.Where(r => !r.Ok).ToList();
            Assert.True(failed.Count == 0, $"{failed.Count} requests failed as {droplet.Name} got {version}: {failed.FirstOrDefault()}\n{cluster.Describe()}");
        }

        Assert.All(client.Requests, r => Assert.Equal("haproxy-1", r.ServedBy));
        Assert.True(cluster.Assigns.Count == 0, cluster.Describe());
        output.WriteLine($"{client.Requests.Count} requests, none failed, in 4 changes of the package 1.0.1 and {today}; term {term}, no assign");
        cluster.AssertNoSecretLeaked();
    }

    /// <summary>Of the agent that runs, as it says itself; null: it does not answer.</summary>
    private static string? Runs(Droplet droplet) => (string?)MachineCluster.Status(droplet)?["version"];

    private static string Version(string package) => Shell.Must("dpkg-deb", "-f", package, "Version").Trim();
}
