using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace FlipAgent.E2E.Ground;

/// <summary>
/// One load balancer of the test ground: a namespace with a real HAProxy and, as long as a test has a cluster, an agent. A rack with two machines in it
/// and a power switch.
/// </summary>
internal sealed class Node(int number, NetworkNamespaces networks, string folder) : IDisposable
{
    private readonly Dictionary<string, string> _input = [];
    private readonly Dictionary<string, string> _output = [];
    private HttpClient? _http;

    public int Number => number;

    public string Name => $"haproxy-{number}";

    public IPAddress Address => NetworkNamespaces.Address(number);

    public string Network => networks.Node(number);

    public long Droplet => LabProgram.Droplet(number);

    /// <summary>Configuration, secrets, runtime and state directories of the agent in the present test.</summary>
    public string Folder { get; private set; } = "";

    public string Config => Path.Combine(Folder, "flipagent.yaml");

    public string Socket => Path.Combine(Folder, "run", "control.sock");

    public string PidFile => Path.Combine(folder, $"{Name}.pid");

    public Owned? HaProxy { get; private set; }

    public Owned? Agent { get; private set; }

    public bool AgentRuns => Agent is { Runs: true };

    /// <summary>The agent that the next start runs; a new play begins with the one of today.</summary>
    public string Program { get; set; } = Binary.Agent;

    /// <summary>Where the agent's memory is counted; null: nowhere in particular.</summary>
    public MemoryGroup? Memory { get; set; }

    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    private string LogFile => Path.Combine(Folder, "agent.log");

    /// <summary>A new home for the agent; the old one's programs must be gone.</summary>
    public void MoveIn(string home)
    {
        Folder = Directory.CreateDirectory(home).FullName;
        Program = Binary.Agent;
        _http?.Dispose();
        _http = new(new SocketsHttpHandler { ConnectCallback = (_, cancel) => Unix(Socket, cancel), PooledConnectionLifetime = TimeSpan.Zero })
        { BaseAddress = new("http://agent"), Timeout = TimeSpan.FromSeconds(4) };
    }

    public void StartHaProxy()
    {
        if (HaProxy is { Runs: true })
        {
            HaProxy.Signal(Owned.Cont);
            return;
        }
        HaProxy?.Dispose();
        var config = Path.Combine(folder, $"{Name}.cfg");
        File.WriteAllText(config, $"""
            global
              maxconn 200
            defaults
              mode http
              timeout connect 2s
              timeout client 10s
              timeout server 10s
            frontend site
              bind :{LabProgram.ServicePort}
              monitor-uri /haproxy_check
              http-request return status 200 content-type text/plain string {Name}

            """);
        HaProxy = new(Network, Path.Combine(folder, $"{Name}.log"), null, "haproxy", "-db", "-f", config);
        File.WriteAllText(PidFile + ".new", $"{HaProxy.Id}\n");
        File.Move(PidFile + ".new", PidFile, overwrite: true);
    }

    public void StartAgent()
    {
        Agent?.Dispose();
        string[] command = [Program, "--config", Config];
        Agent = new(Network, LogFile, Environment, Memory?.Inside(command) ?? command);
    }

    public Dictionary<string, string> Environment => new()
    {
        ["HAPROXY_PID_FILE"] = PidFile,
        ["RUNTIME_DIRECTORY"] = Path.Combine(Folder, "run"),
        ["STATE_DIRECTORY"] = Path.Combine(Folder, "state"),
    };

    /// <summary>Everything stops in the same moment and nobody says good-bye.</summary>
    public void PowerOff()
    {
        networks.Link(number, up: false);
        Agent?.End();
        HaProxy?.End();
    }

    public void PowerOn() => networks.Link(number, up: true);

    /// <summary>Puts the floating IP on this machine's lo, or takes it off again.</summary>
    public void OwnFloatingIp(bool on) => networks.OwnFloatingIp(number, on);

    /// <summary>Nothing that node sends arrives here; the cloud and the clients do.</summary>
    public void Deafen(Node to) => Cut(_input, to.Name, $"ip saddr {to.Address} drop");

    /// <summary>This share of all adverts that arrive here is lost.</summary>
    public void Lose(int percent) => Cut(_input, "loss", $"udp dport 5112 numgen random mod 100 < {percent} drop");

    /// <summary>The cloud API is out of reach, the floating IP is not.</summary>
    public void CutApi() => Cut(_output, "api", $"ip daddr {NetworkNamespaces.CloudAddress} tcp dport {LabProgram.ApiPort} drop");

    public void CutMetadata() => Cut(_output, "metadata", $"ip daddr {NetworkNamespaces.CloudAddress} tcp dport {LabProgram.MetadataPort} drop");

    /// <summary>All cuts of this node are mended.</summary>
    public void Mend()
    {
        _input.Clear();
        _output.Clear();
        networks.Rules(number, [], []);
    }

    public async Task<JsonNode?> Status()
    {
        try
        {
            return JsonNode.Parse(await _http!.GetStringAsync("v1/status"));
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    public async Task<string> Get(string path) => await _http!.GetStringAsync(path);

    /// <summary>A change through the socket, as flipagentctl makes it; the answer is <c>{"ok":...,"code":...}</c>.</summary>
    public async Task<JsonNode> Post(string path, string body = "")
    {
        using var answer = await _http!.PostAsync(path, body.Length == 0 ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    public Ran Ctl(params string[] arguments) => Shell.Run(Binary.Ctl, ["--socket", Socket, .. arguments]);

    public void Dispose()
    {
        Agent?.Dispose();
        HaProxy?.Dispose();
        _http?.Dispose();
    }

    private void Cut(Dictionary<string, string> rules, string name, string rule)
    {
        rules[name] = rule;
        networks.Rules(number, _input.Values, _output.Values);
    }

    private static async ValueTask<Stream> Unix(string path, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>The published program under its two names: <c>$FLIPAGENT</c>, or what <c>make publish</c> left.</summary>
internal static class Binary
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    public static string Agent { get; } = System.Environment.GetEnvironmentVariable("FLIPAGENT") is { Length: > 0 } named ? named : Path.Combine(Root, "out", "flipagent");

    public static string Ctl => Path.Combine(Path.GetDirectoryName(Agent)!, "flipagentctl");

    private static string Find(string folder) => File.Exists(Path.Combine(folder, "FlipAgent.sln")) ? folder : Find(Path.GetDirectoryName(folder)!);
}
