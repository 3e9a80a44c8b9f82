namespace FlipAgent.Core;

/// <summary>Rule S3: a master that nobody could take over from serves, but its next failure would be an outage; people are told before it happens.</summary>
internal static class StandbyRules
{
    public static void Watch(in Turn t)
    {
        var watch = t.State.Standby;
        if (!t.IsMaster || t.Peers.Count == 1 || t.State.Lifecycle.Stopping)
        {
            watch.Forget();
            return;
        }
        if (CouldAnybody(t))
        {
            if (watch.Some() is { } since)
                t.Announce(new Event(EventKind.NoStandby, Severity.Info) { Ended = true, Alert = true, Duration = t.Now - since });
            return;
        }
        if (watch.None(t.Now))
            t.Announce(new Event(EventKind.NoStandby, Severity.Warning) { Duration = StandbyWatch.Patience });
        else if (watch.DueAt > t.Now)
            t.WakeAt(watch.DueAt);
    }

    public static bool CouldAnybody(in Turn t)
    {
        for (var i = 0; i < t.Peers.Count; i++)
            if (Rank.CouldTakeOver(t.State, i, t.Now))
                return true;
        return false;
    }
}
