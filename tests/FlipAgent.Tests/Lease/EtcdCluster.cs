using System.Net;
using System.Net.Sockets;
using FlipAgent.Harness;

namespace FlipAgent.Tests.Lease;

/// <summary>One or more real etcd's on loopback, in a directory of their own.</summary>
internal sealed class EtcdCluster : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("flipagent-etcd-");
    private readonly OwnedProcess?[] _members;
    private readonly string[][] _commands;
    private readonly EtcdTls? _tls;

    /// <param name="tls">Its certificates; null: http.</param>
    /// <param name="more">Further options of etcd.</param>
    public EtcdCluster(int size = 1, EtcdTls? tls = null, params string[] more)
    {
        _tls = tls;
        var ports = FreePorts(size * 2);
        Urls = [.. Enumerable.Range(0, size).Select(i => new Uri($"{(tls is null ? "http" : "https")}://127.0.0.1:{ports[i]}"))];
        var peers = Enumerable.Range(0, size).Select(i => $"http://127.0.0.1:{ports[size + i]}").ToArray();
        var all = string.Join(',', peers.Select((peer, i) => $"m{i}={peer}"));
        _commands = [.. Enumerable.Range(0, size).Select(i => (string[])
        [
            "etcd", "--name", $"m{i}", "--data-dir", Path.Combine(_home.FullName, $"m{i}"), "--listen-client-urls", Text(i), "--advertise-client-urls", Text(i), "--listen-peer-urls", peers[i],
            "--initial-advertise-peer-urls", peers[i], "--initial-cluster", all, "--initial-cluster-token", _home.Name, "--heartbeat-interval", "50", "--election-timeout", "500",
            .. tls?.ServerOptions ?? [], .. more,
        ])];
        _members = new OwnedProcess?[size];
        for (var i = 0; i < size; i++)
            Start(i);
        for (var i = 0; i < size; i++)
            Await(i);
    }

    public IReadOnlyList<Uri> Urls { get; }

    /// <summary>The member that leads.</summary>
    public int Leader()
    {
        var leader = -1;
        Until.True(() => (leader = Enumerable.Range(0, Urls.Count).ToList().FindIndex(i => IsLeader(i))) >= 0, "a member of etcd leads");
        return leader;
    }

    public void Start(int member) => _members[member] = new OwnedProcess(new OwnedProcessOptions { Name = $"etcd {member}" }, _commands[member]);

    /// <summary>Waits until it serves.</summary>
    public void Await(int member) => _members[member]!.AwaitOutput("ready to serve client requests");

    public void Send(int member, Signal signal) => _members[member]!.Send(signal);

    public void Kill(int member)
    {
        _members[member]?.Dispose();
        _members[member] = null;
    }

    /// <summary>What etcdctl says, asked at all members.</summary>
    public string Ctl(params string[] arguments) => Shell.Must("etcdctl", ["--endpoints", string.Join(',', Urls.Select((_, i) => Text(i))), .. _tls?.ClientOptions ?? [], .. arguments]);

    public void Dispose()
    {
        foreach (var member in _members)
        {
            // One that is stopped would not end.
            member?.Send(Signal.Cont);
            member?.Dispose();
        }
        _home.Delete(recursive: true);
    }

    private bool IsLeader(int member) => _members[member] is not null
        && Shell.Run("etcdctl", "--endpoints", Text(member), "endpoint", "status", "-w", "fields").Out is var text && Field(text, "MemberID") is { } id && Field(text, "Leader") == id;

    private static string? Field(string text, string name) =>
        text.Split('\n').FirstOrDefault(line => line.StartsWith($"\"{name}\" : ", StringComparison.Ordinal))?.Split(" : ")[1];

    private string Text(int member) => Urls[member].GetLeftPart(UriPartial.Authority);

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        listeners.ForEach(listener => listener.Dispose());
        return ports;
    }
}
