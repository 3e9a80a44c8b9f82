using System.Diagnostics;
using System.Runtime.InteropServices;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Harness;
using FlipAgent.Systemd;

namespace FlipAgent.Tests;

/// <summary>
/// Stories about a real unit under a real systemd, to be run *inside* a booted root: <c>dotnet FlipAgent.Tests.dll unit-scenario NAME</c> in its pid
/// namespace, with DBUS_SYSTEM_BUS_ADDRESS naming its bus. Each prints what it saw as <c>key=value</c> lines; <see cref="UnitCheckSystemTests"/> starts
/// them and judges. The unit is haproxy.service as Debian ships it; drop-ins go to /run and are taken away again.
/// </summary>
internal static class UnitScenario
{
    private const string Unit = "haproxy.service";

    public static int Run(string name, string[] arguments)
    {
        switch (name)
        {
            case "own-job-child":
                OwnJobChild(arguments[0]);
                return 0;
            case "order":
                return Order(arguments);
        }
        using var story = new Story();
        switch (name)
        {
            case "stop": Stop(story); break;
            case "kill-without-restart": KillWithoutRestart(story); break;
            case "crash": Crash(story); break;
            case "restart": Restart(story); break;
            case "slow-restart": SlowRestart(story); break;
            case "crash-loop": CrashLoop(story); break;
            case "reload": Reload(story); break;
            case "broken-reload": BrokenReload(story); break;
            case "bus-lost": BusLost(story); break;
            case "bus-stopped": BusStopped(story); break;
            case "reexec": Reexec(story); break;
            case "cold": Cold(story); break;
            case "own-job": OwnJobOf(story, arguments); break;
            default: throw new ArgumentException($"no scenario named {name}");
        }
        return 0;
    }

    private static void Stop(Story s)
    {
        s.Watch();
        for (var i = 0; i < 5; i++)
        {
            Systemctl("start", Unit);
            s.Bench.Await(up: true);
            var begun = Stopwatch.GetTimestamp();
            Systemctl("stop", Unit);
            s.TellDown(begun);
        }
    }

    private static void KillWithoutRestart(Story s)
    {
        Story.DropIn("[Service]\nRestart=no\n");
        s.Watch();
        for (var i = 0; i < 5; i++)
        {
            Systemctl("reset-failed", Unit);
            Systemctl("start", Unit);
            s.Bench.Await(up: true);
            s.TellDown(Story.KillMain());
        }
    }

    private static void Crash(Story s)
    {
        s.Watch();
        for (var i = 0; i < 2; i++)
            s.Replace(() => Story.KillMain());
        s.TellVerdicts();
    }

    private static void Restart(Story s)
    {
        // A gap from stop to start on top of what HAProxy itself needs; and a check beside it whose socket is shut meanwhile.
        Story.DropIn("[Service]\nExecStartPre=/bin/sleep 0.3\n");
        s.Watch(new CheckConfig.HaProxy("/proc/1/root/run/haproxy/admin.sock") { Name = "stats", Interval = TimeSpan.FromMilliseconds(100), Fall = 1 });
        s.Bench.Await(up: true, check: 1);
        for (var i = 0; i < 3; i++)
        {
            s.Replace(() => Systemctl("restart", Unit));
        }
        s.TellVerdicts();
    }

    private static void SlowRestart(Story s)
    {
        s.Watch();
        Story.DropIn("[Service]\nExecStartPre=/bin/sleep 3\n");
        s.TellDown(Story.KillMain());
        s.Bench.Await(up: true);
        s.TellVerdicts();
    }

    private static void CrashLoop(Story s)
    {
        s.Watch();
        for (var i = 0; i < 3; i++)
        {
            if (i > 0)
                Thread.Sleep(TimeSpan.FromSeconds(3));
            if (i == 2)
                s.TellDown(Story.KillMain());
            else
                s.Replace(() => Story.KillMain());
        }
        s.TellVerdicts();
    }

    private static void Reload(Story s)
    {
        s.Watch();
        for (var i = 0; i < 20; i++)
            Systemctl("reload", Unit);
        Thread.Sleep(TimeSpan.FromSeconds(1));
        Tell("failures", s.Bench.Snapshot().Failures);
        s.TellVerdicts();
    }

