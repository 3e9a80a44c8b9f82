using System.Collections.Immutable;

namespace FlipAgent.Core;

/// <summary>
/// Adverts out, and a watch over the peers (rule E3): one each T, at once when something that others act on changes, at once for a peer that needs
/// an answer. An advert is built when it is sent, so it is never older than the state.
/// </summary>
public static partial class Election
{
    private static void DecideAdvert(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        if (s.Quiet && !s.Stopping)
        {
            (s.AnswerNow, s.RelayNow) = (false, false);
            return;
        }
        var face = FaceOf(s, now);
        var last = s.LastFace;
        var urgent = face.Role != last.Role || face.Term != last.Term || face.Fit != last.Fit || face.Leaving != last.Leaving || face.Release != last.Release || s.Copies > 1;
        var changed = face != last && now - s.LastAdvertAt >= s.Settings.Interval / 10;
        if (face != last && !changed)
            Wake(s, s.LastAdvertAt + s.Settings.Interval / 10);
        if (now >= s.NextAdvertAt || urgent || changed || s.AnswerNow || s.RelayNow)
        {
            fx.Add(new Effect.SendAdvert(Math.Max(1, s.Copies)));
            // The beat stays regular: a late step does not shift every later one, and a burst does not cancel the next.
            s.NextAdvertAt = Max(s.NextAdvertAt + s.Settings.Interval, now + s.Settings.Interval / 2);
            s.NextAdvertAt = Min(s.NextAdvertAt, now + s.Settings.Interval);
            (s.LastAdvertAt, s.LastFace, s.Copies, s.AnswerNow, s.RelayNow) = (now, face, 1, false, false);
        }
        Wake(s, s.NextAdvertAt);
    }

    private static AdvertFace FaceOf(ElectionState s, TimeSpan now) => new(
        s.Role, s.Term, s.Fit, s.Maintenance, s.ApiOk == true, now < s.HoldDownUntil, s.EffectivePriority, s.WantsToPreempt,
        now < s.AsksByCommandUntil, s.Stopping, s.Release, s.Holder);

    /// <summary>The advert that this node sends at this moment; takes the next sequence number.</summary>
    public static Advert BuildAdvert(ElectionState state, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        var s = state;
        var me = s.Settings.Self;
        var master = s.Role == Role.Master ? s.Settings.Me : BestLivingMaster(s, now);
        if (master < 0)
            master = LastMaster(s);
        s.Sequence++;
        return new Advert
        {
            Cluster = s.Settings.Cluster,
            Node = me.Name,
            Session = s.Session,
            Sequence = s.Sequence,
            Term = s.Term,
            Role = s.Role,
            Priority = (byte)me.Priority,
            EffectivePriority = (byte)s.EffectivePriority,
            Fit = s.Fit,
            Maintenance = s.Maintenance,
            ApiReachable = s.ApiOk == true,
            HoldDown = now < s.HoldDownUntil,
            WantsToPreempt = s.WantsToPreempt,
            AsksByCommand = now < s.AsksByCommandUntil,
            Leaving = s.Stop == StopKind.Final,
            AgentVersion = s.Settings.AgentVersion,
            ConfigHash = s.Settings.ConfigHash,
            Holder = s.Holder,
            HolderAge = s.Holder.Kind == HolderKind.Unknown ? TimeSpan.Zero : Max(now - s.HolderSeenAt, TimeSpan.Zero),
            Master = master >= 0 ? s.Settings.Nodes[master].Id : NodeId.None,
            MasterTerm = master < 0 ? 0 : master == s.Settings.Me ? s.Term : s.Peers[master].MasterTerm,
            MasterAge = master < 0 || master == s.Settings.Me ? TimeSpan.Zero : Max(now - s.Peers[master].MasterHeardAt, TimeSpan.Zero),
            // Hearsay of a release that names nobody could end the mastership of the wrong node: only its maker says it.
            Release = s.Release is { } r && r.Term == s.Term && (s.ReleaseIsMine || r.Successor != NodeId.None) ? r : null,
            Hold = s.HoldUntil > now ? s.HoldUntil - now : TimeSpan.Zero,
            Peers = ReportPeers(s, now),
        };
    }

    private static ImmutableArray<PeerReport> ReportPeers(ElectionState s, TimeSpan now)
    {
        var reports = ImmutableArray.CreateBuilder<PeerReport>(s.Peers.Length);
        for (var i = 0; i < s.Peers.Length; i++)
        {
            var p = s.Peers[i];
            // An uncounted session is echoed too: that is what makes it count on the other side.
            if (i == s.Settings.Me || (p.KnownAt == ElectionState.Never && p.PendingSession == 0 && p.Session == 0))
                continue;
            reports.Add(new PeerReport(
                s.Settings.Nodes[i].Id, p.PendingSession != 0 ? p.PendingSession : p.Session,
                p.HeardAt == ElectionState.Never ? null : now - p.HeardAt,
                p.KnownAt == ElectionState.Never ? null : now - p.KnownAt,
                p.Role, p.Fit, p.ApiReachable, p.HoldDown, p.Maintenance, (byte)p.EffectivePriority));
        }
        return reports.ToImmutable();
    }

