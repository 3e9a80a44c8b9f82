using System.Diagnostics;
using FlipAgent.Checks;
using FlipAgent.Config;
using FlipAgent.Harness;

namespace FlipAgent.Tests;

/// <summary>Real processes that are killed, replaced, turned into zombies: the checks by pid file and by name.</summary>
// Real processes: the kernel says when one has exited, the scheduler when somebody hears of it.
[Trait("Category", "RealTime")]
public sealed class ProcessCheckTests : IDisposable
{
    private readonly CheckBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void F49_a_killed_process_of_a_pid_file_is_down_in_milliseconds_and_the_age_of_the_fault_is_told()
    {
        var file = Path.Combine(_bench.Home, "main.pid");
        // The interval is a minute: whatever is seen here is not seen by looking.
        var times = KillFiveTimes(p => File.WriteAllText(file, $"{p.Id}\n"), new CheckConfig.PidFile(file) { Name = "main", Interval = TimeSpan.FromMinutes(1), Fall = 5 });
        AssertQuick(times);
    }

    [Fact]
    public void F49_the_last_killed_process_of_a_name_is_down_in_milliseconds()
    {
        var program = NamedSleep("flipchk");
        var times = KillFiveTimes(_ => { }, new CheckConfig.ProcessName("flipchk") { Name = "main", Interval = TimeSpan.FromMinutes(1) }, program);
        AssertQuick(times);
    }

    [Fact]
    public void A_process_that_is_not_there_at_the_start_is_down_with_the_first_look()
    {
        var gone = _bench.Start("/bin/sleep", "0");
        gone.WaitForExit();
        var file = _bench.File("main.pid", $"{gone.Id}\n");
        _bench.Run(CheckBench.Quick(new CheckConfig.PidFile(file) { Name = "main" }));
        Assert.Contains($"pid {gone.Id} is gone ({file})", _bench.Await(up: false).Detail);
    }

    [Theory]
    [InlineData(null, "no such file")]
    [InlineData("", "holds no pid but ''")]
    [InlineData("haproxy\n", "holds no pid but 'haproxy'")]
    [InlineData("-5\n", "holds no pid but '-5'")]
    public void A_pid_file_that_cannot_be_used_is_down_and_says_why(string? text, string why)
    {
        var file = text is null ? Path.Combine(_bench.Home, "none.pid") : _bench.File("main.pid", text);
        _bench.Run(CheckBench.Quick(new CheckConfig.PidFile(file) { Name = "main" }));
        var verdict = _bench.Await(up: false);
        Assert.Contains(why, verdict.Detail);
        Assert.Contains(file, verdict.Detail);
    }

    [Fact]
    public void Of_a_long_pid_file_the_first_line_counts_and_one_whose_read_fails_says_so()
    {
        var process = _bench.Start("/bin/sleep", "1000");
        var file = _bench.File("main.pid", $"{process.Id}\n" + string.Concat(Enumerable.Repeat("7\n", 1000)));
        _bench.Run(CheckBench.Quick(new CheckConfig.PidFile(file) { Name = "main" }), CheckBench.Quick(new CheckConfig.PidFile("/proc/self/mem") { Name = "unreadable" }));
        Assert.Equal($"pid {process.Id} (sleep)", _bench.Await(up: true).Detail);
        Assert.Equal("/proc/self/mem cannot be read: Input/output error", _bench.Await(up: false, check: 1).Detail);
    }

    [Fact]
    public void A_pid_file_that_vanishes_under_a_living_process_needs_fall_looks_to_be_down()
    {
        var process = _bench.Start("/bin/sleep", "1000");
        var file = _bench.File("main.pid", $"{process.Id}");
        _bench.Run(CheckBench.Quick(new CheckConfig.PidFile(file) { Name = "main", Fall = 3 }));
        _bench.Await(up: true);
        var before = _bench.Snapshot().Failures;
        File.Delete(file);
        _bench.Await(up: false);
        Assert.True(_bench.Snapshot().Failures - before >= 3, $"{_bench.Snapshot()}");
    }

