using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FlipAgent.Checks;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Harness;

namespace FlipAgent.Tests;

/// <summary>A real HAProxy that is hung, full, without servers, stopping, reloaded, or not the one that it should be.</summary>
public sealed class HaProxyCheckTests : IDisposable
{
    private const string HealthFrontend = """
        frontend flipagent_health
          bind 127.0.0.1:{0}
          monitor-uri /healthz
        """;

    private readonly CheckBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [HaProxyFact]
    public async Task A_healthy_HAProxy_is_up_and_tells_its_version_pid_and_connections()
    {
        using var haproxy = new TestHaProxy(_bench.Home, HealthFrontend);
        var result = await Look(haproxy.Stats);
        Assert.Equal(Outcome.Up, result.Outcome);
        Assert.Matches($@"^HAProxy [0-9][^,]*, pid {haproxy.Worker()}, \d+ of \d+ connections$", result.Detail);
    }

    [HaProxyFact]
    public void F53_a_hung_worker_is_down_by_HTTP_and_by_the_stats_socket_though_TCP_connects()
    {
        using var haproxy = new TestHaProxy(_bench.Home, HealthFrontend);
        // Long enough for a busy machine to connect in.
        var timeout = TimeSpan.FromMilliseconds(900);
        _bench.Run(
            new CheckConfig.Tcp(new("127.0.0.1", haproxy.Ports[0])) { Name = "port", Interval = timeout, Timeout = timeout },
            new CheckConfig.Http(new($"http://127.0.0.1:{haproxy.Ports[0]}/healthz"), [], null, null, true, false) { Name = "site", Interval = timeout, Timeout = timeout },
            new CheckConfig.HaProxy(haproxy.Stats) { Name = "stats", Interval = timeout, Timeout = timeout },
            new CheckConfig.PidFile(haproxy.PidFile) { Name = "process" });
        for (var i = 0; i < 4; i++)
            _bench.Await(up: true, check: i);
        var worker = haproxy.Worker();
        Signals.Send(worker, Signal.Stop);
        Assert.Contains("connected, but no HTTP answer within 900 ms", _bench.Await(up: false, check: 1).Detail);
        Assert.Contains("accepts, but HAProxy gives no answer within 900 ms", _bench.Await(up: false, check: 2).Detail);
        Assert.True(_bench.Verdict(0), "blind, as the documentation says");
        Assert.True(_bench.Verdict(3), "the process lives");
        Signals.Send(worker, Signal.Cont);
        _bench.Await(up: true, check: 1);
        _bench.Await(up: true, check: 2);
    }

    [HaProxyFact]
    public void F54_saturated_at_maxconn_of_a_frontend_is_degraded_and_not_down_as_long_as_the_stats_socket_answers() =>
        Saturate(frontend: "maxconn 3", global: "", expected: "saturated: site 3/3 (HAProxy ");

    [HaProxyFact]
    public void F54_saturated_at_maxconn_of_the_whole_process_is_degraded_and_not_down_as_long_as_the_stats_socket_answers() =>
        Saturate(frontend: "", global: "maxconn 3", expected: "saturated");

