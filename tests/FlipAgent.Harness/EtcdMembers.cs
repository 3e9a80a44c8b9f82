namespace FlipAgent.Harness;

/// <summary>The members of an etcd of a test's own, real programs in a directory of their own.</summary>
public sealed class EtcdMembers : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("flipagent-etcd-");
    private readonly OwnedProcess?[] _members;
    private readonly string[][] _commands;
    private readonly string[] _clients;
    private readonly string[] _ctl;
    private readonly NetworkNamespace? _network;

    /// <summary>All of them run and serve.</summary>
    /// <param name="clients">Where each listens to clients, without a slash at the end.</param>
    /// <param name="peers">Where each listens to the others.</param>
    /// <param name="network">Null: that of the test.</param>
    /// <param name="options">Further options of etcd.</param>
    /// <param name="clientOptions">What etcdctl needs to be let in.</param>
    public EtcdMembers(string[] clients, string[] peers, NetworkNamespace? network = null, string[]? options = null, string[]? clientOptions = null)
    {
        (_clients, _network) = (clients, network);
        _ctl = [.. network?.Enter("etcdctl") ?? ["etcdctl"], .. clientOptions ?? []];
        var all = string.Join(',', peers.Select((peer, i) => $"m{i}={peer}"));
        _commands = [.. clients.Select((client, i) => (string[])
        [
            "etcd", "--name", $"m{i}", "--data-dir", Path.Combine(_home.FullName, $"m{i}"), "--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peers[i],
            "--initial-advertise-peer-urls", peers[i], "--initial-cluster", all, "--initial-cluster-token", _home.Name, "--heartbeat-interval", "50", "--election-timeout", "500",
            .. options ?? [],
        ])];
        _members = new OwnedProcess?[clients.Length];
        for (var i = 0; i < clients.Length; i++)
            Start(i);
        for (var i = 0; i < clients.Length; i++)
            Await(i);
    }

    /// <summary>Where each listens to clients.</summary>
    public IReadOnlyList<Uri> Urls => [.. _clients.Select(client => new Uri(client))];

    /// <summary>Number of the member that leads.</summary>
    public int Leader()
    {
        var leader = -1;
        Until.True(() => (leader = Enumerable.Range(0, _clients.Length).ToList().FindIndex(IsLeader)) >= 0, "a member of etcd leads");
        return leader;
    }

    public void Start(int member) => _members[member] = new OwnedProcess(new OwnedProcessOptions { Name = $"etcd {member}", Network = _network }, _commands[member]);

    /// <summary>Waits until it serves.</summary>
    public void Await(int member) => _members[member]!.AwaitOutput("ready to serve client requests");

    public void Send(int member, Signal signal) => _members[member]!.Send(signal);

    public void Kill(int member)
    {
        _members[member]?.Dispose();
        _members[member] = null;
    }

    /// <summary>What etcdctl says, asked at all members.</summary>
    public string Ctl(params string[] arguments) => Shell.Must(_ctl[0], [.. _ctl[1..], "--endpoints", string.Join(',', _clients), .. arguments]);

    public void Dispose()
    {
        foreach (var member in _members)
        {
            // One that is stopped would not end.
            member?.Send(Signal.Cont);
            member?.Dispose();
        }
        _home.Delete(recursive: true);
    }

    private bool IsLeader(int member)
    {
        if (_members[member] is null)
            return false;
        var text = Shell.Run(_ctl[0], [.. _ctl[1..], "--endpoints", _clients[member], "endpoint", "status", "-w", "fields"]).Out;
        return Field(text, "MemberID") is { } id && Field(text, "Leader") == id;
    }

    private static string? Field(string text, string name) =>
        text.Split('\n').FirstOrDefault(line => line.StartsWith($"\"{name}\" : ", StringComparison.Ordinal))?.Split(" : ")[1];
}
