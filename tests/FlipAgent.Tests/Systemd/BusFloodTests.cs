using FlipAgent.Config;
using FlipAgent.Harness;
using FlipAgent.Systemd;

namespace FlipAgent.Tests;

/// <summary>What another user of the machine can do to the agent's connection to systemd: send it messages, on a dbus-daemon of the test's.</summary>
public sealed class BusFloodTests : IDisposable
{
    private const string Unit = "web.service";
    private const string Driver = "org.freedesktop.DBus";

    private readonly BusDaemon _daemon = new();

    public BusFloodTests() => _daemon.Start();

    public void Dispose() => _daemon.Dispose();

    [BusFact]
    public async Task What_others_say_in_the_names_of_the_bus_and_of_systemd_asks_systemd_nothing()
    {
        using var systemd = new StandInSystemd(_daemon);
        using var bus = _daemon.Connect();
        var seen = 0;
        using var watch = bus.Watch(Unit, _ => Interlocked.Increment(ref seen));
        await Until.TrueAsync(() => Volatile.Read(ref seen) == 1, "the first state");
        var asked = systemd.Asked("Subscribe");
        using var other = new BusIntruder(_daemon.SocketPath);
        for (var i = 0; i < 100; i++)
        {
            other.Send(BusBytes.SignalTo(systemd.Client, Driver, "NameOwnerChanged", "/org/freedesktop/DBus"));
            other.Send(BusBytes.SignalTo(systemd.Client, UnitReader.Properties, "PropertiesChanged", StandInSystemd.UnitPath));
        }
        other.Settle();
        Assert.NotNull((await bus.Read(Unit, CancellationToken.None)).State);
        Assert.Equal((asked, 1), (systemd.Asked("Subscribe"), Volatile.Read(ref seen)));
        // And systemd is heard as ever.
        systemd.SignalChange();
        await Until.TrueAsync(() => Volatile.Read(ref seen) == 2, "systemd's own signal");
    }

    [BusFact]
    public async Task Under_a_flood_systemd_is_asked_obeyed_and_heard()
    {
        using var systemd = new StandInSystemd(_daemon);
        using var bus = _daemon.Connect();
        var seen = 0;
        using var watch = bus.Watch(Unit, _ => Interlocked.Increment(ref seen));
        await Until.TrueAsync(() => Volatile.Read(ref seen) == 1, "the first state");
        var asked = systemd.Asked("Subscribe");
        using var other = new BusIntruder(_daemon.SocketPath);
        other.Flood(BusBytes.SignalTo(systemd.Client, Driver, "NameOwnerChanged", "/x"));
        var answered = 0;
        for (var i = 0; i < 20; i++)
        {
            if ((await bus.Read(Unit, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10))).State is not null)
                answered++;
            await Task.Delay(20);
        }
        // All, where the machine is not busy with something else.
        Assert.InRange(answered, 10, 20);
        Assert.Equal(UnitOrderResult.Accepted, bus.StartUnit(Unit).Result);
        systemd.SignalChange();
        await Until.TrueAsync(() => Volatile.Read(ref seen) == 2, "systemd's own signal");
        Assert.Equal(asked, systemd.Asked("Subscribe"));
    }

    [BusFact]
    public async Task Under_a_flood_a_systemd_that_does_not_answer_is_given_up_as_ever()
    {
        using var systemd = new StandInSystemd(_daemon);
        using var bus = _daemon.Connect();
        Assert.NotNull((await bus.Read(Unit, CancellationToken.None)).State);
        systemd.Silent = true;
        using var other = new BusIntruder(_daemon.SocketPath);
        other.Flood(BusBytes.SignalTo(systemd.Client, "com.example", "Nothing", "/x"));
        var answer = await bus.Read(Unit, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal("no answer within 400 ms", answer.Problem);
    }

    [BusFact]
    public void Under_a_flood_a_restart_is_no_verdict()
    {
        using var systemd = new StandInSystemd(_daemon);
        using var bench = new CheckBench(_daemon.Address);
        var old = bench.Start("sleep", "1000");
        systemd.MainPid = old.Id;
        // An interval of five seconds: what is seen faster is not seen by looking. Three seconds of grace, for a busy machine.
        bench.Run(new CheckConfig.Unit(Unit, TimeSpan.FromSeconds(3), ColdStandby: false) { Name = "web", Interval = TimeSpan.FromSeconds(5), Rise = 1 });
        bench.Await(up: true);
        using var other = new BusIntruder(_daemon.SocketPath);
        other.Flood(BusBytes.SignalTo(systemd.Client, Driver, "NameOwnerChanged", "/x"));
        for (var i = 0; i < 3; i++)
        {
            Change(systemd, "deactivating", "stop-sigterm", old.Id);
            old.Kill();
            old.WaitForExit();
            Thread.Sleep(150);
            old = bench.Start("sleep", "1000");
            Change(systemd, "active", "running", old.Id);
            Until.True(() => bench.Snapshot().Detail.Contains($"pid {old.Id}", StringComparison.Ordinal), () => $"the new process {old.Id}: {bench.Snapshot()}", 10);
        }
        Assert.True(bench.Verdicts is [{ Up: true }], string.Join("; ", bench.Verdicts.Select(v => v.Detail)));
    }

    [BusFact]
    public async Task A_signal_that_claims_to_answer_a_question_is_no_answer()
    {
        using var systemd = new StandInSystemd(_daemon);
        using var bus = _daemon.Connect();
        Assert.NotNull((await bus.Read(Unit, CancellationToken.None)).State);
        using var other = new BusIntruder(_daemon.SocketPath);
        systemd.Silent = true;
        var reading = bus.Read(Unit, CancellationToken.None);
        for (uint serial = 1; serial < 100; serial++)
            other.Send(BusBytes.SignalTo(systemd.Client, "com.example", "Nothing", "/x", (BusBytes.ReplySerial, serial)));
        Assert.Equal("no answer within 400 ms", (await reading).Problem);
    }

    [BusFact]
    public async Task Who_takes_over_the_name_of_systemd_is_heard_and_who_had_it_is_not()
    {
        using var bus = _daemon.Connect();
        var seen = 0;
        using var watch = bus.Watch(Unit, _ => Interlocked.Increment(ref seen));
        Assert.Null((await bus.Read(Unit, CancellationToken.None)).State);
        for (var i = 0; i < 2; i++)
        {
            using var former = new StandInSystemd(_daemon);
            await Until.True(async () => (await bus.Read(Unit, CancellationToken.None)).State is not null, "systemd is there");
            former.GiveUpName();
            using var systemd = new StandInSystemd(_daemon);
            await Until.True(async () => (await bus.Read(Unit, CancellationToken.None)).State is not null && systemd.Asked("Subscribe") > 0, "systemd is there again");
            var before = await Quiet(bus, () => Volatile.Read(ref seen));
            former.SignalChange(systemd.Client);
            Assert.Equal(before, await Quiet(bus, () => Volatile.Read(ref seen)));
            systemd.SignalChange();
            await Until.TrueAsync(() => Volatile.Read(ref seen) == before + 1, "the signal of the new one");
        }
    }

    private static void Change(StandInSystemd systemd, string active, string sub, int pid)
    {
        (systemd.Active, systemd.Sub, systemd.MainPid) = (active, sub, pid);
        systemd.SignalChange();
    }

    private static async Task<int> Quiet(SystemBus bus, Func<int> count)
    {
        await Task.Delay(100);
        await bus.Read(Unit, CancellationToken.None);
        return count();
    }
}
