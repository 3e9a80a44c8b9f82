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
        Assert.Equal(["LANG=C.UTF-8", $"PATH={ProgramRun.SearchPath}"], seen);
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
