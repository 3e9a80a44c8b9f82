using System.Diagnostics;
using FlipAgent.Systemd;

namespace FlipAgent.Tests.Systemd;

/// <summary>The status light: what a real receiver of notify datagrams gets.</summary>
public sealed class SdNotifyTests : IDisposable
{
    private readonly UnixReceiver _systemd = new();
    private readonly SdNotify _notify;

    public SdNotifyTests() => _notify = new SdNotify(_systemd.Path, TimeSpan.FromSeconds(5));

    public void Dispose()
    {
        _notify.Dispose();
        _systemd.Dispose();
    }

    [Fact]
    public void Ready_leaves_the_sentence_alone_and_a_sentence_is_one_line()
    {
        _notify.Ready();
        Assert.Equal("READY=1", _systemd.ReceiveText());
        Assert.True(_notify.Status("backup term 7\nREADY=0", TimeSpan.FromSeconds(1)));
        Assert.Equal("STATUS=backup term 7 READY=0", _systemd.ReceiveText());
    }

    [Fact]
    public void Reloading_carries_the_monotonic_time_in_microseconds()
    {
        _notify.Reloading();
        var lines = _systemd.ReceiveText().Split('\n');
        Assert.Equal("RELOADING=1", lines[0]);
        var sent = long.Parse(lines[1]["MONOTONIC_USEC=".Length..]);
        var uptime = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0]) * 1e6;

        // /proc/uptime is CLOCK_BOOTTIME, the same as CLOCK_MONOTONIC on a machine that never slept.
        Assert.InRange(sent, uptime - 60e6, uptime + 1e6);
    }

    [Fact]
    public void Watchdog_stopping_and_extend_are_what_systemd_documents()
    {
        _notify.Watchdog();
        Assert.Equal("WATCHDOG=1", _systemd.ReceiveText());
        _notify.Stopping("releasing to haproxy-2");
        Assert.Equal("STOPPING=1\nSTATUS=releasing to haproxy-2", _systemd.ReceiveText());
        _notify.ExtendTimeout(TimeSpan.FromSeconds(5));
        Assert.Equal("EXTEND_TIMEOUT_USEC=5000000", _systemd.ReceiveText());
    }

    [Fact]
    public void Status_goes_out_on_change_at_once_and_many_in_a_row_become_one_a_second()
    {
        var start = TimeSpan.FromHours(1);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(i < SdNotify.StatusBurst, _notify.Status($"{i}", start + TimeSpan.FromMilliseconds(i)));
        }

        for (var i = 0; i < SdNotify.StatusBurst; i++)
        {
            Assert.Equal($"STATUS={i}", _systemd.ReceiveText());
        }

        Assert.False(_notify.Status("9", start + TimeSpan.FromSeconds(0.9)));
        Assert.True(_notify.Status("9", start + TimeSpan.FromSeconds(1.1)));
        Assert.True(_notify.Status("9", start + TimeSpan.FromSeconds(1.2)));
        Assert.Equal("STATUS=9", _systemd.ReceiveText());
        Assert.Equal(0, _systemd.Waiting);
    }

    [Fact]
    public void A_status_that_nobody_read_is_not_taken_for_shown()
    {
        using var notify = new SdNotify("/nonexistent/notify");
        Assert.False(notify.Status("x", TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void A_long_status_is_cut_between_characters()
    {
        _notify.Status(new string('ä', 1000), TimeSpan.FromSeconds(1));
        var text = _systemd.ReceiveText();
        Assert.Equal("STATUS=" + new string('ä', 256), text);
    }

    [Fact]
    public void An_abstract_socket_is_reached()
    {
        using var systemd = new UnixReceiver($"@fa-{Guid.NewGuid():N}");
        using var notify = new SdNotify(systemd.Path);
        notify.Watchdog();
        Assert.Equal("WATCHDOG=1", systemd.ReceiveText());
    }

    [Fact]
    public void Without_systemd_every_call_does_nothing()
    {
        using var notify = new SdNotify(null, TimeSpan.FromSeconds(5));
        notify.Ready();
        notify.Status("x", TimeSpan.Zero);
        notify.Watchdog();
        Assert.False(notify.Enabled);
        Assert.Null(notify.WatchdogTimeout);
    }

    [Fact]
    public void F06_feeding_the_watchdog_never_waits_and_allocates_nothing()
    {
        _notify.Watchdog();
        _notify.Status("x", TimeSpan.FromSeconds(1));
        var watch = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            _notify.Watchdog();
            _notify.Status("y", TimeSpan.FromSeconds(2 + i));
            _notify.ExtendTimeout(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.InRange(_systemd.Drain(), 1, 999);
    }

    [Theory]
    [InlineData("5000000", null, 5.0)]
    [InlineData("500000", "self", 0.5)]
    [InlineData("5000000", "1", null)]
    [InlineData("0", null, null)]
    [InlineData("-1", null, null)]
    [InlineData("soon", null, null)]
    [InlineData(null, null, null)]
    public void The_watchdog_counts_only_when_it_is_meant_for_this_process(string? usec, string? pid, double? seconds)
    {
        var timeout = SdNotify.ParseWatchdog(usec, pid == "self" ? Environment.ProcessId.ToString() : pid);
        Assert.Equal(seconds, timeout?.TotalSeconds);
    }
}