    private static void BrokenReload(Story s)
    {
        const string Path = "/proc/1/root/etc/haproxy/haproxy.cfg";
        s.Watch();
        var good = File.ReadAllText(Path);
        try
        {
            File.WriteAllText(Path, good + "\nthis is no configuration\n");
            Systemctl("reload", Unit);
            Until.True(() => s.Bench.Snapshot().Degraded, () => $"the warning: {s.Bench.Snapshot()}");
            Tell("detail", s.Bench.Snapshot().Detail);
        }
        finally
        {
            File.WriteAllText(Path, good);
            Systemctl("reload", Unit);
        }
        Until.True(() => !s.Bench.Snapshot().Degraded, () => $"the end of the warning: {s.Bench.Snapshot()}");
        s.TellVerdicts();
    }

    private static void BusLost(Story s)
    {
        s.Watch();
        Systemctl("stop", "dbus.socket", "dbus.service");
        try
        {
            Until.True(() => s.Bench.Snapshot().Degraded, () => $"the warning: {s.Bench.Snapshot()}");
            Tell("detail", s.Bench.Snapshot().Detail);
            Thread.Sleep(TimeSpan.FromSeconds(2));
            Tell("up_without_bus", s.Bench.Verdict());
            // Dead, and nobody there to say whether it comes back: down when the grace is over.
            s.TellDown(Story.KillMain());
        }
        finally
        {
            Systemctl("start", "dbus.socket", "dbus.service");
        }
        s.Bench.Await(up: true);
        s.TellVerdicts();
    }

    private static void BusStopped(Story s)
    {
        s.Watch();
        var bus = int.Parse(Systemctl("show", "-P", "MainPID", "dbus.service"));
        Signals.Send(bus, Signal.Stop);
        try
        {
            // Longer than two turns: neither a look that gets no answer nor a second one may be a failure.
            Until.True(() => s.Bench.Snapshot().Degraded, () => $"the warning: {s.Bench.Snapshot()}");
            Thread.Sleep(TimeSpan.FromSeconds(12));
            Tell("detail", s.Bench.Snapshot().Detail);
            Tell("failures", s.Bench.Snapshot().Failures);
        }
        finally
        {
            Signals.Send(bus, Signal.Cont);
        }
        Until.True(() => !s.Bench.Snapshot().Degraded, () => $"the end of the warning: {s.Bench.Snapshot()}");
        s.TellVerdicts();
    }

    private static void Reexec(Story s)
    {
        s.Watch();
        Systemctl("daemon-reexec");
        Systemctl("daemon-reload");
        Thread.Sleep(TimeSpan.FromSeconds(3));
        s.TellVerdicts();
        // The signals must come as before: the interval alone would take seconds.
        var begun = Stopwatch.GetTimestamp();
        Systemctl("stop", Unit);
        s.TellDown(begun);
    }

    private static void Cold(Story s)
    {
        Systemctl("stop", Unit);
        s.Watch(cold: true, up: false);
        Input.UnitChanged Last() => s.Bench.Posted.Select(p => p.Input).OfType<Input.UnitChanged>().Last();
        Tell("before", Last());
        Tell("start", s.Bench.Bus.StartUnit(Unit));
        Until.True(() => Last().Active, () => "the start");
        Tell("started", Last());
        Tell("stop", s.Bench.Bus.StopUnit(Unit));
        Until.True(() => !Last().Active, () => "the stop");
        Tell("unknown", s.Bench.Bus.StartUnit("flipagent-none.service"));
        Systemctl("mask", "--runtime", Unit);
        Tell("masked", s.Bench.Bus.StartUnit(Unit));
        Until.True(() => !Last().Startable, () => "the mask to be seen");
        Systemctl("unmask", "--runtime", Unit);
    }

    /// <summary>An order by whoever runs this: for the refusal of polkit.</summary>
    private static int Order(string[] arguments)
    {
        using var bus = new SystemBus();
        Console.WriteLine($"order={bus.StartUnit(arguments[0])}");
        return 0;
    }

