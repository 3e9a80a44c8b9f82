namespace FlipAgent.Core;

/// <summary>
/// Hearing: which adverts count (docs/wire.md), and what is learned from one that does. A node believes its own ears first, then what those that
/// it hears have heard; ages add up, so that hearsay can never make a dead node look alive (rule E3).
/// </summary>
public static partial class Election
{
    private static void Hear(ElectionState s, int peer, Advert advert, TimeSpan now, List<Effect> fx)
    {
        if (peer < 0 || peer >= s.Peers.Length || peer == s.Settings.Me)
        {
            s.Dropped[(int)Rejection.UnknownSender]++;
            Reject(s, -1, Rejection.UnknownSender, $"{advert.Node} is no node of this cluster", now, fx);
            return;
        }
        var p = s.Peers[peer];
        p.EchoedSession = Math.Max(p.EchoedSession, EchoOf(s, advert)?.Session ?? 0);
        if (Judge(s, p, peer, advert, now) is { } rejection)
        {
            s.Dropped[(int)rejection]++;
            if (rejection is Rejection.Uncounted or Rejection.Stale && now - p.HeardAt >= s.Settings.MasterDown)
            {
                p.PendingSession = advert.Session;
                Answer(s, p, now);
            }
            var detail = rejection is Rejection.WrongNode or Rejection.DuplicateNode
                ? $"it says that it is {advert.Node}"
                : $"session {advert.Session}, sequence {advert.Sequence}";
            Reject(s, peer, rejection, detail, now, fx);
            return;
        }
        Remember(s, p, peer, advert, now, fx);
        LearnMasters(s, p, peer, advert, now, fx);
        LearnPeers(s, advert, now);
        LearnHolder(s, advert, now, fx);
    }

    /// <summary>Null when the advert counts. Sessions and sequences are the whole defence against replay; no clock is trusted.</summary>
    private static Rejection? Judge(ElectionState s, PeerState p, int peer, Advert advert, TimeSpan now)
    {
        if (advert.Node != s.Settings.Nodes[peer].Name)
            return s.Settings.Nodes.Any(n => n.Name == advert.Node) ? Rejection.DuplicateNode : Rejection.WrongNode;
        if (advert.Session == p.Session && p.EverHeard)
            return advert.Sequence > p.Sequence ? null : Rejection.Replay;
        if (p.HighestSession != 0 && advert.Session > p.HighestSession)
            return null;
        // A higher session that was left for a lower one (a late copy, a restored snapshot) goes on where it was.
        foreach (var left in p.LeftSessions)
            if (left.Session == advert.Session)
                return advert.Session < p.Session ? Rejection.Stale : advert.Sequence > left.Sequence ? null : Rejection.Replay;
        // A lower session while a higher one is heard: a copy that was long on its way.
        if (p.EverHeard && advert.Session < p.Session && now - p.HeardAt < s.Settings.MasterDown)
            return Rejection.Stale;
        if (EchoOf(s, advert)?.Session == s.Session)
            return null;
        return p.HighestSession != 0 && advert.Session < p.HighestSession ? Rejection.Stale : Rejection.Uncounted;
    }

    /// <summary>Bounded, so that a peer that restarts for ever costs nothing; the oldest are the least likely to be recorded whole.</summary>
    private static void Leave(PeerState p, ulong next)
    {
        if (!p.EverHeard)
            return;
        p.LeftSessions.RemoveAll(left => left.Session == next);
        if (p.LeftSessions.Count == 256)
            p.LeftSessions.RemoveAt(0);
        p.LeftSessions.Add((p.Session, p.Sequence));
    }

    private static PeerReport? EchoOf(ElectionState s, Advert advert)
    {
        var me = s.Settings.Self.Id;
        foreach (var report in advert.Peers)
            if (report.Node == me)
                return report;
        return null;
    }

    /// <summary>An advert at once, so that the other side can echo our session; at most four in T for one peer.</summary>
    private static void Answer(ElectionState s, PeerState p, TimeSpan now)
    {
        if (now - p.AnsweredAt < s.Settings.Interval / 4)
            return;
        p.AnsweredAt = now;
        s.AnswerNow = true;
    }

