using FlipAgent.Harness;

namespace FlipAgent.E2E.Ground;

/// <summary>Who says that it is master.</summary>
internal static class Masters
{
    /// <summary>Number of the first that does; 0: nobody.</summary>
    /// <param name="except">Number of the node that is not asked; 0: all are.</param>
    public static async Task<int> Of(NamespaceCluster cluster, int except = 0)
    {
        foreach (var node in cluster.Nodes.Where(n => n.Number != except))
            if (await NamespaceCluster.Role(node) == "master")
                return node.Number;
        return 0;
    }

    /// <summary>Whichever but the first node gets the lease first: each may, once it is free.</summary>
    public static async Task<int> Next(NamespaceCluster cluster, double seconds, bool withAddress = false)
    {
        var master = 0;
        await Until.True(
            async () => (master = await Of(cluster, except: 1)) > 0 && (!withAddress || await cluster.Lab.Holder() == cluster[master].Droplet), cluster.Describe, seconds);
        return master;
    }
}
