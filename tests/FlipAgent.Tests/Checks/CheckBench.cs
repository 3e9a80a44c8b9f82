using System.Collections.Concurrent;
using System.Diagnostics;
using FlipAgent.Checks;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Harness;
using FlipAgent.Systemd;

namespace FlipAgent.Tests;

/// <summary>
/// The runner of checks with its real watchers, a list of all that it posted with the time of each, a directory of its own, and the processes that a
/// test starts. Everything ends with it.
/// </summary>
internal sealed class CheckBench : IDisposable
{
    private readonly ConcurrentQueue<(long At, Input Input)> _posted = new();
    private readonly List<Process> _processes = [];

    /// <param name="bus">As in DBUS_SYSTEM_BUS_ADDRESS; null: what that says.</param>
    public CheckBench(string? bus = null)
    {
        Directory.CreateDirectory(Home);
        Bus = bus is null ? new SystemBus() : new SystemBus(bus, null);
    }

    public string Home { get; } = Path.Combine(Path.GetTempPath(), $"flipagent-checks-{Guid.NewGuid():N}"[..32]);

    public ExitWatch Exits { get; } = new();

    public SystemBus Bus { get; }

    public CheckRunner Runner { get; private set; } = null!;

    public IReadOnlyList<(long At, Input Input)> Posted => [.. _posted];

    public IReadOnlyList<Input.CheckChanged> Verdicts => [.. _posted.Select(p => p.Input).OfType<Input.CheckChanged>()];

    public CheckRunner Run(params CheckConfig[] checks)
    {
        Runner = new CheckRunner([.. checks], Exits, Bus, Post);
        Runner.Start();
        return Runner;
    }

    /// <param name="make">As the agent makes a check, or with something planted in it.</param>
    public CheckRunner Run(Func<CheckConfig, CheckContext, Check> make, params CheckConfig[] checks)
    {
        Runner = new CheckRunner([.. checks], Exits, Bus, Post, supervisor: null, make);
        Runner.Start();
        return Runner;
    }

    public void Reload(CheckConfig[] checks, Action between)
    {
        using var prepared = Runner.Prepare([.. checks], Post);
        between();
        prepared.Commit();
        prepared.Settle();
    }

    private void Post(Input input) => _posted.Enqueue((Stopwatch.GetTimestamp(), input));

    public string File(string name, string text)
    {
        var path = Path.Combine(Home, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    public string Script(string name, string text)
    {
        var path = File(name, text);
#pragma warning disable CA1416 // FlipAgent is for Linux.
        System.IO.File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
#pragma warning restore CA1416
        return path;
    }

    public Process Start(string program, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true })!;
        _processes.Add(process);
        return process;
    }

    /// <summary>The verdict of one check, at the latest: null while there is none.</summary>
    public bool? Verdict(int check = 0) => Verdicts.LastOrDefault(v => v.Check == check)?.Up;

    public CheckSnapshot Snapshot(int check = 0) => Runner.Snapshots[check];

    /// <summary>Waits for a verdict and answers with the input that brought it.</summary>
    public Input.CheckChanged Await(bool up, int check = 0)
    {
        Until.True(() => Verdict(check) == up, () => $"check {check} to be {(up ? "up" : "down")}, it is: {Snapshot(check)}");
        return Verdicts.Last(v => v.Check == check);
    }

    public void Dispose()
    {
        Runner?.Dispose();
        Bus.Dispose();
        Exits.Dispose();
        foreach (var process in _processes)
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }
        // A program that was killed a moment ago may still write a file.
        for (var attempt = 0; Directory.Exists(Home); attempt++)
        {
            try
            {
                Directory.Delete(Home, recursive: true);
            }
            catch (IOException) when (attempt < 100)
            {
                Thread.Sleep(20);
            }
        }
    }

    /// <summary>Quick turns, so that a test of many turns is short; the time-out is generous unless it is the point.</summary>
    public static T Quick<T>(T config) where T : CheckConfig =>
        config with { Interval = TimeSpan.FromMilliseconds(50), Timeout = TimeSpan.FromSeconds(5) };
}
