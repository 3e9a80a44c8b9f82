using System.Collections.Concurrent;
using FlipAgent.Checks;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Harness;
using FlipAgent.Systemd;

namespace FlipAgent.Tests.Supervision;

/// <summary>A check that throws is down with its reason and goes on trying; the others, and the threads that tell them of exits, go on as ever.</summary>
public sealed class FailingCheckTests : IDisposable
{
    private readonly CheckBench _bench = new();
    private readonly Announced _announced = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("run")]
    [InlineData("late")]
    [InlineData("begin")]
    [InlineData("make")]
    public void A_check_that_throws_is_down_and_the_other_is_up(string where)
    {
        var broken = new Planted(where) { Throws = true };
        using var runner = Run(broken, out var posted);
        Assert.Equal(where == "begin", Await(posted, check: 0).Up);
        Assert.True(Await(posted, check: 1).Up);
        _announced.Once("check broken", "PlantedException: planted");
        if (where == "begin")
            return;
        Assert.Contains("the check failed inside the agent: PlantedException: planted", runner.Snapshots[0].Detail);
        Assert.NotEmpty(_announced.Supervisor.Problems);
        if (where == "make")
            return;
        broken.Throws = false;
        Until.True(() => posted.Last(v => v.Check == 0).Up, () => "the check to be up when it works again");
    }

    [Fact]
    public async Task Who_asks_for_a_look_at_a_check_that_throws_gets_an_answer()
    {
        using var runner = Run(new Planted("run") { Throws = true }, out _);
        var reports = await runner.CheckNow(default).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal([false, true], reports.Select(r => r.Up));
    }

    [Fact]
    public void An_inbox_that_throws_costs_the_turn_and_not_the_check()
    {
        var times = 0;
        using var runner = new CheckRunner(
            [CheckBench.Quick(new CheckConfig.Exec(["/bin/true"]) { Name = "own" })], _bench.Exits, _bench.Bus,
            _ =>
            {
                times++;
                throw new PlantedException();
            },
            _announced.Supervisor);
        runner.Start();
        Until.True(() => runner.Snapshots[0].Successes > 5, () => $"further turns: {runner.Snapshots[0]}");
        Assert.Equal(1, times);
        _announced.Once("check own", "planted");
    }

    [Fact]
    public void A_callback_of_an_exit_that_throws_leaves_the_watch_of_the_other_processes_alive()
    {
        using var exits = new ExitWatch(_announced.Supervisor);
        var (first, second) = (_bench.Start("/bin/sleep", "100"), _bench.Start("/bin/sleep", "100"));
        using var seen = new ManualResetEventSlim();
        using var one = exits.Watch(ProcessIdentity.OfLiving(first.Id)!.Value, (_, _) => throw new PlantedException(), out _, out _);
        using var two = exits.Watch(ProcessIdentity.OfLiving(second.Id)!.Value, (_, _) => seen.Set(), out _, out _);
        first.Kill();
        Until.True(() => _announced.Events.Count > 0, () => "the failure of the first callback");
        second.Kill();
        Assert.True(seen.Wait(TimeSpan.FromSeconds(20)));
        _announced.Once("watch of processes", "planted");
    }

    [Fact]
    public async Task A_callback_on_the_bus_thread_that_throws_leaves_the_thread_alive()
    {
        using var bus = new SystemBus(_announced.Supervisor);
        using var watch = bus.Watch("haproxy.service", _ => throw new PlantedException());
        Until.True(() => _announced.Events.Count > 0, () => "the failure of the callback");
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await bus.Read("haproxy.service", late.Token);
        _announced.Once("connection to systemd", "planted");
    }

    [Fact]
    public void Odd_values_of_process_checks_sockets_and_programs_are_results_and_no_failures()
    {
        CheckConfig[] odd =
        [
            new CheckConfig.Unit("a@b@c.service", TimeSpan.Zero, false) { Name = "unit-1" }, new CheckConfig.Unit("..service", TimeSpan.Zero, false) { Name = "unit-2" },
            new CheckConfig.Unit("\\x2d-@.service", TimeSpan.Zero, false) { Name = "unit-3" }, new CheckConfig.PidFile("/") { Name = "pid-1" },
            new CheckConfig.PidFile("/dev/null") { Name = "pid-2" }, new CheckConfig.PidFile("/" + new string('é', 300)) { Name = "pid-3" },
            new CheckConfig.PidFile("/dev/null/x") { Name = "pid-4" }, new CheckConfig.ProcessName("(sd-pam)") { Name = "name-1" },
            new CheckConfig.ProcessName("é") { Name = "name-2" }, new CheckConfig.HaProxy("/") { Name = "socket-1" },
            new CheckConfig.HaProxy("/dev/null") { Name = "socket-2" }, new CheckConfig.HaProxy("/" + new string('a', 106)) { Name = "socket-3" },
            new CheckConfig.Exec(["/"]) { Name = "exec-1" }, new CheckConfig.Exec(["/dev/null"]) { Name = "exec-2" },
            new CheckConfig.Exec(["/bin/true", new string('x', 200_000)]) { Name = "exec-3" }, new CheckConfig.Exec(["/bin/false", "é", ""]) { Name = "exec-4" },
        ];
        using var runner = new CheckRunner([.. odd.Select(CheckBench.Quick)], _bench.Exits, _bench.Bus, _ => { }, _announced.Supervisor);
        runner.Start();
        Until.True(() => runner.Snapshots.All(s => s.Failures > 2), () => string.Join('\n', runner.Snapshots));
        Assert.Empty(_announced.Events);
    }

    private CheckRunner Run(Planted broken, out ConcurrentQueue<Input.CheckChanged> posted)
    {
        var verdicts = posted = new();
        CheckConfig[] checks = [new CheckConfig.Exec(["/broken"]) { Name = "broken" }, new CheckConfig.Exec(["/bin/true"]) { Name = "own" }];
        var runner = new CheckRunner(
            [.. checks.Select(CheckBench.Quick)], _bench.Exits, _bench.Bus, input => verdicts.Enqueue((Input.CheckChanged)input), _announced.Supervisor,
            (config, context) => config.Name == "broken" ? broken.Made() : context.Make(config));
        runner.Start();
        return runner;
    }

    private static Input.CheckChanged Await(ConcurrentQueue<Input.CheckChanged> posted, int check)
    {
        Until.True(() => posted.Any(v => v.Check == check), () => $"a verdict of check {check}");
        return posted.First(v => v.Check == check);
    }

    private sealed class Planted(string where) : Check
    {
        private volatile bool _throws;

        public bool Throws
        {
            get => _throws;
            set => _throws = value;
        }

        public Planted Made() => where == "make" ? throw new PlantedException() : this;

        public override void Begin()
        {
            if (where == "begin")
                throw new PlantedException();
        }

        public override async Task<CheckResult> Run(TimeSpan within, CancellationToken stop)
        {
            if (Throws && where == "run")
                throw new PlantedException();
            await Task.Yield();
            if (Throws && where == "late")
                throw new PlantedException();
            return new(Outcome.Up, "works");
        }
    }
}
