using System.Text.Json.Nodes;
using FlipAgent.SystemTests.Host;

namespace FlipAgent.SystemTests;

/// <summary>Shared by the tests of a booted pair: one pair per test, all made from the same layer.</summary>
[Collection(MachineCollection.Name)]
public abstract class ClusterTests : IDisposable
{
    private readonly Lazy<MachineCluster> _cluster;

    private protected ClusterTests() => _cluster = new Lazy<MachineCluster>(NewCluster);

    private protected MachineCluster Cluster => _cluster.Value;

    private protected Droplet One => Cluster.One;

    private protected Droplet Two => Cluster.Two;

    public void Dispose()
    {
        if (_cluster.IsValueCreated)
        {
            try
            {
                Cluster.AssertNoSecretLeaked();
            }
            finally
            {
                Cluster.Dispose();
            }
        }

        GC.SuppressFinalize(this);
    }

    private protected virtual MachineCluster NewCluster() => new();

    /// <summary>Nothing was asked of the cloud, and the master is the one that it was, in the same term.</summary>
    private protected void AssertNothingMoved(int term)
    {
        Assert.True(Cluster.Assigns.Count == 0, Cluster.Describe());
        Assert.Equal(MachineCluster.IdOfOne, Cluster.Holder);
        Assert.Equal("master", (string?)MachineCluster.Status(One)!["role"]);
        Assert.Equal(term, MachineCluster.Term(One));
    }

    private protected static string Property(Droplet droplet, string unit, string name) => droplet.Run("systemctl", "show", "-P", name, unit).Trim();

    private protected static int MainPid(Droplet droplet, string unit) => int.Parse(Property(droplet, unit, "MainPID"));

    /// <summary>Entries of the agent's journal as fields.</summary>
    /// <param name="boot">0: since it was switched on; -1: the time before that.</param>
    private protected static List<JsonNode> Entries(Droplet droplet, int boot = 0) =>
        [.. droplet.Journal("-b", $"{boot}", "-u", "flipagent", "-o", "json", "--all").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];

    private protected static List<string> Events(Droplet droplet) => [.. Entries(droplet).Select(e => (string?)e["FLIPAGENT_EVENT"]).OfType<string>()];
}
