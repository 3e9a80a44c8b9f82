using System.Diagnostics;
using FlipAgent.Checks;
using FlipAgent.Config;
using FlipAgent.Harness;

namespace FlipAgent.Tests;

/// <summary>Real programs, good and bad, run the way the agent runs them.</summary>
// Real programs with a timeout; the bound is two timeouts and the time to start one.
[Trait("Category", "RealTime")]
public sealed class ExecCheckTests : IDisposable
{
    private readonly CheckBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("exit 0", true, "exit status 0")]
    [InlineData("echo first; echo; echo 'all is well'; echo; exit 0", true, "exit status 0: all is well")]
    [InlineData("echo no newline at the end | tr -d '\\n'", true, "exit status 0: no newline at the end")]
    [InlineData("echo told on stderr >&2; exit 3", false, "exit status 3: told on stderr")]
    [InlineData("kill -9 $$", false, "ended by signal 9")]
    [InlineData("printf 'a\\tb\\033[31m\\n'", true, "exit status 0: a b [31m")]
    public async Task The_exit_status_decides_and_the_last_line_is_kept(string body, bool ok, string detail)
    {
        var result = await Look(_bench.Script("check", $"#!/bin/sh\n{body}\n"));
        Assert.Equal(ok, result.Ok);
        Assert.StartsWith(detail, result.Detail);
    }

    [Fact]
    public async Task A_long_last_line_is_cut_and_megabytes_of_output_neither_block_nor_stay()
    {
        var result = await Look(_bench.Script("check", "#!/bin/sh\nhead -c 5000000 /dev/zero | tr '\\0' x\n"));
        Assert.Equal($"exit status 0: {new string('x', ExecCheck.DetailCap)}", result.Detail);
    }

    [Fact]
    public async Task A_character_that_comes_in_two_pieces_is_read_as_one()
    {
        var result = await Look(_bench.Script("check", "#!/bin/sh\nprintf 'caf\\303'\nsleep 0.3\nprintf '\\251\\n'\n"));
        Assert.Equal("exit status 0: caf\u00e9", result.Detail);
    }

    [Fact]
    public async Task A_program_that_is_missing_is_down_and_says_so()
    {
        Assert.Equal(new CheckResult(Outcome.Failed, "/nowhere/check: no such file"), await Look("/nowhere/check"));
        Assert.Equal(new CheckResult(Outcome.Failed, "/usr: is a directory"), await Look("/usr"));
        Assert.Contains("no such program in /usr/local/sbin:", (await Look("flipagent-no-such-program")).Detail);
    }

    [Fact]
    public async Task A_program_that_cannot_be_executed_is_down_and_says_why()
    {
        Assert.Contains("permission denied", (await Look(_bench.File("not-executable", "#!/bin/sh\nexit 0\n"))).Detail);
        Assert.Contains("its interpreter (#! line) is missing", (await Look(_bench.Script("bad-interpreter", "#!/nowhere/sh\nexit 0\n"))).Detail);
        Assert.Contains("neither a program nor a script", (await Look(_bench.Script("garbage", "exit 0\n"))).Detail);
    }

    [Fact]
    public void A_program_that_vanishes_while_running_takes_the_verdict_down()
    {
        var script = _bench.Script("check", "#!/bin/sh\nexit 0\n");
        _bench.Run(CheckBench.Quick(new CheckConfig.Exec([script]) { Name = "script" }));
        _bench.Await(up: true);
        File.Delete(script);
        Assert.Contains("no such file", _bench.Await(up: false).Detail);
    }

    [Fact]
    public async Task No_shell_reads_the_arguments_and_the_environment_holds_nothing_but_a_path()
    {
        var result = await Look("/usr/bin/printf", "%s", "$(touch /tmp/x); `id` 'a\"b' *");
        Assert.Equal("exit status 0: $(touch /tmp/x); `id` 'a\"b' *", result.Detail);
        var environment = await Look(_bench.Script("environment", "#!/usr/bin/python3\nimport os\nprint(sorted(os.environ), os.getcwd())\n"));
        // LC_CTYPE is what Python itself adds when no locale is set (PEP 538).
        Assert.Equal("exit status 0: ['FLIPAGENT_RUN', 'PATH'] /", environment.Detail.Replace("'LC_CTYPE', ", ""));
    }

    [Fact]
    public void A_hung_program_counts_as_a_failure_at_its_time_out_and_is_killed_with_all_its_children()
    {
        var pids = Path.Combine(_bench.Home, "pids");
        var hang = Path.Combine(_bench.Home, "hang");
        var script = _bench.Script("check", $"#!/bin/sh\n[ -e {hang} ] || exit 0\nsleep 1000 &\necho $$ $! >> {pids}\nwait\n");
        _bench.Run(new CheckConfig.Exec([script]) { Name = "script", Interval = TimeSpan.FromMilliseconds(50), Timeout = TimeSpan.FromMilliseconds(300), Fall = 2 });
        _bench.Await(up: true);
        File.WriteAllText(hang, "");
        var begun = Stopwatch.GetTimestamp();
        var verdict = _bench.Await(up: false);
        Assert.True(Stopwatch.GetElapsedTime(begun) >= TimeSpan.FromMilliseconds(550), "two time-outs");
        // On a busy machine the killing itself may take longer than the loop waits for it.
        Assert.Matches("within 300 ms|still hangs", verdict.Detail);
        var started = File.ReadAllText(pids).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).ToList();
        Assert.True(started.Count >= 2, "a shell and its child");
        Until.True(() => started.All(p => ProcessIdentity.OfLiving(p) is null), () => $"the end of {string.Join(", ", started)}");
    }

    [Fact]
    public async Task A_child_left_in_the_background_with_the_pipe_open_does_not_hold_up_the_result()
    {
        var pid = Path.Combine(_bench.Home, "pid");
        var begun = Stopwatch.GetTimestamp();
        var result = await Look(_bench.Script("check", $"#!/bin/sh\nsleep 1000 &\necho $! > {pid}\necho done\n"));
        Assert.Equal("exit status 0: done", result.Detail);
        Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(4));
        Signals.Send(int.Parse(File.ReadAllText(pid)), Signal.Kill);
    }

    [Fact]
    public void Runs_never_overlap_even_when_the_bell_rings_without_end()
    {
        var log = Path.Combine(_bench.Home, "log");
        var script = _bench.Script("check", $"#!/bin/sh\necho begin >> {log}\nsleep 0.05\necho end >> {log}\n");
        var runner = _bench.Run(new CheckConfig.Exec([script]) { Name = "script", Interval = TimeSpan.FromMilliseconds(10), Timeout = TimeSpan.FromSeconds(5) });
        Until.True(
            () =>
            {
                runner.TriggerAll();
                return File.Exists(log) && File.ReadAllLines(log).Length >= 20;
            },
            () => "ten runs");
        var lines = File.ReadAllLines(log);
        for (var i = 0; i < lines.Length; i++)
            Assert.Equal(i % 2 == 0 ? "begin" : "end", lines[i]);
    }

    private static async Task<CheckResult> Look(params string[] argv)
    {
        using var check = new ExecCheck([.. argv]);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        return await check.Run(TimeSpan.FromSeconds(10), limit.Token);
    }
}
