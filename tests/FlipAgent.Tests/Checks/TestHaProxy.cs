using System.Net;
using System.Net.Sockets;
using System.Text;
using FlipAgent.Checks;
using FlipAgent.Harness;

namespace FlipAgent.Tests;

/// <summary>A real HAProxy in master-worker mode on loopback, with a stats socket, started for one test and gone after it.</summary>
internal sealed class TestHaProxy : IDisposable
{
    private readonly OwnedProcess _process;

    /// <param name="sections">What follows the global and defaults sections; {0}, {1} and so on stand for free ports.</param>
    public TestHaProxy(string home, string sections, string global = "", int ports = 1)
    {
        Ports = [.. FreePorts(ports)];
        Stats = Path.Combine(home, $"stats-{Ports[0]}.sock");
        PidFile = Path.Combine(home, $"haproxy-{Ports[0]}.pid");
        Config = Path.Combine(home, $"haproxy-{Ports[0]}.cfg");
        for (var i = 0; i < ports; i++)
            sections = sections.Replace($"{{{i}}}", $"{Ports[i]}");
        File.WriteAllText(Config, $"""
            global
              stats socket {Stats} mode 600 level admin
              {global}
            defaults
              mode http
              timeout connect 1s
              timeout client 10s
              timeout server 10s
            {sections}

            """);
        MasterCli = Path.Combine(home, $"master-{Ports[0]}.sock");
        _process = new(new() { OwnGroup = true }, "/usr/sbin/haproxy", "-W", "-q", "-f", Config, "-p", PidFile, "-S", MasterCli);
        Until.True(() => File.Exists(PidFile) && Worker() > 0, () => $"HAProxy starts: {_process.Output}");
    }

    public int[] Ports { get; }

    public string Stats { get; }

    /// <summary>The socket of the master process (haproxy -S), as Debian's unit has one.</summary>
    public string MasterCli { get; }

    public string PidFile { get; }

    public string Config { get; }

    public int Master => _process.Id;

    /// <summary>The worker's pid, 0 when the stats socket does not answer.</summary>
    public int Worker() => Parse(Ask(Stats, "show info;show stat -1 3 -1\n"))?.Pid ?? 0;

    /// <summary>What a whole answer comes to.</summary>
    internal static HaProxyStats? Parse(string text)
    {
        var reader = new StatsReader();
        reader.Take(text);
        return reader.End();
    }

    /// <summary>Tells the master to reload, when it listens to signals: one that still begins loses them.</summary>
    public void Reload()
    {
        Until.True(() => Ask(MasterCli, "show proc;quit\n").Contains("master", StringComparison.Ordinal), () => $"the master answers: {_process.Output}");
        Signals.Send(Master, Signal.Usr2);
    }

    private static string Ask(string path, string command)
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 1000 };
            socket.Connect(new UnixDomainSocketEndPoint(path));
            socket.Send(Encoding.ASCII.GetBytes(command));
            using var reader = new StreamReader(new NetworkStream(socket));
            return reader.ReadToEnd();
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return "";
        }
    }

    public void Dispose() => _process.Dispose();

    public static IEnumerable<int> FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(l => l.Start());
        var ports = listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port).ToList();
        listeners.ForEach(l => l.Stop());
        return ports;
    }
}

/// <summary>A test that needs HAProxy; without it the test is named as skipped, and fails where CI=true promises that nothing is missing.</summary>
internal sealed class HaProxyFactAttribute : FactAttribute
{
    public HaProxyFactAttribute()
    {
        if (!File.Exists("/usr/sbin/haproxy") && Environment.GetEnvironmentVariable("CI") != "true")
            Skip = "needs /usr/sbin/haproxy (apt-get install haproxy)";
    }
}
