namespace FlipAgent.Core;

/// <summary>
/// What is learned from an advert (docs/wire.md). A node believes its own ears first, then what those that it hears have heard; ages add up, so that hearsay can never
/// make a dead node look alive (rule E3).
/// </summary>
internal static class Hearing
{
    /// <summary>This many questions in a row do not get lost on a network that lets anything through.</summary>
    private const int Unanswered = 20;

    /// <summary>A master whose last answer is older, and older than 2D, says old news (rule E3).</summary>
    private static readonly TimeSpan s_oldest = TimeSpan.FromSeconds(20);

    public static void Take(in Turn t, int peer, Advert advert)
    {
        if (!t.Peers.IsPeer(peer))
        {
            t.State.Dropped[(int)Rejection.UnknownSender]++;
            Reject(t, -1, Rejection.UnknownSender, $"{advert.Node} is not a node of this cluster");
            return;
        }
        var p = t.Peers[peer];
        var echo = EchoOf(t, advert);
        var adverts = t.State.Adverts;
        p.Session.HearEcho(echo, adverts.Session, t.Now - adverts.SessionSince);
        if ((Judge(t, p, peer, advert, echo) ?? JudgeAge(t, p, advert, echo)) is { } rejection)
        {
            Refuse(t, p, peer, advert, rejection);
            return;
        }
        Remember(t, p, peer, advert, echo);
        LearnMasters(t, p, peer, advert);
        LearnPeers(t, advert);
        LearnHolders(t, advert);
        if (advert.Quota is { } quota)
            ApiAnswers.HearQuota(t, quota);
    }

    /// <summary>What the sender says that it heard of this node.</summary>
    private static PeerReport? EchoOf(in Turn t, Advert advert)
    {
        var me = t.Self.Id;
        foreach (var report in advert.Peers)
            if (report.Node == me)
                return report;
        return null;
    }

    /// <summary>Null when the advert counts.</summary>
    private static Rejection? Judge(in Turn t, Peer p, int peer, Advert advert, PeerReport? echo)
    {
        if (advert.Node != t.Settings.Nodes[peer].Name)
            return t.Settings.IndexOfName(advert.Node) >= 0 ? Rejection.DuplicateNode : Rejection.WrongNode;
        var ours = t.State.Adverts.Session;
        return p.Session.Judge(advert, ours, echo?.Session == ours, t.Now - p.HeardAt < t.Settings.MasterDown);
    }

    /// <summary>
    /// An advert is younger than the question that it answers. A master that says that it hears this node, has answered before, and answers no question of the last 20 s, is
    /// repeating what it said then: somebody holds its adverts back. It goes on being asked, and one answer ends that. A master that stood still for so long answers what it finds in its
    /// buffer first, the oldest question; people hear of it only when it goes on for D.
    /// </summary>
    private static Rejection? JudgeAge(in Turn t, Peer p, Advert advert, PeerReport? echo)
    {
        var questions = p.Questions;
        if (!t.Settings.Guard || advert.Role != Role.Master || questions.AnsweredFor == Moment.Never || questions.Waiting < Unanswered)
            return null;
        var hearsMe = echo?.Session == t.State.Adverts.Session && echo.DirectAge < 1.5 * t.Interval;
        var made = Moment.Max(questions.AnsweredFor, questions.AskedWhen(AnswerTo(t, advert)));
        return hearsMe && t.Now - made > Moment.Max(s_oldest, 2 * t.Settings.MasterDown) ? Rejection.Late : null;
    }

    private static void Refuse(in Turn t, Peer p, int peer, Advert advert, Rejection rejection)
    {
        t.State.Dropped[(int)rejection]++;
        var silent = t.Now - p.HeardAt >= t.Settings.MasterDown;
        if (rejection is Rejection.Uncounted or Rejection.Stale && (advert.Session > p.Session.Highest || silent) && p.Session.Await(advert))
        {
            t.State.Adverts.SpeakTo(p, t.Interval, t.Now);
            if (silent)
                p.Notices.Uncounted(t.Settings.MasterDown, t.Now);
        }
        var detail = rejection is Rejection.WrongNode or Rejection.DuplicateNode
            ? $"it says that it is {advert.Node}"
            : $"session {advert.Session}, sequence {advert.Sequence}";
        Reject(t, peer, rejection, detail);
    }

