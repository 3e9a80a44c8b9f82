using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

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
    [InlineData("TERM")]
    public async Task Interrupted_it_stops_everything_that_it_started(string signal)
    {
        var folder = Directory.CreateTempSubdirectory("flipagent-idle-");
        var idle = Path.Combine(folder.FullName, "agent");
        await File.WriteAllTextAsync(idle, "#!/bin/sh\nexec sleep 600\n");
        File.SetUnixFileMode(idle, (UnixFileMode)0b111_101_101);
        await using var demo = new DemoRun(signal == "INT" ? "127.84.3" : "127.84.4", idle, rounds: 0);
        await demo.Says("1. Steady state");
        await Task.Delay(500);
        Assert.NotEmpty(demo.LeftOver());
        demo.Signal(signal);
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
        private readonly Process _process;
        private readonly List<string> _lines = [];

        public DemoRun(string network, string agent, int rounds, string[]? more = null)
        {
            string[] arguments =
            [
                Path.Combine(AppContext.BaseDirectory, "flipagent-lab.dll"), "demo", "--agent", agent, "--network", network, "--rounds", $"{rounds}",
                "--reference", Reference(), "--picture", Picture, .. more ?? [],
            ];
            _process = new() { StartInfo = new("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true } };
            _process.OutputDataReceived += (_, e) => Keep(e.Data);
            _process.ErrorDataReceived += (_, e) => Keep(e.Data);
            _process.Start();
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        public string Picture => Path.Combine(_mine.FullName, "demo.svg");

        /// <summary>The directory of the run, as it says itself.</summary>
        public string Folder
        {
            get
            {
                lock (_lines)
                {
                    return _lines.Find(l => l.StartsWith("Configuration and logs", StringComparison.Ordinal))?.Split(": ")[1] ?? "/nowhere";
                }
            }
        }

        public void Signal(string name) => Process.Start("/bin/kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]).WaitForExit();

        public async Task Says(string what)
        {
            var clock = Stopwatch.StartNew();
            while (true)
            {
                lock (_lines)
                {
                    if (_lines.Exists(l => l.Contains(what, StringComparison.Ordinal)))
                    {
                        return;
                    }
                }

                Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), $"never said '{what}'");
                await Task.Delay(50);
            }
        }

        public async Task<(int Exit, string Output)> Ended(TimeSpan atMost)
        {
            await _process.WaitForExitAsync().WaitAsync(atMost);
            lock (_lines)
            {
                return (_process.ExitCode, string.Join('\n', _lines));
            }
        }

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
            if (!_process.HasExited)
            {
                Signal("TERM");
                await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
            }

            _process.Dispose();
            _mine.Delete(recursive: true);
            if (Directory.Exists(Folder))
            {
                Directory.Delete(Folder, recursive: true);
            }
        }

        private void Keep(string? line)
        {
            if (line is not null)
            {
                lock (_lines)
                {
                    _lines.Add(line);
                }
            }
        }

        private static string Reference([CallerFilePath] string here = "") =>
            Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../deploy/reference"));
    }
}
