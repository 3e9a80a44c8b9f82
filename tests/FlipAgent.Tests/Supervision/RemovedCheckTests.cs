using System.Net;
using System.Net.Sockets;
using FlipAgent.Checks;
using FlipAgent.Config;
using FlipAgent.Systemd;

namespace FlipAgent.Tests.Supervision;

/// <summary>A check that a reload removes while it runs is no failure of the agent.</summary>
public sealed class RemovedCheckTests
{
    [Fact]
    public async Task Forty_checks_each_20_ms_that_are_removed_again_and_again_fail_in_no_part()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        using var done = new CancellationTokenSource();
        var answering = Answer(server, done.Token);
        var announced = new Announced();
        using var exits = new ExitWatch();
        using var bus = new SystemBus();
        var port = ((IPEndPoint)server.LocalEndpoint).Port;
        using var runner = new CheckRunner([.. Checks(port, 0)], exits, bus, _ => { }, announced.Supervisor);
        runner.Start();
        for (var round = 1; round <= 25; round++)
        {
            await Task.Delay(30);
            using var prepared = runner.Prepare([.. Checks(port, round)], _ => { });
            prepared.Commit();
            prepared.Settle();
        }
        await Task.Delay(200);
        Assert.Empty(announced.Events);
        await done.CancelAsync();
        await answering;
    }

    [Fact]
    public async Task What_a_removed_check_throws_counts_as_an_answer_that_nobody_waits_for()
    {
        var announced = new Announced();
        using var exits = new ExitWatch();
        using var bus = new SystemBus();
        using var removed = new CancellationTokenSource();
        using var check = new Torn();
        var runs = new TimedRuns(check, announced.Supervisor.Part("check torn"), removed.Token);
        var next = runs.Next(TimeSpan.FromSeconds(10));
        await check.Runs.Task;
        await removed.CancelAsync();
        check.Tear.SetResult();
        Assert.Equal("the check was removed", (await next).Detail);
        Assert.Empty(announced.Events);
    }

    private static IEnumerable<CheckConfig> Checks(int port, int round)
    {
        var (url, each) = (new Uri($"http://127.0.0.1:{port}/{round}"), TimeSpan.FromMilliseconds(20));
        return Enumerable.Range(0, 40).Select(i => new CheckConfig.Http(url, [], null, null, true, false) { Name = $"c{i}", Interval = each, Timeout = each });
    }

    /// <summary>Slower than the interval, so that runs are under way whenever a check is removed.</summary>
    private static async Task Answer(TcpListener server, CancellationToken stop)
    {
        try
        {
            while (true)
                _ = Answer(await server.AcceptSocketAsync(stop), stop);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static async Task Answer(Socket client, CancellationToken stop)
    {
        using (client)
        {
            try
            {
                await Task.Delay(Random.Shared.Next(0, 30), stop);
                await client.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), stop);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
            }
        }
    }

    private sealed class Torn : Check
    {
        public TaskCompletionSource Runs { get; } = new();

        public TaskCompletionSource Tear { get; } = new();

        public override async Task<CheckResult> Run(TimeSpan within, CancellationToken stop)
        {
            Runs.SetResult();
            await Tear.Task;
            throw new ObjectDisposedException("HttpClient");
        }
    }
}
