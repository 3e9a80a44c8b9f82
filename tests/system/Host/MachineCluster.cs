using System.Net;
using System.Text.Json.Nodes;
using FlipAgent.Harness;

namespace FlipAgent.SystemTests.Host;

/// <summary>
/// The reference pair on booted machines: two droplets with HAProxy and the installed package, the stand-in cloud, and the floating IP at
/// haproxy-1. A test that fails shows what both machines' journals said.
/// </summary>
internal sealed class MachineCluster : IDisposable
{
    public const long IdOfOne = 3164444;
    public const long IdOfTwo = 3164445;

    /// <summary>The API token that both nodes have at DigitalOcean.</summary>
    public const string Token = "dop_v1_5e7000000000000000000000000000000000000000000000000000000000cafe";

    private static readonly TimeSpan s_requestInterval = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan s_answerLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(60);
    private static readonly string s_clusterKey = Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
    private readonly MachineNetwork _network = new();
    private readonly string _tokenFile = Path.GetTempFileName();
    private readonly LabProgram _lab;
    private readonly string _unitCheck;
    private readonly bool _guard;
    private MachineCloud _at = MachineCloud.DigitalOcean;

    /// <param name="unitCheck">More keys of the process check, such as <c>, standby: cold</c>.</param>
    /// <param name="guard">False: <c>guard: off</c>.</param>
    /// <param name="bare">A Debian root without the package, on which dpkg alone installs <paramref name="package"/>; null: the one on which apt has installed it.</param>
    public MachineCluster(string unitCheck = "", bool guard = true, string? bare = null, string? package = null)
    {
        (_unitCheck, _guard) = (unitCheck, guard);
        string[] layers = bare is null ? Golden.Layers : [bare];
        File.WriteAllText(_tokenFile, Token);
        _lab = new(_network.Cloud, null,
            "--listen", $"{MachineNetwork.CloudAddress}:80", "--listen", $"{MachineNetwork.MetadataAddress}:80",
            "--droplet", $"{IdOfOne},haproxy-1,10.110.0.2", "--droplet", $"{IdOfTwo},haproxy-2,10.110.0.3", "--floating-ip", $"{MachineNetwork.FloatingIp},{IdOfOne}",
            "--floating-ip", $"{MachineNetwork.FloatingIpv6},{IdOfOne}", "--forward", $"{MachineNetwork.ServicePort}", "--token", $"lab,{_tokenFile}", "--assign-latency", "1000");
        One = new Droplet("haproxy-1", _network.AddDroplet("haproxy-1", "10.110.0.2"), layers);
        Two = new Droplet("haproxy-2", _network.AddDroplet("haproxy-2", "10.110.0.3"), layers);
        Parallel.ForEach([One, Two], droplet => SetUp(droplet, package));
    }

    /// <summary>The droplet that holds the floating IP, as the API would say.</summary>
    public long? Holder => _lab.Client.Holder().Result;

    /// <summary>The same of each floating IP of the pair.</summary>
    public IReadOnlyList<long?> Holders => [.. _lab.Client.State().Result["floating_ips"]!.AsArray().Take(_at.Addresses.Count).Select(ip => (long?)ip!["holder"])];

    /// <summary>Texts of the Slack messages so far.</summary>
    public IReadOnlyList<string> Alerts => [.. _lab.Client.Alerts().Result.Select(m => (string)m["text"]!)];

    /// <summary>The requests to assign so far, accepted or not.</summary>
    public IReadOnlyList<JsonNode> Assigns => _lab.Client.Assigns().Result;

    public Droplet One { get; }

    public Droplet Two { get; }

    /// <summary>A user who asks for the service through the floating IP without a pause.</summary>
    /// <param name="answerLimit">How long the user waits for one answer; null: 1 s.</param>
    public SiteClient NewClient(TimeSpan? answerLimit = null) => new(new(new(IPAddress.Parse(MachineNetwork.FloatingIp), MachineNetwork.ServicePort), s_requestInterval, answerLimit ?? s_answerLimit, Body)
    {
        Network = _network.Cloud,
    });

