namespace FlipAgent.Core;

/// <summary>
/// The probe of the service through the floating IP, as a witness of whether its holder serves (rule E6). Always true: one probe is in flight at a time; failures are
/// counted for one holder and one silence only.
/// </summary>
public sealed class Guard
{
    /// <summary>How often the path is tried while nothing depends on it.</summary>
    private static readonly TimeSpan s_watch = TimeSpan.FromSeconds(10);

    /// <summary>The answer to the last probe; null before the first.</summary>
    public bool? Alive { get; private set; }

    /// <summary>What the last probe found, for people.</summary>
    public string Detail { get; private set; } = "";

    /// <summary>The last probe while the master was heard succeeded: failures may shorten D.</summary>
    internal bool Proven { get; private set; }

    /// <summary>It failed while a fit master was heard that holds the address, and has not succeeded since: its own path is broken.</summary>
    internal bool PathBroken { get; private set; }

    internal bool InFlight { get; private set; }

    internal TimeSpan SentAt { get; private set; } = Moment.Never;

    /// <summary>When the probe was sent that was answered last.</summary>
    internal TimeSpan AnsweredFor { get; private set; } = Moment.Never;

    internal TimeSpan NextAt { get; private set; }

    /// <summary>Failures in a row.</summary>
    internal int Failures { get; private set; }

    /// <summary>When the first of them was sent; <see cref="Moment.Never"/>: the last probe succeeded.</summary>
    internal TimeSpan FailingSince { get; private set; } = Moment.Never;

    /// <summary>Two in a row: two witnesses.</summary>
    internal bool SaysDead => Failures >= 2;

    internal void Send(TimeSpan now) => (InFlight, SentAt) = (true, now);

    /// <summary>The failures so far were another holder's, or of another silence.</summary>
    internal void CountAnew() => Failures = 0;

    /// <param name="interval">T: after a success or a second failure the next probe comes that much later; after a first failure at once.</param>
    internal void Take(bool alive, string detail, TimeSpan interval, TimeSpan now)
    {
        var previous = Alive;
        (InFlight, Alive, Detail, AnsweredFor) = (false, alive, detail, SentAt);
        if (alive)
        {
            (Failures, FailingSince) = (0, Moment.Never);
        }
        else
        {
            Failures = previous == false || Failures > 0 ? Failures + 1 : 1;
            if (FailingSince == Moment.Never)
                FailingSince = SentAt;
        }
        NextAt = alive || SaysDead ? SentAt + interval : now;
    }

    /// <summary>Nothing depends on the last answer: it says something of the guard's own path, and the next one is due at the slow pace.</summary>
    internal void Watch(TimeSpan interval) => NextAt = SentAt + (Alive == true || SaysDead ? s_watch : interval);

    /// <returns>True when the path had been broken.</returns>
    internal bool ProvePath()
    {
        var mended = PathBroken;
        (Proven, PathBroken) = (true, false);
        return mended;
    }

    internal void DoubtPath() => Proven = false;

    internal void BreakPath() => PathBroken = true;
}