    /// <summary>A datagram did not count.</summary>
    /// <param name="peer">-1 when it cannot be put down to a configured node.</param>
    public static void Reject(in Turn t, int peer, Rejection reason, string detail)
    {
        if (peer < 0 || peer >= t.Peers.Count)
        {
            RejectStranger(t, reason, detail);
            return;
        }
        var p = t.Peers[peer];
        // A single datagram that comes twice or late says nothing about the peer.
        if (reason is Rejection.Replay or Rejection.Stale && t.Now - p.HeardAt < t.Settings.MasterDown)
            return;
        p.Refuse(reason, t.Now);
        if (IsAuthentic(reason) || !HasSpoken(t, p))
            p.Reject(reason, detail, t.Settings.MasterDown, t.Now);
        if (reason is Rejection.Uncounted || (reason is Rejection.Late && t.Now - p.RejectedSince < t.Settings.MasterDown) || !p.Notices.TakeRejection(reason, t.Now))
            return;
        var name = t.NameOf(peer);
        t.Announce(reason == Rejection.DuplicateNode
            ? new Event(EventKind.DuplicateNode, Severity.Critical) { Peer = name, Rejection = reason, Detail = detail }
            : new Event(EventKind.PeerRejected, Severity.Warning) { Peer = name, Rejection = reason, Detail = detail });
    }

    /// <summary>What only the holder of a key can have sent. For everything else a source address is enough, and anybody can write one.</summary>
    private static bool IsAuthentic(Rejection reason) =>
        reason is Rejection.WrongNode or Rejection.DuplicateNode or Rejection.Replay or Rejection.Stale or Rejection.Uncounted or Rejection.Late;

    /// <summary>Authentic adverts of this peer arrive at present, whether they count or not; a forgery says nothing about it then.</summary>
    private static bool HasSpoken(in Turn t, Peer p) =>
        t.Now - p.HeardAt < t.Settings.MasterDown || (p.Rejected is { } last && IsAuthentic(last) && t.Now - p.RejectedAt < t.Settings.MasterDown);

    /// <summary>An address that is no node's. Anybody can send from one, so it is announced seldom, and is no alert.</summary>
    private static void RejectStranger(in Turn t, Rejection reason, string detail)
    {
        if (t.Peers.TakeStrangerNotice(t.Now))
            t.Announce(new Event(EventKind.PeerRejected, Severity.Info) { Rejection = reason, Detail = detail });
    }

    private static void Remember(in Turn t, Peer p, int peer, Advert advert, PeerReport? echo)
    {
        var mine = t.State.Adverts.Session;
        var isFirst = !p.Session.Counted;
        var hearsMe = echo is { DirectAge: { } age } && echo.Session == mine && age < t.Settings.MasterDown;
        if (t.Peers.Take(peer, advert, hearsMe, Lifecycle.RestartHold, t.Now))
        {
            if (echo?.Session != mine)
                t.State.Adverts.SpeakTo(p, t.Interval, t.Now);
            CompareClocks(t, p, advert);
        }
        if ((p.Notices.Silent || isFirst) && !advert.Leaving)
        {
            var waited = t.State.Open.HasOfPeer(advert.Node);
            t.Announce(new Event(EventKind.PeerHeard, Severity.Info) { Peer = advert.Node, Ended = p.Notices.Silent || waited, Alert = p.Notices.SilenceTold || waited });
        }
        if (isFirst && hearsMe && t.State.Open.Has(EventKind.NetworkFault))
            t.Announce(new Event(EventKind.NetworkRestored, Severity.Info) { Alert = true });
        p.Notices.Heard();
        if (advert.Role != Role.Master)
            p.Questions.Forgive(t.Now);
        p.Questions.Hear(echo?.Session == mine ? AnswerTo(t, advert) : 0, InquiryRules.AnswerPatience(p, t.Now), t.Now);
        if (advert.Asks is { } asked && (asked == NodeId.None || asked == t.Self.Id) && p.Questions.TakeAnswer(t.Now))
            t.State.Adverts.Answer(new Answer(t.Settings.Nodes[peer].Id, advert.Sequence), t.Now);
    }

    /// <summary>The question of this node that the advert answers; 0: none.</summary>
    private static uint AnswerTo(in Turn t, Advert advert)
    {
        foreach (var answer in advert.Answers)
            if (answer.Node == t.Self.Id)
                return answer.Sequence;
        return 0;
    }

    /// <summary>A session is the sender's clock at its start, so an agent that has just started shows its clock beside ours (F18). Nothing is decided by it.</summary>
    private static void CompareClocks(in Turn t, Peer p, Advert advert)
    {
        if (advert.Role != Role.Starting || advert.Sequence > 3 || !p.Notices.MayAnnounceClock(t.Now))
            return;
        var ours = t.State.Lifecycle.WallAtStart + (t.Now - t.State.Lifecycle.StartedAt).TotalMilliseconds;
        var apart = TimeSpan.FromMilliseconds(Math.Clamp(advert.Session - ours, -1e14, 1e14));
        if (apart.Duration() < TimeSpan.FromMinutes(1))
            return;
        p.Notices.AnnounceClock(t.Now);
        t.Announce(new Event(EventKind.ClockSkew, Severity.Warning) { Peer = advert.Node, Skew = apart, Duration = apart.Duration() });
    }

