using System.ComponentModel;
using System.Diagnostics;
using FlipAgent.Kernel;

namespace FlipAgent.Tests.Kernel;

/// <summary>What a program that the agent runs sees and leaves behind.</summary>
public sealed class ProgramRunTests
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(20);

    [Fact]
    public void To_the_end_answers_with_status_and_output()
    {
        Assert.Equal((3, "out\n"), ProgramRun.ToEnd(s_long, "/bin/sh", "-c", "echo out; echo complaint >&2; exit 3"));
        Assert.Equal((-1, ""), ProgramRun.ToEnd(s_long, "/nonexistent/program"));
    }

    [Fact]
    public void To_the_end_waits_for_no_longer_than_it_is_told()
    {
        var waited = Stopwatch.StartNew();
        Assert.Equal((-1, ""), ProgramRun.ToEnd(TimeSpan.FromMilliseconds(50), "/bin/sh", "-c", "sleep 300"));
        Assert.True(waited.Elapsed < s_long);
    }

    [Fact]
    public async Task It_sees_the_variables_that_it_is_given_and_no_other()
    {
        using var run = ProgramRun.Start("/usr/bin/env", [], ("PATH", ProgramRun.SearchPath), ("LANG", "C.UTF-8"));
        using var output = new StreamReader(run.Output);
        var seen = (await output.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal);
        Assert.Equal(["FLIPAGENT_RUN", "LANG=C.UTF-8", $"PATH={ProgramRun.SearchPath}"], seen.Select(v => v.StartsWith(RunMark.Variable, StringComparison.Ordinal) ? RunMark.Variable : v));
        Assert.Equal(0, await run.WaitForExit(CancellationToken.None));
    }

    [Fact]
    public async Task A_wait_that_is_cancelled_kills_it_with_all_that_it_started()
    {
        using var run = ProgramRun.Start("/bin/sh", ["-c", "sleep 300 & echo $!; wait"], environment: null);
        using var output = new StreamReader(run.Output);
        var child = int.Parse((await output.ReadLineAsync())!);
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitForExit(soon.Token));
        var waited = Stopwatch.StartNew();
        while (Lives(child) && waited.Elapsed < s_long)
            await Task.Delay(10);
        Assert.False(Lives(child));
    }

    /// <summary>None is in the tree any more, one has a session of its own, and one has cleared its environment besides: the init system is their parent.</summary>
    [Fact]
    public async Task A_wait_that_is_cancelled_kills_what_left_the_tree_and_nothing_of_another_run()
    {
        using var other = ProgramRun.Start("/bin/sh", ["-c", "(sleep 300 & echo $!); sleep 300"], environment: null);
        using var run = ProgramRun.Start("/bin/sh", ["-c", "(sleep 300 & echo $!); (setsid sleep 300 & echo $!); (env -i setsid sleep 300 & echo $!); sleep 300"], ("PATH", ProgramRun.SearchPath));
        using var output = new StreamReader(run.Output);
        using var others = new StreamReader(other.Output);
        int[] strays = [int.Parse((await output.ReadLineAsync())!), int.Parse((await output.ReadLineAsync())!), int.Parse((await output.ReadLineAsync())!)];
        var foreign = int.Parse((await others.ReadLineAsync())!);
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitForExit(soon.Token));
        var waited = Stopwatch.StartNew();
        while (strays.Any(Lives) && waited.Elapsed < s_long)
            await Task.Delay(10);
        Assert.Equal([], strays.Where(Lives));
        Assert.True(Lives(foreign));
        other.Kill();
    }

    /// <summary>As systemd has it: a cgroup of the service's own. Here a file names its members.</summary>
    [Fact]
    public async Task What_keeps_nothing_that_it_was_given_is_found_by_the_cgroup_of_the_service()
    {
        var folder = Directory.CreateTempSubdirectory("flipagent-group-");
        var members = Path.Combine(folder.FullName, "cgroup.procs");
        var pids = Path.Combine(folder.FullName, "pids");
        using var earlier = ProgramRun.Start("/bin/sh", ["-c", "sleep 300"], environment: null);
        await Task.Delay(30); // A start is told in hundredths of a second.
        using var run = ProgramRun.Start("/bin/sh", ["-c", $"(env -i setsid sh -c 'sleep 300 >/dev/null 2>&1 & echo $! > {pids}') >/dev/null 2>&1; sleep 300"], environment: null);
        var waited = Stopwatch.StartNew();
        while (!(File.Exists(pids) && (await File.ReadAllTextAsync(pids)).EndsWith('\n')) && waited.Elapsed < s_long)
            await Task.Delay(10);
        var stray = int.Parse(await File.ReadAllTextAsync(pids));
        await File.WriteAllTextAsync(members, $"{Environment.ProcessId}\n{earlier.Id}\n{run.Id}\n{stray}\n");
        run.Mark.Group = new ServiceGroup(members);
        run.Kill();
        while (Lives(stray) && waited.Elapsed < s_long)
            await Task.Delay(10);
        Assert.False(Lives(stray));
        Assert.True(Lives(earlier.Id));
        earlier.Kill();
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("7", "0::/system.slice/flipagent.service\n", "/sys/fs/cgroup/system.slice/flipagent.service/cgroup.procs")]
    [InlineData("7", "12:pids:/x\n1:name=systemd:/system.slice/flipagent.service\n0::/other\n", "/sys/fs/cgroup/systemd/system.slice/flipagent.service/cgroup.procs")]
    [InlineData("8", "0::/system.slice/flipagent.service\n", null)]
    [InlineData(null, "0::/system.slice/flipagent.service\n", null)]
    [InlineData("7", "0::/user.slice/user-0.slice/session-1.scope\n", null)]
    [InlineData("7", "0::/../flipagent.service\n", null)]
    [InlineData("7", "", null)]
    public void Only_a_cgroup_that_systemd_made_for_this_process_is_the_services_own(string? executed, string cgroup, string? file) =>
        Assert.Equal(file, ServiceGroup.FileOf(executed, 7, System.Text.Encoding.ASCII.GetBytes(cgroup)));

    /// <summary>Raised here, because only a privileged process may go below zero; the way back to zero is the same.</summary>
    [Fact]
    public async Task A_program_and_what_it_has_started_are_found_like_any_other_when_memory_is_short()
    {
        using var run = ProgramRun.Start("/bin/sh", ["-c", "sleep 300 & echo $!; wait"], environment: null);
        using var output = new StreamReader(run.Output);
        var pids = new[] { run.Id, int.Parse((await output.ReadLineAsync())!) };
        foreach (var pid in pids)
            await File.WriteAllTextAsync($"/proc/{pid}/oom_score_adj", "300");
        OrdinaryRights.Give(run.Id, isSpared: true);
        foreach (var pid in pids)
            Assert.Equal("0\n", await File.ReadAllTextAsync($"/proc/{pid}/oom_score_adj"));
        run.Kill();
    }

    /// <summary>Where this process may raise its own limit, the programs would inherit it.</summary>
    [Fact]
    public async Task A_program_has_no_right_to_real_time()
    {
        var may = Libc.PrLimit(Environment.ProcessId, Libc.LimitRealTimePriority, new Libc.Limit { Soft = 20, Hard = 20 }, 0) == 0;
        using var run = ProgramRun.Start("/bin/sh", ["-c", "sleep 0.3; grep 'realtime priority' /proc/self/limits"], environment: null);
        using var output = new StreamReader(run.Output);
        Assert.Equal(["Max", "realtime", "priority", "0", "0"], (await output.ReadToEndAsync()).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
        if (may)
            _ = Libc.PrLimit(Environment.ProcessId, Libc.LimitRealTimePriority, default, 0);
    }

    [Fact]
    public void What_cannot_be_started_is_an_error_with_a_number() =>
        Assert.Equal(2, Assert.Throws<Win32Exception>(() => ProgramRun.Start("/nonexistent/program", [], environment: null)).NativeErrorCode);

    /// <summary>A zombie that nobody has waited for is dead.</summary>
    private static bool Lives(int pid)
    {
        try
        {
            return !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
