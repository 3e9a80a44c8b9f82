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
            // It was told by this node as master, and now it is the other node itself.
            if (t.Role == Role.Backup && t.Fitness.Fit && Rank.LivingMaster(t.State, t.Now) >= 0 && Rank.CouldMove(t.State) && !Rank.LacksStore(t.State, t.Settings.Me))
                AnnounceEnd(t, null);
            return;
        }
        if (CouldAnybody(t))
        {
            AnnounceEnd(t, watch.Some());
            return;
        }
        if (watch.None(t.Now))
            t.Announce(new Event(EventKind.NoStandby, Severity.Warning) { Duration = StandbyWatch.Patience });
        else if (watch.DueAt > t.Now)
            t.WakeAt(watch.DueAt);
    }

    /// <param name="since">Null: this run did not tell of it.</param>
    private static void AnnounceEnd(in Turn t, TimeSpan? since)
    {
        if (t.State.Open.Has(EventKind.NoStandby))
            t.Announce(new Event(EventKind.NoStandby, Severity.Info) { Ended = true, Alert = true, Duration = t.Now - since });
    }

    public static bool CouldAnybody(in Turn t)
    {
        for (var i = 0; i < t.Peers.Count; i++)
            if (Rank.CouldTakeOver(t.State, i, t.Now))
                return true;
        return false;
    }
}