    private void Saturate(string frontend, string global, string expected)
    {
        using var haproxy = new TestHaProxy(_bench.Home, $$"""
            frontend site
              bind 127.0.0.1:{0}
              {{frontend}}
              monitor-uri /healthz
            """, global);
        // A page that does not come is waited for a second; the stats socket may take its time, for the machine may be busy. And as many failures are
        // allowed as it may take until the stats socket has first spoken.
        var (interval, brief, patient) = (TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
        _bench.Run(
            new CheckConfig.Http(new($"http://127.0.0.1:{haproxy.Ports[0]}/healthz"), [], null, null, true, false) { Name = "site", Interval = interval, Timeout = brief, Fall = 10 },
            new CheckConfig.HaProxy(haproxy.Stats) { Name = "stats", Interval = interval, Timeout = patient });
        _bench.Await(up: true, check: 0);
        _bench.Await(up: true, check: 1);
        var before = _bench.Verdicts.Count;
        // Not waited for: beyond the limit and the backlog they do not even connect.
        var crowd = Enumerable.Range(0, 8).Select(_ => new TcpClient()).ToList();
        var connecting = crowd.Select(c => c.ConnectAsync("127.0.0.1", haproxy.Ports[0])).ToList();
        Until.True(() => _bench.Snapshot(0).Degraded && _bench.Snapshot(1).Degraded, () => $"both to be degraded: {_bench.Snapshot(0)}, {_bench.Snapshot(1)}");
        Assert.StartsWith(expected, _bench.Snapshot(1).Detail);
        var (runs, failures) = (_bench.Snapshot(0).Successes, _bench.Snapshot(0).Failures);
        Until.True(() => _bench.Snapshot(0).Successes >= runs + 3, () => "three more looks that end in degraded");
        Assert.Contains("not down, for stats says: saturated", _bench.Snapshot(0).Detail);
        Assert.Equal(0, _bench.Snapshot(0).Failures - failures);
        Assert.Contains(_bench.Posted, p => p.Input is Input.Noticed { Event: { Kind: EventKind.CheckDegraded, Severity: Severity.Warning } });
        crowd.ForEach(c => c.Dispose());
        connecting.ForEach(c => _ = c.ContinueWith(t => t.Exception, TaskScheduler.Default));
        Until.True(() => !_bench.Snapshot(0).Degraded && !_bench.Snapshot(1).Degraded, () => $"the crowd to be gone: {_bench.Snapshot(0)}, {_bench.Snapshot(1)}");
        Assert.Equal(before, _bench.Verdicts.Count);
    }

    [HaProxyFact]
    public void F54_a_saturated_HAProxy_that_hangs_as_well_is_down()
    {
        using var haproxy = new TestHaProxy(_bench.Home, """
            frontend site
              bind 127.0.0.1:{0}
              maxconn 1
              monitor-uri /healthz
            """);
        var timeout = TimeSpan.FromSeconds(1);
        _bench.Run(
            new CheckConfig.Http(new($"http://127.0.0.1:{haproxy.Ports[0]}/healthz"), [], null, null, true, false) { Name = "site", Interval = timeout, Timeout = timeout },
            new CheckConfig.HaProxy(haproxy.Stats) { Name = "stats", Interval = timeout, Timeout = timeout });
        _bench.Await(up: true, check: 0);
        using var crowd = new TcpClient();
        _ = crowd.ConnectAsync("127.0.0.1", haproxy.Ports[0]);
        Until.True(() => _bench.Snapshot(0).Degraded, () => $"degraded: {_bench.Snapshot(0)}");
        Signals.Send(haproxy.Worker(), Signal.Stop);
        _bench.Await(up: false, check: 0);
        _bench.Await(up: false, check: 1);
    }

    [HaProxyFact]
    public async Task F55_backends_with_no_server_up_are_named_and_a_page_that_says_so_takes_its_own_check_down()
    {
        var ports = TestHaProxy.FreePorts(1);
        using var haproxy = new TestHaProxy(_bench.Home, $$"""
            frontend site
              bind 127.0.0.1:{0}
              acl no_servers nbsrv(web2) lt 1
              monitor-uri /healthz
              monitor fail if no_servers
              default_backend web1
            backend web1
              server s1 127.0.0.1:{0}
            backend web2
              server s1 127.0.0.1:{{ports.Single()}} check inter 50ms fall 1
            """);
        CheckResult result = default;
        Until.True(() => (result = Look(haproxy.Stats).GetAwaiter().GetResult()).Outcome == Outcome.Degraded, () => $"the backend to be down: {result}");
        Assert.StartsWith("no server up in 1 of 2 backends: web2 (HAProxy ", result.Detail);
        Assert.False(result.Saturated);
        using var http = new HttpCheck(new(new($"http://127.0.0.1:{haproxy.Ports[0]}/healthz"), [], null, null, true, false) { Name = "site" });
        Assert.Equal("answered 503, expected 200 to 299", (await http.Run(TimeSpan.FromSeconds(10), CancellationToken.None)).Detail);
    }

    [HaProxyFact]
    public void F56_a_stats_socket_of_another_HAProxy_than_the_watched_one_is_down()
    {
        using var watched = new TestHaProxy(_bench.Home, HealthFrontend);
        using var other = new TestHaProxy(_bench.Home, HealthFrontend);
        _bench.Run(
            CheckBench.Quick(new CheckConfig.PidFile(watched.PidFile) { Name = "process" }),
            CheckBench.Quick(new CheckConfig.HaProxy(watched.Stats) { Name = "own" }),
            CheckBench.Quick(new CheckConfig.HaProxy(other.Stats) { Name = "stranger" }));
        _bench.Await(up: true, check: 1);
        Assert.Contains($"neither the watched process {watched.Master} nor a child of it", _bench.Await(up: false, check: 2).Detail);
        Assert.True(_bench.Verdict(1));
    }

    [HaProxyFact]
    public void F56_a_port_that_another_program_took_is_seen_by_the_process_and_the_stats_socket_though_it_listens()
    {
        var haproxy = new TestHaProxy(_bench.Home, HealthFrontend);
        using (haproxy)
        {
            _bench.Run(
                CheckBench.Quick(new CheckConfig.Tcp(new("127.0.0.1", haproxy.Ports[0])) { Name = "port", Fall = 1000 }),
                CheckBench.Quick(new CheckConfig.PidFile(haproxy.PidFile) { Name = "process" }),
                CheckBench.Quick(new CheckConfig.HaProxy(haproxy.Stats) { Name = "stats" }));
            for (var i = 0; i < 3; i++)
                _bench.Await(up: true, check: i);
        }
        using var squatter = new TcpListener(IPAddress.Loopback, haproxy.Ports[0]);
        Until.True(() => Starts(squatter), () => "the port to be free");
        _bench.Await(up: false, check: 1);
        _bench.Await(up: false, check: 2);
        Until.True(() => _bench.Snapshot(0).Detail.StartsWith("connected in "), () => "TCP to be fooled");
        Assert.True(_bench.Verdict(0));
    }

    private static bool Starts(TcpListener listener)
    {
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return false;
        }
    }

