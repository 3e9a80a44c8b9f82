using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace FlipAgent.Harness;

/// <summary>
/// A network of its own on this machine (ip-netns(8)), with loopback up: what listens in it is reached from it only. Its name begins with the id of this
/// process, so that what a killed process left behind is known. Needs root.
/// </summary>
public sealed partial class NetworkNamespace : IDisposable
{
    private const int CloneNewNet = 0x40000000;
    private const string Folder = "/run/netns";

    /// <param name="name">Unique within this process.</param>
    public NetworkNamespace(string name)
    {
        Name = $"{Prefix}{name}";
        // Left behind by a process that had this id and was killed.
        if (File.Exists(Path))
            Dispose();
        Shell.Must("ip", "netns", "add", Name);
        Ip("link", "set", "lo", "up");
    }

    /// <summary>What ip(8) calls it.</summary>
    public string Name { get; }

    private static string Prefix => $"fa{Environment.ProcessId}-";

    private string Path => System.IO.Path.Combine(Folder, Name);

    /// <summary>The command that runs this one in it, with the same process id.</summary>
    public string[] Enter(params string[] command) => ["nsenter", $"--net={Path}", .. command];

    /// <summary>Output of a program that is run in it and must succeed.</summary>
    public string Must(params string[] command) => Shell.Must("nsenter", Enter(command)[1..]);

    /// <summary>Runs <c>ip</c> for it.</summary>
    public string Ip(params string[] arguments) => Shell.Must("ip", ["-n", Name, .. arguments]);

    /// <summary>Loads these nftables rules in it, all or none.</summary>
    public void Nft(string rules)
    {
        var result = Shell.Run("nsenter", Enter("nft", "-f", "-")[1..], rules);
        if (result.Code != 0)
            throw new InvalidOperationException($"nft: {result.Text}{rules}");
    }

    /// <summary>A TCP socket of it. A socket belongs for ever to the network in which it was made.</summary>
    public Socket NewSocket() => Open(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });

    /// <summary>A raw socket of it that gets a copy of each UDP datagram that arrives (raw(7)), from the IP header on.</summary>
    public Socket NewUdpTap() => Open(() => new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Udp));

    private Socket Open(Func<Socket> open)
    {
        Socket? socket = null;
        OnThread(() =>
        {
            using var file = File.OpenHandle(Path);
            if (SetNs(file.DangerousGetHandle().ToInt32(), CloneNewNet) != 0)
                throw new InvalidOperationException($"setns {Name}: {Marshal.GetLastPInvokeErrorMessage()}");
            socket = open();
        });
        return socket!;
    }

    /// <summary>An HTTP client whose connections begin in it.</summary>
    /// <param name="timeout">For one request.</param>
    public HttpClient NewHttpClient(TimeSpan timeout) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectCallback = (context, cancel) => Connected.Stream(NewSocket(), context.DnsEndPoint, cancel),
    })
    { Timeout = timeout };

    /// <summary>Runs this with a network that has no name and goes with the last thread and socket in it; programs started there are in it too.</summary>
    public static void RunInNew(Action body) => OnThread(() =>
    {
        if (Unshare(CloneNewNet) != 0)
            throw new InvalidOperationException($"unshare: {Marshal.GetLastPInvokeErrorMessage()}");
        Shell.Must("ip", "link", "set", "lo", "up");
        body();
    });

    /// <summary>Deletes the namespaces of processes that were killed.</summary>
    public static void DeleteLeftovers()
    {
        if (!Directory.Exists(Folder))
            return;
        foreach (var name in Directory.GetFiles(Folder).Select(System.IO.Path.GetFileName).OfType<string>())
        {
            if (name.StartsWith("fa", StringComparison.Ordinal) && int.TryParse(name[2..].Split('-')[0], out var pid) && !Directory.Exists($"/proc/{pid}"))
                Shell.Run("ip", "netns", "delete", name);
        }
    }

    public void Dispose() => Shell.Run("ip", "netns", "delete", Name);

    /// <summary>On a thread of its own, which ends there: nothing else may run on a thread that has changed its network.</summary>
    private static void OnThread(Action body)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                body();
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNs(int file, int kind);

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int flags);
}
