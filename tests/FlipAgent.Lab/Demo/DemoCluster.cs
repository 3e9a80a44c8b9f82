using System.Net;
using System.Security.Cryptography;
using FlipAgent.Harness;

namespace FlipAgent.Lab.Demo;

/// <summary>
/// The reference cluster on one machine: every part is the real program with the real files of deploy/reference, only the addresses are loopback
/// ones and the cloud is the lab.
/// </summary>
internal sealed class DemoCluster : IAsyncDisposable
{
    public const long Droplet1 = 3164444;
    public const long Droplet2 = 3164445;

    /// <summary>How long the client waits for one answer. A dead site refuses or resets at once, so this much passes only on an overloaded machine.</summary>
    private static readonly TimeSpan s_answerLimit = TimeSpan.FromSeconds(3);
    private readonly DemoOptions _options;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flipagent-demo-");
    private readonly Dictionary<string, OwnedProcess> _running = [];
    private readonly List<IAsyncDisposable> _watching = [];

    private DemoCluster(DemoOptions options)
    {
        _options = options;
        Nodes = [new(1, Droplet1, Address(2)), new(2, Droplet2, Address(3))];
        FloatingIp = Address(10);
    }

    public IReadOnlyList<DemoNode> Nodes { get; }

    public IPAddress FloatingIp { get; }

    public IPAddress Web => Address(4);

    /// <summary>The agents ask the cloud by a program.</summary>
    public bool StartsPrograms => _options.Provider == "exec";

    public Timeline Timeline { get; } = new();

    public LabCloud Lab { get; private set; } = null!;

    public SiteClient Client { get; private set; } = null!;

    /// <summary>Where configuration, secrets and logs of this run are.</summary>
    public string Folder => _folder.FullName;