    [Fact]
    public void A_pid_file_that_is_empty_is_no_failure_while_the_process_lives_and_waited_for_when_it_has_exited_but_not_for_ever()
    {
        var process = _bench.Start("/bin/sleep", "1000");
        var file = _bench.File("main.pid", $"{process.Id}");
        _bench.Run(CheckBench.Quick(new CheckConfig.PidFile(file) { Name = "main", Fall = 1000 }));
        _bench.Await(up: true);
        File.WriteAllText(file, "");
        var looks = _bench.Snapshot().Successes;
        Until.True(() => _bench.Snapshot().Successes > looks + 3, () => $"three more looks: {_bench.Snapshot()}");
        Assert.Equal(0, _bench.Snapshot().Failures);
        process.Kill();
        var killed = Stopwatch.GetTimestamp();
        var verdict = _bench.Await(up: false);
        Assert.Equal($"pid {process.Id} has exited, and {file} holds no pid but '' (waited 1000 ms for a pid)", verdict.Detail);
        Assert.True(Stopwatch.GetElapsedTime(killed) > PidFileCheck.Grace * 0.9, "the grace was not given");
        Assert.True(verdict.FaultAge >= PidFileCheck.Grace, $"{verdict}");
    }

    [Fact]
    public void A_zombie_is_dead()
    {
        // The shell's child ends at once; the shell becomes a sleep that never asks after it.
        var parent = _bench.Start("/bin/sh", "-c", "sleep 0 & echo $! > \"$1\"; exec sleep 1000", "sh", Path.Combine(_bench.Home, "zombie.pid"));
        var file = Path.Combine(_bench.Home, "zombie.pid");
        Until.True(() => File.Exists(file) && int.TryParse(File.ReadAllText(file), out var p) && State(p) == 'Z', () => "the zombie");
        var zombie = int.Parse(File.ReadAllText(file));
        Assert.Equal(parent.Id, ProcessIdentity.Parent(zombie));
        _bench.Run(
            CheckBench.Quick(new CheckConfig.PidFile(file) { Name = "by-file" }),
            CheckBench.Quick(new CheckConfig.ProcessName(ProcessIdentity.Comm(zombie)!) { Name = "by-name" }));
        Assert.Contains("is gone", _bench.Await(up: false).Detail);
        Until.True(() => _bench.Snapshot(1).Up is not null, () => "the verdict by name");
        // Other tests run sleeps of their own, so the name may be up; but never because of the zombie.
        Assert.DoesNotContain($"{zombie}", _bench.Snapshot(1).Detail);
    }

    [Fact]
    public void A_rewritten_pid_file_is_followed_without_a_gap()
    {
        var first = _bench.Start("/bin/sleep", "1000");
        var second = _bench.Start("/bin/sleep", "1000");
        var file = _bench.File("main.pid", $"{first.Id}");
        _bench.Run(new CheckConfig.PidFile(file) { Name = "main", Interval = TimeSpan.FromMinutes(1) });
        _bench.Await(up: true);
        // Written first, exited then, as HAProxy does it without master-worker mode (-sf).
        File.WriteAllText(file, $"{second.Id}");
        first.Kill();
        Until.True(() => _bench.Snapshot().Detail.Contains($"pid {second.Id} "), () => $"the successor, {_bench.Snapshot()}");
        Assert.Single(_bench.Verdicts);
        second.Kill();
        Assert.Contains($"pid {second.Id}", _bench.Await(up: false).Detail);
    }

    [Fact]
    public void A_pid_file_that_is_replaced_by_another_is_followed_without_a_gap_however_often()
    {
        var file = Path.Combine(_bench.Home, "main.pid");
        var old = _bench.Start("/bin/sleep", "1000");
        File.WriteAllText(file, $"{old.Id}\n");
        _bench.Run(CheckBench.Quick(new CheckConfig.PidFile(file) { Name = "main", Fall = 1 }));
        _bench.Await(up: true);
        for (var i = 0; i < 20; i++)
        {
            var successor = _bench.Start("/bin/sleep", "1000");
            File.WriteAllText(file + ".new", $"{successor.Id}\n");
            File.Move(file + ".new", file, overwrite: true);
            old.Kill();
            old.WaitForExit();
            old = successor;
        }
        Until.True(() => _bench.Snapshot().Detail == $"pid {old.Id} (sleep)", () => $"the last one, {_bench.Snapshot()}");
        Assert.Equal(0, _bench.Snapshot().Failures);
        Assert.Single(_bench.Verdicts);
    }

