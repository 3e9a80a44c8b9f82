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

    /// <summary>What stands below <c>election</c> in the file.</summary>
    /// <param name="ttl">Whole seconds.</param>
    public static string Yaml(int ttl) => $"lease: {{etcd: [{string.Join(", ", Clients.Select(url => $"\"{url}\""))}], ttl: {ttl}s}}";
}