    [HaProxyFact]
    public void F57_a_reload_with_a_broken_configuration_leaves_the_old_worker_at_work_and_the_node_fit()
    {
        using var haproxy = new TestHaProxy(_bench.Home, HealthFrontend);
        _bench.Run(
            CheckBench.Quick(new CheckConfig.PidFile(haproxy.PidFile) { Name = "process" }),
            CheckBench.Quick(new CheckConfig.HaProxy(haproxy.Stats) { Name = "stats" }),
            CheckBench.Quick(new CheckConfig.Http(new($"http://127.0.0.1:{haproxy.Ports[0]}/healthz"), [], null, null, true, false) { Name = "site" }));
        for (var i = 0; i < 3; i++)
            _bench.Await(up: true, check: i);
        var worker = haproxy.Worker();
        File.AppendAllText(haproxy.Config, "\nthis is no configuration\n");
        Signals.Send(haproxy.Master, Signal.Usr2);
        var looks = _bench.Snapshot(2).Successes;
        Until.True(() => _bench.Snapshot(2).Successes >= looks + 20, () => "twenty looks at the site");
        Assert.Equal(worker, haproxy.Worker());
        Assert.All(_bench.Verdicts, v => Assert.True(v.Up));
        Assert.Equal(3, _bench.Verdicts.Count);
    }

    [HaProxyFact]
    public void F51_twenty_reloads_in_a_row_are_no_failure()
    {
        using var haproxy = new TestHaProxy(_bench.Home, HealthFrontend);
        _bench.Run(
            CheckBench.Quick(new CheckConfig.PidFile(haproxy.PidFile) { Name = "process" }),
            CheckBench.Quick(new CheckConfig.HaProxy(haproxy.Stats) { Name = "stats" }));
        _bench.Await(up: true, check: 0);
        _bench.Await(up: true, check: 1);
        for (var i = 0; i < 20; i++)
            Reload(haproxy, i);
        Assert.Equal(2, _bench.Verdicts.Count);
        Assert.Equal(0, _bench.Snapshot(0).Failures);
    }

    private static void Reload(TestHaProxy haproxy, int number)
    {
        var (old, now) = (haproxy.Worker(), 0);
        haproxy.Reload();
        Until.True(() => (now = haproxy.Worker()) != old && now != 0, () => $"reload {number}");
    }

    [HaProxyFact]
    public void A_worker_that_was_told_to_finish_is_down()
    {
        using var haproxy = new TestHaProxy(_bench.Home, HealthFrontend);
        _bench.Run(CheckBench.Quick(new CheckConfig.HaProxy(haproxy.Stats) { Name = "stats" }));
        _bench.Await(up: true);
        Signals.Send(haproxy.Worker(), Signal.Usr1);
        _bench.Await(up: false);
    }