    private static void Reject(ElectionState s, int peer, Rejection reason, string detail, TimeSpan now, List<Effect> fx)
    {
        if (peer < 0 || peer >= s.Peers.Length)
        {
            TellStranger(s, reason, detail, now, fx);
            return;
        }
        var p = s.Peers[peer];
        // A single datagram that comes twice or late says nothing about the peer.
        if (reason is Rejection.Replay or Rejection.Stale && now - p.HeardAt < s.Settings.MasterDown)
            return;
        var again = p.Rejected == reason && now - p.RejectionToldAt < TimeSpan.FromMinutes(10);
        p.Rejected = reason;
        p.RejectedDetail = detail;
        p.RejectedAt = now;
        if (again || reason is Rejection.Uncounted)
            return;
        p.RejectionToldAt = now;
        var name = NameOf(s, peer);
        var duplicate = reason == Rejection.DuplicateNode;
        Tell(fx, duplicate
            ? new Event(EventKind.DuplicateNode, Severity.Critical, s.Term, $"two machines use one node name: from the address of {name} {detail}")
            { Peer = name, Cause = Say(reason), Next = "Give the cloned machine a node name and address of its own, or stop its agent." }
            : new Event(EventKind.PeerRejected, Severity.Warning, s.Term, $"hearing {name}, but {Say(reason)} ({detail})")
            { Peer = name, Cause = Say(reason), Next = "Compare the configuration and the key file of both nodes." });
    }

    /// <summary>An address that is no node's. Anybody can send from one, so it is told seldom, and is no alert.</summary>
    private static void TellStranger(ElectionState s, Rejection reason, string detail, TimeSpan now, List<Effect> fx)
    {
        if (now - s.StrangerToldAt < TimeSpan.FromMinutes(10))
            return;
        s.StrangerToldAt = now;
        Tell(fx, new Event(EventKind.PeerRejected, Severity.Info, s.Term, $"adverts are dropped: {detail}")
        { Cause = Say(reason), Next = "If it is a new node, add it to nodes on all of them; if not, let the firewall keep it away from the port of the adverts." });
    }

    /// <summary>The reason as a phrase that can follow "hearing haproxy-2, but".</summary>
    public static string Say(Rejection reason) => reason switch
    {
        Rejection.Malformed => "its datagrams cannot be read",
        Rejection.WrongVersion => "its protocol version is different",
        Rejection.WrongCluster => "its cluster name is different",
        Rejection.UnknownKey => "its key is unknown here",
        Rejection.BadMac => "its key is different",
        Rejection.UnknownSender => "it is no node of this cluster",
        Rejection.WrongNode => "its name does not belong to its address",
        Rejection.DuplicateNode => "it uses the name of another node",
        Rejection.Replay => "its adverts repeat old ones",
        Rejection.Stale => "its session is older than its last",
        Rejection.Flooded => "it sends far too much",
        Rejection.Uncounted => "it has not answered this node yet",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };

    private static void Remember(ElectionState s, PeerState p, int peer, Advert advert, TimeSpan now, List<Effect> fx)
    {
        var me = EchoOf(s, advert);
        if (advert.Session != p.Session || !p.EverHeard)
        {
            p.HoldUntil = ElectionState.Never;
            Leave(p, advert.Session);
            p.Session = advert.Session;
            p.PendingSession = 0;
            p.HighestSession = Math.Max(p.HighestSession, advert.Session);
            s.PeerSessions = s.PeerSessions.SetItem(advert.Node, p.HighestSession);
            s.Dirty = true;
            if (me?.Session != s.Session)
                Answer(s, p, now);
            CompareClocks(s, p, advert, now, fx);
        }
        if (p.SilentTold || !p.EverHeard)
        {
            if (!advert.Leaving)
                Tell(fx, new Event(EventKind.PeerHeard, Severity.Info, s.Term, $"{advert.Node} is heard{(p.SilentTold ? " again" : "")}")
                { Peer = advert.Node, Alert = p.SilentTold });
            p.SilentTold = false;
        }
        p.EverHeard = true;
        p.Sequence = advert.Sequence;
        p.Advert = advert;
        p.HeardAt = p.KnownAt = p.InfoAt = now;
        p.Rejected = null;
        p.HearsMe = me is { DirectAge: { } age } && me.Session == s.Session && age < s.Settings.MasterDown;
        p.Role = advert.Role;
        p.Fit = advert.Fit;
        p.ApiReachable = advert.ApiReachable;
        p.HoldDown = advert.HoldDown;
        p.Maintenance = advert.Maintenance;
        p.Leaving = advert.Leaving;
        p.EffectivePriority = advert.EffectivePriority;
        if (advert.Hold > TimeSpan.Zero)
            p.HoldUntil = now + Min(advert.Hold, HoldTime);
    }