    [Fact]
    public void F51_a_successor_that_writes_itself_into_an_emptied_file_after_its_predecessor_has_left_is_no_failure()
    {
        var old = _bench.Start("/bin/sleep", "1000");
        var successor = _bench.Start("/bin/sleep", "1000");
        var file = _bench.File("main.pid", $"{old.Id}\n");
        // The interval is a minute: it is the check itself that looks again soon.
        _bench.Run(new CheckConfig.PidFile(file) { Name = "main", Interval = TimeSpan.FromMinutes(1), Fall = 1 });
        _bench.Await(up: true);
        File.WriteAllText(file, "");
        old.Kill();
        Until.True(() => _bench.Snapshot().Detail.Contains("waiting for a pid"), () => $"the wait to show: {_bench.Snapshot()}");
        Thread.Sleep(PidFileCheck.Grace / 4);
        File.WriteAllText(file, $"{successor.Id}\n");
        Until.True(() => _bench.Snapshot().Detail == $"pid {successor.Id} (sleep)", () => $"the successor: {_bench.Snapshot()}");
        Assert.Single(_bench.Verdicts);
        // And the next exit is again a fact that waits for nothing.
        successor.Kill();
        Assert.Equal($"pid {successor.Id} is gone ({file})", _bench.Await(up: false).Detail);
    }

    [Fact]
    public void A_pid_file_that_stays_empty_is_a_worry_while_the_old_process_lives()
    {
        var old = _bench.Start("/bin/sleep", "1000");
        var file = _bench.File("main.pid", $"{old.Id}\n");
        _bench.Run(CheckBench.Quick(new CheckConfig.PidFile(file) { Name = "main", Fall = 1 }));
        _bench.Await(up: true);
        File.WriteAllText(file, "");
        Until.True(() => _bench.Snapshot().Degraded, () => $"the worry: {_bench.Snapshot()}");
        Assert.Equal($"pid {old.Id} runs, but {file} holds no pid but '' (is the disk full?)", _bench.Snapshot().Detail);
        File.WriteAllText(file, $"{old.Id}\n");
        Until.True(() => !_bench.Snapshot().Degraded, () => $"the worry to end: {_bench.Snapshot()}");
        Assert.Single(_bench.Verdicts);
    }

    [Fact]
    public void F49_a_pid_file_that_still_names_the_dead_process_or_is_gone_is_waited_for_by_nobody()
    {
        foreach (var removed in new[] { false, true })
        {
            using var bench = new CheckBench();
            var process = bench.Start("/bin/sleep", "1000");
            var file = bench.File("main.pid", $"{process.Id}\n");
            bench.Run(new CheckConfig.PidFile(file) { Name = "main", Interval = TimeSpan.FromMinutes(1) });
            bench.Await(up: true);
            if (removed)
                File.Delete(file);
            process.Kill();
            Assert.InRange(bench.Await(up: false).FaultAge, TimeSpan.Zero, PidFileCheck.Grace * 0.9);
        }
    }

    [ChosenPidFact]
    public void A_pid_that_another_program_got_does_not_stand_for_the_old_one()
    {
        var first = _bench.Start("/bin/sleep", "1000");
        var file = _bench.File("main.pid", $"{first.Id}");
        _bench.Run(CheckBench.Quick(new CheckConfig.PidFile(file) { Name = "main", Rise = 1 }));
        _bench.Await(up: true);
        first.Kill();
        first.WaitForExit();
        _bench.Await(up: false);
        var impostor = StartWithPid(first.Id);
        var looks = _bench.Snapshot().Failures;
        Until.True(() => _bench.Snapshot().Failures > looks + 3, () => $"three more looks: {_bench.Snapshot()}");
        Assert.False(_bench.Verdict());
        Assert.Contains("another program has that number now", _bench.Snapshot().Detail);
        // A file that is written anew names it on purpose.
        File.WriteAllText(file, $"{impostor.Id}\n");
        _bench.Await(up: true);
    }

    [Fact]
    public void One_of_two_processes_of_a_name_may_exit()
    {
        var program = NamedSleep("flipchk2");
        var first = _bench.Start(program, "1000");
        var second = _bench.Start(program, "1000");
        _bench.Run(new CheckConfig.ProcessName("flipchk2") { Name = "main", Interval = TimeSpan.FromMinutes(1) });
        _bench.Await(up: true);
        first.Kill();
        Until.True(() => _bench.Snapshot().Detail == $"pid {second.Id} (flipchk2)", () => $"the other one, {_bench.Snapshot()}");
        Assert.Single(_bench.Verdicts);
        second.Kill();
        Assert.Equal("no process named flipchk2", _bench.Await(up: false).Detail);
    }

