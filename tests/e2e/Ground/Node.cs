using System.Net;
using System.Text.Json.Nodes;
using FlipAgent.Harness;

namespace FlipAgent.E2E.Ground;

/// <summary>
/// One load balancer of the test ground: a namespace with a real HAProxy and, as long as a test has a cluster, an agent.
/// </summary>
internal sealed class Node(int number, NamespaceNetwork network, string folder) : IDisposable
{
    private readonly Dictionary<string, string> _input = [];
    private readonly Dictionary<string, string> _output = [];
    private AgentClient? _client;

    public int Number => number;

    public string Name => $"haproxy-{number}";

    public IPAddress Address => NamespaceNetwork.Address(number);

    public NetworkNamespace Network => network.Node(number);

    public long Droplet => NamespaceNetwork.Droplet(number);

    /// <summary>Configuration, secrets, runtime and state directories of the agent in the present test.</summary>
    public string Folder { get; private set; } = "";

    public string Config => Path.Combine(Folder, "flipagent.yaml");

    public string Socket => Path.Combine(Folder, "run", "control.sock");

    public string PidFile => Path.Combine(folder, $"{Name}.pid");

    public OwnedProcess? HaProxy { get; private set; }

    public OwnedProcess? Agent { get; private set; }

    public bool AgentRuns => Agent is { Runs: true };

    /// <summary>The agent that the next start runs; a new test begins with the one of today.</summary>
    public string Program { get; set; } = Binary.Agent;

    /// <summary>Where the agent's memory is counted; null: nowhere in particular.</summary>
    public MemoryGroup? Memory { get; set; }

    /// <summary>Puts the agent's CLOCK_BOOTTIME ahead; null: nothing does.</summary>
    public SuspendClock? Clock { get; set; }

    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    private string LogFile => Path.Combine(Folder, "agent.log");

    /// <summary>A new home for the agent; the old one's programs must be gone.</summary>
    public void MoveIn(string home)
    {
        Folder = Directory.CreateDirectory(home).FullName;
        Program = Binary.Agent;
        _client?.Dispose();
        _client = new(Socket, TimeSpan.FromSeconds(4));
    }

    /// <summary>HAProxy is started again, bound to an address that the traffic of the floating IP does not arrive at: every check of the node stays up.</summary>
    public void BindHaProxyLocally()
    {
        HaProxy?.Kill();
        StartHaProxy("127.0.0.1");
    }

