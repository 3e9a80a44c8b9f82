namespace FlipAgent.Kernel;

/// <summary>
/// The clocks of the machine, read straight from the kernel. All decisions go by CLOCK_MONOTONIC; CLOCK_BOOTTIME also counts the time that the machine
/// slept; CLOCK_REALTIME is only for people and for session numbers, for anybody may set it.
/// </summary>
public static class Clocks
{
    private const string BootIdFile = "/proc/sys/kernel/random/boot_id";

    /// <summary>CLOCK_MONOTONIC: never goes back, stands still while the machine is suspended.</summary>
    public static TimeSpan Monotonic => Read(Libc.ClockMonotonic);

    /// <summary>CLOCK_BOOTTIME: as <see cref="Monotonic"/>, but goes on during a suspend; the same for all processes of one boot.</summary>
    public static TimeSpan Boot => Read(Libc.ClockBootTime);

    /// <summary>CLOCK_REALTIME in milliseconds since 1970, for sessions and for people; it jumps.</summary>
    public static ulong WallMilliseconds => (ulong)Math.Max(0, Read(Libc.ClockRealtime).Ticks / TimeSpan.TicksPerMillisecond);

    /// <summary>
    /// What tells this boot of the machine from every other; null when the kernel does not show it (a container without that file).
    /// </summary>
    public static string? BootId()
    {
        try
        {
            return File.ReadAllText(BootIdFile).Trim();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static TimeSpan Read(int clock)
    {
        if (Libc.ClockGetTime(clock, out var time) != 0)
            throw new InvalidOperationException($"clock {clock} cannot be read");
        return new TimeSpan(time.Seconds * TimeSpan.TicksPerSecond + time.Nanoseconds / TimeSpan.NanosecondsPerTick);
    }
}
