using System.Globalization;
using FlipAgent.Core;
using FlipAgent.Harness;
using FlipAgent.State;

namespace FlipAgent.Tests.State;

/// <summary>The file by which the next run knows how long ago this one was alive.</summary>
public sealed class AliveStampTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_stamp_is_the_clock_of_the_boot_and_comes_back_when_somebody_takes_the_file_away(bool inMemory)
    {
        using var folder = new StateFolder(inMemory);
        File.WriteAllText(folder.Alive, "99999999999999999999 and more");
        var before = StateFolder.BootMs;
        using var file = folder.Open();
        for (var round = 0; round < 2; round++)
        {
            Stamped(file, () => File.Exists(folder.Alive) && long.TryParse(File.ReadAllText(folder.Alive), out var at) && at >= before);
            File.Delete(folder.Alive);
        }
        Directory.CreateDirectory(folder.Alive);
        file.Stamp();
        Thread.Sleep(20);
        Directory.Delete(folder.Alive);
        Stamped(file, () => File.Exists(folder.Alive));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".new")]
    public void F15_a_pipe_or_a_link_in_the_way_of_the_stamp_gives_way_to_it(string ending)
    {
        foreach (var pipe in new[] { true, false })
        {
            using var folder = new StateFolder();
            var (way, outside) = (folder.Alive + ending, Path.Combine(folder.StateDir, "outside"));
            File.WriteAllText(outside, "mine");
            if (pipe)
                Shell.Must("mkfifo", way);
            else
                File.CreateSymbolicLink(way, outside);
            using var file = folder.Open();
            Stamped(file, () => new FileInfo(folder.Alive) is { Exists: true, LinkTarget: null, Length: > 0 });
            Assert.True(long.TryParse(File.ReadAllText(folder.Alive), out _));
            Assert.Equal("mine", File.ReadAllText(outside));
            Assert.Null(file.Problem);
        }
    }

    [Fact]
    public void In_a_memory_file_system_a_stamp_is_written_before_the_call_returns()
    {
        using var folder = new StateFolder(inMemory: true);
        using var file = folder.Open();
        Stamped(file, () => File.Exists(folder.Alive));
        // The thread of the loop never waits for a swap device.
        Until.True(() => File.ReadLines("/proc/self/smaps").SkipWhile(line => !line.Contains(folder.Alive, StringComparison.Ordinal)).Take(25).Any(IsLocked), () => "the file to be locked");
        // The thread that made it may have another turn.
        Thread.Sleep(100);
        for (var round = 0; round < 20; round++)
        {
            var before = StateFolder.BootMs;
            file.Stamp();
            Assert.InRange(long.Parse(File.ReadAllText(folder.Alive), CultureInfo.InvariantCulture), before, StateFolder.BootMs);
            Thread.Sleep(2);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void F15_a_stamp_that_cannot_be_made_is_told_once_and_so_is_its_end(bool inMemory)
    {
        using var folder = new StateFolder(inMemory);
        Directory.CreateDirectory(folder.Alive);
        List<string?> outcomes = [];
        using var file = new StateFile(folder.StateDir, folder.RuntimeDir, "web-lb", outcomes.Add);
        file.Save(new Remembered());
        file.Flush(TimeSpan.FromSeconds(10));
        Stamped(file, () => file.Problem is not null);
        for (var more = 0; more < 20; more++)
        {
            file.Stamp();
            Thread.Sleep(5);
        }
        Assert.Equal($"{folder.Alive}: Is a directory", file.Problem);
        Directory.Delete(folder.Alive);
        Stamped(file, () => file.Problem is null && File.Exists(folder.Alive));
        Until.True(() => outcomes.Count == 2, () => "the end of it to be told");
        Assert.Equal([$"{folder.Alive}: Is a directory", null], outcomes);
    }

    /// <summary>proc(5), smaps.</summary>
    private static bool IsLocked(string line) => line.StartsWith("Locked:", StringComparison.Ordinal) && !line.Contains(" 0 kB", StringComparison.Ordinal);

    private static void Stamped(StateFile file, Func<bool> isThere)
    {
        for (var tries = 0; !isThere(); tries++)
        {
            Assert.True(tries < 1000, "no stamp within 10 s");
            file.Stamp();
            Thread.Sleep(10);
        }
    }
}