    /// <summary>A unit of its own that tells, on SIGTERM, what job systemd has for it (rule E12).</summary>
    private static void OwnJobOf(Story s, string[] command)
    {
        const string Name = "flipagent-own-job.service";
        var answer = $"/tmp/flipagent-own-job-{Environment.ProcessId}";
        foreach (var verb in (string[])["restart", "stop", "kill"])
        {
            File.WriteAllText(answer, "");
            InRoot(["systemd-run", $"--unit={Name}", "-p", "KillMode=mixed", "-E", "DBUS_SYSTEM_BUS_ADDRESS=unix:path=/proc/1/root/run/dbus/system_bus_socket", "/usr/bin/nsenter", "-t", $"{Environment.ProcessId}", "-m", "--", .. command, "own-job-child", answer]);
            Until.True(() => File.ReadAllText(answer) == "ready\n", () => "the unit to start");
            Systemctl(verb, Name);
            Until.True(() => File.ReadAllText(answer).Contains("OwnJob"), () => "its answer");
            Tell(verb, File.ReadAllLines(answer).First(l => l.Contains("OwnJob")));
            Systemctl("stop", Name);
        }
        File.Delete(answer);
    }

    private static void OwnJobChild(string answer)
    {
        using var bus = new SystemBus();
        using var over = new ManualResetEventSlim();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            var begun = Stopwatch.GetTimestamp();
            var job = bus.OwnJob();
            File.WriteAllText(answer, $"{job} in {Stopwatch.GetElapsedTime(begun).TotalMilliseconds:0.0} ms\n");
            over.Set();
        });
        File.WriteAllText(answer, "ready\n");
        over.Wait();
    }

    private static void Tell(string key, object? value) => Console.WriteLine($"{key}={value}");

    private static string Systemctl(params string[] arguments) => InRoot(["systemctl", .. arguments]);

    /// <summary>Runs a program of the root's own, and answers with what it printed.</summary>
    private static string InRoot(string[] command) => Shell.Run("/usr/bin/nsenter", ["-t", "1", "-m", "--", .. command]).Out.Trim();

    /// <summary>A bench inside the root, and what is needed to play with its unit.</summary>
    private sealed class Story : IDisposable
    {
        private const string DropInFolder = "/proc/1/root/run/systemd/system/haproxy.service.d";

        public Story()
        {
            Systemctl("reset-failed", Unit);
            Systemctl("start", Unit);
        }

        public CheckBench Bench { get; } = new();

        public void Watch(CheckConfig? second = null, bool cold = false, bool up = true)
        {
            // An interval of five seconds: what is seen faster is not seen by looking.
            var unit = new CheckConfig.Unit(Unit, TimeSpan.FromSeconds(1), cold) { Name = "haproxy", Interval = TimeSpan.FromSeconds(5), Rise = 1 };
            Bench.Run(second is null ? [unit] : [unit, second]);
            Bench.Await(up);
        }

        public static void DropIn(string text)
        {
            Directory.CreateDirectory(DropInFolder);
            File.WriteAllText($"{DropInFolder}/scenario.conf", text);
            Systemctl("daemon-reload");
        }

        public static int MainPid() => int.Parse(Systemctl("show", "-P", "MainPID", Unit));

        /// <summary>Kills the main process and answers with the moment of it.</summary>
        public static long KillMain()
        {
            using var main = Process.GetProcessById(MainPid());
            var at = Stopwatch.GetTimestamp();
            main.Kill();
            return at;
        }

        /// <summary>Does something to the unit, and waits until the check sees it serve with another main process.</summary>
        public void Replace(Action act)
        {
            var old = MainPid();
            act();
            Until.True(
                () => MainPid() is > 0 and var now && now != old && Bench.Snapshot().Detail.Contains($"pid {now}, active (running)"),
                () => $"a main process other than {old}: {Bench.Snapshot()}");
        }

        public void TellDown(long begun)
        {
            var verdict = Bench.Await(up: false);
            var (at, _) = Bench.Posted.Last(p => ReferenceEquals(p.Input, verdict));
            Tell("down_ms", Stopwatch.GetElapsedTime(begun, at).TotalMilliseconds.ToString("0.00"));
            Tell("fault_age_ms", verdict.FaultAge.TotalMilliseconds.ToString("0.00"));
            Tell("down_detail", verdict.Detail);
        }

        public void TellVerdicts()
        {
            Tell("verdicts", string.Join(" ", Bench.Verdicts.Select(v => $"{v.Check}:{(v.Up ? "up" : "down")}")));
            Tell("details", string.Join("; ", Bench.Verdicts.Select(v => v.Detail)));
        }

        public void Dispose()
        {
            Bench.Dispose();
            if (Directory.Exists(DropInFolder))
                Directory.Delete(DropInFolder, recursive: true);
            Systemctl("daemon-reload");
            Systemctl("reset-failed", Unit);
            Systemctl("start", Unit);
        }
    }
}
