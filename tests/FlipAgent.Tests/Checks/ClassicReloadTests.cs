using FlipAgent.Checks;
using FlipAgent.Config;
using FlipAgent.Harness;

namespace FlipAgent.Tests;

/// <summary>HAProxy as a daemon without a master, reloaded by a new process that dismisses the old one (haproxy -D -p P -x S -sf OLD).</summary>
public sealed class ClassicReloadTests : IDisposable
{
    private readonly CheckBench _bench = new();
    private readonly List<int> _started = [];

    private string Stats => Path.Combine(_bench.Home, "stats.sock");

    private string PidFile => Path.Combine(_bench.Home, "haproxy.pid");

    public void Dispose()
    {
        _bench.Runner?.Dispose();
        foreach (var pid in _started.Where(pid => ProcessIdentity.Comm(pid) == "haproxy"))
            Signals.Send(pid, Signal.Kill);
        _bench.Dispose();
    }

    [HaProxyFact]
    public void F51_two_hundred_reloads_by_a_new_process_are_no_failure()
    {
        StartFirst();
        // One failure would be a verdict; and looks are many, so that some fall into each part of a reload.
        _bench.Run(
            CheckBench.Quick(new CheckConfig.PidFile(PidFile) { Name = "process", Fall = 1 }) with { Interval = TimeSpan.FromMilliseconds(7) },
            CheckBench.Quick(new CheckConfig.HaProxy(Stats) { Name = "stats", Fall = 2 }));
        _bench.Await(up: true, check: 0);
        _bench.Await(up: true, check: 1);
        for (var i = 0; i < 200; i++)
            Reload();
        Until.True(() => _bench.Snapshot().Detail == $"pid {_started[^1]} (haproxy)", () => $"the last one: {_bench.Snapshot()}");
        Assert.True(_bench.Verdicts.Count == 2, string.Join("\n", _bench.Verdicts));
    }

    [HaProxyFact]
    public void F56_the_new_process_may_answer_the_stats_socket_before_the_pid_file_is_looked_at_again()
    {
        StartFirst();
        // The old process stays, as it does while a connection is open, and the pid file is not read for a minute.
        _bench.Run(
            new CheckConfig.PidFile(PidFile) { Name = "process", Interval = TimeSpan.FromMinutes(1) },
            CheckBench.Quick(new CheckConfig.HaProxy(Stats) { Name = "stats", Fall = 1 }));
        _bench.Await(up: true, check: 0);
        _bench.Await(up: true, check: 1);
        HaProxy();
        var looks = _bench.Snapshot(1).Successes;
        Until.True(() => _bench.Snapshot(1).Detail.Contains($"pid {_started[^1]},") && _bench.Snapshot(1).Successes > looks + 3, () => $"looks at the new one: {_bench.Snapshot(1)}");
        Assert.True(_bench.Verdicts.Count == 2, string.Join("\n", _bench.Verdicts));
        Assert.Equal($"pid {_started[0]} (haproxy)", _bench.Snapshot(0).Detail);
    }

    private void StartFirst()
    {
        _bench.File("haproxy.cfg", $"""
            global
              stats socket {Stats} mode 600 level admin expose-fd listeners
            defaults
              mode http
              timeout connect 1s
              timeout client 2s
              timeout server 2s
            frontend site
              bind 127.0.0.1:{TestHaProxy.FreePorts(1).Single()}
              http-request return status 200

            """);
        HaProxy();
    }

    private void Reload()
    {
        var old = _started[^1];
        HaProxy("-x", Stats, "-sf", $"{old}");
        Until.True(() => ProcessIdentity.OfLiving(old) is null, () => $"the old process {old} to end");
    }

    private void HaProxy(params string[] arguments)
    {
        // Its output goes nowhere: it stays open in the daemon that goes on.
        using var start = new OwnedProcess(new() { Log = "/dev/null" }, ["/usr/sbin/haproxy", "-q", "-f", Path.Combine(_bench.Home, "haproxy.cfg"), "-D", "-p", PidFile, .. arguments]);
        Assert.Equal(0, start.WaitForExit(Shell.DefaultLimit));
        _started.Add(int.Parse(File.ReadAllText(PidFile)));
    }
}
