namespace FlipAgent.Core;

/// <summary>
/// Rule E10: a node that was held up for more than 2T looks up the holder. When it has sent no advert for 3T and nothing fresh waited for it, it first listens for T
/// (<see cref="Quarantine"/>) before it acts on what it knew.
/// </summary>
internal static class StallRules
{
    /// <summary>What was waiting in the socket has been taken in before this.</summary>
    public static void Take(in Turn t, Input.Stalled stalled)
    {
        var late = stalled.Late;
        t.Announce(new Event(EventKind.Stalled, Severity.Warning) { Duration = late });
        // The clock by which answers are dated stood still: they are older than it says, and peers must not take them for news.
        foreach (var ip in t.State.Ips)
        {
            if (stalled.AwakeAt is not null)
                ip.Lookup.Age(late);
            ip.Lookup.Want();
        }
        var spoke = t.Now - t.State.Adverts.LastAt;
        var silent = stalled.AwakeAt is null ? Moment.Max(spoke, late) : spoke + late;
        if (silent >= 3 * t.Interval && !t.Peers.AnybodyHeardSince(stalled.AwakeAt ?? t.Now - late))
            t.State.Quarantine.Begin(t.Now + t.Interval);
    }

    public static void EndQuarantine(in Turn t)
    {
        var quarantine = t.State.Quarantine;
        if (!quarantine.On)
            return;
        if (t.Now < quarantine.Until)
        {
            t.WakeAt(quarantine.Until);
        }
        else if (!quarantine.LookingUp)
        {
            quarantine.LookUp();
            t.Lookup.WantAtOnce();
            t.State.Api.Allow(t.Now);
        }
        else if (quarantine.GivesUpAt(t.Interval) is var end && t.Now < end)
        {
            t.WakeAt(end);
        }
        else
        {
            quarantine.End(); // The API gives no answer at all: C7, it stays what it is.
        }
    }
}