    /// <summary>
    /// A session is the sender's clock at its start, so an agent that has just started shows its clock beside ours (F18). Nothing is decided by it.
    /// </summary>
    private static void CompareClocks(ElectionState s, PeerState p, Advert advert, TimeSpan now, List<Effect> fx)
    {
        if (advert.Role != Role.Starting || advert.Sequence > 3 || now - p.ClockToldAt < TimeSpan.FromHours(1))
            return;
        var ours = s.WallAtStart + (now - s.StartedAt).TotalMilliseconds;
        var apart = TimeSpan.FromMilliseconds(Math.Clamp(advert.Session - ours, -1e14, 1e14));
        if (apart.Duration() < TimeSpan.FromMinutes(1))
            return;
        p.ClockToldAt = now;
        Tell(fx, new Event(EventKind.ClockSkew, Severity.Warning, s.Term,
            $"the clock of {advert.Node} is {apart.Duration().TotalSeconds:0} s {(apart > TimeSpan.Zero ? "ahead of" : "behind")} the clock here; that changes no decision, but the logs of the two do not fit together")
        { Peer = advert.Node, Duration = apart.Duration(), Next = "Look at timedatectl on both." });
    }

    /// <summary>Terms, masters and releases: who is master, who was, and who says that it no longer is.</summary>
    private static void LearnMasters(ElectionState s, PeerState p, int peer, Advert advert, TimeSpan now, List<Effect> fx)
    {
        if (advert.Role == Role.Master)
        {
            SawMaster(s, peer, advert.Term, now);
            // A master of a lower term, or of ours, has missed something: tell it at once (rule E7, E10).
            if (advert.Term < s.Term || s.Role == Role.Master)
                Answer(s, p, now);
        }
        else if (advert.Role != Role.Starting && p.MasterTerm > p.EndedTerm && advert.Term >= p.MasterTerm)
        {
            // E4: not being master any more is itself a release, that names nobody.
            var ended = p.MasterTerm;
            EndMaster(s, p, ended, now);
            if (advert.Release is null || advert.Release.Term != ended)
                TakeRelease(s, new Release(ended, NodeId.None, false, false, $"{advert.Node} is {Say(advert.Role)}", 0), fromReleaser: true, now);
        }
        if (advert.Master != NodeId.None && s.Settings.IndexOf(advert.Master) is var m && m >= 0 && m != s.Settings.Me && m != peer)
            SawMaster(s, m, advert.MasterTerm, now - advert.MasterAge);
        var highest = Math.Max(advert.Term, advert.Master != NodeId.None ? advert.MasterTerm : 0);
        if (highest > s.Term && s.Role != Role.Master)
        {
            s.Term = highest;
            s.Dirty = true;
        }
        else if (highest > s.Term)
        {
            HigherTermHeard(s, highest, now, fx);
        }
        if (advert.Release is { } release)
            TakeRelease(s, release, fromReleaser: p.EndedTerm == release.Term, now);
    }

    private static void SawMaster(ElectionState s, int node, uint term, TimeSpan at)
    {
        var p = s.Peers[node];
        if (term <= p.EndedTerm || term < p.MasterTerm)
            return;
        if (term > p.MasterTerm)
        {
            p.MasterTerm = term;
            p.MasterHeardAt = at;
        }
        else if (at > p.MasterHeardAt)
        {
            if (at - p.MasterHeardAt >= s.Settings.Interval / 2 && SomebodyDoesNotHear(s, node))
                s.RelayNow = true;
            p.MasterHeardAt = at;
        }
    }

    /// <summary>A peer that I hear does not hear the master itself: pass the news on at once, so that it is never older than one interval.</summary>
    private static bool SomebodyDoesNotHear(ElectionState s, int master)
    {
        var id = s.Settings.Nodes[master].Id;
        for (var i = 0; i < s.Peers.Length; i++)
        {
            if (i == master || i == s.Settings.Me || s.Peers[i].Advert is not { } advert)
                continue;
            TimeSpan? age = null;
            foreach (var report in advert.Peers)
                if (report.Node == id)
                    age = report.DirectAge;
            if (age is null || age > 1.5 * s.Settings.Interval)
                return true;
        }
        return false;
    }

    private static void EndMaster(ElectionState s, PeerState p, uint term, TimeSpan now)
    {
        if (term <= p.EndedTerm)
            return;
        p.EndedTerm = term;
        p.HoldUntil = ElectionState.Never;
        s.SilenceSince = now;
    }

