namespace FlipAgent.Core;

/// <summary>
/// What people have been told of one peer, and since when something is wrong with the link to it, so that each thing is announced once and a bad link, which comes
/// and goes, once a minute; and when an advert was last sent at once for its sake. Nothing here decides anything about roles or the floating IP.
/// </summary>
internal sealed class PeerNotices
{
    private static readonly TimeSpan s_atMost = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_sameRejection = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_clock = TimeSpan.FromHours(1);
    private readonly TimeSpan[] _rejectionAt = [.. Enum.GetValues<Rejection>().Select(_ => Moment.Never)];
    private TimeSpan _silentAt = Moment.Never;
    private TimeSpan _oneWayAt = Moment.Never;
    private TimeSpan _clockAt = Moment.Never;
    private TimeSpan _advertAt = Moment.Never;
    private TimeSpan _uncountedAt = Moment.Never;
    private TimeSpan _differsSince = Moment.Forever;

    /// <summary>Its silence was announced and it has not been heard since.</summary>
    public bool Silent { get; private set; }

    /// <summary>People were alerted to its silence, and are to hear of its end; not so after a stop that the peer had said before.</summary>
    public bool SilenceTold { get; private set; }

    /// <summary>That it does not hear this node was announced and is still so.</summary>
    public bool OneWay { get; private set; }

    /// <summary>Since when it is heard and says that it does not hear this node; <see cref="Moment.Forever"/>: it does, or is not heard itself.</summary>
    public TimeSpan NotHearingMeSince { get; private set; } = Moment.Forever;

    /// <summary>That its configuration differs was announced, and it has not been the same since.</summary>
    public bool Drift { get; private set; }

    /// <summary>When its silence, which begins to count at <paramref name="silentAt"/>, may be announced.</summary>
    public TimeSpan SilenceDueAt(TimeSpan silentAt) => Moment.Max(silentAt, _silentAt + s_atMost);

    /// <param name="expected">The peer had said that it would stop, so nobody is alerted.</param>
    public void AnnounceSilence(bool expected, TimeSpan now) => (Silent, SilenceTold, _silentAt, NotHearingMeSince) = (true, SilenceTold || !expected, now, Moment.Forever);

    /// <summary>People were alerted to its silence in another way.</summary>
    public void TellSilence() => SilenceTold = true;

    public void Heard() => (Silent, SilenceTold) = (false, false);

    public void HearsMe(bool surely) => (OneWay, NotHearingMeSince) = (OneWay && !surely, Moment.Forever);

    public void DoesNotHearMe(TimeSpan now)
    {
        if (NotHearingMeSince == Moment.Forever)
            NotHearingMeSince = now;
    }

    /// <summary>It speaks as a session that counts when it echoes this node, which it does not.</summary>
    /// <param name="gap">After so long without a word it begins anew.</param>
    public void Uncounted(TimeSpan gap, TimeSpan now)
    {
        if (!IsUncounted(gap, now) || NotHearingMeSince == Moment.Forever)
            NotHearingMeSince = now;
        _uncountedAt = now;
    }

    public bool IsUncounted(TimeSpan gap, TimeSpan now) => now - _uncountedAt < gap;

    public bool MayAnnounceOneWay(TimeSpan now) => !OneWay && now - _oneWayAt >= s_atMost;

    public void AnnounceOneWay(TimeSpan now) => (OneWay, _oneWayAt) = (true, now);

    /// <summary>Its configuration is another one.</summary>
    /// <returns>Since when.</returns>
    public TimeSpan Differs(TimeSpan now)
    {
        if (_differsSince == Moment.Forever)
            _differsSince = now;
        return _differsSince;
    }

    public void AnnounceDrift() => Drift = true;

    public void HasSameConfig() => (Drift, _differsSince) = (false, Moment.Forever);

    /// <summary>
    /// Takes the right to announce a rejection, which each reason has once in 10 minutes, whatever came in between: who sends forgeries between the adverts of a peer
    /// must not fill the log.
    /// </summary>
    public bool TakeRejection(Rejection reason, TimeSpan now)
    {
        if (now - _rejectionAt[(int)reason] < s_sameRejection)
            return false;
        _rejectionAt[(int)reason] = RejectionToldAt = now;
        return true;
    }

    /// <summary>When a rejection was last announced.</summary>
    public TimeSpan RejectionToldAt { get; private set; } = Moment.Never;

    public bool MayAnnounceClock(TimeSpan now) => now - _clockAt >= s_clock;

    public void AnnounceClock(TimeSpan now) => _clockAt = now;

    /// <summary>Takes the right to send an advert at once for this peer, which there is once in <paramref name="gap"/>.</summary>
    public bool TakeAdvert(TimeSpan gap, TimeSpan now)
    {
        if (now - _advertAt < gap)
            return false;
        _advertAt = now;
        return true;
    }
}
