using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using FlipAgent.Config;
using FlipAgent.Config.Sections;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Logging;
using FlipAgent.Running;
using FlipAgent.Systemd;
using Microsoft.Extensions.Logging;

namespace FlipAgent.Tests.Reload;

/// <summary>All parts of an agent in this process, on loopback addresses of its own, with its loop running and nobody in the cloud.</summary>
internal sealed class OpenedAgent : IAsyncDisposable
{
    private const string Cluster = "transaction";
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(20);
    private static int s_networks;

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("flipagent-transaction-");
    private readonly AgentLog _log = new(LoggerFactory.Create(_ => { }), () => 0, _ => { });
    private readonly string _network = $"127.87.{Interlocked.Increment(ref s_networks)}";
    private readonly ulong _session = Clocks.WallMilliseconds;
    private uint _sequence;

    public OpenedAgent()
    {
        (OldPort, NewPort) = (FreePort(), FreePort());
        (OldKey, NewKey) = (Key("old.key"), Key("new.key"));
        Secret("token", "a token that is long enough");
        Write(OldFile);
        var read = ConfigReader.Read(ConfigPath, "n1");
        var (parts, failure) = Parts.Open(((ConfigResult.Valid)read).Config, "n1", Ground.Of(_log, new SdNotify(null), realTime: false));
        Parts = parts ?? throw new InvalidOperationException(failure);
        Parts.Agent.Start();
        Parts.Checks.Start();
    }

    public Parts Parts { get; }

    public int OldPort { get; }

    public int NewPort { get; }

    public KeyRing OldKey { get; }

    public KeyRing NewKey { get; }

    public string OldFile => Yaml(OldPort, "old.key", 9, "/bin/true", "old");

    /// <summary>Nothing in it is as in <see cref="OldFile"/> that a reload may change.</summary>
    public string NewFile => Yaml(NewPort, "new.key", 10, "/bin/false", "new");

    private string ConfigPath => Path.Combine(_home.FullName, "flipagent.yaml");

    public IPEndPoint Own(int port) => new(IPAddress.Parse($"{_network}.1"), port);

    public void Write(string yaml) => File.WriteAllText(ConfigPath, yaml);

    public Task<string?> Reload(ReloadSteps? steps = null) => new Running.Reload(
        Parts.ReloadTarget, steps ?? Parts.ReloadSteps, Parts.Ground.Inbox, Parts.Agent.Ended, Parts.Ground.Notify, Parts.Ground.Supervisor, _log.Factory.CreateLogger("test"), applied: () => { })
        .Run(CancellationToken.None);

    public async Task EndLoop()
    {
        Parts.Ground.Inbox.Put(new Input.Stopping(StopKind.Final));
        await Parts.Agent.Ended.WaitAsync(s_long);
    }

    /// <summary>Whether an advert of the peer that is signed with these keys counts on this port.</summary>
    public async Task<bool> Hears(int port, KeyRing keys, TimeSpan? within = null)
    {
        var peer = IPAddress.Parse($"{_network}.2");
        using var socket = new UdpClient(new IPEndPoint(peer, port));
        var before = Heard();
        for (var until = Clocks.Monotonic + (within ?? s_long); Clocks.Monotonic < until; await Task.Delay(20))
        {
            var buffer = new byte[AdvertCodec.MaxBytes];
            var length = AdvertCodec.Encode(Advert(), keys, peer, buffer);
            await socket.SendAsync(buffer, length, Own(port));
            if (Heard() > before)
                return true;
        }
        return false;
    }

    public async ValueTask DisposeAsync()
    {
        await EndLoop();
        Parts.ReloadTarget.Adverts.Dispose();
        Parts.Checks.Dispose();
        await Parts.Alerts.DisposeAsync();
        Parts.Current.Value.Cloud.Dispose();
        Parts.StateFile.Dispose();
        Parts.Ground.Exits.Dispose();
        Parts.Ground.Bus.Dispose();
        _log.Dispose();
        _home.Delete(recursive: true);
    }

    public string Yaml(int port, string key, int cloudPort, string sink, string check, string? group = null) => $"""
        cluster: {Cluster}
        nodes:
          - {"{"}name: n1, address: {_network}.1, droplet_id: 1, priority: 150{"}"}
          - {"{"}name: n2, address: {_network}.2, droplet_id: 2, priority: 100{"}"}
        election:
          port: {port}
          key_file: ./{key}
          {(group is null ? "preempt: false" : $"multicast: {group}")}
        floating_ip:
          provider: digitalocean
          address: 203.0.113.10
          token_file: ./token
          api_url: http://127.0.0.1:{cloudPort}
          metadata_url: http://127.0.0.1:{cloudPort}
          guard: off
        checks:
          - {"{"}name: {check}, exec: [/bin/true]{"}"}
        alerts:
          - exec: [{sink}]
        runtime_dir: {_home.FullName}
        state_dir: {_home.FullName}

        """;

    private long Heard() => Parts.ReloadTarget.Counters.AdvertisementsReceived.Read().Sum(one => one.Count);

    private KeyRing Key(string name)
    {
        var hex = RandomNumberGenerator.GetHexString(64, lowercase: true);
        Secret(name, hex);
        return KeyRing.Parse(hex).Keys!;
    }

    private void Secret(string name, string content)
    {
        var path = Path.Combine(_home.FullName, name);
        File.WriteAllText(path, content + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private int FreePort()
    {
        using var free = new UdpClient(Own(0));
        return ((IPEndPoint)free.Client.LocalEndPoint!).Port;
    }

    private Advert Advert() => new()
    {
        Cluster = Cluster,
        Node = "n2",
        Session = _session,
        Sequence = ++_sequence,
        Term = 0,
        Role = Role.Backup,
        Priority = 100,
        EffectivePriority = 100,
        Fit = true,
        Peers = [],
    };
}
