using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FlipAgent.SystemTests.Host;

/// <summary>
/// A network of its own on this machine, as if on an island: what listens there is reached from there only. A socket belongs for ever to the
/// island on which it was made, so the test goes over for that moment, on a thread that it throws away.
/// </summary>
internal sealed partial class NetworkNamespace : IDisposable
{
    private const int CLONE_NEWNET = 0x40000000;

    public NetworkNamespace(string name)
    {
        Name = name;
        Shell.Run("ip", "netns", "add", name);
        Ip("link", "set", "lo", "up");
    }

    public string Name { get; }

    public string Path => $"/run/netns/{Name}";

    /// <summary>Runs <c>ip</c> there.</summary>
    public string Ip(params string[] args) => Shell.Run("ip", ["-n", Name, .. args]);

    /// <summary>A TCP socket of this network.</summary>
    public Socket NewSocket()
    {
        Socket? socket = null;
        var thread = new Thread(() =>
        {
            using var handle = File.OpenHandle(Path);
            if (setns((int)handle.DangerousGetHandle(), CLONE_NEWNET) == 0)
            {
                socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            }
        });
        thread.Start();
        thread.Join();
        return socket ?? throw new InvalidOperationException($"cannot enter network namespace {Name}");
    }

    /// <summary>An HTTP client in this network.</summary>
    public HttpClient NewHttpClient(TimeSpan timeout) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectCallback = async (context, cancel) =>
        {
            var socket = NewSocket();
            try
            {
                await socket.ConnectAsync(context.DnsEndPoint, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    })
    {
        Timeout = timeout,
    };

    public void Dispose() => Shell.Try("ip", "netns", "delete", Name);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setns(int fd, int type);
}