    [Fact]
    public void The_exit_of_a_process_makes_the_other_checks_look_at_once()
    {
        var process = _bench.Start("/bin/sleep", "1000");
        var file = _bench.File("main.pid", $"{process.Id}");
        var seen = Path.Combine(_bench.Home, "looks");
        var script = _bench.Script("look", $"#!/bin/sh\necho look >> {seen}\n");
        _bench.Run(
            new CheckConfig.PidFile(file) { Name = "main", Interval = TimeSpan.FromMinutes(1) },
            new CheckConfig.Exec([script]) { Name = "other", Interval = TimeSpan.FromMinutes(1), Timeout = TimeSpan.FromSeconds(5) });
        _bench.Await(up: true, check: 1);
        Assert.Single(File.ReadAllLines(seen));
        process.Kill();
        Until.True(() => File.ReadAllLines(seen).Length == 2, () => "the second look, a minute before its turn");
    }

    [Fact]
    public void Without_systemd_the_unit_check_is_down_and_says_what_is_missing()
    {
        _bench.Run(CheckBench.Quick(new CheckConfig.Unit("flipagent-none.service", TimeSpan.FromSeconds(1), false) { Name = "haproxy" }));
        var verdict = _bench.Await(up: false);
        Assert.Contains(
            File.Exists("/run/dbus/system_bus_socket") ? "no such unit" : "no system bus at /run/dbus/system_bus_socket (is systemd running?)", verdict.Detail);
    }

    /// <summary>The best of five shows what the watch can do, the median that it is no accident; the machine may be busy with other tests.</summary>
    private static void AssertQuick(List<double> times) =>
        Assert.True(times[0] < 20 && times[2] < 200, $"five kills, ms: {string.Join(", ", times.Select(t => $"{t:0.00}"))}");

    private List<double> KillFiveTimes(Action<Process> started, CheckConfig check, string program = "/bin/sleep")
    {
        List<double> times = [];
        for (var i = 0; i < 5; i++)
        {
            var process = _bench.Start(program, "1000");
            started(process);
            if (i == 0)
                _bench.Run(check with { Rise = 1 });
            else
                _bench.Runner.TriggerAll();
            _bench.Await(up: true);
            var killed = Stopwatch.GetTimestamp();
            process.Kill();
            var verdict = _bench.Await(up: false);
            var (at, _) = _bench.Posted.Last(p => ReferenceEquals(p.Input, verdict));
            times.Add(Stopwatch.GetElapsedTime(killed, at).TotalMilliseconds);
            Assert.InRange(verdict.FaultAge, TimeSpan.FromTicks(1), Stopwatch.GetElapsedTime(killed, at));
        }
        return [.. times.Order()];
    }

    private string NamedSleep(string name)
    {
        var program = Path.Combine(_bench.Home, name);
        File.Copy("/bin/sleep", program);
        return program;
    }

    private static char State(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/stat").Split(") ")[^1][0];
        }
        catch (IOException)
        {
            return ' ';
        }
    }

    /// <summary>The kernel hands out the next free number after the last one, which root may set; other programs start too, so it takes some tries.</summary>
    private Process StartWithPid(int pid)
    {
        for (var attempt = 0; attempt < 500; attempt++)
        {
            File.WriteAllText(ChosenPidFactAttribute.LastPid, $"{pid - 1}");
            var process = _bench.Start("/bin/sleep", "1000");
            if (process.Id == pid)
                return process;
            process.Kill();
            process.WaitForExit();
        }
        throw new InvalidOperationException($"pid {pid} could not be had in 500 tries");
    }
}

/// <summary>A test that must choose the pid of a process, which takes root.</summary>
internal sealed class ChosenPidFactAttribute : FactAttribute
{
    public const string LastPid = "/proc/sys/kernel/ns_last_pid";

    public ChosenPidFactAttribute()
    {
        try
        {
            File.OpenWrite(LastPid).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Skip = $"needs the right to write {LastPid} (root): {e.Message}";
        }
    }
}
