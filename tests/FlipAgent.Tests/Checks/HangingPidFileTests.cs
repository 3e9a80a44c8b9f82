using System.Diagnostics;
using FlipAgent.Checks;
using FlipAgent.Config;
using FlipAgent.Harness;

namespace FlipAgent.Tests;

/// <summary>A pid file on a file system that hangs, or that is no file at all: it costs its own check no more than it must, and the others nothing.</summary>
// Real processes: the kernel says when one has exited, the scheduler when somebody hears of it.
[Trait("Category", "RealTime")]
public sealed class HangingPidFileTests : IDisposable
{
    private readonly CheckBench _bench = new();
    private readonly HungReading _hung = new();

    public void Dispose()
    {
        _hung.Dispose();
        _bench.Dispose();
    }

    [Theory]
    [InlineData("it is a pipe")]
    [InlineData("it is a directory")]
    [InlineData("it is a device")]
    public void F49_what_is_no_file_is_named_and_waited_for_by_nobody(string kind)
    {
        var (first, file) = Watched("first");
        var (second, other) = Watched("second");
        _bench.Run(Rare(file), Rare(other));
        _bench.Await(up: true, check: 0);
        _bench.Await(up: true, check: 1);
        File.Delete(file);
        Put(kind, file);
        first.Kill();
        var verdict = _bench.Await(up: false, check: 0);
        Assert.Equal($"pid {first.Id} has exited, and {file}: {kind}, and no file", verdict.Detail);
        Assert.InRange(verdict.FaultAge, TimeSpan.Zero, PidFileCheck.Grace * 0.9);
        second.Kill();
        Assert.Equal($"pid {second.Id} is gone ({other})", _bench.Await(up: false, check: 1).Detail);
        // Nor is it read as empty, which would be waited for, when a process is still to be found.
        using var anew = new CheckBench();
        anew.Run(CheckBench.Quick(new CheckConfig.PidFile(file) { Name = "main" }));
        Assert.Equal($"{file}: {kind}, and no file", anew.Await(up: false).Detail);
    }

    [Fact]
    public void F49_while_a_pid_file_hangs_its_process_is_down_after_the_grace_and_that_of_another_check_in_milliseconds()
    {
        var (first, file) = Watched("first");
        var (second, other) = Watched("second");
        Run(Rare(file), Rare(other));
        _bench.Await(up: true, check: 0);
        _bench.Await(up: true, check: 1);
        _hung.Path = file;
        first.Kill();
        Until.True(() => _hung.Readers == 1, () => "the file to be read after the exit");
        second.Kill();
        Assert.InRange(_bench.Await(up: false, check: 1).FaultAge, TimeSpan.Zero, PidFileCheck.Grace * 0.5);
        var verdict = _bench.Await(up: false, check: 0);
        Assert.Equal($"pid {first.Id} has exited, and {file} could not be read within 1000 ms", verdict.Detail);
        Assert.InRange(verdict.FaultAge, PidFileCheck.Grace * 0.9, PidFileCheck.Grace * 4);
        // A reload that removes the check does not wait for the file.
        var began = Stopwatch.GetTimestamp();
        _bench.Reload([Rare(other)], () => { });
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, PidFileCheck.Grace * 0.5);
    }

    [Fact]
    public void F51_a_successor_in_a_file_that_answers_within_the_grace_is_no_failure()
    {
        var (old, file) = Watched("main");
        var successor = _bench.Start("/bin/sleep", "1000");
        Run(Rare(file));
        _bench.Await(up: true);
        _hung.Path = file;
        File.WriteAllText(file, $"{successor.Id}\n");
        old.Kill();
        Until.True(() => _hung.Readers == 1, () => "the file to be read after the exit");
        Thread.Sleep(PidFileCheck.Grace / 4);
        _hung.Path = null;
        Until.True(() => _bench.Snapshot().Detail == $"pid {successor.Id} (sleep)", () => $"the successor: {_bench.Snapshot()}");
        Assert.Single(_bench.Verdicts);
    }

    [Fact]
    public void A_file_that_hangs_later_than_the_grace_and_names_a_successor_then_is_up_again()
    {
        var (old, file) = Watched("main");
        var successor = _bench.Start("/bin/sleep", "1000");
        Run(CheckBench.Quick(new CheckConfig.PidFile(file) { Name = "main", Rise = 1 }) with { Timeout = TimeSpan.FromMilliseconds(50) });
        _bench.Await(up: true);
        _hung.Path = file;
        // The look of its turn hangs as well, and says nothing against a process that is seen to live.
        Until.True(() => _bench.Snapshot().Degraded, () => $"the worry: {_bench.Snapshot()}");
        Assert.True(_bench.Verdict());
        old.Kill();
        _bench.Await(up: false);
        // That of its turn, and that of the exit: looks that hang do not add up.
        Assert.InRange(_hung.Readers, 1, 2);
        File.WriteAllText(file, $"{successor.Id}\n");
        _hung.Path = null;
        _bench.Await(up: true);
        Assert.Equal($"pid {successor.Id} (sleep)", _bench.Snapshot().Detail);
    }

    [Fact]
    public void Another_check_that_asks_whom_the_file_names_gets_an_answer_though_the_file_hangs()
    {
        var (process, file) = Watched("main");
        PidFileCheck check = null!;
        _bench.Run((config, context) => check = new PidFileCheck(((CheckConfig.PidFile)config).File, context, _hung.Read), Rare(file));
        _bench.Await(up: true);
        Assert.Equal([process.Id], check.ReloadingPids);
        _hung.Path = file;
        for (var times = 0; times < 3; times++)
        {
            var began = Stopwatch.GetTimestamp();
            Assert.Empty(check.ReloadingPids);
            Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        }
        Assert.Equal(1, _hung.Readers);
        _hung.Path = null;
        Until.True(() => check.ReloadingPids is [var pid] && pid == process.Id, () => "the answer of a file that does not hang any more");
    }

    /// <summary>Whatever is seen of one with an interval of a minute is not seen by looking.</summary>
    private static CheckConfig.PidFile Rare(string file) =>
        new(file) { Name = Path.GetFileName(file), Interval = TimeSpan.FromMinutes(1), Timeout = TimeSpan.FromSeconds(5), Fall = 1 };

    private void Run(params CheckConfig[] checks) => _bench.Run(_hung.Make, checks);

    private (Process Process, string File) Watched(string name)
    {
        var process = _bench.Start("/bin/sleep", "1000");
        return (process, _bench.File($"{name}.pid", $"{process.Id}\n"));
    }

    private static void Put(string kind, string path)
    {
        switch (kind)
        {
            case "it is a pipe":
                Shell.Must("mkfifo", path);
                break;
            case "it is a directory":
                Directory.CreateDirectory(path);
                break;
            default:
                File.CreateSymbolicLink(path, "/dev/null");
                break;
        }
    }
}
