namespace FlipAgent.Core;

/// <summary>
/// What is known of one peer: heard from itself, or learned from what others heard. Always true: <see cref="HeardAt"/> is at most <see cref="KnownAt"/>; a
/// mastership that ended does not come back, so <see cref="MasterTerm"/> and <see cref="EndedTerm"/> never go back.
/// </summary>
public sealed class Peer
{
    private static readonly Version s_answersSince = new(1, 1, 0);
    private Rejection _refusal;

    internal PeerSession Session { get; } = new();

    internal PeerNotices Notices { get; } = new();

    internal Questions Questions { get; } = new();

    /// <summary>What it says of itself for people. No rule goes by it but S3.</summary>
    public PeerParticulars Particulars { get; } = new();

    /// <summary>The last advert that counted; null before the first.</summary>
    public Advert? Advert { get; private set; }

    /// <summary>When this node itself last heard it.</summary>
    public TimeSpan HeardAt { get; private set; } = Moment.Never;

    /// <summary>When it was last heard by this node or by somebody that this node hears.</summary>
    public TimeSpan KnownAt { get; private set; } = Moment.Never;

    /// <summary>The moment that <see cref="Role"/>, <see cref="Fit"/> and what follows them are of.</summary>
    internal TimeSpan InfoAt { get; private set; } = Moment.Never;

    /// <summary>When this node last found its service or its machine dead (rule E6); what it said of its fitness before that does not count.</summary>
    internal TimeSpan DoubtedAt { get; private set; } = Moment.Never;

    /// <summary>It says that it hears this node.</summary>
    public bool HearsMe { get; private set; }

    /// <summary>What it is, as far as is known.</summary>
    public Role Role { get; private set; }

    /// <summary>It may serve, as it said last.</summary>
    public bool Fit { get; private set; }

    /// <summary>It reaches the cloud API.</summary>
    public bool ApiReachable { get; private set; }

    /// <summary>It reaches the store of the lease (rule E15); false where it has none.</summary>
    public bool StoreReachable { get; private set; }

    /// <summary>It ranks last after repeated failures.</summary>
    public bool HoldDown { get; private set; }

    /// <summary>The floating IP came to it in vain, so it ranks last (rule C10).</summary>
    public bool Demoted { get; private set; }

    /// <summary>What its guard saw last, as it said itself (rule S1).</summary>
    public Sighting Sighting { get; private set; } = Sighting.None;

    /// <summary>It is in maintenance.</summary>
    public bool Maintenance { get; private set; }

    /// <summary>It said goodbye, and no later session of it is known.</summary>
    public bool Leaving { get; private set; }

    /// <summary>Its priority with the weights of its checks, 1 to 254; 0: not known.</summary>
    public int EffectivePriority { get; private set; }

    /// <summary>Why its last datagram did not count, while that is the newest thing heard from it; else null.</summary>
    public Rejection? Rejected { get; private set; }

    /// <summary>What was wrong with that datagram, for people.</summary>
    public string RejectedDetail { get; private set; } = "";

    /// <summary>When that datagram came.</summary>
    public TimeSpan RejectedAt { get; private set; } = Moment.Never;

    /// <summary>Since when its datagrams have not counted for this reason.</summary>
    internal TimeSpan RejectedSince { get; private set; } = Moment.Never;

    /// <summary>The highest term of a mastership of its own that was heard of; 0: none.</summary>
    public uint MasterTerm { get; private set; }

    /// <summary>When it was last heard as master of that term, relays included.</summary>
    public TimeSpan MasterHeardAt { get; private set; } = Moment.Never;

    /// <summary>When it was first heard of as master of that term.</summary>
    public TimeSpan MasterSince { get; private set; } = Moment.Never;

    /// <summary>Masterships of this and lower terms are over.</summary>
    internal uint EndedTerm { get; private set; }

    /// <summary>It asked the others to wait for its restart until then (rule E12).</summary>
    public TimeSpan RestartHoldUntil { get; private set; } = Moment.Never;

    /// <summary>Master of a term that is not known to be over, living or silent.</summary>
    internal bool IsMaster => Terms.IsLater(MasterTerm, EndedTerm);

