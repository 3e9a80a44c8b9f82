using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using FlipAgent.Config;
using FlipAgent.Config.Sections;
using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Logging;
using FlipAgent.Running;
using FlipAgent.Systemd;
using FlipAgent.Tests.Control;
using Microsoft.Extensions.Logging;

namespace FlipAgent.Tests.Ctl;

/// <summary>Two whole agents on loopback, whose files differ in one key and one of which a person takes out of service: what <c>doctor --cluster</c> says at the other one.</summary>
public sealed class TwoAgentsTests
{
    private const string Network = "127.88.7";
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task The_doctor_on_one_node_names_the_key_that_differs_on_the_other_and_who_took_it_out_of_service()
    {
        using var service = new TcpListener(IPAddress.Any, 0);
        service.Start();
        var (port, guard, key) = (FreePort(), ((IPEndPoint)service.LocalEndpoint).Port, RandomNumberGenerator.GetHexString(64, lowercase: true));
        await using var one = await Node.Start(1, key, Yaml(port, guard, interval: "2s"));
        await using var two = await Node.Start(2, key, Yaml(port, guard, interval: "3s"));

        await Until(one, findings => findings.Contains("n2 configuration warning differs from that of n1: checks.site.interval"));
        await Until(one, findings => findings.Contains("n2 service port ok open where traffic for the floating IP arrives"));
        await Until(two, findings => findings.Contains("n1 configuration warning differs from that of n2: checks.site.interval"));
        Assert.Contains("n2 write access ok not proven: no move of this node was answered in its run; a drill proves it", await Findings(one));

        var ordered = await CtlRun.Of("--socket", two.Socket, "maintenance", "on", "--for", "2h", "--reason", "a new disk");
        Assert.Equal((0, ""), (ordered.Exit, ordered.Error));
        var said = await Until(one, findings => findings.FirstOrDefault(line => line.StartsWith("n2 fit warning in maintenance until ", StringComparison.Ordinal)) is not null);
        Assert.EndsWith($" UTC, by {CallerTests.Me}", said.Single(line => line.StartsWith("n2 fit ", StringComparison.Ordinal)));
        Assert.Contains(await Findings(two), line => line.EndsWith($" UTC, by {CallerTests.Me}: a new disk", StringComparison.Ordinal));

        // With the same file and back in service there is nothing left to say.
        await two.Reload(Yaml(port, guard, interval: "2s"));
        Assert.Equal(0, (await CtlRun.Of("--socket", two.Socket, "maintenance", "off")).Exit);
        await Until(one, findings => !findings.Any(line => line.StartsWith("n2 configuration ", StringComparison.Ordinal) || line.Contains("maintenance", StringComparison.Ordinal)));
    }

    private static async Task<List<string>> Until(Node node, Func<List<string>, bool> isSo)
    {
        List<string> findings = [];
        for (var until = Clocks.Monotonic + s_long; Clocks.Monotonic < until; await Task.Delay(100))
            if (isSo(findings = await Findings(node)))
                return findings;
        Assert.Fail(string.Join('\n', findings));
        return findings;
    }

    private static async Task<List<string>> Findings(Node node)
    {
        var run = await CtlRun.Of("--socket", node.Socket, "doctor", "--cluster", "--json");
        Assert.Equal("", run.Error);
        return [.. JsonDocument.Parse(run.Out).RootElement.GetProperty("findings").EnumerateArray()
            .Select(one => $"{one.GetProperty("node").GetString()} {one.GetProperty("subject").GetString()} {one.GetProperty("health").GetString()} {one.GetProperty("text").GetString()}")];
    }

    private static int FreePort()
    {
        using var free = new UdpClient(new IPEndPoint(IPAddress.Parse($"{Network}.1"), 0));
        return ((IPEndPoint)free.Client.LocalEndPoint!).Port;
    }

    private static string Yaml(int port, int guard, string interval) => $"""
        cluster: two-agents
        nodes:
          - {"{"}name: n1, address: {Network}.1, droplet_id: 1, priority: 150{"}"}
          - {"{"}name: n2, address: {Network}.2, droplet_id: 2, priority: 100{"}"}
        election:
          port: {port}
          interval: 100ms
          key_file: ./cluster.key
        floating_ip:
          provider: digitalocean
          address: 203.0.113.10
          token_file: ./token
          api_url: http://127.0.0.1:9
          metadata_url: http://127.0.0.1:9
          guard: tcp://203.0.113.10:{guard}
        checks:
          - {"{"}name: site, interval: {interval}, exec: [/bin/true]{"}"}

        """;

    private sealed class Node : IAsyncDisposable
    {
        private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("flipagent-two-");
        private readonly AgentLog _log = new(LoggerFactory.Create(_ => { }), () => 0, _ => { });
        private Parts _parts = null!;
        private ControlServer _control = null!;

        public string Socket => Path.Combine(_home.FullName, "control.sock");

        private string File => Path.Combine(_home.FullName, "flipagent.yaml");

        public static async Task<Node> Start(int number, string key, string yaml)
        {
            var node = new Node();
            node.Secret("cluster.key", key);
            node.Secret("token", "a token that is long enough");
            node.Write(yaml);
            var config = ((ConfigResult.Valid)ConfigReader.Read(node.File, $"n{number}")).Config;
            var (parts, failure) = Parts.Open(config, $"n{number}", Ground.Of(node._log, new SdNotify(null), realTime: false));
            node._parts = parts ?? throw new InvalidOperationException(failure);
            var (control, error) = await parts.Serve();
            node._control = control ?? throw new InvalidOperationException(error);
            parts.Agent.Start();
            parts.Checks.Start();
            parts.Arrival.Start();
            return node;
        }

        public async Task Reload(string yaml)
        {
            Write(yaml);
            Assert.Null(await _parts.Reload.Run(CancellationToken.None));
        }

        public async ValueTask DisposeAsync()
        {
            _parts.Ground.Inbox.Put(new Input.Stopping(StopKind.Final));
            await _parts.Agent.Ended.WaitAsync(s_long);
            await _control.DisposeAsync();
            _parts.Arrival.Dispose();
            _parts.ReloadTarget.Adverts.Dispose();
            _parts.Checks.Dispose();
            await _parts.Alerts.DisposeAsync();
            _parts.Current.Value.Cloud.Dispose();
            _parts.StateFile.Dispose();
            _parts.Ground.Exits.Dispose();
            _parts.Ground.Bus.Dispose();
            _log.Dispose();
            _home.Delete(recursive: true);
        }

        private void Write(string yaml) => System.IO.File.WriteAllText(File, $"{yaml}runtime_dir: {_home.FullName}\nstate_dir: {_home.FullName}\n");

        private void Secret(string name, string content)
        {
            var path = Path.Combine(_home.FullName, name);
            System.IO.File.WriteAllText(path, content + "\n");
            System.IO.File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }
}
