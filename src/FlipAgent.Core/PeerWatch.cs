namespace FlipAgent.Core;

/// <summary>
/// What people must hear about the peers: silence, one-way links, configurations that differ. Also a new session for a node that nobody hears, or that was set back
/// to an earlier one (rule E10).
/// </summary>
internal static class PeerWatch
{
    private static readonly TimeSpan s_rollout = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_quiet = TimeSpan.FromMinutes(1);

    public static void Watch(in Turn t)
    {
        var down = t.Settings.MasterDown;
        var (heard, unheardBy, echoed, setBack, reused) = (0, 0, 0UL, false, false);
        for (var i = 0; i < t.Peers.Count; i++)
        {
            if (i == t.Settings.Me)
                continue;
            var p = t.Peers[i];
            echoed = Math.Max(echoed, p.Session.EchoedOurs);
            WatchSilence(t, p, i);
            WatchRefusals(t, p, i);
            if (t.Now - p.HeardAt >= down)
            {
                WatchUncounted(t, p, i);
                continue;
            }
            heard++;
            if (!WatchLink(t, p, i))
            {
                unheardBy++;
                setBack |= p.Session.EchoedOurs > t.State.Adverts.Session;
            }
            reused |= p.Session.EchoedReused;
            WatchDrift(t, p);
        }
        // Nobody hears it; or one does not because it has heard a later session of this node, beside which the present one counts for nothing (a restored snapshot).
        if ((heard > 0 && unheardBy == heard) || setBack)
            BeginSession(t, echoed, 3 * t.Settings.MasterDown);
        // The number of an earlier run, chosen again. One that was chosen here is above all that anybody heard, so this happens at a start only.
        else if (reused && t.State.Adverts.IsFirst)
            BeginSession(t, echoed, 2 * t.Interval);
    }

    /// <param name="patience">For how long a session is tried before another takes its place.</param>
    private static void BeginSession(in Turn t, ulong highestEchoed, TimeSpan patience)
    {
        var at = t.State.Adverts.SessionSince + patience;
        if (t.Now < at)
        {
            t.WakeAt(at);
            return;
        }
        t.State.Adverts.BeginSession(highestEchoed, t.Now);
        t.Announce(new Event(EventKind.NewSession, Severity.Info));
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
        var (name, expected) = (t.NameOf(i), p.Leaving);
        // Why it is not heard was told when the first of its datagrams did not count, and so is the end of it. What was told while it was heard is another story: anybody may send with its address.
        var told = !expected && p.Notices.RejectionToldAt > p.HeardAt && p.RefusedLately(t.Settings.MasterDown, t.Now) is not null
            && (t.State.Open.Has(EventKind.PeerRejected, name) || t.State.Open.Has(EventKind.DuplicateNode, name));
        p.Notices.AnnounceSilence(expected || told, t.Now);
        if (!expected && p.RestartHoldUntil != Moment.Never)
        {
            t.Announce(new Event(EventKind.HoldExpired, Severity.Warning) { Peer = name });
            return;
        }
        // What others heard of it last may be a little newer, and say no more than what this node heard.
        var othersHear = t.Peers.IsHeard(i, t.Now) && p.KnownAt - p.HeardAt >= t.Interval;
        Cause? cause = expected ? new Cause.PeerStopped() : othersHear ? new Cause.HeardByOthers() : null;
        t.Announce(new Event(EventKind.PeerSilent, expected || told ? Severity.Info : Severity.Warning)
        { Peer = name, Cause = cause, Rejection = cause is null ? p.RefusedLately(t.Settings.MasterDown, t.Now) : null });
    }

    /// <summary>
    /// What was told of datagrams that do not count is over when none has come for a while, and the peer is heard; where another machine speaks in its place, when that is quiet. The
    /// silence of the peer itself, which was told by them alone, is told then.
    /// </summary>
    private static void WatchRefusals(in Turn t, Peer p, int i)
    {
        var (open, name) = (t.State.Open, t.NameOf(i));
        var refused = open.Has(EventKind.PeerRejected, name) && t.Now - p.HeardAt < t.Settings.MasterDown;
        var twice = open.Has(EventKind.DuplicateNode, name);
        if (!refused && !twice)
            return;
        var at = Moment.Max(p.RefusedAt, t.State.Lifecycle.StartedAt) + Moment.Max(s_quiet, 2 * t.Settings.MasterDown);
        if (t.Now < at)
        {
            t.WakeAt(at);
            return;
        }
        if (refused)
            t.Announce(new Event(EventKind.PeerRejected, Severity.Info) { Peer = name, Ended = true, Alert = true });
        if (twice)
            t.Announce(new Event(EventKind.DuplicateNode, Severity.Info) { Peer = name, Ended = true, Alert = true });
        if (twice && p.Notices is { Silent: true, SilenceTold: false } && !p.Leaving)
            AnnounceSilence(t, p, i);
    }

    /// <returns>False when the peer has not heard this node for so long that its session may be what is wrong.</returns>
    private static bool WatchLink(in Turn t, Peer p, int i)
    {
        var (notices, down) = (p.Notices, t.Settings.MasterDown);
        if (p.HearsMe || p.Role == Role.Starting)
        {
            if (p.HearsMe && (notices.OneWay || t.State.Open.Has(EventKind.OneWayLink, t.NameOf(i))))
                t.Announce(new Event(EventKind.OneWayLink, Severity.Info) { Peer = t.NameOf(i), Ended = true, Alert = true });
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

    /// <summary>A peer that does not hear this node cannot echo it, so nothing that it says counts; people must hear why.</summary>
    private static void WatchUncounted(in Turn t, Peer p, int i)
    {
        var (notices, down) = (p.Notices, t.Settings.MasterDown);
        if (!notices.IsUncounted(down, t.Now) || notices.OneWay)
            return;
        if (t.Now - notices.NotHearingMeSince < down)
            t.WakeAt(notices.NotHearingMeSince + down);
        else if (notices.MayAnnounceOneWay(t.Now))
            AnnounceOneWay(t, p, i);
    }

    private static void AnnounceOneWay(in Turn t, Peer p, int i)
    {
        p.Notices.AnnounceOneWay(t.Now);
        t.Announce(new Event(EventKind.OneWayLink, Severity.Warning) { Peer = t.NameOf(i) });
    }

    /// <summary>
    /// A new file reaches one node after the other, and is loaded by each in its own moment: what differs for less than <see cref="s_rollout"/> is no news. Of the two nodes one
    /// is told of to people, the first by name; the other keeps it for its journal.
    /// </summary>
    private static void WatchDrift(in Turn t, Peer p)
    {
        if (p.Advert is not { } advert)
            return;
        var (theirs, ours, notices) = (advert.ConfigHash, t.Settings.ConfigHash, p.Notices);
        var tells = string.CompareOrdinal(t.Self.Name, advert.Node) < 0;
        if (theirs == ours)
        {
            var waited = t.State.Open.Has(EventKind.ConfigDrift, advert.Node);
            if (notices.Drift || waited)
                t.Announce(new Event(EventKind.ConfigDrift, Severity.Info) { Peer = advert.Node, Ended = true, Alert = tells || waited });
            notices.HasSameConfig();
            return;
        }
        if (theirs == 0 || ours == 0 || notices.Drift)
            return;
        var at = notices.Differs(t.Now) + s_rollout;
        if (t.Now < at)
        {
            t.WakeAt(at);
            return;
        }
        notices.AnnounceDrift();
        t.Announce(new Event(EventKind.ConfigDrift, tells ? Severity.Warning : Severity.Info) { Peer = advert.Node });
    }
}