    /// <summary>A token that the cloud accepts from now on.</summary>
    public void AcceptToken(string name, string value) => _lab.Client.AddToken(name, value).Wait();

    /// <summary>A token that the cloud does not accept any more.</summary>
    public void RefuseToken(string name) => _lab.Client.RemoveToken(name).Wait();

    /// <summary>
    /// From now on this cloud moves the addresses of the living pair, by a reload of both agents: nothing is booted or started for it, and nothing may move.
    /// </summary>
    public void MoveTo(MachineCloud cloud)
    {
        AcceptToken(cloud.TokenName, cloud.Token);
        _at = cloud;
        foreach (var droplet in (Droplet[])[One, Two])
        {
            cloud.Prepare(droplet);
            Configure(droplet);
            droplet.Run("systemctl", "reload", "flipagent");
        }
    }

    /// <summary>Starts both agents and waits until haproxy-1 is master, holds the address and the cluster is well.</summary>
    public void Start()
    {
        Parallel.ForEach([One, Two], droplet => droplet.Run("systemctl", "enable", "--now", "flipagent"));
        AwaitMaster(One);
    }

    /// <summary>Waits until this droplet is master and holds the address, the other one is backup, and both say so.</summary>
    public void AwaitMaster(Droplet master) => AwaitMaster(master, s_soon);

    public void AwaitMaster(Droplet master, TimeSpan within)
    {
        Until.True(
            () => Status(master) is { } status && Word(status, "role") == "master" && (string?)status["floating_ip"]!["holder"] == master.Name
                && Addresses(status).All(ip => (string?)ip!["holder"] == master.Name) && Holders.All(holder => holder == Id(master)),
            () => $"{master.Name} is not master with the address at it\n{Describe()}", within.TotalSeconds);
    }

    /// <summary>Waits until every node is heard and fit, the other one could take over now, and the verdict is ok on the master.</summary>
    public void AwaitWell(Droplet master) =>
        Until.True(
            () => Status(master) is { } status && Word(status, "role") == "master" && Word(status, "verdict") == "ok"
                && status["nodes"]!.AsArray().All(node => Word(node!, "role") is "master" or "backup"),
            Describe, s_soon.TotalSeconds);

    public void AwaitRole(Droplet droplet, string role) =>
        Until.True(() => Status(droplet) is { } status && Word(status, "role") == role, () => $"{droplet.Name} is not {role}\n{Describe()}", s_soon.TotalSeconds);

    /// <param name="after">So many alerts there were before.</param>
    public void AwaitAlert(string part, int after = 0) =>
        Until.True(() => Alerts.Skip(after).Any(a => a.Contains(part, StringComparison.OrdinalIgnoreCase)), () => $"no alert says '{part}': {string.Join("\n", Alerts)}", s_soon.TotalSeconds);

    /// <summary><c>flipagentctl status --json</c>, or null when the agent does not answer.</summary>
    public static JsonNode? Status(Droplet droplet)
    {
        var done = droplet.Try("flipagentctl", "status", "--json");
        return done.Out.StartsWith('{') ? JsonNode.Parse(done.Out) : null;
    }

    public static int Term(Droplet droplet)
    {
        JsonNode? status = null;
        Until.True(() => (status = Status(droplet)) is not null, () => $"the agent on {droplet.Name} does not answer", s_soon.TotalSeconds);
        return (int)status!["term"]!;
    }

    /// <summary>What a person would look at: both statuses and the cloud's view.</summary>
    public string Describe() => $"cloud: {Holder}\n{One.Try("flipagentctl", "status").Text}\n{Two.Try("flipagentctl", "status").Text}\n"
        + $"{One.Journal("-u", "flipagent", "-n", "60")}\n{Two.Journal("-u", "flipagent", "-n", "60")}";

