using System.Collections.Immutable;

namespace FlipAgent.Core;

/// <summary>
/// Adverts out (rule E3): one each T, at once when something that others act on changes, at once for a peer that needs an answer. An advert is built when it is sent, so
/// it is never older than the state.
/// </summary>
internal static class AdvertRules
{
    public static void Send(in Turn t)
    {
        var adverts = t.State.Adverts;
        if (t.State.Quarantine.On && !t.State.Lifecycle.Stopping)
        {
            adverts.Skip();
            return;
        }
        var copies = adverts.Due(FaceOf(t), t.Interval, t.Now, out var wakeAt);
        if (copies > 0)
            t.Do(new Effect.SendAdvert(copies));
        t.WakeAt(wakeAt);
    }

    private static AdvertFace FaceOf(in Turn t) => new(
        t.Role, t.Term, t.Fitness.Fit, t.State.Maintenance.On, Rank.CouldMove(t.State), t.State.HoldDown.IsOn(t.Now), t.Fitness.EffectivePriority,
        t.State.Preemption.Wants, t.State.Preemption.AsksByCommand(t.Now), t.State.Lifecycle.Stopping, t.State.Releases.Last, t.Lookup.Known, t.State.Lease.Reaches == true);

    public static Advert Build(ElectionState s, TimeSpan now)
    {
        var (me, known) = (s.Settings.Self, s.Ip.Lookup.Known);
        var master = s.Role == Role.Master ? s.Settings.Me : Rank.LivingMaster(s, now);
        if (master < 0)
            master = s.Peers.LastMaster();
        var isMine = master == s.Settings.Me;
        var sequence = s.Adverts.TakeSequence(now);
        return new Advert
        {
            Cluster = s.Settings.Cluster,
            Node = me.Name,
            Sequence = sequence,
            Session = s.Adverts.Session,
            Asks = Ask(s, sequence, now),
            Answers = s.Adverts.Answers(now),
            Term = s.Term,
            Role = s.Role,
            Priority = (byte)me.Priority,
            EffectivePriority = (byte)s.Fitness.EffectivePriority,
            Fit = s.Fitness.Fit,
            Maintenance = s.Maintenance.On,
            ApiReachable = Rank.CouldMove(s),
            StoreReachable = s.Settings.Lease is null ? null : s.Lease.Reaches == true,
            HoldDown = s.HoldDown.IsOn(now),
            Demoted = s.Demotion.IsOn(now),
            Service = ServiceRules.Own(s, now).Report(now),
            Identity = s.Identity.Proven,
            Quota = s.Quota.Report(now),
            Addresses = ReportAddresses(s, now),
            WantsToPreempt = s.Preemption.Wants,
            AsksByCommand = s.Preemption.AsksByCommand(now),
            Leaving = s.Lifecycle.Stop == StopKind.Final,
            AgentVersion = s.Settings.AgentVersion,
            ConfigHash = s.Settings.ConfigHash,
            Holder = known,
            HolderAge = AgeOf(s.Ip.Lookup, now),
            Master = master >= 0 ? s.Settings.Nodes[master].Id : NodeId.None,
            MasterTerm = master < 0 ? 0 : isMine ? s.Term : s.Peers[master].MasterTerm,
            MasterAge = master < 0 || isMine ? TimeSpan.Zero : Moment.Max(now - s.Peers[master].MasterHeardAt, TimeSpan.Zero),
            Release = ReleaseToTell(s),
            Hold = Moment.Max(s.Lifecycle.RestartHoldUntil - now, TimeSpan.Zero),
            Peers = ReportPeers(s, now),
        };
    }

    /// <summary>Notes the question that goes out with this advert.</summary>
    private static uint? Ask(ElectionState s, uint sequence, TimeSpan now)
    {
        if (InquiryRules.Asks(s, now) is not var (of, asked))
            return null;
        s.Inquiry.Asked(now);
        s.Peers[of].Questions.Ask(sequence, now);
        return asked;
    }

    /// <summary>Hearsay of a release that names nobody could end the mastership of the wrong node: only its maker says it.</summary>
    private static Release? ReleaseToTell(ElectionState s) =>
        s.Releases.Last is { } release && release.Term == s.Term && (s.Releases.IsMine || release.Successor != NodeId.None) ? release : null;

    private static TimeSpan AgeOf(HolderLookup lookup, TimeSpan now) => lookup.Known.Kind == HolderKind.Unknown ? TimeSpan.Zero : Moment.Max(now - lookup.KnownAt, TimeSpan.Zero);

    /// <summary>Where there are several floating IPs, the first is named too: the order may differ from file to file for a while.</summary>
    private static ImmutableArray<AddressReport> ReportAddresses(ElectionState s, TimeSpan now)
    {
        if (s.Ips.Length == 1)
            return [];
        var reports = ImmutableArray.CreateBuilder<AddressReport>(s.Ips.Length);
        for (var i = 0; i < s.Ips.Length; i++)
            reports.Add(new AddressReport(s.Settings.AddressIds[i], s.Ips[i].Lookup.Known, AgeOf(s.Ips[i].Lookup, now)));
        return reports.MoveToImmutable();
    }

    private static ImmutableArray<PeerReport> ReportPeers(ElectionState s, TimeSpan now)
    {
        var reports = ImmutableArray.CreateBuilder<PeerReport>(s.Peers.Count);
        for (var i = 0; i < s.Peers.Count; i++)
        {
            var p = s.Peers[i];
            // An uncounted session is echoed too: that is what makes it count on the other side.
            if (i == s.Settings.Me || (p.KnownAt == Moment.Never && p.Session.Echo == 0))
                continue;
            reports.Add(new PeerReport(
                s.Settings.Nodes[i].Id, p.Session.Echo,
                p.HeardAt == Moment.Never ? null : now - p.HeardAt,
                p.KnownAt == Moment.Never ? null : now - p.KnownAt,
                p.Role, p.Fit, p.ApiReachable, p.HoldDown, p.Maintenance, (byte)p.EffectivePriority)
            { Demoted = p.Demoted, StoreReachable = p.StoreReachable });
        }
        return reports.ToImmutable();
    }
}
