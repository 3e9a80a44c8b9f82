using System.Diagnostics;
using System.Runtime.InteropServices;
using FlipAgent.Kernel;

namespace FlipAgent.Tests.Net;

/// <summary>The clocks are those of the kernel, and asking for real time is answered, not thrown.</summary>
public sealed partial class ClocksTests
{
    [Fact]
    public void The_monotonic_clock_is_that_of_dotnet_and_never_goes_back()
    {
        var before = Stopwatch.GetTimestamp();
        var last = Clocks.Monotonic;
        for (var i = 0; i < 10_000; i++)
        {
            var now = Clocks.Monotonic;
            Assert.True(now >= last);
            last = now;
        }
        var after = Stopwatch.GetTimestamp();
        Assert.InRange(last, Stopwatch.GetElapsedTime(0, before), Stopwatch.GetElapsedTime(0, after));
    }

    [Fact]
    public void The_boot_clock_is_the_uptime_and_not_behind_the_monotonic_one()
    {
        var monotonic = Clocks.Monotonic;
        var boot = Clocks.Boot;
        var uptime = TimeSpan.FromSeconds(double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0]));
        Assert.True(boot >= monotonic);
        Assert.InRange(uptime - boot, TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void The_wall_clock_counts_milliseconds_since_1970()
    {
        var before = (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var wall = Clocks.WallMilliseconds;
        Assert.InRange(wall, before, (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
    }

    [Fact]
    public void The_boot_id_is_a_guid_without_a_line_break()
    {
        Assert.True(Guid.TryParseExact(Clocks.BootId(), "D", out _));
        Assert.Equal(Clocks.BootId(), Clocks.BootId());
    }

    [Fact]
    public void Real_time_is_granted_or_refused_with_a_reason_and_stays_with_the_thread()
    {
        RealTimeResult result = default;
        var policy = -1;
        var thread = new Thread(() =>
        {
            result = RealTime.TryRaise();
            policy = SchedGetScheduler(0);
        });
        thread.Start();
        thread.Join();
        if (result.Thread is null)
            Assert.Equal(2 | 0x40000000, policy);
        else
            Assert.StartsWith("no real-time scheduling: ", result.Thread);
        if (result.Memory is not null)
            Assert.StartsWith("memory is not locked: ", result.Memory);
        else
            Assert.DoesNotMatch(@"VmLck:\s+0 kB", File.ReadAllText("/proc/self/status"));
        Assert.NotEqual(2 | 0x40000000, SchedGetScheduler(0));
    }

    [LibraryImport("libc", EntryPoint = "sched_getscheduler")]
    private static partial int SchedGetScheduler(int thread);
}