    /// <summary>No secret may be in anything that the machines wrote (docs/configuration.md).</summary>
    public void AssertNoSecretLeaked()
    {
        foreach (var droplet in (Droplet[])[One, Two])
        {
            var everything = droplet.Journal() + droplet.Journal("-o", "export") + droplet.Try("flipagentctl", "status", "--json").Text
                + droplet.Try("flipagentctl", "events", "--json").Text + droplet.Try("flipagentctl", "config", "show").Text;
            Assert.All([.. MachineCloud.All.Select(cloud => cloud.Token), s_clusterKey, "T0SECRET"], secret => Assert.DoesNotContain(secret, everything, StringComparison.OrdinalIgnoreCase));
        }
    }

    public void Dispose()
    {
        One.Dispose();
        Two.Dispose();
        _lab.Dispose();
        File.Delete(_tokenFile);
        _network.Dispose();
    }

    private static long Id(Droplet droplet) => droplet.Name == "haproxy-1" ? IdOfOne : IdOfTwo;

    /// <summary>The service answers with the name of its node.</summary>
    private static string? Body(string answer) => answer.Split("\r\n\r\n") is [_, { Length: > 0 } body] ? body : null;

    /// <summary>Those of the status; an older version has one and no list.</summary>
    private static JsonArray Addresses(JsonNode status) => status["floating_ips"]?.AsArray() ?? [];

    private static string? Word(JsonNode status, string field) => (string?)status[field];

    /// <summary>As an operator who has the file of the package: <c>dpkg -i</c>, a newer or an older version over the one that is there.</summary>
    public static ProgramResult Install(Droplet droplet, string package)
    {
        File.Copy(package, droplet.Root + "/root/flipagent.deb", overwrite: true);
        return droplet.Try("dpkg", "-i", "/root/flipagent.deb");
    }

    private void SetUp(Droplet droplet, string? package)
    {
        File.WriteAllText(droplet.Root + "/etc/haproxy/haproxy.cfg", HaProxy(droplet.Name));
        droplet.Boot();
        if (package is not null && Install(droplet, package) is { Code: not 0 } failed)
            throw new InvalidOperationException($"{droplet.Name}: dpkg -i {Path.GetFileName(package)} ended with {failed.Code}: {failed.Text}");
        droplet.Write("/etc/flipagent/cluster.key", s_clusterKey + "\n", "root:flipagent", "0640");
        droplet.Write("/etc/flipagent/slack-webhook", $"http://{MachineNetwork.CloudAddress}/services/T0SECRET/B0SECRET/XSECRET\n", "root:flipagent", "0640");
        Configure(droplet);
    }

    private void Configure(Droplet droplet)
    {
        droplet.Write(_at.TokenFile, _at.Token + "\n", "root:flipagent", "0640");
        droplet.Write("/etc/flipagent/flipagent.yaml", $$"""
            cluster: web-lb
            nodes:
              - {name: haproxy-1, address: 10.110.0.2, {{_at.Server(IdOfOne)}}, priority: 150}
              - {name: haproxy-2, address: 10.110.0.3, {{_at.Server(IdOfTwo)}}, priority: 100}
            election:
              key_file: /etc/flipagent/cluster.key
            floating_ip:
              provider: {{_at.Provider}}
              {{(_at.Addresses is [var only] ? $"address: {only}" : $"addresses: [{string.Join(", ", _at.Addresses.Select(ip => $"\"{ip}\""))}]")}}
              token_file: {{_at.TokenFile}}
              {{string.Join("\n  ", _at.Lines)}}{{(_guard ? "" : "\n  guard: off")}}
            checks:
              - {name: haproxy, process: {unit: haproxy.service}{{_unitCheck}} }
              - {name: site, http: "http://127.0.0.1:{{MachineNetwork.ServicePort}}/haproxy_check"}
            alerts:
              - slack: {webhook_url_file: /etc/flipagent/slack-webhook}

            """);
    }

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
            bind :{MachineNetwork.ServicePort}
            monitor-uri /haproxy_check
            http-request return status 200 content-type text/plain string {name}

        """;
}
