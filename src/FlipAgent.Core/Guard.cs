namespace FlipAgent.Core;

/// <summary>
/// The probe of the service through the floating IP, as a witness of whether its holder serves (rule E6). Always true: one probe is in flight at a time; failures are
/// counted for one holder and one silence only; one that cannot tell is neither alive nor dead.
/// </summary>
public sealed class Guard
{
    // The probe that is under way was sent by the guard of an earlier configuration.
    private bool _isOutdated;

    // When the last probe was sent that was counted as lost.
    private TimeSpan _lostAt = Moment.Never;

    /// <summary>The answer to the last probe; null before the first.</summary>
    public bool? Alive { get; private set; }

    /// <summary>The last probe got no answer in time; false: it was refused, or answered otherwise than expected.</summary>
    internal bool TimedOut { get; private set; }

    /// <summary>When the last probe was sent that succeeded; <see cref="Moment.Never"/>: none has in this run, or since the guard was replaced.</summary>
    public TimeSpan SeenAt { get; private set; } = Moment.Never;

    /// <summary>What the last probe found, for people.</summary>
    public string Detail { get; private set; } = "";

    /// <summary>The last probe while the master was heard succeeded: failures may shorten D.</summary>
    internal bool Proven { get; private set; }

    /// <summary>It failed while a fit master was heard that holds the address, and has not succeeded since: its own path is broken.</summary>
    internal bool PathBroken { get; private set; }

    /// <summary>The last probe could not tell, because its target is this machine: the guard counts as off.</summary>
    public bool Blind { get; private set; }

    /// <summary>That it counts as off was announced and is still so.</summary>
    internal bool BlindAnnounced { get; private set; }

    internal bool InFlight { get; private set; }

    internal TimeSpan SentAt { get; private set; } = Moment.Never;

    /// <summary>When the probe was sent that was answered last.</summary>
    internal TimeSpan AnsweredFor { get; private set; } = Moment.Never;

    /// <summary>When that answer came.</summary>
    internal TimeSpan AnsweredAt { get; private set; } = Moment.Never;

    /// <summary>When the next probe is due while something depends on it.</summary>
    internal TimeSpan NextAt { get; private set; }

    /// <summary>Failures in a row.</summary>
    internal int Failures { get; private set; }

    /// <summary>When the first of them was sent; <see cref="Moment.Never"/>: the last probe succeeded.</summary>
    internal TimeSpan FailingSince { get; private set; } = Moment.Never;

    /// <summary>How fast and how surely its probes are answered.</summary>
    public RoundTrips Trips { get; private set; } = new();

    /// <summary>Two in a row: two witnesses.</summary>
    internal bool SaysDead => Failures >= 2;

    internal void Send(TimeSpan now) => (InFlight, SentAt) = (true, now);

    /// <summary>A reload turned the guard on or off, or made it ask something else: it has to prove itself anew.</summary>
    internal void Replace(bool on, TimeSpan now)
    {
        _isOutdated = InFlight;
        (Alive, Detail, Proven, Blind, BlindAnnounced) = (null, "", false, false, false);
        (Failures, FailingSince) = (0, Moment.Never);
        (SentAt, AnsweredFor, AnsweredAt, SeenAt, NextAt) = (Moment.Never, Moment.Never, Moment.Never, Moment.Never, now);
        PathBroken &= on;
        Trips = new RoundTrips();
    }

    /// <summary>The probe was answered.</summary>
    /// <returns>False when that says nothing: another guard than today's had sent it.</returns>
    internal bool Answered()
    {
        var counts = !_isOutdated;
        (InFlight, _isOutdated) = (false, false);
        return counts;
    }

    /// <summary>The probe never left this machine: whatever was known of the guard is void.</summary>
    /// <param name="pause">Until the next probe.</param>
    internal void TakeBlind(string detail, TimeSpan pause)
    {
        (Blind, Alive, Proven, PathBroken, Detail, AnsweredFor) = (true, null, false, false, detail, SentAt);
        SeenAt = Moment.Never;
        (Failures, FailingSince) = (0, Moment.Never);
        NextAt = SentAt + pause;
    }

    internal void AnnounceBlind() => BlindAnnounced = true;

    /// <summary>Its probes leave this machine.</summary>
    /// <returns>True when it was announced that they do not.</returns>
    internal bool Sees()
    {
        var mended = BlindAnnounced;
        (Blind, BlindAnnounced) = (false, false);
        return mended;
    }

    /// <summary>The failures so far were of another silence.</summary>
    internal void CountAnew() => Failures = 0;

    /// <summary>The floating IP is at another node: what was found so far says nothing of that one.</summary>
    internal void HolderChanged()
    {
        CountAnew();
        Trips = new RoundTrips();
    }

    /// <param name="interval">T: after a success or a second failure the next probe comes that much later; after a first failure at once.</param>
    internal void Take(bool alive, bool timedOut, string detail, TimeSpan interval, TimeSpan now)
    {
        (Alive, TimedOut, Detail, AnsweredFor, AnsweredAt) = (alive, timedOut && !alive, detail, SentAt, now);
        if (alive)
        {
            Trips.Answer(now - SentAt, now);
            (Failures, FailingSince, SeenAt) = (0, Moment.Never, SentAt);
        }
        else
        {
            Failures++;
            if (FailingSince == Moment.Never)
                FailingSince = SentAt;
        }
        NextAt = alive || SaysDead ? SentAt + interval : now;
    }

    /// <summary>What it says to the others.</summary>
    /// <param name="period">How often it asks at present.</param>
    internal Sighting Sighting(TimeSpan period)
    {
        var sight = Blind ? Sight.Blind : Alive switch { null => Sight.Unasked, true => Sight.Answers, false => TimedOut ? Sight.TimedOut : Sight.Refused };
        return new Sighting(sight, SeenAt != Moment.Never && !Blind, period, AnsweredFor, FailingSince, SeenAt);
    }

    /// <returns>True when the path had been broken.</returns>
    internal bool ProvePath()
    {
        var mended = PathBroken;
        (Proven, PathBroken) = (true, false);
        return mended;
    }

    internal void DoubtPath() => Proven = false;

    /// <summary>The holder lives, as was heard since the last probe: if that had no answer, it was lost on the way. Counted once.</summary>
    internal void CountLoss(TimeSpan now)
    {
        if (!TimedOut || _lostAt == AnsweredFor)
            return;
        _lostAt = AnsweredFor;
        Trips.Lose(now);
    }

    internal void BreakPath() => PathBroken = true;
}
