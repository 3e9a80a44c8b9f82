using System.Diagnostics;
using System.Runtime.InteropServices;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Harness;
using FlipAgent.Kernel;
using Microsoft.Win32.SafeHandles;

namespace FlipAgent.Tests;

/// <summary>
/// All kinds of check in a process that has no file descriptor left, or one, or a few, and then some again. In a process of its own, for a test
/// runner does not bear that.
/// </summary>
internal static class ShortageScenario
{
    private const int Exec = 4;
    private const int Pid = 5;
    private const int Name = 6;
    private const int Unit = 7;

    /// <param name="haproxy">Port, stats socket, pid file and pid of one that the test runner has started.</param>
    public static int Run(string[] haproxy)
    {
        PoolThreads.Start();
        using var bench = new CheckBench();
        var process = StartNamed(bench, "flipshort");
        Begin(bench, int.Parse(haproxy[0]), haproxy[1], haproxy[2]);
        for (var i = 0; i < Unit; i++)
            bench.Await(up: true, i);
        // The first verdict on a machine without systemd, and on one with it as well: there is no such unit.
        bench.Await(up: false, Unit);
        Console.WriteLine("all looked");
        Limit(256);
        for (var free = 0; free <= 6; free++)
            WithOnly(free, bench);
        NoVerdictSince(bench, "a shortage is no verdict");
        Recover(bench);
        ExitIsSeen(bench, process.Id, int.Parse(haproxy[3]));
        return 0;
    }

    private static void Begin(CheckBench bench, int port, string stats, string pidFile) => bench.Run([.. new CheckConfig[]
    {
        new CheckConfig.Tcp(new("127.0.0.1", port)) { Name = "tcp" },
        new CheckConfig.Tcp(new("localhost", port)) { Name = "tcp-name" },
        new CheckConfig.Http(new($"http://127.0.0.1:{port}/"), [], null, null, true, false) { Name = "http" },
        new CheckConfig.HaProxy(stats) { Name = "haproxy" },
        new CheckConfig.Exec(["/bin/true"]) { Name = "exec" },
        new CheckConfig.PidFile(pidFile) { Name = "pid-file" },
        new CheckConfig.ProcessName("flipshort") { Name = "name" },
        new CheckConfig.Unit("flipagent-none.service", TimeSpan.FromSeconds(1), false) { Name = "unit" },
    }.Select(c => c with { Interval = TimeSpan.FromMilliseconds(50), Timeout = TimeSpan.FromSeconds(20), Rise = 1, Fall = c.Name == "tcp-name" ? 2 : 1 })]);

    /// <summary>Takes all descriptors but so many, and lets each check look some times.</summary>
    private static void WithOnly(int free, CheckBench bench)
    {
        var held = TakeAll();
        held.Take(free).ToList().ForEach(h => h.Dispose());
        if (free == 0)
            foreach (var check in Enumerable.Range(0, Unit))
                Until.True(
                    () => bench.Snapshot(check) is { Degraded: true } s && s.Detail.StartsWith("not checked, the verdict stays: this agent has no file descriptor left"),
                    () => $"the shortage to be told: {bench.Snapshot(check)}");
        Thread.Sleep(700);
        held.ForEach(h => h.Dispose());
        NoVerdictSince(bench, $"{free} descriptors left");
        Console.WriteLine($"{free} left: {string.Join("; ", bench.Runner.Snapshots.Select(s => $"{s.Name} {s.Detail}"))}");
    }

    private static void Recover(CheckBench bench)
    {
        for (var check = 0; check < Unit; check++)
        {
            var looks = bench.Snapshot(check).Successes;
            Until.True(() => bench.Snapshot(check) is { Up: true, Degraded: false } s && s.Successes > looks, () => $"to look again: {bench.Snapshot(check)}");
        }
        // A name lookup does not say why it failed, so one that failed when the last descriptor had just been given back is a failure.
        Assert.All(bench.Runner.Snapshots.Take(Unit).Where(s => s.Name != "tcp-name"), s => Assert.Equal(0, s.Failures));
        var worries = bench.Posted.Count(p => p.Input is Input.Noticed { Event.Kind: EventKind.CheckDegraded });
        Assert.True(worries >= Unit, $"{worries} worries told");
    }

    private static void ExitIsSeen(CheckBench bench, int named, int master)
    {
        var held = TakeAll();
        Until.True(() => bench.Snapshot(Exec).Degraded, () => "the shortage");
        Assert.Equal(0, Kill(named, 9));
        Assert.Equal(0, Kill(master, 9));
        bench.Await(up: false, Pid);
        bench.Await(up: false, Name);
        Assert.True(bench.Verdict(Exec));
        held.ForEach(h => h.Dispose());
    }

    private static void NoVerdictSince(CheckBench bench, string when) =>
        Assert.True(bench.Verdicts.Count == Unit + 1, $"{when}:\n{string.Join("\n", bench.Verdicts)}");

    private static List<SafeFileHandle> TakeAll()
    {
        List<SafeFileHandle> held = [];
        for (var misses = 0; misses < 50;)
        {
            try
            {
                held.Add(File.OpenHandle("/dev/null"));
                misses = 0;
            }
            catch (IOException)
            {
                // A check that is at work right now gives its own back in a moment.
                misses++;
                Thread.Sleep(2);
            }
        }
        return held;
    }

    private static Process StartNamed(CheckBench bench, string name)
    {
        var program = Path.Combine(bench.Home, name);
        File.Copy("/bin/sleep", program);
        return bench.Start(program, "1000");
    }

    private static void Limit(ulong descriptors)
    {
        const int nofile = 7;
        var limit = new[] { descriptors, descriptors };
        Assert.Equal(0, SetLimit(nofile, limit));
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int pid, int signal);

    [DllImport("libc", EntryPoint = "setrlimit")]
    private static extern int SetLimit(int resource, [In] ulong[] limit);
}

/// <summary>The scenario above, as a test.</summary>
public sealed class ShortageTests
{
    [HaProxyFact]
    public void F11_no_check_of_any_kind_dies_or_takes_a_shortage_of_file_descriptors_for_a_failure_of_the_service()
    {
        using var bench = new CheckBench();
        using var haproxy = new TestHaProxy(bench.Home, "frontend site\n  bind 127.0.0.1:{0}\n  http-request return status 200\n");
        string[] command = [typeof(ShortageScenario).Assembly.Location, "shortage-scenario", $"{haproxy.Ports[0]}", haproxy.Stats, haproxy.PidFile, $"{haproxy.Master}"];
        // What the agent's project file says; here another one counts. In hexadecimal.
        var environment = new Dictionary<string, string>
        {
            ["DOTNET_TieredCompilation"] = "0",
            ["DOTNET_ThreadPool_ThreadsToKeepAlive"] = PoolThreads.Count.ToString("x"),
        };
        var agent = Shell.Run(UnitCheckSystemTests.Dotnet, command, environment: environment, limit: TimeSpan.FromMinutes(10));
        Assert.True(agent.Code == 0, $"exit code {agent.Code}\n{agent.Text}");
    }
}
