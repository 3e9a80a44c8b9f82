using FlipAgent.Config;
using FlipAgent.Config.Sections;
using FlipAgent.Control;
using FlipAgent.Harness;
using FlipAgent.Kernel;
using FlipAgent.Running;
using FlipAgent.Tests.Config;

namespace FlipAgent.Tests.Reload;

/// <summary>A file on disk that the agent does not go by is seen before the next start trips over it, and the last good one is kept.</summary>
public sealed class ConfigFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("flipagent-file-").FullName;
    private readonly string _path;
    private readonly string _good;
    private readonly ConfigFile _file;

    public ConfigFileTests()
    {
        _path = Path.Combine(_directory, "flipagent.yaml");
        _good = $"{Sample.Minimal}\nstate_dir: {_directory}/state\n";
        Directory.CreateDirectory(Path.Combine(_directory, "state"));
        Write(_good);
        _file = new ConfigFile(((ConfigResult.Valid)ConfigReader.Read(_path, "haproxy-1")).Config, "haproxy-1");
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void The_file_that_is_in_use_is_nothing_to_speak_of_and_a_copy_is_kept()
    {
        var report = _file.Look();
        Assert.Equal(("in-use", null, $"{_directory}/state/last-good.yaml"), (report.State, report.Problem, report.Kept));
        Assert.Equal(_good, File.ReadAllText(report.Kept!));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(report.Kept!));
        Assert.Empty(ConfigWords.Warnings(report).Concat(ConfigWords.Notes(report)));
    }

    [Fact]
    public void One_that_is_not_valid_is_a_warning_with_the_first_error_and_the_way_back()
    {
        Write(_good.Replace("droplet_id", "dropletid"));
        var report = _file.Look();
        Assert.Equal("invalid", report.State);
        Assert.Contains("droplet", report.Problem);
        var warning = Assert.Single(ConfigWords.Warnings(report));
        Assert.StartsWith($"{_path} is not valid, and the next start of the agent would fail: {_path}:", warning);
        Assert.EndsWith($", kept in {_directory}/state/last-good.yaml", warning);
        Assert.Equal(_good, File.ReadAllText(report.Kept!));
        File.Delete(_path);
        Assert.Equal("invalid", _file.Look().State);
        Write(_good);
        Assert.Equal("in-use", _file.Look().State);
    }

    [Fact]
    public void One_that_is_valid_and_not_applied_is_a_note_until_it_is()
    {
        var next = _good.Replace("priority: 150", "priority: 151");
        Write(next);
        var report = _file.Look();
        Assert.Equal("changed", report.State);
        Assert.Contains("was changed and is not applied: flipagentctl reload; the agent goes by that of ", Assert.Single(ConfigWords.Notes(report)));
        _file.Applied();
        Assert.Equal("in-use", _file.Look().State);
        Assert.Equal(next, File.ReadAllText(_file.Look().Kept!));
    }

    [Fact]
    public void One_that_a_reload_could_not_apply_says_why_until_it_is_another_one()
    {
        Write(_good.Replace("cluster: web-lb", "cluster: other"));
        _file.Refused("cluster cannot change while the agent runs\nand more");
        var report = _file.Look();
        Assert.Equal(("refused", "cluster cannot change while the agent runs"), (report.State, report.Problem));
        Assert.Contains("was not applied: cluster cannot change while the agent runs; the agent goes by that of", Assert.Single(ConfigWords.Warnings(report)));
        Write(_good.Replace("cluster: web-lb", "cluster: third"));
        Assert.Equal("changed", _file.Look().State);
    }

    [Fact]
    public void Without_a_place_for_the_copy_there_is_none()
    {
        Directory.Delete(Path.Combine(_directory, "state"), recursive: true);
        _file.Applied();
        Assert.Null(_file.Look().Kept);
    }

    [Theory]
    [InlineData("last-good.yaml.new")]
    [InlineData("last-good.yaml")]
    public void F15_what_lies_in_the_way_of_the_copy_is_neither_waited_for_nor_written_to(string name)
    {
        var (way, outside) = (Path.Combine(_directory, "state", name), Path.Combine(_directory, "outside"));
        File.Delete(way);
        Shell.Must("mkfifo", way);
        Kept();
        File.Delete(way);
        File.WriteAllText(outside, "mine");
        File.CreateSymbolicLink(way, outside);
        Kept();
        Assert.Equal("mine", File.ReadAllText(outside));
        // Nothing else is left, and a directory is not removed: then there is no copy, or the one before.
        Assert.Equal(["last-good.yaml"], Directory.GetFileSystemEntries(Path.Combine(_directory, "state")).Select(Path.GetFileName));
        File.Delete(way);
        Directory.CreateDirectory(way);
        _file.Applied();
        Assert.Null(_file.Look().Kept);
        Assert.True(Directory.Exists(way));

        void Kept()
        {
            Applied(_file);
            var kept = new FileInfo(_file.Look().Kept!);
            Assert.Equal((null, _good), (kept.LinkTarget, File.ReadAllText(kept.FullName)));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, kept.UnixFileMode);
        }
    }

    [Fact]
    public void F15_a_copy_that_hangs_holds_up_no_reload_and_is_made_when_it_can_be()
    {
        using var end = new ManualResetEventSlim();
        var writers = 0;
        var file = new ConfigFile(((ConfigResult.Valid)ConfigReader.Read(_path, "haproxy-1")).Config, "haproxy-1", (path, content) =>
        {
            Interlocked.Increment(ref writers);
            end.Wait();
            return PlacedFile.Renew(path, content);
        });
        Assert.Null(file.Look().Kept);
        Applied(file);
        Assert.Equal(1, writers);
        end.Set();
        Until.True(
            () =>
            {
                file.Applied();
                return file.Look().Kept is not null;
            },
            () => "the copy");
    }

    private static void Applied(ConfigFile file) => Assert.True(Task.Run(file.Applied).Wait(TimeSpan.FromSeconds(20)), "it waits for the disk, or a reader of the pipe");

    /// <summary>Written again within the same tick of the clock, a file of the same length would look unchanged.</summary>
    private void Write(string text)
    {
        File.WriteAllText(_path, text);
        File.SetLastWriteTimeUtc(_path, DateTime.UtcNow.AddSeconds(++s_writes));
    }

    private static int s_writes;
}
