using System.Net.Sockets;
using FlipAgent.Harness;
using FlipAgent.Systemd;

namespace FlipAgent.Tests;

/// <summary>A dbus-daemon of the test's own, in a directory of its own.</summary>
internal sealed class BusDaemon : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("fa-bus-").FullName;
    private OwnedProcess? _daemon;

    public string SocketPath => Path.Combine(_home, "bus");

    public string Address => $"unix:path={SocketPath}";

    /// <summary>An agent's connection to it.</summary>
    public SystemBus Connect() => new(Address, null);

    public void Start()
    {
        var config = Path.Combine(_home, "bus.conf");
        File.WriteAllText(config, $"""
            <busconfig>
              <type>system</type>
              <listen>{Address}</listen>
              <auth>EXTERNAL</auth>
              <policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/><allow user="*"/></policy>
            </busconfig>
            """);
        _daemon = new OwnedProcess(new OwnedProcessOptions { Name = "dbus-daemon" }, "dbus-daemon", $"--config-file={config}", "--nofork", "--nopidfile", "--nosyslog");
        // The socket is there a moment before anybody listens.
        Until.True(Listens, () => _daemon.Output);
    }

    public void Stop()
    {
        _daemon?.Dispose();
        _daemon = null;
        File.Delete(SocketPath);
    }

    public void Dispose()
    {
        _daemon?.Dispose();
        Directory.Delete(_home, recursive: true);
    }

    private bool Listens()
    {
        try
        {
            using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            probe.Connect(new UnixDomainSocketEndPoint(SocketPath));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

/// <summary>A test that needs dbus-daemon; without it, it is shown as skipped.</summary>
internal sealed class BusFactAttribute : FactAttribute
{
    public BusFactAttribute()
    {
        if (Shell.Find("dbus-daemon") is null)
            Skip = "needs dbus-daemon (package dbus-daemon)";
    }
}
