using System.Net.Sockets;
using FlipAgent.Harness;
using FlipAgent.Systemd;

namespace FlipAgent.Tests;

/// <summary>The connection itself, on a dbus-daemon of the test's that no systemd has joined; how units are read is tried on a booted systemd (<see cref="UnitCheckSystemTests"/>).</summary>
public sealed class SystemBusTests : IDisposable
{
    private const string Unit = "web.service";
    // What the daemon says of a name that nobody has: an answer over the bus.
    private const string Answered = "org.freedesktop.systemd1";
    private readonly BusDaemon _daemon = new();

    public void Dispose() => _daemon.Dispose();

    [BusFact]
    public void It_answers_while_every_thread_of_the_pool_is_busy()
    {
        _daemon.Start();
        using var bus = _daemon.Connect();
        Until.True(() => bus.OwnJob().Detail.Contains(Answered, StringComparison.Ordinal), () => bus.OwnJob().Detail);
        var release = new TaskCompletionSource();
        ThreadPool.GetMinThreads(out var threads, out _);
        var busy = 0;
        // One more than the pool has threads at once: it is full as long as this takes.
        for (var i = 0; i <= threads * 8; i++)
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    Interlocked.Increment(ref busy);
                    release.Task.Wait();
                },
                null);
        try
        {
            Until.True(() => Volatile.Read(ref busy) >= threads, () => $"{busy} of {threads} threads are busy");
            var job = bus.OwnJob();
            Assert.Contains(Answered, job.Detail, StringComparison.Ordinal);
        }
        finally
        {
            release.SetResult();
        }
    }

    [BusFact]
    public async Task A_bus_that_went_away_is_said_and_found_again()
    {
        _daemon.Start();
        using var bus = _daemon.Connect();
        await Said(bus, Answered);
        var seen = new List<string>();
        using var watch = bus.Watch(Unit, answer =>
        {
            lock (seen)
                seen.Add(answer.Problem);
        });
        _daemon.Stop();
        await Said(bus, "no system bus at ");
        lock (seen)
            Assert.Contains("the connection to the system bus is lost", seen);
        _daemon.Start();
        await Said(bus, Answered);
    }

    [Theory]
    [InlineData("")]
    [InlineData("OK 0123456789abcdef0123456789abcdef\r\n")]
    [InlineData("OK not-a-guid\r\n")]
    [InlineData("ERROR\r\nERROR\r\n")]
    [InlineData("\r\n\r\n\r\n")]
    [InlineData("OK 0123456789abcdef0123456789abcdef\r\nl\u0002\u0001\u0001\u0004\u0000\u0000\u0000\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0000xxxxxxxx")]
    public async Task Somebody_at_the_socket_who_is_no_bus_is_a_problem_of_the_handshake(string says)
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_daemon.SocketPath));
        listener.Listen();
        var thread = new Thread(() =>
        {
            try
            {
                while (true)
                {
                    var client = listener.Accept();
                    client.Send(System.Text.Encoding.Latin1.GetBytes(says));
                }
            }
            catch (SocketException)
            {
                // The test is over.
            }
        });
        thread.IsBackground = true;
        thread.Start();
        using var bus = _daemon.Connect();
        await Said(bus, $"the system bus at {_daemon.SocketPath} does not complete the handshake");
    }

    [Fact]
    public async Task An_address_that_is_none_is_said()
    {
        using var bus = new SystemBus("tcp:host=127.0.0.1,port=1", null);
        await Said(bus, "DBUS_SYSTEM_BUS_ADDRESS names no unix socket");
    }

    private static async Task Said(SystemBus bus, string words)
    {
        var last = "";
        await Until.True(async () => (last = (await bus.Read(Unit, CancellationToken.None)).Problem).Contains(words, StringComparison.Ordinal), () => Task.FromResult($"'{words}', last: '{last}'"));
    }
}
