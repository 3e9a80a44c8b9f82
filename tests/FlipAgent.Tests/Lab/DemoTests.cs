using FlipAgent.Harness;

namespace FlipAgent.Tests.Lab;

/// <summary>
/// The demonstration as a program, on the ways that end badly: it says which step did not happen, and leaves no process behind. The whole story with
/// the real agent is a part of its own of <c>make test</c>.
/// </summary>
// The demonstration as a whole, with real HAProxy and Apache.
[Trait("Category", "RealTime")]
public class DemoTests
{
    [Fact]
    public async Task An_agent_that_ends_is_named_and_nothing_is_left_behind()
    {
        await using var demo = new DemoRun("127.84.2", "/bin/false", rounds: 0);
        var (exit, output) = await demo.Ended(TimeSpan.FromMinutes(2));
        Assert.Equal(1, exit);
        Assert.Matches("FAILED: agent-[12] runs: it ended with 1", output);
        Assert.Empty(demo.LeftOver());
    }

    [Theory]
    // Not SIGINT: whoever starts the tests in the background makes them ignore it.
    [InlineData(Signal.Term)]
    public async Task Interrupted_it_stops_everything_that_it_started(Signal signal)
    {
        var folder = Directory.CreateTempSubdirectory("flipagent-idle-");
        var idle = Path.Combine(folder.FullName, "agent");
        await File.WriteAllTextAsync(idle, "#!/bin/sh\nexec sleep 600\n");
        File.SetUnixFileMode(idle, (UnixFileMode)0b111_101_101);
        await using var demo = new DemoRun("127.84.4", idle, rounds: 0);
        demo.Says("1. Steady state");
        await Task.Delay(500);
        Assert.NotEmpty(demo.LeftOver());
        demo.Send(signal);
        var (exit, output) = await demo.Ended(TimeSpan.FromMinutes(1));
        Assert.Equal(130, exit);
        Assert.Contains("interrupted", output);
        Assert.Empty(demo.LeftOver());
        Assert.False(Directory.Exists(demo.Folder));
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("--rounds 99", "--rounds 99: expected a number from 0 to 50")]
    [InlineData("--network 10.0.0", "--network 10.0.0: expected three bytes of a loopback network")]
    [InlineData("--agent /no/such/agent", "--agent /no/such/agent: there is no such file")]
    [InlineData("--frobnicate 1", "unknown option --frobnicate")]
    public async Task A_wrong_option_is_named_with_exit_status_2(string option, string message)
    {
        await using var demo = new DemoRun("127.84.5", "/bin/false", rounds: 0, option.Split(' '));
        var (exit, output) = await demo.Ended(TimeSpan.FromMinutes(1));
        Assert.Equal(2, exit);
        Assert.Contains(message, output);
    }

    private sealed class DemoRun : IAsyncDisposable
    {
        private readonly DirectoryInfo _mine = Directory.CreateTempSubdirectory("flipagent-demotest-");
        private readonly OwnedProcess _process;

        public DemoRun(string network, string agent, int rounds, string[]? more = null)
        {
            string[] command =
            [
                "dotnet", Path.Combine(AppContext.BaseDirectory, "flipagent-lab.dll"), "demo", "--agent", agent, "--network", network, "--rounds", $"{rounds}",
                "--reference", Repository.PathOf("deploy/reference"), "--picture", Picture, .. more ?? [],
            ];
            _process = new(new() { Name = "the demonstration" }, command);
        }

        public string Picture => Path.Combine(_mine.FullName, "demo.svg");

        /// <summary>The directory of the run, as it says itself.</summary>
        public string Folder => _process.Output.Split('\n').FirstOrDefault(l => l.StartsWith("Configuration and logs", StringComparison.Ordinal))?.Split(": ")[1] ?? "/nowhere";

        public void Send(Signal signal) => _process.Send(signal);

        public void Says(string what) => _process.AwaitOutput(what);

        public async Task<(int Exit, string Output)> Ended(TimeSpan limit) =>
            (await _process.WaitForExitAsync(limit) ?? throw new TimeoutException($"the demonstration does not end: {_process.Output}"), _process.Output);

        /// <summary>Processes that have the directory of the run in their command line.</summary>
        public List<string> LeftOver()
        {
            List<string> found = [];
            foreach (var process in Directory.GetDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _)))
            {
                try
                {
                    var line = File.ReadAllText(Path.Combine(process, "cmdline")).Replace('\0', ' ');
                    var environment = File.ReadAllText(Path.Combine(process, "environ"));
                    if (line.Contains(Folder, StringComparison.Ordinal) || environment.Contains(Folder, StringComparison.Ordinal))
                    {
                        found.Add(line);
                    }
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // It ended while it was looked at, or belongs to somebody else.
                }
            }

            return found;
        }

        public async ValueTask DisposeAsync()
        {
            var folder = Folder;
            await _process.Stop(TimeSpan.FromSeconds(30));
            _process.Dispose();
            _mine.Delete(recursive: true);
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }
}