    [Fact]
    public async Task An_HAProxy_that_says_it_is_stopping_is_a_failure()
    {
        var path = Path.Combine(_bench.Home, "stats.sock");
        using var listener = Say(path, "Name: HAProxy\nVersion: 2.6\nPid: 12\nStopping: 1\nCurrConns: 1\nMaxconn: 100\n\n# pxname,svname,scur,slim,status,\n\n");
        Assert.Equal(new CheckResult(Outcome.Failed, "pid 12 is stopping and takes no new connections"), await Look(path));
    }

    [Fact]
    public async Task A_socket_that_is_not_there_or_not_HAProxys_is_a_failure_that_says_so()
    {
        var path = Path.Combine(_bench.Home, "stats.sock");
        Assert.Equal($"{path}: no such socket", (await Look(path)).Detail);
        using (var bound = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            bound.Bind(new UnixDomainSocketEndPoint(path));
            Assert.Equal($"{path}: nothing listens on this socket", (await Look(path)).Detail);
        }
        File.Delete(path);
        using var listener = Say(path, "220 mail.example.org ESMTP\r\n");
        Assert.Equal($"{path} does not answer like HAProxy's stats socket: 220 mail.example.org ESMTP", (await Look(path)).Detail);
    }

    [HaProxyFact]
    public async Task The_master_CLI_given_as_stats_socket_is_named_at_once()
    {
        using var haproxy = new TestHaProxy(_bench.Home, HealthFrontend);
        // The master opens it anew when it has started its worker.
        var result = await Look(haproxy.MasterCli);
        await Until.True(async () => !(result = await Look(haproxy.MasterCli)).Detail.EndsWith("nothing listens on this socket", StringComparison.Ordinal), "the master listens");
        Assert.Equal((Outcome.Failed, false), (result.Outcome, result.TimedOut));
        Assert.True(result.Detail.StartsWith($"{haproxy.MasterCli} is HAProxy's master CLI (haproxy -S)", StringComparison.Ordinal), result.Detail);
    }

    [HaProxyFact]
    public async Task Frontends_that_are_paused_or_stopped_are_not_up()
    {
        using var haproxy = new TestHaProxy(_bench.Home, """
            frontend one
              bind 127.0.0.1:{0}
              http-request return status 200
            frontend two
              bind 127.0.0.1:{1}
              http-request return status 200
            """, ports: 2);
        await Tell(haproxy, "disable frontend one");
        var some = await Look(haproxy.Stats);
        Assert.Equal(Outcome.Degraded, some.Outcome);
        Assert.StartsWith("closed frontends: one PAUSED (HAProxy", some.Detail);
        await Tell(haproxy, "shutdown frontend two");
        var all = await Look(haproxy.Stats);
        Assert.Equal(Outcome.Failed, all.Outcome);
        Assert.StartsWith("no frontend takes connections: one PAUSED, two STOP (HAProxy", all.Detail);
        await Tell(haproxy, "enable frontend one");
        Assert.Equal(Outcome.Degraded, (await Look(haproxy.Stats)).Outcome);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Name: HAProxy\nPid: 12\n")]
    [InlineData("Name: HAProxy\nPid: twelve\n\n# pxname,svname,scur,slim,status,\n")]
    [InlineData("Name: nginx\nPid: 12\n\n# pxname,svname,scur,slim,status,\n")]
    [InlineData("Unknown command. Please enter one of the following commands only :\n")]
    public void An_answer_that_is_not_whole_is_not_believed(string text) => Assert.Null(TestHaProxy.Parse(text));

    [Fact]
    public void Rows_with_missing_cells_and_unlimited_frontends_do_no_harm()
    {
        var stats = TestHaProxy.Parse("Name: HAProxy\nVersion: 2.6\nPid: 12\nCurrConns: 5\nMaxconn: 5\n\n# pxname,svname,scur,slim,status,\nshort\nfree,FRONTEND,7,,OPEN,\nfull,FRONTEND,7,7,OPEN,\nb1,BACKEND,0,1,DOWN,\nb2,BACKEND,0,1,UP,\n\n");
        Assert.NotNull(stats);
        Assert.True(stats.Saturated);
        Assert.Equal("full 7/7", stats.FullFrontends.ToString());
        Assert.Equal("b1", stats.DownBackends.ToString());
        Assert.Equal(2, stats.Backends);
    }

    private const string Info = "Name: HAProxy\nVersion: 2.6\nPid: 12\nCurrConns: 5\nMaxconn: 500\n\n";

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(int.MaxValue)]
    public void An_answer_reads_the_same_in_pieces_of_any_size(int size)
    {
        const string text = Info + "# pxname,svname,scur,slim,status,\r\none,FRONTEND,7,7,OPEN,\r\ntwo,FRONTEND,1,7,PAUSED,\nb1,BACKEND,0,1,DOWN,\nb2,BACKEND,0,1,UP";
        var reader = new StatsReader();
        foreach (var piece in size == int.MaxValue ? [text] : text.Chunk(size).Select(piece => new string(piece)))
            reader.Take(piece);
        var stats = reader.End()!;
        Assert.Equal(("one 7/7", "two PAUSED", "b1", 2, 2, "2.6"), ($"{stats.FullFrontends}", $"{stats.ClosedFrontends}", $"{stats.DownBackends}", stats.Frontends, stats.Backends, stats.Version));
    }

