namespace FlipAgent.Core;

/// <summary>
/// Asking instead of waiting (rule E6): when the guard gets no answer or the master's advert is late, both are asked at once, the machine by a question to its agent
/// and by new connections to its service. A machine that answers neither is dead, however long T is. One witness alone moves nothing, and anything that the machine
/// says ends the inquiry.
/// </summary>
internal static class InquiryRules
{
    private const int LeastProbes = 8;
    private const int LeastAnswers = 4;
    private const int SilentAsks = 3;

    private static readonly TimeSpan s_leastSilence = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_unknownPatience = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan s_regularly = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_beat = TimeSpan.FromMilliseconds(25);

    /// <summary>For how long a machine that is dead by this rule has left questions open, at least: its agent and its service share it, and a pause silences both.</summary>
    public static TimeSpan LeastSilence(ClusterSettings settings) => Moment.Max(s_leastSilence, settings.Interval / 2);

    /// <summary>A question of <paramref name="peer"/> that is so old should have been answered when it is heard.</summary>
    public static TimeSpan AnswerPatience(Peer peer, TimeSpan now) => peer.Questions.Trips.Patience(1, now) ?? s_unknownPatience;

    /// <summary>What the next advert asks: <c>Of</c> is the node whose answer is waited for, <c>Asked</c> the one that is asked, or 0: everybody. Null: nothing.</summary>
    public static (int Of, uint Asked)? Asks(ElectionState s, TimeSpan now)
    {
        if (!s.Settings.Guard || Whom(s, now) is not (>= 0 and var subject))
            return null;
        if (s.Inquiry.AskDue)
            return (subject, NodeId.None);
        var questions = s.Peers[subject].Questions;
        var gap = now >= LateAt(s, subject) ? LateGap(s)
            : questions.Trips.Answered(now) < LeastAnswers || questions.Waiting > 2 ? s.Settings.Interval / 2 : s_regularly;
        return now - questions.AskedAt >= gap ? (subject, s.Settings.Nodes[subject].Id) : null;
    }

    /// <summary>
    /// While all is well a backup asks the master, to know how fast it answers. Whoever says that it is master and is not believed (<see cref="IsHeldBack"/>) is asked by every node, another master
    /// too: otherwise that one would be deaf to it for ever, and both stay master. -1: nobody is asked.
    /// </summary>
    private static int Whom(ElectionState s, TimeSpan now)
    {
        var master = s.Peers.LastMaster();
        if (s.Role is Role.Backup or Role.Starting && master >= 0 && s.Peers.IsLivingMaster(master, now))
            return master;
        for (var i = 0; i < s.Peers.Count; i++)
            if (IsHeldBack(s, i, now))
                return i;
        return -1;
    }

    /// <summary>An advert that is late is asked for, again and again: on a network that loses packets the silence ends with the first answer that arrives.</summary>
    public static void AskWhenLate(in Turn t)
    {
        var master = t.Peers.LastMaster();
        if (!t.Settings.Guard || master < 0 || !t.Peers.IsLivingMaster(master, t.Now) || t.Now < t.Peers[master].RestartHoldUntil)
            return;
        var at = Moment.Max(LateAt(t.State, master), t.Peers[master].Questions.AskedAt + LateGap(t.State));
        if (t.Now >= at)
            t.State.Adverts.Ask();
        t.WakeAt(t.Now >= at ? t.Now + LateGap(t.State) : at);
    }

    /// <summary>Its adverts arrive, and are too old to count.</summary>
    private static bool IsHeldBack(ElectionState s, int master, TimeSpan now) =>
        s.Peers[master].Rejected == Rejection.Late && now - s.Peers[master].RejectedAt < s.Settings.MasterDown;

    private static TimeSpan LateAt(ElectionState s, int master) => s.Peers[master].MasterHeardAt + 1.25 * s.Settings.Interval;

    private static TimeSpan LateGap(ElectionState s) => Moment.Max(s.Settings.Interval / 8, s_beat);

    /// <summary>Becomes master in place of one whose machine is dead. True when it did, or when only the lease is still missing (rule E15).</summary>
    public static bool TakeOver(in Turn t)
    {
        var inquiry = t.State.Inquiry;
        var master = Subject(t);
        if (master < 0 || PatienceOf(t, master) is not var (agent, service))
        {
            inquiry.Close();
            return false;
        }
        var life = LifeOf(t, master);
        if (inquiry.IsOpen && life > inquiry.OpenedAt)
            inquiry.Close();
        if (!inquiry.IsOpen)
        {
            var at = BeginsAt(t, master, life, service);
            if (t.Now < at)
            {
                t.WakeAt(at);
                return false;
            }
            inquiry.Open(t.Now);
        }
        inquiry.Step(t.Now);
        t.WakeAt(t.Now + s_beat);
        Ask(t, agent);
        return IsDead(t, master, life, agent, service) && MayTakeOver(t, master);
    }

