using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using FlipAgent.Checks;
using FlipAgent.Config;
using FlipAgent.Harness;
using FlipAgent.Outbound;
using FlipAgent.Redaction;

namespace FlipAgent.Tests.Checks;

/// <summary>What a program, a server or a HAProxy says becomes part of status, events and adverts: without secrets, short, and read in time.</summary>
public sealed class DetailTests : IDisposable
{
    private const string Secret = "planted-DETAIL-0123456789abcdefghij";

    private readonly CheckBench _bench = new();

    public DetailTests() => Redactor.Register(Secret);

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("Authorization: Bearer ")]
    public async Task A_secret_that_a_program_prints_is_in_no_verdict_and_no_answer(string before)
    {
        var script = _bench.Script("check", $"#!/bin/sh\necho '{before}{Secret}'\nexit 1\n");
        var runner = _bench.Run(new CheckConfig.Exec([script]) { Name = "script", Interval = TimeSpan.FromMilliseconds(50), Timeout = TimeSpan.FromSeconds(5), Fall = 1 });
        Until.True(() => runner.Snapshots[0].Up == false, () => "the check is down");
        Assert.StartsWith($"exit status 1: {before}***", runner.Snapshots[0].Detail);
        Assert.StartsWith($"exit status 1: {before}***", (await runner.CheckNow(CancellationToken.None))[0].Detail);
        Assert.All(_bench.Posted, posted => Assert.DoesNotContain("planted", posted.Input.ToString()));
    }

    [Theory]
    [InlineData(ExecCheck.DetailCap - 10)]
    [InlineData(4096 - 10)]
    public async Task A_secret_across_the_cut_leaves_no_beginning_of_it(int before)
    {
        using var check = new ExecCheck([_bench.Script("check", $"#!/bin/sh\nprintf '%{before}s{Secret}\\n' | tr ' ' x\nexit 1\n")]);
        var detail = (await check.Run(TimeSpan.FromSeconds(10), CancellationToken.None)).Detail;
        Assert.StartsWith("exit status 1: xxx", detail);
        Assert.DoesNotContain("pl", detail);
        Assert.DoesNotContain("pl", Redactor.RedactCut(new string('x', 20) + Secret[..3]));
        Assert.DoesNotContain("pl", PlainText.Of(new string('x', 150) + Secret, 160));
        Assert.DoesNotContain("pl", Printable.Of(new string('x', 150) + Secret, 160));
    }

    [Fact]
    public void A_detail_is_short_whatever_it_is_made_of() =>
        Assert.Equal(CheckResult.LongestDetail, new CheckResult(Outcome.Failed, new string('x', 3_000_000)).Shown().Detail.Length);

    [Fact]
    public async Task A_HAProxy_that_calls_itself_by_a_long_name_is_named_shortly()
    {
        var info = $"Name: HAProxy\nVersion: {new string('9', 10_000)}\nPid: 1\n\n# pxname,svname,status,scur,slim\n"
            + string.Concat(Enumerable.Range(0, 9).Select(i => $"{new string('p', 3000)}{i},FRONTEND,PAUSED,0,0\n"));
        var result = await Ask(info);
        Assert.StartsWith("no frontend takes connections: ppp", result.Detail);
        Assert.EndsWith("... PAUSED and 4 more (HAProxy 999", result.Detail[..result.Detail.IndexOf("9999", StringComparison.Ordinal)] + "999");
        Assert.True(result.Detail.Length < 1000, $"{result.Detail.Length} characters");
    }

    [Theory]
    [InlineData("a\n")]
    [InlineData("a,b,c\n")]
    [InlineData(",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n")]
    public async Task An_answer_of_megabytes_is_read_in_time(string row)
    {
        var begun = Stopwatch.GetTimestamp();
        var result = await Ask("# " + new string(',', 1_000_000) + "\n# pxname" + new string(',', 10_000) + "svname\n" + string.Concat(Enumerable.Repeat(row, 6_000_000 / row.Length)));
        Assert.Equal(Outcome.Failed, result.Outcome);
        Assert.InRange(Stopwatch.GetElapsedTime(begun), TimeSpan.Zero, TimeSpan.FromSeconds(8));
    }

    [Fact]
    public void A_line_is_read_wherever_its_pieces_end()
    {
        const string answer = "Name: HAProxy\r\nVersion: 2.6\nPid: 7\nCurrConns: 1\nMaxconn: 9\n\n# pxname,svname,scur,slim,status\nweb,FRONTEND,2,2,OPEN\nsite,BACKEND,0,,DOWN\nlast,FRONTEND,0,0,STOP";
        for (var size = 1; size < 20; size++)
        {
            var reader = new StatsReader();
            foreach (var piece in answer.Chunk(size))
                reader.Take(piece);
            var stats = reader.End()!;
            Assert.Equal((7, "2.6", 1, 9, 2, 1), (stats.Pid, stats.Version, stats.Connections, stats.MaxConnections, stats.Frontends, stats.Backends));
            Assert.Equal(("web 2/2", "last STOP", "site"), (stats.FullFrontends.ToString(), stats.ClosedFrontends.ToString(), stats.DownBackends.ToString()));
        }
    }

    private async Task<CheckResult> Ask(string answer)
    {
        var path = Path.Combine(_bench.Home, "stats");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var serving = Task.Run(async () =>
        {
            using var client = await listener.AcceptAsync();
            await client.ReceiveAsync(new byte[4096]);
            for (ReadOnlyMemory<byte> rest = Encoding.ASCII.GetBytes(answer); !rest.IsEmpty;)
                rest = rest[await client.SendAsync(rest)..];
        });
        using var check = new HaProxyCheck(path, () => []);
        var result = await check.Run(TimeSpan.FromSeconds(10), CancellationToken.None);
        await serving.ContinueWith(_ => { }, TaskScheduler.Default);
        return result;
    }
}
