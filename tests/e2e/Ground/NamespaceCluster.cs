using System.Security.Cryptography;
using FlipAgent.Harness;

namespace FlipAgent.E2E.Ground;

/// <summary>What a test wants to have other than usual.</summary>
internal sealed record ClusterOptions
{
    public int Nodes { get; init; } = 2;

    public bool Guard { get; init; } = true;

    /// <summary>T. Short, because the figure is not the point here; D is about 3.6 of it.</summary>
    public int IntervalMs { get; init; } = 250;

    /// <summary>The agents have no more memory than this group.</summary>
    public MemoryGroup? Memory { get; init; }

    /// <summary>Their machines can be suspended by the clock (<see cref="Node.Clock"/>).</summary>
    public bool Suspends { get; init; }

    /// <summary>The cloud that the agents ask: digitalocean, hetzner or exec. The stand-in is all of them at once.</summary>
    public string Provider { get; init; } = "digitalocean";

    /// <summary>How many of <see cref="NamespaceNetwork.Further"/> move with the floating IP.</summary>
    public int Further { get; init; }

    /// <summary>A further line below <c>election</c>.</summary>
    public string Election { get; init; } = "";

    /// <summary>Further lines below <c>floating_ip</c>.</summary>
    public string FloatingIp { get; init; } = "";
}

/// <summary>
/// The agents of one test, from the first start to the audit at the end. The audit is the point of every test: one master, the address at the master,
/// no more assigns than the case allows, and none of the planted secrets in anything that anybody said.
/// </summary>
internal sealed class NamespaceCluster : IAsyncDisposable
{
    private readonly TestGround _ground;
    private readonly ClusterOptions _options;
    private readonly List<string> _secrets = [];
    private long _start;

    private NamespaceCluster(TestGround ground, ClusterOptions options) => (_ground, _options) = (ground, options);

    public LabClient Lab => _ground.Lab;

    public Node this[int number] => _ground.Nodes[number - 1];

    public IEnumerable<Node> Nodes => _ground.Nodes.Take(_options.Nodes);

    /// <summary>Key of the cluster in hex. Adding one here makes the audit look for it too.</summary>
    public string Key { get; private set; } = "";

    /// <summary>Number of the last entry of the cloud's history before anything went wrong.</summary>
    public long Since => _start;