    [Fact]
    public void Ten_thousand_proxies_are_read()
    {
        var rows = string.Concat(Enumerable.Range(0, 10_000).Select(i => $"proxy-{i},FRONTEND,{i % 2},1,OPEN{new string(',', 95)}\nproxy-{i},BACKEND,0,1,{(i % 10 == 0 ? "DOWN" : "UP")},\n"));
        var stats = TestHaProxy.Parse($"{Info}# pxname,svname,scur,slim,status{string.Concat(Enumerable.Range(0, 95).Select(i => $",column{i}"))}\n{rows}")!;
        Assert.Equal((10_000, 10_000, 5_000, 1_000), (stats.Frontends, stats.Backends, stats.FullFrontends.Count, stats.DownBackends.Count));
        Assert.Equal("proxy-0, proxy-10, proxy-20, proxy-30, proxy-40 and 995 more", $"{stats.DownBackends}");
    }

    /// <summary>Rows by columns, these were hours: the columns were searched anew for each row.</summary>
    [Fact]
    public void Very_many_columns_and_rows_are_read_in_a_moment()
    {
        var columns = string.Concat(Enumerable.Repeat("a,", 8_000));
        var begun = Stopwatch.GetTimestamp();
        Assert.NotNull(TestHaProxy.Parse($"{Info}# {columns}\n{string.Concat(Enumerable.Repeat("a\n", 1_000_000))}"));
        Assert.Null(TestHaProxy.Parse($"{Info}# {new string(',', 1_000_000)}\n{string.Concat(Enumerable.Repeat("a\n", 1_000_000))}"));
        Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(5), $"it took {Stopwatch.GetElapsedTime(begun)}");
    }

    [Fact]
    public async Task Names_and_versions_of_any_length_leave_room_for_the_rest()
    {
        var path = Path.Combine(Path.GetTempPath(), $"stats-{Guid.NewGuid():N}"[..20]);
        var rows = string.Concat(Enumerable.Range(0, 9).Select(i => $"{i}{new string('n', 10_000)},BACKEND,0,1,DOWN,\n"));
        using var listener = Say(path, $"Name: HAProxy\nVersion: {new string('v', 10_000)}\nPid: {Environment.ProcessId}\nCurrConns: 5\nMaxconn: 500\n\n# pxname,svname,scur,slim,status,\n{rows}");
        var detail = (await Look(path)).Detail;
        File.Delete(path);
        Assert.StartsWith("no server up in 9 of 9 backends: 0nnn", detail);
        Assert.EndsWith($"and 4 more (HAProxy {new string('v', 57)}..., pid {Environment.ProcessId}, 5 of 500 connections)", detail);
        Assert.InRange(detail.Length, 1, CheckResult.LongestDetail);
    }

    /// <summary>A socket on which somebody says the same to everybody, whatever the question.</summary>
    private static Socket Say(string path, string answer)
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        _ = Task.Run(async () =>
        {
            using var client = await listener.AcceptAsync();
            await client.ReceiveAsync(new byte[1000]);
            await client.SendAsync(System.Text.Encoding.ASCII.GetBytes(answer));
        });
        return listener;
    }

    private static async Task Tell(TestHaProxy haproxy, string command)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(haproxy.Stats));
        await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes(command + "\n"));
        while (await socket.ReceiveAsync(new byte[1000]) > 0)
        {
        }
    }

    private static async Task<CheckResult> Look(string socket)
    {
        using var check = new HaProxyCheck(socket, () => []);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        return await check.Run(TimeSpan.FromSeconds(10), limit.Token);
    }
}
