using System.Net;
using System.Net.Sockets;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Harness;

namespace FlipAgent.Tests;

/// <summary>When the runner looks, what it makes of the results, and what a reload changes.</summary>
public sealed class CheckRunnerTests : IDisposable
{
    private readonly CheckBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void The_first_result_decides_alone_then_rise_and_fall_count()
    {
        var port = TestHaProxy.FreePorts(1).Single();
        using var listener = new TcpListener(IPAddress.Loopback, port);
        // It looks only when it is told to.
        _bench.Run(new CheckConfig.Tcp(new("127.0.0.1", port)) { Name = "port", Rise = 3, Fall = 4, Interval = TimeSpan.FromHours(1), Timeout = TimeSpan.FromSeconds(10) });
        Assert.Equal("connection refused", _bench.Await(up: false).Detail);
        listener.Start();
        Assert.Equal([false, false, true, true], VerdictsOfLooks(4));
        listener.Stop();
        Assert.Equal([true, true, true, false, false], VerdictsOfLooks(5));
        Assert.Equal([false, true, false], _bench.Verdicts.Select(v => v.Up));
    }

    private List<bool?> VerdictsOfLooks(int count)
    {
        long Looks() => _bench.Snapshot().Successes + _bench.Snapshot().Failures;
        List<bool?> verdicts = [];
        for (var i = 0; i < count; i++)
        {
            var before = Looks();
            _bench.Runner.TriggerAll();
            Until.True(() => Looks() == before + 1, () => $"one more look: {_bench.Snapshot()}");
            verdicts.Add(_bench.Snapshot().Up);
        }
        return verdicts;
    }

    [Fact]
    public void A_dead_local_port_in_the_ephemeral_range_does_not_answer_itself()
    {
        // The kernel may give a socket the very port that it dials as its own; without the guard this is up within some ten thousand tries.
        _bench.Run(new CheckConfig.Tcp(new("127.0.0.1", 0x8FFF)) { Name = "port", Interval = TimeSpan.FromMinutes(1) });
        Assert.False(_bench.Await(up: false).Up);
    }

    [Fact]
    public void A_streak_that_is_not_long_enough_yet_shows_in_the_detail()
    {
        var port = TestHaProxy.FreePorts(1).Single();
        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        _bench.Run(CheckBench.Quick(new CheckConfig.Tcp(new("127.0.0.1", port)) { Name = "port", Fall = 1000 }));
        _bench.Await(up: true);
        listener.Stop();
        Until.True(() => _bench.Snapshot().Detail.StartsWith("connection refused (failure "), () => $"the count, {_bench.Snapshot()}");
        Assert.True(_bench.Snapshot().Up);
        Assert.EndsWith(" of 1000)", _bench.Snapshot().Detail);
    }

    [Fact]
    public async Task Checking_now_tells_the_present_state_and_leaves_the_verdict_alone()
    {
        var port = TestHaProxy.FreePorts(1).Single();
        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        var runner = _bench.Run(
            new CheckConfig.Tcp(new("127.0.0.1", port)) { Name = "port", Fall = 1, Interval = TimeSpan.FromMinutes(1) },
            new CheckConfig.Exec(["/bin/true"]) { Name = "program", Interval = TimeSpan.FromMinutes(1), Timeout = TimeSpan.FromSeconds(5) });
        _bench.Await(up: true);
        _bench.Await(up: true, check: 1);
        listener.Stop();
        for (var i = 0; i < 3; i++)
        {
            var now = await runner.CheckNow(CancellationToken.None);
            Assert.Equal(["port", "program"], now.Select(r => r.Name));
            Assert.Equal(["tcp", "exec"], now.Select(r => r.Kind));
            Assert.Equal([false, true], now.Select(r => r.Up));
            Assert.Equal("connection refused", now[0].Detail);
        }
        Assert.True(_bench.Snapshot().Up);
        Assert.Equal(0, _bench.Snapshot().Failures);
        Assert.Equal(2, _bench.Verdicts.Count);
    }

