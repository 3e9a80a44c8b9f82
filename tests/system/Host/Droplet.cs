using System.Net.Sockets;
using FlipAgent.Harness;

namespace FlipAgent.SystemTests.Host;

/// <summary>
/// A machine: a Debian root that systemd-nspawn boots with a systemd, a journal and a network of its own. Only the kernel is shared. What it
/// writes goes into a layer on top of the root, so a hundred droplets leave the root as it was.
/// </summary>
internal sealed class Droplet : IDisposable
{
    private static readonly string s_switch = Repository.PathOf("tests/system/machine.sh");
    private static readonly TimeSpan s_bootLimit = TimeSpan.FromMinutes(2);

    /// <summary>apt installs packages with all that they depend on.</summary>
    private static readonly TimeSpan s_commandLimit = TimeSpan.FromMinutes(5);
    private readonly string _folder;
    private OwnedProcess? _nspawn;

    /// <param name="layers">The root directories below it, uppermost first.</param>
    public Droplet(string name, NetworkNamespace network, params string[] layers)
    {
        Name = name;
        Network = network;
        _folder = Directory.CreateTempSubdirectory($"fa-{name}-").FullName;
        foreach (var part in (string[])["upper", "work", "root"])
        {
            Directory.CreateDirectory(Path.Combine(_folder, part));
        }

        Shell.Must("mount", "-t", "overlay", "overlay", Root, "-o", $"lowerdir={string.Join(':', layers)},upperdir={Layer},workdir={_folder}/work");
    }

    public string Name { get; }

    public NetworkNamespace Network { get; }

    /// <summary>Its root directory, seen from the host.</summary>
    public string Root => Path.Combine(_folder, "root");

    /// <summary>What differs from the layers below.</summary>
    public string Layer => Path.Combine(_folder, "upper");

    /// <summary>What its console showed.</summary>
    public string ConsoleLog => Path.Combine(_folder, "console.log");

    /// <summary>Switches it on and waits until systemd has started everything.</summary>
    public void Boot()
    {
        _nspawn?.Dispose();
        _nspawn = new(new() { Name = Name, Log = ConsoleLog }, s_switch, Name, Root, Network.Name);
        WaitUntilUp();
    }

    public void WaitUntilUp() =>
        Until.True(
            () => Leader() is not null && Try("systemctl", "is-system-running").Out.Trim() is "running" or "degraded",
            () => $"{Name} does not boot: {File.ReadAllText(ConsoleLog)}", s_bootLimit.TotalSeconds);

    /// <summary>Runs a program inside, as root; throws when it fails.</summary>
    public string Run(params string[] command)
    {
        var done = Try(command);
        return done.Code == 0 ? done.Out : throw new InvalidOperationException($"{Name}: {string.Join(' ', command)} ended with {done.Code}: {done.Text}");
    }

    public ProgramResult Try(params string[] command) =>
        Leader() is { } leader
            ? Shell.Run(
                "nsenter",
                ["-t", $"{leader}", "-m", "-u", "-i", "-n", "-p", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8", .. command],
                limit: s_commandLimit)
            : new ProgramResult(-1, "", $"{Name} is off");

    /// <summary>A line for sh inside.</summary>
    public ProgramResult Sh(string line) => Try("sh", "-c", line);

    public void Write(string path, string text, string owner = "root:root", string mode = "0644")
    {
        var file = Root + path;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        Run("chown", owner, path);
        Run("chmod", mode, path);
    }

    /// <summary>The number that the host has for a process inside.</summary>
    public int HostPid(int pid)
    {
        foreach (var process in Directory.GetDirectories("/proc").Where(p => int.TryParse(Path.GetFileName(p), out _)))
        {
            var numbers = Lines(process + "/status").FirstOrDefault(line => line.StartsWith("NSpid:", StringComparison.Ordinal))?.Split('\t', StringSplitOptions.RemoveEmptyEntries);
            if (numbers?.Length == 3 && numbers[2] == $"{pid}" && IsInside(process))
            {
                return int.Parse(Path.GetFileName(process));
            }
        }

        throw new InvalidOperationException($"{Name} has no process {pid}");
    }

    /// <summary>Sends to a datagram socket inside until the kernel takes no more, as happens when its owner does not read.</summary>
    public void FillDatagramQueue(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        socket.Connect(new UnixDomainSocketEndPoint($"/proc/{Leader()}/root{path}"));
        var text = "MESSAGE=not read"u8.ToArray();
        for (var sent = 0; ; sent++)
        {
            if (sent > 100_000)
            {
                throw new InvalidOperationException($"{Name}: {path} takes everything, so somebody reads it");
            }

            try
            {
                socket.Send(text);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable)
            {
                return;
            }
        }
    }

    public bool Exists(string path) => Path.Exists(Root + path);

    public string Journal(params string[] args) => Try(["journalctl", "--no-pager", "-b", .. args]).Out;

    /// <summary>Shuts it down in good order.</summary>
    public void PowerOff()
    {
        Try("systemctl", "poweroff", "--no-block");
        if (_nspawn!.WaitForExit(TimeSpan.FromMinutes(1)) is null)
        {
            throw new TimeoutException($"{Name} does not shut down");
        }
    }

    /// <summary>As <c>systemctl reboot</c> does: everything is stopped in good order, then it boots again with the same disk and another boot id.</summary>
    public void Reboot()
    {
        // nspawn itself ends at a reboot and leaves the new start to whoever started it.
        Try("systemctl", "reboot", "--no-block");
        if (_nspawn!.WaitForExit(TimeSpan.FromMinutes(1)) is null)
        {
            throw new TimeoutException($"{Name} does not shut down");
        }

        Boot();
    }

    /// <summary>As when it loses its power.</summary>
    public void Kill()
    {
        if (Leader() is { } leader)
        {
            Shell.Run("kill", "-KILL", $"{leader}");
        }

        _nspawn?.WaitForExit(TimeSpan.FromSeconds(20));
    }

    public void Dispose()
    {
        Kill();
        _nspawn?.Dispose();
        Shell.Run(s_switch);
        Shell.Run("umount", "-l", Root);
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The pid, on the host, of its systemd; another one after each reboot.</summary>
    private int? Leader()
    {
        if (_nspawn is not { Runs: true })
        {
            return null;
        }

        var children = File.ReadAllText($"/proc/{_nspawn.Id}/task/{_nspawn.Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return children.Select(int.Parse).Cast<int?>().FirstOrDefault(pid => Comm(pid!.Value) == "systemd");
    }

    private bool IsInside(string process) =>
        File.ResolveLinkTarget($"{process}/ns/pid", false)?.Name == File.ResolveLinkTarget($"/proc/{Leader()}/ns/pid", false)?.Name;

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static string? Comm(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/comm").Trim();
        }
        catch (IOException)
        {
            return null;
        }
    }
}
