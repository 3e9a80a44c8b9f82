using FlipAgent.Harness;

namespace FlipAgent.E2E.Ground;

/// <summary>Three real etcd servers beside the cloud, which give the lease (rule E15). Made by the test that needs them.</summary>
internal sealed class StoreGround : IDisposable
{
    private static int Members => NamespaceNetwork.StorePorts.Count;

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("flipagent-store-");
    private readonly OwnedProcess?[] _members = new OwnedProcess?[NamespaceNetwork.StorePorts.Count];
    private readonly NetworkNamespace _network;

    public StoreGround(TestGround ground)
    {
        _network = ground.Network.Cloud;
        // They also talk to each other by the bridge's address.
        _network.Ip("link", "set", "lo", "up");
        for (var i = 0; i < Members; i++)
            Start(i);
        for (var i = 0; i < Members; i++)
            _members[i]!.AwaitOutput("ready to serve client requests");
    }

    /// <summary>What stands below <c>election</c> in the file.</summary>
    /// <param name="ttl">Whole seconds.</param>
    public static string Yaml(int ttl) => $"lease: {{etcd: [{string.Join(", ", Enumerable.Range(0, Members).Select(i => $"\"{Url(i)}\""))}], ttl: {ttl}s}}";

    private void Start(int member)
    {
        string Peer(int i) => $"http://{NamespaceNetwork.CloudAddress}:{NamespaceNetwork.StorePorts[i] + 1}";
        _members[member]?.Dispose();
        _members[member] = new OwnedProcess(new OwnedProcessOptions { Name = $"etcd {member}", Network = _network },
            "etcd", "--name", $"m{member}", "--data-dir", Path.Combine(_home.FullName, $"m{member}"), "--listen-client-urls", Url(member), "--advertise-client-urls", Url(member),
            "--listen-peer-urls", Peer(member), "--initial-advertise-peer-urls", Peer(member), "--initial-cluster", string.Join(',', Enumerable.Range(0, Members).Select(i => $"m{i}={Peer(i)}")),
            "--initial-cluster-token", _home.Name, "--heartbeat-interval", "50", "--election-timeout", "500");
    }

    /// <summary>Waits until it serves.</summary>
    public Task StartAgain(int member)
    {
        Start(member);
        return Task.Run(() => _members[member]!.AwaitOutput("ready to serve client requests"));
    }

    public void Kill(int member)
    {
        _members[member]?.Dispose();
        _members[member] = null;
    }

    /// <summary>Number of the member that leads.</summary>
    public async Task<int> Leader()
    {
        var leader = -1;
        await Until.True(() => Task.FromResult((leader = Enumerable.Range(0, Members).ToList().FindIndex(IsLeader)) >= 0), () => Task.FromResult("a member of etcd leads"), 20);
        return leader;
    }

    public void Dispose()
    {
        foreach (var member in _members)
            member?.Dispose();
        _home.Delete(recursive: true);
    }

    private bool IsLeader(int member)
    {
        if (_members[member] is null)
            return false;
        var text = Shell.Run("ip", "netns", "exec", _network.Name, "etcdctl", "--endpoints", Url(member), "endpoint", "status", "-w", "fields").Out;
        return Field(text, "MemberID") is { } id && Field(text, "Leader") == id;
    }

    private static string? Field(string text, string name) =>
        text.Split('\n').FirstOrDefault(line => line.StartsWith($"\"{name}\" : ", StringComparison.Ordinal))?.Split(" : ")[1];

    private static string Url(int member) => $"http://{NamespaceNetwork.CloudAddress}:{NamespaceNetwork.StorePorts[member]}";
}