    public static async Task<DemoCluster> Start(DemoOptions options)
    {
        var cluster = new DemoCluster(options);
        try
        {
            await cluster.StartCloud();
            cluster.StartWeb();
            foreach (var node in cluster.Nodes)
            {
                cluster.StartHaProxy(node);
                node.Watch = new(node.AgentLane, Path.Combine(cluster.RuntimeDir(node), "control.sock"), cluster.Timeline);
                cluster.StartAgent(node);
            }

            cluster.StartClient();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public OwnedProcess HaProxy(DemoNode node) => _running[node.Name];

    public OwnedProcess Agent(DemoNode node) => _running[node.AgentLane];

    /// <exception cref="StepMissing">A program that was started, and not stopped by the story, has ended.</exception>
    public void MustRun()
    {
        if (_running.Values.FirstOrDefault(p => !p.Runs) is { } dead)
        {
            throw new StepMissing($"{dead.Name} runs: it ended with {dead.ExitCode}");
        }
    }

    public void StartHaProxy(DemoNode node)
    {
        Dictionary<string, string> environment = new()
        {
            ["HAPROXY_UNPRIVILEGED"] = "1",
            ["HAPROXY_BIND"] = $"{node.Address}",
            ["HAPROXY_STATS_BIND"] = $"{node.Address}",
            ["HAPROXY_HEALTH_BIND"] = $"{node.Address}",
            ["HAPROXY_NODE"] = node.Name,
            ["HAPROXY_LOG"] = "stdout",
            ["HAPROXY_SOCKET"] = File($"{node.Name}.sock"),
            ["WEB_ADDRESS"] = $"{Web}",
        };
        // Master and worker, as Debian's unit runs it, so that the pid file is the master's.
        Run(node.Name, environment, "haproxy", "-W", "-f", Reference("haproxy/haproxy.cfg"), "-p", PidFile(node));
    }

    public void StartAgent(DemoNode node)
    {
        Dictionary<string, string> environment = new()
        {
            ["HAPROXY_1_ADDRESS"] = $"{Nodes[0].Address}",
            ["HAPROXY_2_ADDRESS"] = $"{Nodes[1].Address}",
            ["HAPROXY_PROCESS"] = PidFile(node),
            ["HAPROXY_HEALTH_BIND"] = $"{node.Address}",
            ["FLOATING_IP"] = $"{FloatingIp}",
            ["FLIPAGENT_KEY_FILE"] = File("cluster.key"),
            ["FLIPAGENT_TOKEN_FILE"] = File($"{node.Name}.token"),
            ["FLIPAGENT_SLACK_FILE"] = File("slack-webhook"),
            ["DIGITALOCEAN_API_URL"] = Lab.ApiUrl.GetLeftPart(UriPartial.Authority),
            ["DIGITALOCEAN_METADATA_URL"] = Lab.ApiUrl.GetLeftPart(UriPartial.Authority),
            ["HETZNER_API_URL"] = Lab.ApiUrl.GetLeftPart(UriPartial.Authority),
            ["HETZNER_METADATA_URL"] = Lab.ApiUrl.GetLeftPart(UriPartial.Authority),
            ["HAPROXY_1_SERVER"] = $"{Nodes[0].Droplet}",
            ["HAPROXY_2_SERVER"] = $"{Nodes[1].Droplet}",
            ["FLIPAGENT_PROVIDER"] = File("provider"),
            // On one machine every address is its own, so the guard is as good a witness as elsewhere.
            ["FLIPAGENT_GUARD"] = $"http://{FloatingIp}:8001/haproxy_check",
            ["FLIPAGENT_RUNTIME_DIR"] = RuntimeDir(node),
            ["FLIPAGENT_STATE_DIR"] = Directory.CreateDirectory(File($"{node.AgentLane}-state")).FullName,
        };
        Run(node.AgentLane, environment, _options.Agent, "--config", Reference(_options.Provider == "digitalocean" ? "flipagent.yaml" : $"{_options.Provider}/flipagent.yaml"), "--node", node.Name);
    }

    /// <summary>The last lines of every log, for whoever has to find out what went wrong.</summary>
    public string Logs(int lines) => string.Join("\n", _folder.GetFiles("*.log").OrderBy(f => f.Name).Select(f =>
        $"--- {f.FullName}\n{string.Join('\n', System.IO.File.ReadLines(f.FullName).TakeLast(lines))}"));

    public void DeleteFolder() => _folder.Delete(recursive: true);

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        foreach (var node in Nodes.Where(n => n.Watch is not null))
        {
            await node.Watch.DisposeAsync();
        }

        // Side by side, so that the slowest decides and not the sum.
        await Task.WhenAll(_running.Values.Select(p => p.Stop(TimeSpan.FromSeconds(3))));
        foreach (var process in _running.Values)
        {
            process.Dispose();
        }

        _watching.Reverse();
        foreach (var watcher in _watching)
        {
            await watcher.DisposeAsync();
        }

        await Timeline.DisposeAsync();
    }

    private async Task StartCloud()
    {
        List<TokenSpec> tokens = [.. Nodes.Select(n => new TokenSpec(n.Name, "dop_v1_" + RandomNumberGenerator.GetHexString(64, lowercase: true)))];
        Lab = await LabCloud.Start(new LabOptions
        {
            Listen = [new(Address(9), 0)],
            Droplets = [.. Nodes.Select(n => new DropletSpec(n.Droplet, n.Name, n.Address))],
            FloatingIps = [new(FloatingIp, Droplet1)],
            Forward = [.. Enumerable.Range(8001, 7)],
            Tokens = tokens,
            Knobs = new() { AssignLatency = _options.Assign },
        });
        _watching.Add(Lab);
        _watching.Add(new CloudWatch(Lab, Timeline));
        tokens.ForEach(t => Secret($"{t.Name}.token", t.Value));
        Secret("cluster.key", RandomNumberGenerator.GetHexString(64, lowercase: true));
        Secret("slack-webhook", $"{Lab.SlackUrl}");
        if (_options.Provider == "exec")
        {
            var program = await System.IO.File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "provider.sh"));
            await System.IO.File.WriteAllTextAsync(File("provider"), program.Replace("@LAB@", Lab.ApiUrl.GetLeftPart(UriPartial.Authority)));
            System.IO.File.SetUnixFileMode(File("provider"), (UnixFileMode)0b111_101_101);
        }
    }

    private void StartWeb()
    {
        // Readable for the user that Apache serves as when the demonstration runs as root.
        System.IO.File.SetUnixFileMode(_folder.FullName, (UnixFileMode)0b111_001_001);
        Run("web", new() { ["APACHE_LOG_DIR"] = Folder }, WebServer.Prepare(Folder, _options.Reference, Web));
    }

    private void StartClient() => Client = new(new(new(FloatingIp, 8001), TimeSpan.FromMilliseconds(10), s_answerLimit, ServedBy)
    {
        OnChange = (sample, failed) => Timeline.Add(sample.Ok
            ? new(sample.Start, "client", "served", $"is served again, by {sample.ServedBy}; requests that failed: {failed}")
            : new(sample.Start, "client", "failing", $"a request fails: {sample.Error}")),
    });

    /// <summary>The node that says so in <c>x-served-by</c>, when the page is that of site 1.</summary>
    private static string? ServedBy(string answer) => answer.EndsWith("Backend 1\n", StringComparison.Ordinal)
        ? answer.Split("\r\n").FirstOrDefault(l => l.StartsWith("x-served-by: ", StringComparison.Ordinal))?["x-served-by: ".Length..]
        : null;

    // A session of its own: Ctrl-C at the terminal reaches only the demonstration, which then ends everything in order.
    private void Run(string name, Dictionary<string, string> environment, params string[] command)
    {
        _running.GetValueOrDefault(name)?.Dispose();
        _running[name] = new(new() { Name = name, Log = File($"{name}.log"), Environment = environment, OwnGroup = true }, command);
    }

    private void Secret(string name, string content)
    {
        using var file = new FileStream(File(name), new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        file.Write(System.Text.Encoding.ASCII.GetBytes(content + "\n"));
    }

    private IPAddress Address(int last) => IPAddress.Parse($"{_options.Network}.{last}");

    private string File(string name) => Path.Combine(Folder, name);

    private string PidFile(DemoNode node) => File($"{node.Name}.pid");

    private string RuntimeDir(DemoNode node) => Directory.CreateDirectory(File($"{node.AgentLane}-run")).FullName;

    private string Reference(string name) => Path.Combine(_options.Reference, name);
}