    /// <summary>The master that an inquiry may be about, or -1: the one of the highest term, while it lives, is known to hold the address, and this node is next in turn.</summary>
    private static int Subject(in Turn t)
    {
        var (guard, master) = (t.Guard, t.Peers.LastMaster());
        if (!t.Settings.Guard || LeastSilence(t.Settings) > 1.5 * t.Interval || t.Ip.Supersession.On || SuccessionRules.ReleaseCounts(t))
            return -1;
        if (master < 0 || !t.Peers.IsLivingMaster(master, t.Now) || t.Now < t.Peers[master].RestartHoldUntil || t.Peers[master].Leaving)
            return -1;
        if (!t.Lookup.KnownIs(t.Settings.Nodes[master]) || !guard.Proven || guard.PathBroken || guard.Blind)
            return -1;
        return Rank.PlaceInTurn(t.State, master, t.Now) == 0 ? master : -1;
    }

    /// <summary>How long agent and service are waited for; null: too little is known of one of the ways, or it is not good enough to believe in silence.</summary>
    private static (TimeSpan Agent, TimeSpan Service)? PatienceOf(in Turn t, int master)
    {
        var agent = t.Peers[master].Questions.Trips.Patience(LeastAnswers, t.Now);
        var service = t.Guard.Trips.Patience(LeastProbes, t.Now);
        return agent <= t.Settings.GuardTimeout && service <= t.Settings.GuardTimeout ? (agent.Value, service.Value) : null;
    }

    /// <summary>When anything last showed that the machine of the master lives: its adverts, what others heard of it, its service, and a refusal too.</summary>
    private static TimeSpan LifeOf(in Turn t, int master)
    {
        var peer = t.Peers[master];
        var service = t.Guard.Alive is null || t.Guard.TimedOut ? t.Guard.SeenAt : t.Guard.AnsweredAt;
        return Moment.Max(Moment.Max(peer.KnownAt, peer.MasterHeardAt), Moment.Max(service, t.State.Inquiry.LifeAt));
    }

    /// <summary>An inquiry begins when the guard's probe has no answer, or when an advert is a quarter of T late.</summary>
    private static TimeSpan BeginsAt(in Turn t, int master, TimeSpan life, TimeSpan service)
    {
        var late = Moment.Max(LateAt(t.State, master), life + Moment.Max(service, t.Interval / 4));
        var probe = GuardsOwn(t, life) is var sent && sent != Moment.Never ? sent + service : Moment.Forever;
        return Moment.Min(late, probe);
    }

    /// <summary>When the guard's own probe was sent that got no answer, or has none yet, the first one since the last sign of life.</summary>
    private static TimeSpan GuardsOwn(in Turn t, TimeSpan life)
    {
        var guard = t.Guard;
        if (guard.TimedOut && guard.FailingSince >= life)
            return guard.FailingSince;
        return (guard.InFlight || guard.TimedOut) && guard.SentAt >= life ? guard.SentAt : Moment.Never;
    }

    /// <summary>A probe of the guard was sent: it is missed when its answer is late, whatever else happens until then.</summary>
    public static void Sent(in Turn t)
    {
        if (t.Role == Role.Backup && t.Guard.Trips.Patience(LeastProbes, t.Now) is { } patience)
            t.WakeAt(t.Now + patience);
    }

    private static void Ask(in Turn t, TimeSpan patience)
    {
        var inquiry = t.State.Inquiry;
        if (inquiry.Ask(patience, t.Now))
            t.State.Adverts.Ask();
        if (inquiry.Probe(t.Now) is var number and > 0)
            t.Do(new Effect.ProbeGuard { Number = number });
    }

    private static bool IsDead(in Turn t, int master, TimeSpan life, TimeSpan agent, TimeSpan service)
    {
        var inquiry = t.State.Inquiry;
        var asks = t.Peers[master].Questions.Unanswered(inquiry.OpenedAt, agent, t.Now);
        var silentSince = inquiry.ServiceSilentSince(GuardsOwn(t, life), life, service, t.Now);
        // Who holds the address is asked while the last answers are waited for. A late advert alone asks no API.
        if (asks > 0 && (inquiry.AnyIsSilent(service, t.Now) || GuardsOwn(t, life) != Moment.Never) && t.Lookup.SentAt < inquiry.OpenedAt)
            t.Lookup.Want();
        return asks >= SilentAsks && silentSince <= t.Now - LeastSilence(t.Settings) && NobodyHears(t, master, inquiry.OpenedAt);
    }

    /// <summary>Every other node that is heard was heard since it was asked too: had it heard the master, its advert would have said so.</summary>
    private static bool NobodyHears(in Turn t, int master, TimeSpan since)
    {
        for (var i = 0; i < t.Peers.Count; i++)
            if (i != master && t.Peers.IsPeer(i) && t.Peers.IsHeard(i, t.Now) && t.Peers[i].HeardAt <= since)
                return false;
        return true;
    }

    private static bool MayTakeOver(in Turn t, int master)
    {
        if (t.Lookup.OwnAt < t.State.Inquiry.OpenedAt || !t.Lookup.OwnIs(t.Settings.Nodes[master]) || t.Lookup.Locked)
            return false;
        // Its last advert calls it fit; it was asked since.
        t.Peers[master].Doubt(t.Now);
        // This node has looked who holds the address, so it need not look again before it asks for it (rule C2).
        RoleRules.Promote(t, assignFirst: t.Now - t.Lookup.OwnAt < LookupRules.Often, planned: false,
            new Cause.MasterSilent(t.NameOf(master), ServiceDown: true), t.Now - t.Peers.SilentSince());
        return true;
    }
}
