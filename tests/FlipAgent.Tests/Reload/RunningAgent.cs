using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using FlipAgent.Harness;
using FlipAgent.Lab;

namespace FlipAgent.Tests.Reload;

/// <summary>The real agent as a process, with the stand-in cloud, on loopback addresses of its own: so that a crash of it is a result and not the end of the tests.</summary>
internal sealed class RunningAgent : IAsyncDisposable
{
    /// <summary><c>$FLIPAGENT</c>, or the one that was built with the tests.</summary>
    private static readonly string s_program =
        Environment.GetEnvironmentVariable("FLIPAGENT") is { Length: > 0 } named ? named : Path.Combine(AppContext.BaseDirectory, "flipagent");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flipagent-reload-");
    private readonly AgentClient _client;
    private OwnedProcess? _process;

    private RunningAgent(LabCloud lab, string network, int port)
    {
        (Lab, Network, Port) = (lab, network, port);
        _client = new(Path.Combine(RuntimeDir, "control.sock"), TimeSpan.FromSeconds(30));
    }

    public LabCloud Lab { get; }

    public string Network { get; }

    public int Port { get; }

    /// <summary>The cluster key in hex.</summary>
    public string Key { get; } = RandomNumberGenerator.GetHexString(64, lowercase: true);

    public const string Cluster = "reload";

    public bool Runs => _process is { Runs: true };

    /// <summary>The process id.</summary>
    public int Id => _process!.Id;

    public string RuntimeDir => Path.Combine(_folder.FullName, "run");

    public string StateDir => Path.Combine(_folder.FullName, "state");

    private string ConfigFile => Path.Combine(_folder.FullName, "flipagent.yaml");

    /// <param name="network">The first three bytes of a loopback network that no other test uses.</param>
    public static async Task<RunningAgent> Prepare(string network, int port)
    {
        var lab = await LabCloud.Start(new LabOptions { Droplets = [.. Enumerable.Range(1, 3).Select(n => new DropletSpec(n, $"n{n}", IPAddress.Parse($"{network}.{n}")))], FloatingIps = [new(IPAddress.Parse($"{network}.100"), 1)] });
        var agent = new RunningAgent(lab, network, port);
        agent.Secret("cluster.key", agent.Key);
        agent.Secret("token", LabOptions.DefaultToken);
        Directory.CreateDirectory(agent.RuntimeDir);
        Directory.CreateDirectory(agent.StateDir);
        return agent;
    }

    public IPAddress Address(int node) => IPAddress.Parse($"{Network}.{node}");

    /// <summary>A whole configuration file; this node is always n1.</summary>
    /// <param name="guard">The value of <c>guard</c>; null: no such line.</param>
    public string Yaml(int[] nodes, string[] checks, string? guard) => $"""
        cluster: {Cluster}
        nodes:
        {string.Join("\n", nodes.Select(n => $"  - {{name: n{n}, address: {Address(n)}, droplet_id: {n}, priority: {160 - (10 * n)}}}"))}
        election:
          port: {Port}
          interval: 100ms
          key_file: ./cluster.key
        floating_ip:
          provider: digitalocean
          address: {Network}.100
          token_file: ./token
          api_url: {Lab.ApiUrl.GetLeftPart(UriPartial.Authority)}
          metadata_url: {Lab.MetadataUrl(1)}
          {(guard is null ? "guard_timeout: 100ms" : $"guard: {guard}")}
        checks:
        {string.Join("\n", checks.Select(c => "  - " + c))}
        runtime_dir: {RuntimeDir}
        state_dir: {StateDir}

        """;

    public void Write(string yaml)
    {
        File.WriteAllText(ConfigFile + ".new", yaml);
        File.Move(ConfigFile + ".new", ConfigFile, overwrite: true);
    }

    public void Start()
    {
        var environment = new Dictionary<string, string>
        {
            ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
            ["DOTNET_DbgEnableMiniDump"] = "0",
        };
        _process = new(new() { Log = Path.Combine(_folder.FullName, "agent.log"), Environment = environment }, "env", "-u", "NOTIFY_SOCKET", s_program, "--config", ConfigFile, "--node", "n1");
    }

    /// <summary>Waits until it answers; fails with its log when it ends instead.</summary>
    public async Task Answers()
    {
        for (var until = Stopwatch.StartNew(); until.Elapsed < TimeSpan.FromSeconds(60); await Task.Delay(50))
        {
            Assert.True(Runs, $"the agent ended with {(Runs ? 0 : _process!.ExitCode)}:\n{_process!.Output}");
            if (await Try("v1/status") is not null)
                return;
        }
        Assert.Fail("the agent does not answer");
    }

    /// <summary>The new file by a reload, which must work.</summary>
    public async Task Reload(string yaml)
    {
        Write(yaml);
        using var answer = await _client.Http.PostAsync("v1/reload", null);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
    }

    /// <summary>Null when the connection broke: the agent is gone.</summary>
    public Task<string?> Try(string path) => _client.Try(path);

    public async Task<JsonNode> Status() => JsonNode.Parse(await Try("v1/status") ?? throw new InvalidOperationException("no status: the agent is gone"))!;

    public async Task<JsonArray> Events() => JsonNode.Parse(await Try("v1/events?n=1000") ?? throw new InvalidOperationException("no events: the agent is gone"))!.AsArray();

    /// <summary>Ends it as systemd does and returns what it logged.</summary>
    public async Task<(int Exit, string Log)> Stop()
    {
        _process!.Send(Signal.Term);
        var exit = await _process.WaitForExitAsync(TimeSpan.FromSeconds(30)) ?? throw new TimeoutException($"the agent does not end within 30 s:\n{_process.Output}");
        return (exit, _process.Output);
    }

    public async ValueTask DisposeAsync()
    {
        _process?.Dispose();
        _client.Dispose();
        await Lab.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private void Secret(string name, string content)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, content + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
