using System.Text.Json.Nodes;

namespace FlipAgent.SystemTests.Host;

/// <summary>
/// The reference pair on booted machines: two droplets with HAProxy and the installed package, the stand-in cloud, and the floating IP at
/// haproxy-1. A test that fails tells what both machines' journals said.
/// </summary>
internal sealed class Cluster : IDisposable
{
    public const long IdOfOne = 3164444;
    public const long IdOfTwo = 3164445;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private static readonly string ClusterKey = Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
    private readonly TestNetwork _network = new();

    /// <param name="unitCheck">More keys of the process check, such as <c>, standby: cold</c>.</param>
    /// <param name="guard">False: <c>guard: off</c>.</param>
    public Cluster(string unitCheck = "", bool guard = true)
    {
        Cloud = new LabProcess(_network, TimeSpan.FromSeconds(1));
        One = new Droplet("haproxy-1", _network.AddDroplet("haproxy-1", "10.110.0.2"), Golden.Layers);
        Two = new Droplet("haproxy-2", _network.AddDroplet("haproxy-2", "10.110.0.3"), Golden.Layers);
        Parallel.ForEach([One, Two], droplet => SetUp(droplet, Configuration(unitCheck, guard)));
    }

    public LabProcess Cloud { get; }

    public Droplet One { get; }

    public Droplet Two { get; }

    public Client NewClient() => new(_network);

    /// <summary>Starts both agents and waits until haproxy-1 is master, holds the address and the cluster is well.</summary>
    public void Start()
    {
        Parallel.ForEach([One, Two], droplet => droplet.Run("systemctl", "enable", "--now", "flipagent"));
        AwaitMaster(One);
    }

    /// <summary>Waits until this droplet is master and holds the address, the other one is backup, and both say so.</summary>
    public void AwaitMaster(Droplet master) => AwaitMaster(master, Soon);

    public void AwaitMaster(Droplet master, TimeSpan within)
    {
        Eventually.True(
            () => Status(master) is { } status && Word(status, "role") == "master" && (string?)status["floating_ip"]!["holder"] == master.Name && Cloud.Holder == Id(master),
            within, () => $"{master.Name} is not master with the address at it\n{Describe()}");
    }

    /// <summary>Waits until every node is heard and fit, the other one could take over now, and the verdict is ok on the master.</summary>
    public void AwaitWell(Droplet master) =>
        Eventually.True(
            () => Status(master) is { } status && Word(status, "role") == "master" && Word(status, "verdict") == "ok"
                && status["nodes"]!.AsArray().All(node => Word(node!, "role") is "master" or "backup"),
            Soon, Describe);

    public void AwaitRole(Droplet droplet, string role) =>
        Eventually.True(() => Status(droplet) is { } status && Word(status, "role") == role, Soon, () => $"{droplet.Name} is not {role}\n{Describe()}");

    public void AwaitAlert(string part) =>
        Eventually.True(() => Cloud.Alerts.Any(a => a.Contains(part, StringComparison.OrdinalIgnoreCase)), Soon, () => $"no alert says '{part}': {string.Join("\n", Cloud.Alerts)}");

    /// <summary><c>flipagentctl status --json</c>, or null when the agent does not answer.</summary>
    public static JsonNode? Status(Droplet droplet)
    {
        var done = droplet.Try("flipagentctl", "status", "--json");
        return done.Out.StartsWith('{') ? JsonNode.Parse(done.Out) : null;
    }

    public static int Term(Droplet droplet)
    {
        JsonNode? status = null;
        Eventually.True(() => (status = Status(droplet)) is not null, Soon, () => $"the agent on {droplet.Name} does not answer");
        return (int)status!["term"]!;
    }

    /// <summary>What a person would look at: both statuses and the cloud's view.</summary>
    public string Describe() => $"cloud: {Cloud.Holder}\n{One.Try("flipagentctl", "status").Text}\n{Two.Try("flipagentctl", "status").Text}\n"
        + $"{One.Journal("-u", "flipagent", "-n", "60")}\n{Two.Journal("-u", "flipagent", "-n", "60")}";

    /// <summary>No secret may be in anything that the machines wrote (docs/configuration.md).</summary>
    public void AssertNoSecretLeaked()
    {
        foreach (var droplet in (Droplet[])[One, Two])
        {
            var everything = droplet.Journal() + droplet.Journal("-o", "export") + droplet.Try("flipagentctl", "status", "--json").Text
                + droplet.Try("flipagentctl", "events", "--json").Text + droplet.Try("flipagentctl", "config", "show").Text;
            Assert.All([LabProcess.Token, ClusterKey, "T0SECRET"], secret => Assert.DoesNotContain(secret, everything, StringComparison.OrdinalIgnoreCase));
        }
    }

    public void Dispose()
    {
        One.Dispose();
        Two.Dispose();
        Cloud.Dispose();
        _network.Dispose();
    }

    private static long Id(Droplet droplet) => droplet.Name == "haproxy-1" ? IdOfOne : IdOfTwo;

    private static string? Word(JsonNode status, string field) => (string?)status[field];

    private static void SetUp(Droplet droplet, string configuration)
    {
        File.WriteAllText(droplet.Root + "/etc/haproxy/haproxy.cfg", HaProxy(droplet.Name));
        droplet.Boot();
        droplet.Write("/etc/flipagent/flipagent.yaml", configuration);
        droplet.Write("/etc/flipagent/cluster.key", ClusterKey + "\n", "root:flipagent", "0640");
        droplet.Write("/etc/flipagent/do-token", LabProcess.Token + "\n", "root:flipagent", "0640");
        droplet.Write("/etc/flipagent/slack-webhook", $"http://{TestNetwork.CloudAddress}/services/T0SECRET/B0SECRET/XSECRET\n", "root:flipagent", "0640");
    }

    private static string Configuration(string unitCheck, bool guard) => $$"""
        cluster: web-lb
        nodes:
          - {name: haproxy-1, address: 10.110.0.2, droplet_id: {{IdOfOne}}, priority: 150}
          - {name: haproxy-2, address: 10.110.0.3, droplet_id: {{IdOfTwo}}, priority: 100}
        election:
          key_file: /etc/flipagent/cluster.key
        floating_ip:
          provider: digitalocean
          address: {{TestNetwork.FloatingIp}}
          token_file: /etc/flipagent/do-token
          api_url: http://{{TestNetwork.CloudAddress}}
          metadata_url: http://{{TestNetwork.MetadataAddress}}{{(guard ? "" : "\n  guard: off")}}
        checks:
          - {name: haproxy, process: {unit: haproxy.service}{{unitCheck}} }
          - {name: site, http: "http://127.0.0.1:{{LabProcess.ServicePort}}/haproxy_check"}
        alerts:
          - slack: {webhook_url_file: /etc/flipagent/slack-webhook}

        """;

    /// <summary>Debian's own settings, and a service that says its node's name.</summary>
    private static string HaProxy(string name) => $"""
        global
            log /dev/log local0
            stats socket /run/haproxy/admin.sock mode 660 level admin expose-fd listeners
            user haproxy
            group haproxy
            daemon
        defaults
            mode http
            timeout connect 2s
            timeout client 10s
            timeout server 10s
        frontend web
            bind :{LabProcess.ServicePort}
            monitor-uri /haproxy_check
            http-request return status 200 content-type text/plain string {name}

        """;
}