    /// <summary>A cluster in which the first node is master and holder, all know it, and no assign was made.</summary>
    public static async Task<NamespaceCluster> Start(TestGround ground, ClusterOptions? options = null)
    {
        var cluster = await Prepare(ground, options);
        try
        {
            // The first one first: on a starved machine another could be ready seconds before it, and would rightly take the address.
            cluster[1].StartAgent();
            await cluster.Settled(1);
            foreach (var node in cluster.Nodes.Skip(1))
                node.StartAgent();
            await cluster.Audit(1, cluster._options.Further);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Files and secrets of a cluster whose agents are not started yet.</summary>
    public static async Task<NamespaceCluster> Prepare(TestGround ground, ClusterOptions? options = null)
    {
        var cluster = new NamespaceCluster(ground, options ?? new());
        var folder = await ground.Sweep();
        cluster._start = await ground.Lab.LatestEntry();
        cluster.Key = cluster.Plant(NewKey());
        var webhook = cluster.Plant($"canary{RandomNumberGenerator.GetHexString(20, true)}");
        foreach (var node in cluster.Nodes)
        {
            node.MoveIn(Path.Combine(folder, node.Name));
            node.Memory = cluster._options.Memory;
            node.Clock = cluster._options.Suspends ? new(node.Folder) : null;
            var token = cluster.Plant("dop_v1_" + NewKey());
            await ground.Lab.AddToken($"{Path.GetFileName(folder)}-{node.Number}", token);
            Secret(node, "cluster.key", cluster.Key);
            Secret(node, "do-token", token);
            Secret(node, "slack-webhook", $"http://{NamespaceNetwork.CloudAddress}:{NamespaceNetwork.SlackPort}/services/T0/B0/{webhook}");
            if (cluster._options.Provider == "exec")
                Program(node);
            File.WriteAllText(node.Config, cluster.Yaml());
        }
        return cluster;
    }

    /// <summary>The two nodes do not hear each other any more; both still reach the cloud and are reached by clients.</summary>
    public void Partition()
    {
        this[1].Deafen(this[2]);
        this[2].Deafen(this[1]);
    }

    public void Heal()
    {
        foreach (var node in Nodes)
            node.Mend();
    }

    public async Task<uint> Term(int node) => (uint)(await this[node].Status())!["term"]!;

    /// <summary>The master of the others' eyes stays what it is, and no assign is sent.</summary>
    public Task NothingMoves(double seconds, int master = 1) => Until.Stays(
        async () => await Lab.Holder() == this[master].Droplet && await Role(this[master]) == "master" && await Assigns() == 0,
        $"{this[master].Name} is master, holds the floating IP, and nobody sends an assign", seconds);

    /// <summary>So many assigns were accepted, and no more come; the first node is master and holder.</summary>
    public async Task NothingMovesAnyMore(int assigns)
    {
        await Until.Stays(async () => await Lab.Holder() == this[1].Droplet && await Assigns() == assigns, "nobody sends an assign", 3);
        await Audit(1, most: assigns, least: assigns);
    }

    public static string NewKey() => RandomNumberGenerator.GetHexString(64, lowercase: true);

    /// <summary>From now on the audit looks for it.</summary>
    public string Plant(string secret)
    {
        _secrets.Add(secret);
        return secret;
    }

    private static void Program(Node node)
    {
        var path = Path.Combine(node.Folder, "provider");
        File.WriteAllText(path, File.ReadAllText(Repository.PathOf("tests/FlipAgent.Lab/provider.sh")).Replace("@LAB@", $"http://{NamespaceNetwork.CloudAddress}:{NamespaceNetwork.ApiPort}"));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public static void Secret(Node node, string name, string content)
    {
        var path = Path.Combine(node.Folder, name);
        File.WriteAllText(path, content + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public string Yaml(string key = "cluster.key") => $$"""
        cluster: e2e
        nodes:
        {{string.Join("\n", Nodes.Select(n => $"  - {{name: {n.Name}, address: {n.Address}, {(_options.Provider == "digitalocean" ? "droplet_id" : "server_id")}: {n.Droplet}, priority: {160 - (10 * n.Number)}}}"))}}
        election:
          interval: {{_options.IntervalMs}}ms
          key_file: ./{{key}}
          {{_options.Election}}
        floating_ip:
          provider: {{_options.Provider}}
          {{(_options.Further == 0 ? $"address: {NamespaceNetwork.FloatingIp}" : $"addresses: [{NamespaceNetwork.FloatingIp}, {string.Join(", ", NamespaceNetwork.Further.Take(_options.Further).Select(ip => $"\"{ip}\""))}]")}}
          token_file: ./do-token
          {{(_options.Provider == "exec" ? "command: [\"${PROVIDER_PROGRAM}\"]" : $"api_url: http://{NamespaceNetwork.CloudAddress}:{NamespaceNetwork.ApiPort}")}}
          {{(_options.Provider == "exec" ? "" : $"metadata_url: http://{NamespaceNetwork.CloudAddress}:{NamespaceNetwork.MetadataPort}")}}
          {{(_options.Guard ? "guard_timeout: 1s" : "guard: off")}}
          {{_options.FloatingIp}}
        checks:
          - {name: haproxy, process: "${HAPROXY_PID_FILE}", interval: 200ms}
          - {name: site, http: "http://127.0.0.1:{{NamespaceNetwork.ServicePort}}/haproxy_check", interval: 200ms, timeout: 800ms}
        alerts:
          - slack: {webhook_url_file: ./slack-webhook}

        """;

    /// <summary>Assigns that the cloud accepted since the start of the test, those included whose answers were lost.</summary>
    public async Task<int> Assigns() => (await Lab.History(_start, "assign")).Count(e => e.Status == 201);

    /// <summary>False also while the agent does not answer.</summary>
    public static async Task<bool> Heard(Node node, string eventName) =>
        await node.Status() is not null && (await node.Get("v1/events?n=1000")).Contains($"\"event\":\"{eventName}\"", StringComparison.Ordinal);

    public Task Event(Node node, string eventName, double seconds = 30) =>
        Until.True(() => Heard(node, eventName), async () => $"event {eventName} on {node.Name}\n{await Describe()}", seconds);

    /// <summary>A message of Slack's receiver since the test began that has this text.</summary>
    public Task Alert(string text, double seconds = 30) => Until.True(
        async () => (await Messages()).Any(m => m.Contains(text, StringComparison.Ordinal)),
        async () => $"an alert with \"{text}\"; there were: {string.Join("\n", await Messages())}\n{await Describe()}", seconds);

    /// <summary>Every agent that runs agrees that this node is master and holds the address, and the cloud says so too.</summary>
    public Task Settled(int master, double seconds = 40) => Until.True(
        () => IsSettled(master), async () => $"{this[master].Name} is master and holds the floating IP, and all agents say so\n{await Describe()}", seconds);

    public async Task<bool> IsSettled(int master)
    {
        var name = this[master].Name;
        if (await Lab.Holder() != this[master].Droplet)
            return false;
        foreach (var node in Nodes.Where(n => n.AgentRuns))
        {
            if (await node.Status() is not { } s || (string?)s["master"] != name || (string?)s["floating_ip"]!["holder"] != name)
                return false;
            var role = (string)s["role"]!;
            if (node.Number == master ? role != "master" || (string?)s["floating_ip"]!["claim"] != "held" : role is not ("backup" or "fault"))
                return false;
        }
        return this[master].AgentRuns;
    }

    /// <summary>What this node's agent says of itself, in two words: role, and master as it sees it.</summary>
    public static async Task<string> Role(Node node) => (string?)(await node.Status())?["role"] ?? "none";

    /// <summary>The end of every test.</summary>
    /// <param name="master">Number of the node that must be the one master and the holder.</param>
    /// <param name="most">So many assigns since the start of the test may have been accepted.</param>
    public async Task Audit(int master, int most, int least = 0)
    {
        await Settled(master);
        var masters = new List<string>();
        foreach (var node in Nodes.Where(n => n.AgentRuns))
        {
            if (await Role(node) == "master")
                masters.Add(node.Name);
        }
        Assert.Equal([this[master].Name], masters);
        await CheckAssigns(most, least);
        await NoSecrets();
    }

    public async Task CheckAssigns(int most, int least = 0)
    {
        var assigns = await Assigns();
        if (assigns < least || assigns > most)
            Assert.Fail($"{assigns} assigns, expected {least} to {most}\n{await Describe()}");
    }

    /// <summary>None of the planted secrets is in a log, a state file, the JSON of the socket, an alert, a command line or an environment.</summary>
    public async Task NoSecrets()
    {
        var said = new List<(string Where, string Text)>();
        said.AddRange((await Messages()).Select(m => ("Slack", m)));
        foreach (var node in Nodes.Where(n => n.Folder.Length > 0))
        {
            said.Add(($"log of {node.Name}", node.Log));
            foreach (var file in new[] { "run", "state" }.Select(d => Path.Combine(node.Folder, d)).Where(Directory.Exists).SelectMany(Directory.GetFiles).Where(f => !f.EndsWith(".sock", StringComparison.Ordinal) && !f.EndsWith(".lock", StringComparison.Ordinal)))
                said.Add((file, await File.ReadAllTextAsync(file)));
            if (!node.AgentRuns || await node.Status() is not { } status)
                continue;
            said.Add(($"status of {node.Name}", status.ToJsonString()));
            foreach (var path in new[] { "v1/events?n=1000", "v1/config", "metrics", "" })
                said.Add(($"{path} of {node.Name}", await node.Get(path)));
            foreach (var file in new[] { "cmdline", "environ" })
                said.Add(($"{file} of {node.Name}", await File.ReadAllTextAsync($"/proc/{node.Agent!.Id}/{file}")));
        }
        foreach (var (where, text) in said)
            Assert.True(!_secrets.Any(s => text.Contains(s, StringComparison.OrdinalIgnoreCase)), $"{where} has a secret in it");
    }

    /// <summary>Everything that one wants to see when a test failed.</summary>
    public async Task<string> Describe()
    {
        var text = new System.Text.StringBuilder($"holder: droplet {await Lab.Holder()}\n");
        foreach (var e in await Lab.History(_start, "assign", "action", "holder", "control"))
            text.AppendLine($"  {e.At:HH:mm:ss.fff} {e.Kind} {e.Text} {e.Status} {e.Fault}");
        foreach (var node in Nodes)
            text.AppendLine($"{node.Name}: {(await node.Status())?.ToJsonString() ?? "no agent"}\n{string.Join('\n', node.Log.Split('\n').TakeLast(40))}");
        return text.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
            node.Agent?.Kill();
        await Lab.NoFaults();
    }

    public async Task<IReadOnlyList<string>> Messages()
    {
        var began = await Lab.History(_start) is [var first, ..] ? first.At : DateTimeOffset.MaxValue;
        return [.. (await Lab.Alerts()).Where(m => (DateTimeOffset)m["at"]! >= began).Select(m => (string)m["body"]!)];
    }
}
