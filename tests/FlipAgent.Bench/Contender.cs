using System.Security.Cryptography;
using FlipAgent.E2E.Ground;
using FlipAgent.Harness;

namespace FlipAgent.Bench;

/// <summary>The programs of one kind that keep the floating IP at a healthy node, one on each node.</summary>
internal abstract class Contender(string name, int advertMs) : IDisposable
{
    /// <summary>What the tables call it.</summary>
    public string Name => name;

    public int AdvertMs => advertMs;

    /// <summary>Writes files into the nodes' folders; nothing runs yet.</summary>
    public abstract void Prepare(Ground ground, int nodes);

    public abstract void Start(int node);

    /// <summary>The first node is master, the others are backups and hear it, and nothing is under way.</summary>
    public abstract Task<bool> IsFormed();

    /// <summary>Asks it to end, and waits until it has.</summary>
    public abstract Task Stop(int node);

    /// <summary>As the package of its distribution restarts it.</summary>
    public virtual async Task Restart(int node)
    {
        await Stop(node);
        Start(node);
    }

    /// <summary>Ends all of its processes on that node at once (SIGKILL).</summary>
    public abstract void Kill(int node);

    /// <summary>To all of its processes on that node.</summary>
    public abstract void Send(int node, Signal signal);

    /// <summary>Ids of its processes on that node.</summary>
    public abstract IReadOnlyList<int> Pids(int node);

    /// <summary>It says that it works; for the time from the start to there.</summary>
    public abstract Task<bool> IsReady(int node);

    /// <summary>What it logged, for a round that does not come about.</summary>
    public abstract string Log(int node);

    /// <summary>Kills what runs.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}

/// <summary>FlipAgent, as the package starts it.</summary>
internal sealed class FlipAgentContender(string name, int advertMs, string program) : Contender(name, advertMs)
{
    private readonly List<Node> _nodes = [];

    public override void Prepare(Ground ground, int nodes)
    {
        var key = RandomNumberGenerator.GetHexString(64, lowercase: true);
        _nodes.AddRange(Enumerable.Range(1, nodes).Select(n => ground[n]));
        var lines = _nodes.Select(n => $"  - {{name: {n.Name}, address: {n.Address}, droplet_id: {n.Droplet}, priority: {200 - (10 * n.Number)}}}");
        foreach (var node in _nodes)
        {
            node.Program = program;
            Secret(node, "cluster.key", key);
            Secret(node, "do-token", Ground.Token);
            File.WriteAllText(node.Config, $$"""
                cluster: bench
                nodes:
                {{string.Join("\n", lines)}}
                election:
                  interval: {{AdvertMs}}ms
                  key_file: ./cluster.key
                floating_ip:
                  provider: digitalocean
                  address: {{NamespaceNetwork.FloatingIp}}
                  token_file: ./do-token
                  api_url: http://{{NamespaceNetwork.CloudAddress}}:{{NamespaceNetwork.ApiPort}}
                  metadata_url: http://{{NamespaceNetwork.CloudAddress}}:{{NamespaceNetwork.MetadataPort}}
                checks:
                  - {name: haproxy, process: "{{node.PidFile}}"}
                  - {name: site, http: "http://127.0.0.1:{{NamespaceNetwork.ServicePort}}/haproxy_check", interval: 500ms, timeout: 400ms}
                alerts: []

                """);
        }
    }

    public override void Start(int node) => _nodes[node - 1].StartAgent();

    public override async Task<bool> IsFormed()
    {
        foreach (var node in _nodes)
        {
            if (await node.Status() is not { } s || (string?)s["master"] != _nodes[0].Name || (string?)s["floating_ip"]!["holder"] != _nodes[0].Name)
                return false;
            if (node.Number == 1 ? (string?)s["floating_ip"]!["claim"] != "held" : (string?)s["role"] != "backup" || (bool?)s["fit"] != true)
                return false;
        }
        return true;
    }

    public override async Task Stop(int node) => await _nodes[node - 1].Agent!.Stop(TimeSpan.FromSeconds(20));

    /// <summary>systemd tells the agent that a stop is a restart; where there is none, this does.</summary>
    public override async Task Restart(int node)
    {
        await _nodes[node - 1].Post("v1/prepare-restart");
        await base.Restart(node);
    }

    public override void Kill(int node) => _nodes[node - 1].Agent!.Kill();

    public override void Send(int node, Signal signal) => _nodes[node - 1].Agent!.Send(signal);

    public override IReadOnlyList<int> Pids(int node) => [_nodes[node - 1].Agent!.Id];

    public override async Task<bool> IsReady(int node) => await _nodes[node - 1].Status() is not null;

    public override string Log(int node) => _nodes[node - 1].Log;

    public override void Dispose()
    {
        _nodes.ForEach(n => n.Agent?.Kill());
        base.Dispose();
    }

    private static void Secret(Node node, string name, string content)
    {
        var path = Path.Combine(node.Folder, name);
        File.WriteAllText(path, content + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