    /// <summary>Terms, masters and releases: who is master, who was, and who says that it no longer is.</summary>
    private static void LearnMasters(in Turn t, Peer p, int peer, Advert advert)
    {
        if (advert.Role == Role.Master)
        {
            SeeMaster(t, peer, advert.Term, t.Now);
            // A master of a lower term, or of ours, has missed something: tell it at once (rules E7, E10).
            if (Terms.IsLater(t.Term, advert.Term) || t.IsMaster)
                t.State.Adverts.SpeakTo(p, t.Interval, t.Now);
        }
        else if (advert.Role != Role.Starting && p.IsMaster && !Terms.IsLater(p.MasterTerm, advert.Term))
        {
            // E4: not being master any more is itself a release, that names nobody.
            var ended = p.MasterTerm;
            t.Peers.EndMaster(peer, ended, t.Now);
            if (advert.Release is null || advert.Release.Term != ended)
            {
                var cause = ReleaseCause.Phrase(new Cause.NoLongerMaster(advert.Node, advert.Role));
                LearnRelease(t, new Release(ended, NodeId.None, false, false, cause, 0), fromReleaser: true);
            }
        }
        if (advert.Master != NodeId.None && t.Settings.IndexOf(advert.Master) is var master && master != peer && t.Peers.IsPeer(master))
            SeeMaster(t, master, advert.MasterTerm, t.Now - advert.MasterAge);
        t.Standing.HearTerm(Terms.Latest(advert.Term, advert.Master != NodeId.None ? advert.MasterTerm : 0));
        if (advert.Release is { } release)
            LearnRelease(t, release, fromReleaser: p.EndedTerm == release.Term);
    }

    private static void SeeMaster(in Turn t, int node, uint term, TimeSpan at)
    {
        if (t.Peers[node].SeeMaster(term, at) is { } newer && newer >= t.Interval / 2 && t.Peers.SomebodyDoesNotHear(node))
            t.State.Adverts.Relay();
    }

    /// <param name="fromReleaser">False: passed on by somebody else, so the mastership of that term, if it is known whose it is, is over as well.</param>
    private static void LearnRelease(in Turn t, Release release, bool fromReleaser)
    {
        if (t.IsMaster || Terms.IsLater(t.Term, release.Term))
            return;
        if (!t.State.Releases.Hear(release, t.Now))
            return;
        if (!fromReleaser)
            t.Peers.EndOnlyMasterOf(release.Term, t.Now);
        if (t.Peers.OnlyMasterOf(release.Term) is var by and >= 0 && t.Lookup.KnownIs(t.Settings.Nodes[by]))
            t.State.Releases.IsOfHolder();
    }

    /// <summary>What the sender heard of others: hearing is not lost when one link of three is cut (rule E3).</summary>
    private static void LearnPeers(in Turn t, Advert advert)
    {
        foreach (var report in advert.Peers)
        {
            var node = t.Settings.IndexOf(report.Node);
            if (t.Peers.IsPeer(node) && report.Age is { } age)
                t.Peers[node].Take(report, t.Now - age);
        }
    }

    private static void LearnHolders(in Turn t, Advert advert)
    {
        // The fixed fields are about the first address of the sender, which may be another than ours while a file is being changed.
        if (advert.Addresses.IsEmpty || t.Settings.Addresses == 1)
            LearnHolder(t, advert.Holder, advert.HolderAge);
        else
            foreach (var report in advert.Addresses)
                if (t.Settings.IndexOfAddress(report.Address) is var address and >= 0)
                    LearnHolder(t.For(address), report.Holder, report.Age);
    }

    private static void LearnHolder(in Turn t, Holder said, TimeSpan age)
    {
        var seen = t.Now - age;
        if (said.Kind == HolderKind.Unknown || seen <= t.Lookup.KnownAt)
            return;
        var holder = said;
        if (IdentityRules.Displaced(t.State))
            holder = IdentityRules.HolderIn(t.State, holder);
        else if (holder.Kind == HolderKind.Node && t.Settings.IndexOf(holder.NodeId) < 0)
            holder = new Holder(HolderKind.Foreign, 0, holder.DropletId);
        CloudAnswers.Know(t, holder, seen);
    }
}
