using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>When adverts go out, and when a node takes the mastership back: as keepalived does it, which need not be as its file says.</summary>
internal static class Timing
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromSeconds(1000);

    /// <summary>VRRP version 2, keepalived's default for IPv4, knows whole seconds only.</summary>
    public static void Interval(Draft draft, Statement instance, Globals globals, Notes notes)
    {
        if (instance.Last("advert_int") is not { } line)
            return;
        if (Seconds.Parse(line.Argument) is not { } interval || interval < s_shortest || interval > TimeSpan.FromSeconds(255))
        {
            notes.Add(line, "advert_int: no time from 0.01 to 255 s, so keepalived takes its default, 1 s, and so does the draft");
            return;
        }

        var whole = TimeSpan.FromSeconds(Math.Max(1, Math.Floor(interval.TotalSeconds + 0.5)));
        if (whole != interval && Version(instance, globals) == 2)
        {
            notes.Add(line, $"advert_int: keepalived rounds {Duration.Text(interval)} to {Duration.Text(whole)}, as VRRP version 2 knows whole seconds only; " +
                $"so does the draft, and interval: {Duration.Text(interval)} is possible");
            interval = whole;
        }

        draft.Interval = Seconds.Within(interval, s_shortest, s_longest, line, "advert_int", notes);
    }

    public static void Preemption(Draft draft, Statement instance, InstanceSettings settings, Notes notes)
    {
        if (settings.NoPreempt is { } no && !settings.StartsAsMaster)
        {
            if (settings.PreemptDelay is { } unused)
                notes.Add(unused, "preempt_delay: left out, it has no effect beside nopreempt");
            return;
        }

        draft.Preempt = true;
        draft.PreemptDelay = Delay(settings, notes);
        if (settings.NoPreempt is { } ignored)
            notes.Add(ignored, "nopreempt: keepalived ignores it beside state MASTER, so the draft has preempt: true; leave that out if nopreempt was meant");
        else
            notes.Add(instance, "preempt: true, as keepalived has it by default; without it a recovered node moves nothing, " +
                "which spares the clients a second move");
    }

    /// <summary>keepalived's is 0 where FlipAgent's is 30 s.</summary>
    private static TimeSpan Delay(InstanceSettings settings, Notes notes)
    {
        if (settings.PreemptDelay is not { } line)
            return TimeSpan.Zero;
        if (Seconds.Parse(line.Argument) is not { } delay || delay > s_longestDelay)
        {
            notes.Add(line, "preempt_delay: no time from 0 to 1000 s, so keepalived takes 0, and so does the draft");
            return TimeSpan.Zero;
        }

        if (settings.StartsAsMaster && delay > TimeSpan.Zero)
        {
            notes.Add(line, $"preempt_delay: keepalived ignores it beside state MASTER, so the draft has 0s; preempt_delay: {Duration.Text(delay)} is possible");
            return TimeSpan.Zero;
        }

        return delay;
    }

    private static int Version(Statement instance, Globals globals)
    {
        var isIpv6 = instance.Block.Where(s => s.Keyword == "virtual_ipaddress").SelectMany(s => s.Block).Any(s => s.Keyword.Contains(':'))
            || instance.Last("unicast_src_ip")?.Argument?.Contains(':') == true || instance.Last("native_ipv6") is not null;
        return isIpv6 ? 3 : Seconds.Whole(instance.Last("version")?.Argument, 2, 3) ?? globals.Version;
    }
}
