using FlipAgent.E2E.Ground;
using FlipAgent.Harness;

namespace FlipAgent.Bench;

/// <summary>Where the rounds are played: network namespaces, a real HAProxy on each node, the stand-in cloud, and a client of the floating IP.</summary>
internal sealed class Ground : IDisposable
{
    public const string Token = "dop_v1_bench";

    /// <summary>What the stand-in cloud takes to move the address. The real one takes seconds, and everybody waits for it alike.</summary>
    public const int CloudMs = 300;

    /// <summary>How often the client asks, with a new connection each time.</summary>
    public static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(10);

    private readonly string _folder = Directory.CreateTempSubdirectory("flipagent-bench-").FullName;
    private readonly NamespaceNetwork _network;
    private readonly LabProgram _lab;
    private readonly List<Node> _nodes;
    private int _homes;

    public Ground(int nodes)
    {
        _network = new(nodes);
        _nodes = [.. Enumerable.Range(1, nodes).Select(n => new Node(n, _network, _folder))];
        _lab = _network.StartLab(_folder);
        Lab.AddToken("bench", Token).Wait();
    }

    public LabClient Lab => _lab.Client;

    public Node this[int number] => _nodes[number - 1];

    /// <summary>Everything as on the first day: all HAProxies up, no fault, the address at the first node; and the contender's files are in new folders.</summary>
    /// <param name="nodes">So many nodes take part.</param>
    public async Task SetUp(Contender contender, int nodes)
    {
        var home = Path.Combine(_folder, $"{++_homes}");
        await Lab.NoFaults();
        await Lab.Knobs($$"""{"assign_latency_ms":{{CloudMs}},"data_plane_lag_ms":0,"metadata_lag_ms":0,"per_minute":100000,"per_hour":1000000}""");
        foreach (var node in _nodes.Take(nodes))
        {
            node.PowerOn();
            node.Mend();
            node.StartHaProxy();
            node.MoveIn(Path.Combine(home, node.Name));
        }
        // An action that the last round left open ends by itself; the move is refused until then.
        await Until.True(async () => (await Lab.State())["floating_ips"]![0]!["pending_action"] is null, "no action is pending");
        if (await Lab.Holder() != NamespaceNetwork.Droplet(1))
            await Lab.Move(NamespaceNetwork.Droplet(1));
        contender.Prepare(this, nodes);
    }

    /// <summary>Starts them all and waits until the first node is master and everybody agrees.</summary>
    public static async Task Form(Contender contender, int nodes)
    {
        contender.Start(1);
        for (var node = 2; node <= nodes; node++)
            contender.Start(node);
        await Until.True(contender.IsFormed, () => Task.FromResult($"{contender.Name} forms a cluster\n{contender.Log(1)}\n{contender.Log(2)}"), 60);
    }

    public SiteClient NewClient() => new(new(new(NamespaceNetwork.FloatingIp, NamespaceNetwork.ServicePort), AskEvery, TimeSpan.FromSeconds(1), ServedBy) { Network = _network.Cloud });

    public void Dispose()
    {
        _nodes.ForEach(n => n.Dispose());
        _lab.Dispose();
        _network.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string? ServedBy(string answer) => answer.Split("\r\n\r\n") is [_, { Length: > 0 } body] ? body.Trim() : null;
}