    /// <param name="fromReleaser">False: told on by somebody else, so the master of that term, if it is known, is over as well.</param>
    private static void TakeRelease(ElectionState s, Release release, bool fromReleaser, TimeSpan now)
    {
        var known = s.Release;
        if (release.Term < s.Term || release.Term < known?.Term)
            return;
        if (release.Term == known?.Term && (release == known || known.Successor != NodeId.None))
            return;
        if (s.Role == Role.Master && release.Term >= s.Term)
            return;
        (s.Release, s.ReleaseAt, s.ReleaseIsMine) = (release, now, false);
        if (fromReleaser)
            return;
        PeerState? only = null;
        var several = false;
        foreach (var p in s.Peers)
        {
            if (p.MasterTerm != release.Term || p.EndedTerm >= release.Term)
                continue;
            several |= only is not null;
            only = p;
        }
        if (only is not null && !several)
            EndMaster(s, only, release.Term, now);
    }

    /// <summary>What the sender heard of others: hearing is not lost when one link of three is cut (rule E3).</summary>
    private static void LearnPeers(ElectionState s, Advert advert, TimeSpan now)
    {
        foreach (var report in advert.Peers)
        {
            var i = s.Settings.IndexOf(report.Node);
            if (i < 0 || i == s.Settings.Me || report.Age is not { } age)
                continue;
            var q = s.Peers[i];
            var at = now - age;
            if (at > q.KnownAt)
                q.KnownAt = at;
            if (at <= q.InfoAt)
                continue;
            q.InfoAt = at;
            q.Role = report.Role;
            q.Fit = report.Fit;
            q.ApiReachable = report.ApiReachable;
            q.HoldDown = report.HoldDown;
            q.Maintenance = report.Maintenance;
            q.EffectivePriority = report.EffectivePriority;
            // Ages are rounded on the way, so hearsay of the last advert can look newer than the advert. Only another session ends a stop.
            q.Leaving &= report.Session <= q.Session;
        }
    }

    private static void LearnHolder(ElectionState s, Advert advert, TimeSpan now, List<Effect> fx)
    {
        if (advert.Holder.Kind == HolderKind.Unknown)
            return;
        var seen = now - advert.HolderAge;
        if (seen <= s.HolderSeenAt)
            return;
        var holder = advert.Holder;
        if (holder.Kind == HolderKind.Node && s.Settings.IndexOf(holder.NodeId) < 0)
            holder = new Holder(HolderKind.Foreign, 0, holder.DropletId);
        SetHolder(s, holder, seen, now, fx);
    }

    /// <summary>Heard, by this node or by somebody that it hears, within <paramref name="within"/>.</summary>
    private static bool Heard(ElectionState s, int node, TimeSpan within, TimeSpan now) => now - s.Peers[node].KnownAt < within;

    private static bool Heard(ElectionState s, int node, TimeSpan now) => Heard(s, node, s.Settings.MasterDown, now);

    /// <summary>Master of a term that is not over, and heard within D or within the hold that it asked for (rules E3, E12).</summary>
    private static bool IsLivingMaster(ElectionState s, int node, TimeSpan now)
    {
        var p = s.Peers[node];
        return IsMaster(s, node) && (now - p.MasterHeardAt < s.Settings.MasterDown || now < p.HoldUntil);
    }

    /// <summary>Master of a term that is not known to be over, living or silent.</summary>
    private static bool IsMaster(ElectionState s, int node) => node != s.Settings.Me && s.Peers[node].MasterTerm > s.Peers[node].EndedTerm;

    /// <summary>Index of the peer that is the living master, or -1: `master` of the status of a node that is not master itself.</summary>
    public static int LivingMaster(ElectionState state, TimeSpan now) => BestLivingMaster(state, now);

    /// <summary>The living master of the highest term; the better rank where two have one term; -1 for none.</summary>
    private static int BestLivingMaster(ElectionState s, TimeSpan now)
    {
        var best = -1;
        for (var i = 0; i < s.Peers.Length; i++)
        {
            if (!IsLivingMaster(s, i, now))
                continue;
            if (best < 0 || s.Peers[i].MasterTerm > s.Peers[best].MasterTerm
                || (s.Peers[i].MasterTerm == s.Peers[best].MasterTerm && Outranks(s, i, best, now)))
                best = i;
        }
        return best;
    }

    /// <summary>The node whose mastership is not known to be over, living or silent; the highest term of them; -1 for none.</summary>
    private static int LastMaster(ElectionState s)
    {
        var best = -1;
        for (var i = 0; i < s.Peers.Length; i++)
        {
            var p = s.Peers[i];
            if (IsMaster(s, i) && (best < 0 || p.MasterTerm > s.Peers[best].MasterTerm))
                best = i;
        }
        return best;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    /// <summary>The role as a word.</summary>
    public static string Say(Role role) => role switch
    {
        Role.Starting => "starting",
        Role.Backup => "backup",
        Role.Master => "master",
        Role.Fault => "fault",
        _ => throw new ArgumentOutOfRangeException(nameof(role)),
    };
}
