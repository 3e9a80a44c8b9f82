using System.Globalization;
using FlipAgent.Harness;

namespace FlipAgent.E2E.Ground;

/// <summary>Three real etcd servers beside the cloud, which give the lease (rule E15). Started by the test that needs them.</summary>
internal static class StoreGround
{
    private static string[] Clients => [.. NamespaceNetwork.StorePorts.Select(port => $"http://{NamespaceNetwork.CloudAddress}:{port}")];

    private static string[] Peers => [.. NamespaceNetwork.StorePorts.Select(port => $"http://{NamespaceNetwork.CloudAddress}:{port + 1}")];

    public static EtcdMembers Start(TestGround ground)
    {
        // They also talk to each other by the bridge's address.
        ground.Network.Cloud.Ip("link", "set", "lo", "up");
        return new EtcdMembers(Clients, Peers, ground.Network.Cloud);
    }

    /// <summary>Ends the lease that the master has, as the store does when its time is over.</summary>
    public static void EndLease(EtcdMembers store)
    {
        const string field = "\"Lease\" : ";
        var line = store.Ctl("get", "/flipagent/e2e/master", "-w", "fields").Split('\n').Single(l => l.StartsWith(field, StringComparison.Ordinal));
        store.Ctl("lease", "revoke", long.Parse(line[field.Length..], CultureInfo.InvariantCulture).ToString("x", CultureInfo.InvariantCulture));
    }

    /// <summary>What stands below <c>election</c> in the file.</summary>
    /// <param name="ttl">Whole seconds.</param>
    public static string Yaml(int ttl) => $"lease: {{etcd: [{string.Join(", ", Clients.Select(url => $"\"{url}\""))}], ttl: {ttl}s}}";
}