    /// <summary>Silence, one-way links, drift: what people must hear about the peers. Also a new session for a node that nobody hears (E10).</summary>
    private static void WatchPeers(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        var down = s.Settings.MasterDown;
        var (heard, unheardBy, highest) = (0, 0, 0UL);
        for (var i = 0; i < s.Peers.Length; i++)
        {
            var p = s.Peers[i];
            if (i == s.Settings.Me)
                continue;
            highest = Math.Max(highest, p.EchoedSession);
            // A bad link comes and goes: people are told once a minute at most.
            var tellAt = Max(Max(p.HeardAt + down, p.HoldUntil), p.SilentToldAt + TimeSpan.FromMinutes(1));
            if (p.EverHeard && !p.SilentTold && now >= tellAt)
                TellSilent(s, p, i, now, fx);
            else if (p.EverHeard && !p.SilentTold)
                Wake(s, tellAt);
            if (now - p.HeardAt >= down)
                continue;
            heard++;
            WatchLink(s, p, i, now, fx, ref unheardBy);
            if (p.Advert is { } advert && !p.DriftTold && advert.ConfigHash != 0 && s.Settings.ConfigHash != 0 && advert.ConfigHash != s.Settings.ConfigHash)
            {
                p.DriftTold = true;
                Tell(fx, new Event(EventKind.ConfigDrift, Severity.Warning, s.Term, $"the configuration of {advert.Node} differs from this node's")
                { Peer = advert.Node, Next = "Use one file on all nodes, then reload." });
            }
            else if (p.Advert?.ConfigHash == s.Settings.ConfigHash)
            {
                p.DriftTold = false;
            }
        }
        if (heard > 0 && unheardBy == heard && now - s.SessionSince >= 3 * down)
        {
            s.Session = Math.Max(s.Session, highest) + 1;
            (s.Sequence, s.SessionSince, s.Dirty) = (0, now, true);
            Tell(fx, new Event(EventKind.NewSession, Severity.Info, s.Term, "no peer hears this node: starts a new session"));
        }
        else if (heard > 0 && unheardBy == heard)
        {
            Wake(s, s.SessionSince + 3 * down);
        }
    }

    private static void TellSilent(ElectionState s, PeerState p, int i, TimeSpan now, List<Effect> fx)
    {
        (p.SilentTold, p.SilentToldAt) = (true, now);
        p.NotHearingMeSince = ElectionState.Forever;
        var name = NameOf(s, i);
        var expected = p.Leaving;
        var relayed = Heard(s, i, now);
        if (!expected && p.HoldUntil != ElectionState.Never)
        {
            Tell(fx, new Event(EventKind.HoldExpired, Severity.Warning, s.Term, $"{name} asked for patience for its restart, and is not back")
            { Peer = name, Next = $"systemctl status flipagent on {name}" });
            return;
        }
        Tell(fx, new Event(EventKind.PeerSilent, expected ? Severity.Info : Severity.Warning, s.Term,
            expected ? $"{name} has stopped" : relayed ? $"{name} is not heard here, but others hear it" : $"{name} is silent")
        { Peer = name, Next = expected ? null : $"Check flipagent on {name} and UDP between the nodes." });
    }

    private static void WatchLink(ElectionState s, PeerState p, int i, TimeSpan now, List<Effect> fx, ref int unheardBy)
    {
        if (p.HearsMe || p.Role == Role.Starting)
        {
            if (p.OneWayTold && p.HearsMe)
                Tell(fx, new Event(EventKind.OneWayLink, Severity.Info, s.Term, $"{NameOf(s, i)} hears this node again") { Peer = NameOf(s, i), Alert = true });
            p.OneWayTold &= !p.HearsMe;
            p.NotHearingMeSince = ElectionState.Forever;
            return;
        }
        if (p.NotHearingMeSince == ElectionState.Forever)
            p.NotHearingMeSince = now;
        var since = Max(p.NotHearingMeSince, s.SessionSince);
        if (now - since >= 3 * s.Settings.MasterDown)
            unheardBy++;
        if (now - p.NotHearingMeSince < s.Settings.MasterDown)
        {
            Wake(s, p.NotHearingMeSince + s.Settings.MasterDown);
            return;
        }
        if (p.OneWayTold || now - p.OneWayToldAt < TimeSpan.FromMinutes(1))
            return;
        (p.OneWayTold, p.OneWayToldAt) = (true, now);
        Tell(fx, new Event(EventKind.OneWayLink, Severity.Warning, s.Term, $"{NameOf(s, i)} is heard, but says that it does not hear this node")
        { Peer = NameOf(s, i), Next = "Check the firewall for UDP in that direction." });
    }
}