    /// <summary>Takes an advert of its own that counts.</summary>
    /// <param name="hearsMe">It echoes our session and heard us within D.</param>
    /// <param name="maxHold">The longest restart hold that is granted.</param>
    /// <returns>True when it is the first of a session.</returns>
    internal bool Take(Advert advert, bool hearsMe, TimeSpan maxHold, TimeSpan now)
    {
        var isNew = Session.Take(advert);
        if (isNew)
        {
            RestartHoldUntil = Moment.Never;
            Questions.Renew(answers: advert.AgentVersion >= s_answersSince);
        }
        Particulars.Take(advert, isNew, now);
        Advert = advert;
        HeardAt = KnownAt = InfoAt = now;
        Rejected = null;
        HearsMe = hearsMe;
        Role = advert.Role;
        Fit = advert.Fit;
        ApiReachable = advert.ApiReachable;
        StoreReachable = advert.StoreReachable == true;
        HoldDown = advert.HoldDown;
        Demoted = advert.Demoted;
        Sighting = Sighting.Of(advert.Service, now);
        Maintenance = advert.Maintenance;
        Leaving = advert.Leaving;
        EffectivePriority = advert.EffectivePriority;
        if (advert.Hold > TimeSpan.Zero)
            RestartHoldUntil = now + Moment.Min(advert.Hold, maxHold);
        return isNew;
    }

    /// <summary>What a peer that this node hears says of it (rule E3); older news than what is known change nothing.</summary>
    internal void Take(PeerReport report, TimeSpan at)
    {
        if (at > KnownAt)
            KnownAt = at;
        if (at <= InfoAt)
            return;
        InfoAt = at;
        Role = report.Role;
        Fit = report.Fit;
        ApiReachable = report.ApiReachable;
        StoreReachable = report.StoreReachable;
        HoldDown = report.HoldDown;
        Demoted = report.Demoted;
        Maintenance = report.Maintenance;
        EffectivePriority = report.EffectivePriority;
        // Ages are rounded on the way, so hearsay of the last advert can look newer than the advert. Only another session ends a stop.
        Leaving &= report.Session <= Session.Current;
    }

    /// <summary>It is, or was <paramref name="at"/> an earlier moment, master of this term.</summary>
    /// <returns>How much newer that is than what was known of the same mastership; null when it is nothing new, or another mastership.</returns>
    internal TimeSpan? SeeMaster(uint term, TimeSpan at)
    {
        if (!Terms.IsLater(term, EndedTerm) || Terms.IsLater(MasterTerm, term))
            return null;
        if (term != MasterTerm)
        {
            (MasterTerm, MasterHeardAt, MasterSince) = (term, at, at);
            return null;
        }
        if (at <= MasterHeardAt)
            return null;
        var newer = at - MasterHeardAt;
        MasterHeardAt = at;
        return newer;
    }

    /// <summary>Its mastership of this term is over.</summary>
    /// <returns>False when that was known.</returns>
    internal bool EndMaster(uint term)
    {
        if (!Terms.IsLater(term, EndedTerm))
            return false;
        (EndedTerm, RestartHoldUntil) = (term, Moment.Never);
        return true;
    }

    /// <summary>Failed guard probes, or an inquiry, have shown that its service or its machine is dead.</summary>
    internal void Doubt(TimeSpan now) => DoubtedAt = now;

    /// <summary>A datagram with its address did not count. Anybody may have sent it while the peer is heard, so this is only for the words in which its silence is told.</summary>
    internal void Refuse(Rejection reason, TimeSpan now) => (_refusal, RefusedAt) = (reason, now);

    /// <summary>When the last such datagram came.</summary>
    internal TimeSpan RefusedAt { get; private set; } = Moment.Never;

    /// <summary>Why the datagrams with its address do not count that arrive at present; null: none arrive, or they count.</summary>
    internal Rejection? RefusedLately(TimeSpan gap, TimeSpan now) => now - RefusedAt < gap ? _refusal : null;

    /// <summary>Its last datagram did not count.</summary>
    /// <param name="gap">After so long without one it begins anew.</param>
    internal void Reject(Rejection reason, string detail, TimeSpan gap, TimeSpan now)
    {
        if (Rejected != reason || now - RejectedAt >= gap)
            RejectedSince = now;
        (Rejected, RejectedDetail, RejectedAt) = (reason, detail, now);
    }
}
