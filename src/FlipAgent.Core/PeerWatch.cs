namespace FlipAgent.Core;

/// <summary>What people must hear about the peers: silence, one-way links, configurations that differ. Also a new session for a node that nobody hears (rule E10).</summary>
internal static class PeerWatch
{
    public static void Watch(in Turn t)
    {
        var down = t.Settings.MasterDown;
        var (heard, unheardBy, echoed) = (0, 0, 0UL);
        for (var i = 0; i < t.Peers.Count; i++)
        {
            if (i == t.Settings.Me)
                continue;
            var p = t.Peers[i];
            echoed = Math.Max(echoed, p.Session.EchoedOurs);
            WatchSilence(t, p, i);
            if (t.Now - p.HeardAt >= down)
                continue;
            heard++;
            if (!WatchLink(t, p, i))
                unheardBy++;
            WatchDrift(t, p);
        }
        if (heard > 0 && unheardBy == heard)
            BeginSession(t, echoed);
    }

    private static void BeginSession(in Turn t, ulong highestEchoed)
    {
        var at = t.State.Adverts.SessionSince + 3 * t.Settings.MasterDown;
        if (t.Now < at)
        {
            t.WakeAt(at);
            return;
        }
        t.State.Adverts.BeginSession(highestEchoed, t.Now);
        t.Announce(new Event(EventKind.NewSession, Severity.Info, t.Term, "no peer hears this node: starts a new session"));
    }

    private static void WatchSilence(in Turn t, Peer p, int i)
    {
        if (!p.Session.Counted || p.Notices.Silent)
            return;
        var at = p.Notices.SilenceDueAt(Moment.Max(p.HeardAt + t.Settings.MasterDown, p.RestartHoldUntil));
        if (t.Now >= at)
            AnnounceSilence(t, p, i);
        else
            t.WakeAt(at);
    }

    private static void AnnounceSilence(in Turn t, Peer p, int i)
    {
        p.Notices.AnnounceSilence(t.Now);
        var (name, expected) = (t.NameOf(i), p.Leaving);
        if (!expected && p.RestartHoldUntil != Moment.Never)
        {
            t.Announce(new Event(EventKind.HoldExpired, Severity.Warning, t.Term, $"{name} asked for patience for its restart, and is not back")
            { Peer = name, Next = $"systemctl status flipagent on {name}" });
            return;
        }
        t.Announce(new Event(EventKind.PeerSilent, expected ? Severity.Info : Severity.Warning, t.Term,
            expected ? $"{name} has stopped" : t.Peers.IsHeard(i, t.Now) ? $"{name} is not heard here, but others hear it" : $"{name} is silent")
        { Peer = name, Next = expected ? null : $"Check flipagent on {name} and UDP between the nodes." });
    }

    /// <returns>False when the peer has not heard this node for so long that its session may be what is wrong.</returns>
    private static bool WatchLink(in Turn t, Peer p, int i)
    {
        var (notices, down) = (p.Notices, t.Settings.MasterDown);
        if (p.HearsMe || p.Role == Role.Starting)
        {
            if (notices.OneWay && p.HearsMe)
                t.Announce(new Event(EventKind.OneWayLink, Severity.Info, t.Term, $"{t.NameOf(i)} hears this node again") { Peer = t.NameOf(i), Alert = true });
            notices.HearsMe(surely: p.HearsMe);
            return true;
        }
        notices.DoesNotHearMe(t.Now);
        var since = notices.NotHearingMeSince;
        var hears = t.Now - Moment.Max(since, t.State.Adverts.SessionSince) < 3 * down;
        if (t.Now - since < down)
            t.WakeAt(since + down);
        else if (notices.MayAnnounceOneWay(t.Now))
            AnnounceOneWay(t, p, i);
        return hears;
    }

    private static void AnnounceOneWay(in Turn t, Peer p, int i)
    {
        p.Notices.AnnounceOneWay(t.Now);
        t.Announce(new Event(EventKind.OneWayLink, Severity.Warning, t.Term, $"{t.NameOf(i)} is heard, but says that it does not hear this node")
        { Peer = t.NameOf(i), Next = "Check the firewall for UDP in that direction." });
    }

    private static void WatchDrift(in Turn t, Peer p)
    {
        var (theirs, ours) = (p.Advert?.ConfigHash, t.Settings.ConfigHash);
        if (p.Advert is { } advert && !p.Notices.Drift && theirs != 0 && ours != 0 && theirs != ours)
        {
            p.Notices.SetDrift(true);
            t.Announce(new Event(EventKind.ConfigDrift, Severity.Warning, t.Term, $"the configuration of {advert.Node} differs from this node's")
            { Peer = advert.Node, Next = "Use one file on all nodes, then reload." });
        }
        else if (theirs == ours)
        {
            p.Notices.SetDrift(false);
        }
    }
}
