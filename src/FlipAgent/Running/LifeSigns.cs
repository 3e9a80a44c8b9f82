using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Logging;
using FlipAgent.State;
using FlipAgent.Systemd;

namespace FlipAgent.Running;

/// <summary>What the loop shows of itself after every turn: the stamp for the next run, the watchdog, the status line, and how late it woke. The loop only.</summary>
internal sealed class LifeSigns(CurrentConfig current, AdvertPort adverts, OwnParticulars particulars, StateFile stateFile, SdNotify notify, Counters counters, ClientView clients, ILogger log)
{
    /// <summary>A deadline that is missed by more counts as a stall.</summary>
    private static readonly TimeSpan s_stall = TimeSpan.FromMilliseconds(250);

    private TimeSpan _stampedAt = Moment.Never;
    private TimeSpan _fedAt = Moment.Never;
    private int _statusFacts;

    /// <summary>Signs of life, and only when all threads that matter are alive (F06).</summary>
    public void OnTurned(ElectionState s, TimeSpan now)
    {
        adverts.CountDrops(s);
        particulars.Look(s);
        clients.Note(Election.SightingOf(s, s.Settings.Me, now));
        if (now - _stampedAt >= s.Settings.Interval / 2)
        {
            _stampedAt = now;
            stateFile.Stamp();
        }
        if (notify.WatchdogTimeout is { } timeout && now - _fedAt >= timeout / 4)
        {
            _fedAt = now;
            var silent = now - adverts.Socket.LastTurn;
            if (silent < timeout / 2)
                notify.Watchdog();
            else
                log.WatchdogWithheld("adverts", silent.TotalMilliseconds);
        }
        if (notify.Enabled)
            ShowStatus(s, now);
    }

    /// <param name="late">How long after a deadline the loop woke.</param>
    public void OnLate(TimeSpan late)
    {
        counters.AdvertLateness.Observe(late);
        if (late <= s_stall)
            return;
        counters.Stalled(late);
        log.LoopLate(late.TotalMilliseconds);
    }

    /// <summary>In the turn in which it changes: who asks <c>systemctl status</c> right after a failover gets the truth.</summary>
    private void ShowStatus(ElectionState s, TimeSpan now)
    {
        var config = current.Value.Config;
        var facts = StatusLine.Facts(s, now, config);
        if (facts != _statusFacts && notify.Status(StatusLine.Of(s, now, config), now))
            _statusFacts = facts;
    }
}