    /// <param name="bind">The address that it listens on; empty: all.</param>
    public void StartHaProxy(string bind = "")
    {
        if (HaProxy is { Runs: true })
        {
            HaProxy.Send(Signal.Cont);
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
              bind {bind}:{NamespaceNetwork.ServicePort}
              monitor-uri /haproxy_check
              http-request return status 200 content-type text/plain string {Name}

            """);
        HaProxy = new(new() { Network = Network, Log = Path.Combine(folder, $"{Name}.log") }, "haproxy", "-db", "-f", config);
        File.WriteAllText(PidFile + ".new", $"{HaProxy.Id}\n");
        File.Move(PidFile + ".new", PidFile, overwrite: true);
    }

    public void StartAgent()
    {
        Agent?.Dispose();
        string[] command = [Program, "--config", Config];
        Agent = new(new() { Network = Network, Log = LogFile, Environment = Environment }, Memory?.Inside(command) ?? command);
    }

    public Dictionary<string, string> Environment => new(Clock?.Environment ?? new Dictionary<string, string>())
    {
        ["HAPROXY_PID_FILE"] = PidFile,
        ["RUNTIME_DIRECTORY"] = Path.Combine(Folder, "run"),
        ["STATE_DIRECTORY"] = Path.Combine(Folder, "state"),
        ["PROVIDER_PROGRAM"] = Path.Combine(Folder, "provider"),
    };

    /// <summary>Agent and HAProxy stand still, as the programs of a machine that is paused or suspended do.</summary>
    public void Freeze(bool on)
    {
        foreach (var program in (OwnedProcess[])[Agent!, HaProxy!])
            program.Send(on ? Signal.Stop : Signal.Cont);
    }

    /// <summary>Everything stops in the same moment, and nothing is released.</summary>
    public void PowerOff()
    {
        network.Link(number, up: false);
        Agent?.Kill();
        HaProxy?.Kill();
    }

    public void PowerOn() => network.Link(number, up: true);

    /// <summary>Puts the floating IP on this machine's lo, or takes it off again.</summary>
    public void OwnFloatingIp(bool on) => network.OwnFloatingIp(number, on);

    /// <summary>Nothing that node sends arrives here; the cloud and the clients do.</summary>
    public void Deafen(Node to) => Cut(_input, to.Name, $"ip saddr {to.Address} drop");

    /// <summary>This share of all adverts that arrive here is lost.</summary>
    public void Lose(int percent) => Cut(_input, "loss", $"udp dport 5112 numgen random mod 100 < {percent} drop");

    /// <summary>The cloud API is out of reach, the floating IP is not.</summary>
    /// <summary>Loses packets of the service too, in both directions: adverts and the guard have the same bad network.</summary>
    public void LoseService(int percent)
    {
        Cut(_input, "loss of the service", $"ip saddr != 127.0.0.0/8 tcp dport {NamespaceNetwork.ServicePort} numgen random mod 100 < {percent} drop");
        Cut(_input, "loss of its answers", $"ip saddr != 127.0.0.0/8 tcp sport {NamespaceNetwork.ServicePort} numgen random mod 100 < {percent} drop");
    }

    public void CutApi() => Cut(_output, "api", $"ip daddr {NamespaceNetwork.CloudAddress} tcp dport {NamespaceNetwork.ApiPort} drop");

    /// <summary>A firewall of this machine drops what clients send to the site; the checks of the node, which ask 127.0.0.1, stay up.</summary>
    public void CutClients() => Cut(_input, "clients", $"ip saddr != 127.0.0.0/8 tcp dport {NamespaceNetwork.ServicePort} drop");

    /// <summary>The store of the lease is out of reach.</summary>
    public void CutStore() => Cut(_output, "store", $"ip daddr {NamespaceNetwork.CloudAddress} tcp dport {{ {string.Join(", ", NamespaceNetwork.StorePorts)} }} drop");

    /// <summary>A network that is not up yet: no other node, no store, no cloud. Clients, whom it does not call, still reach it.</summary>
    public void CutAll(IEnumerable<Node> others)
    {
        CutApi();
        CutMetadata();
        CutStore();
        foreach (var other in others)
        {
            Deafen(other);
            other.Deafen(this);
        }
    }

    public void CutMetadata() => Cut(_output, "metadata", $"ip daddr {NamespaceNetwork.CloudAddress} tcp dport {NamespaceNetwork.MetadataPort} drop");

    /// <summary>All cuts of this node are mended.</summary>
    public void Mend()
    {
        _input.Clear();
        _output.Clear();
        network.Rules(number, [], []);
    }

    /// <summary>Null: the agent does not answer.</summary>
    public Task<JsonNode?> Status() => _client!.Status();

    public Task<string> Get(string path) => _client!.Get(path);

    /// <summary>A change through the socket, as flipagentctl makes it; the answer is <c>{"ok":...,"code":...}</c>.</summary>
    public Task<JsonNode> Post(string path, string body = "") => _client!.Post(path, body);

    public ProgramResult Ctl(params string[] arguments) => Shell.Run(Binary.Ctl, ["--socket", Socket, .. arguments]);

    public void Dispose()
    {
        Agent?.Dispose();
        HaProxy?.Dispose();
        _client?.Dispose();
    }

    private void Cut(Dictionary<string, string> rules, string name, string rule)
    {
        rules[name] = rule;
        network.Rules(number, _input.Values, _output.Values);
    }
}

/// <summary>The published program under its two names: <c>$FLIPAGENT</c>, or what <c>make publish</c> left.</summary>
internal static class Binary
{
    public static string Agent { get; } = System.Environment.GetEnvironmentVariable("FLIPAGENT") is { Length: > 0 } named ? named : Repository.PathOf("out/flipagent");

    public static string Ctl => Path.Combine(Path.GetDirectoryName(Agent)!, "flipagentctl");
}