    [Fact]
    public async Task Checking_now_does_not_wait_for_a_check_that_was_removed()
    {
        var runner = _bench.Run(CheckBench.Quick(new CheckConfig.Exec(["/bin/true"]) { Name = "program" }));
        _bench.Await(up: true);
        runner.Dispose();
        // Before its last turn has ended, and after.
        for (var i = 0; i < 20; i++)
        {
            var report = Assert.Single(await runner.CheckNow(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10)));
            await Task.Delay(20);
            if (i == 19)
                Assert.Equal("the check was removed", report.Detail);
        }
    }

    [Fact]
    public async Task Checking_now_waits_for_a_hung_check_no_longer_than_its_time_out()
    {
        var script = _bench.Script("check", "#!/bin/sh\nsleep 1000\n");
        var runner = _bench.Run(new CheckConfig.Exec([script]) { Name = "script", Interval = TimeSpan.FromMilliseconds(10), Timeout = TimeSpan.FromMilliseconds(500) });
        var report = Assert.Single(await runner.CheckNow(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.NotEqual(true, report.Up);
        Assert.Contains("within 500 ms", report.Detail);
    }

    [Fact]
    public void A_reload_keeps_what_is_the_same_begins_anew_what_is_not_and_switches_the_numbers_at_one_point()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        CheckConfig kept = CheckBench.Quick(new CheckConfig.Tcp(new("127.0.0.1", port)) { Name = "kept", Rise = 1, Fall = 1 });
        CheckConfig program = CheckBench.Quick(new CheckConfig.Exec(["/bin/true"]) { Name = "program" });
        CheckConfig other = CheckBench.Quick(new CheckConfig.Exec(["/bin/false"]) { Name = "program" });
        _bench.Run(program, kept);
        _bench.Await(up: true, check: 0);
        _bench.Await(up: true, check: 1);
        var since = _bench.Snapshot(1).Since;
        var before = 0;
        // The check that is kept moves from number 1 to number 0, gets a weight, and has its address by a variable now; the other keeps its name and gets a new target.
        _bench.Reload([kept with { Weight = -10, AsksByVariable = true }, other], () => before = _bench.Posted.Count);
        _bench.Await(up: false, check: 1);
        Assert.Equal(since, _bench.Snapshot(0).Since);
        Assert.True(_bench.Snapshot(0).Successes > 0);
        listener.Stop();
        _bench.Await(up: false, check: 0);
        var after = _bench.Posted.Skip(before).Select(p => p.Input).Cast<Input.CheckChanged>().Select(c => (c.Check, c.Up));
        Assert.Equal([(1, false), (0, false)], after);
        // And away with one of them: nothing more is heard of it.
        _bench.Reload([kept], () => { });
        Assert.Equal("kept", Assert.Single(_bench.Runner.Snapshots).Name);
    }

    [Fact]
    public void A_reload_of_the_same_program_keeps_its_counters_though_its_list_of_arguments_is_a_new_one()
    {
        CheckConfig Config(int fall) => CheckBench.Quick(new CheckConfig.Exec(["/bin/sh", "-c", "exit 0"]) { Name = "program", Fall = fall });
        _bench.Run(Config(2));
        _bench.Await(up: true);
        Until.True(() => _bench.Snapshot().Successes >= 5, () => "five runs");
        _bench.Reload([Config(3)], () => { });
        Assert.True(_bench.Snapshot().Successes >= 5);
        Assert.True(_bench.Snapshot().Up);
        Assert.Single(_bench.Verdicts);
    }

    [Fact]
    public void A_look_that_hangs_beyond_its_time_out_is_down_all_the_same_and_no_second_one_is_begun_beside_it()
    {
        using var hung = new HungReading();
        var file = _bench.File("main.pid", $"{Environment.ProcessId}");
        hung.Path = file;
        _bench.Run(hung.Make, new CheckConfig.PidFile(file) { Name = "main", Interval = TimeSpan.FromMilliseconds(50), Timeout = TimeSpan.FromMilliseconds(200) });
        _bench.Await(up: false);
        Until.True(() => _bench.Snapshot().Detail == "the last run still hangs", () => $"the hang to be told: {_bench.Snapshot()}");
        Assert.Equal(1, hung.Readers);
        hung.Path = null;
        _bench.Await(up: true);
    }

    [Fact]
    public void A_look_that_hangs_is_a_worry_and_no_failure_as_long_as_the_process_is_seen_to_live()
    {
        using var hung = new HungReading();
        var file = _bench.File("main.pid", $"{Environment.ProcessId}");
        _bench.Run(hung.Make, new CheckConfig.PidFile(file) { Name = "main", Interval = TimeSpan.FromMilliseconds(50), Timeout = TimeSpan.FromMilliseconds(200) });
        _bench.Await(up: true);
        hung.Path = file;
        var worry = $"pid {Environment.ProcessId} runs, but: the last run still hangs";
        Until.True(() => _bench.Snapshot().Detail == worry, () => $"the hang to be told: {_bench.Snapshot()}");
        var snapshot = _bench.Snapshot();
        Assert.True(snapshot is { Up: true, Degraded: true, Failures: 0 });
        Assert.True(snapshot.DegradedSince > snapshot.Since, $"{snapshot}");
        hung.Path = null;
        Until.True(() => !_bench.Snapshot().Degraded, () => $"the worry to end: {_bench.Snapshot()}");
        Assert.Null(_bench.Snapshot().DegradedSince);
        Assert.Single(_bench.Verdicts);
    }

    [Fact]
    public void A_time_out_that_the_agent_itself_slept_through_does_not_count_once()
    {
        var hang = Path.Combine(_bench.Home, "hang");
        var begun = Path.Combine(_bench.Home, "begun");
        var script = _bench.Script("check", $"#!/bin/sh\n[ -e {hang} ] || exit 0\necho run >> {begun}\nexec sleep 1000\n");
        // In a process of its own, because it is going to be stopped.
        string[] command = [typeof(CheckRunnerTests).Assembly.Location, "stall-scenario", script, hang];
        using var agent = new OwnedProcess(new() { OwnGroup = true }, [UnitCheckSystemTests.Dotnet, .. command]);
        agent.AwaitOutput("up\n");
        Until.True(() => File.Exists(begun), "the run that will hang");
        agent.Send(Signal.Stop);
        Thread.Sleep(TimeSpan.FromSeconds(4));
        agent.Send(Signal.Cont);
        agent.AwaitOutput("\ndown\n");
        var lines = agent.Output.Split('\n');
        // fall is 1: the first time-out would have been enough.
        Assert.Contains("not counted, this agent itself was held up", lines[1]);
        Assert.Equal(("up", "down"), (lines[0], lines[2]));
    }

    /// <summary>The other process of the story above.</summary>
    internal static int Stall(string script, string hang)
    {
        using var bench = new CheckBench();
        bench.Run(new CheckConfig.Exec([script]) { Name = "script", Interval = TimeSpan.FromMilliseconds(200), Timeout = TimeSpan.FromSeconds(2), Fall = 1 });
        bench.Await(up: true);
        Console.WriteLine("up");
        File.WriteAllText(hang, "");
        Until.True(() => bench.Snapshot().Detail.Contains("held up") || bench.Verdict() == false, () => "the first time-out");
        Console.WriteLine(bench.Snapshot().Detail);
        bench.Await(up: false);
        Console.WriteLine("down");
        return 0;
    }
}
