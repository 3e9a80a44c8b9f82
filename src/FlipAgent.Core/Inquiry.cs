namespace FlipAgent.Core;

/// <summary>
/// The search for a sign of life of a master that may have died (rule E6): the master is asked, and the service through the floating IP, again and again and without
/// waiting for one answer before the next question. Always true: what counts was begun in this inquiry; an inquiry in which this node itself was held up begins anew.
/// </summary>
public sealed class Inquiry
{
    /// <summary>So many probes of an inquiry are in flight at most, beside the guard's own.</summary>
    public const int MostProbes = 2;

    private static readonly TimeSpan s_probeGap = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_heldUp = TimeSpan.FromMilliseconds(100);

    // In the order of their begin; those that were answered with nothing stay until the inquiry ends.
    private readonly List<Begun> _probes = [];
    private readonly List<int> _inFlight = [];
    private int _number;
    private int _asked;
    private TimeSpan _steppedAt;

    /// <summary>An inquiry is under way.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Since when; says nothing while there is none.</summary>
    internal TimeSpan OpenedAt { get; private set; } = Moment.Never;

    /// <summary>When a probe of an inquiry last showed that the holder's machine lives.</summary>
    internal TimeSpan LifeAt { get; private set; } = Moment.Never;

    /// <summary>The next advert asks everybody.</summary>
    internal bool AskDue { get; private set; }

    private TimeSpan _askedAt = Moment.Never;

    internal void Open(TimeSpan now)
    {
        _probes.Clear();
        (IsOpen, OpenedAt, _steppedAt, _asked, _askedAt) = (true, now, now, 0, Moment.Never);
    }

    internal void Close()
    {
        _probes.Clear();
        (IsOpen, AskDue) = (false, false);
    }

    /// <summary>To be told at every step. What a node did not hear while it stood still itself proves nothing.</summary>
    internal void Step(TimeSpan now)
    {
        if (now - _steppedAt > s_heldUp)
            Open(now);
        _steppedAt = now;
    }

    /// <summary>Asks everybody with the next advert, when that is due.</summary>
    /// <returns>True when it is.</returns>
    internal bool Ask(TimeSpan patience, TimeSpan now)
    {
        if (AskDue || now < NextAskAt(patience))
            return false;
        AskDue = true;
        return true;
    }

    private TimeSpan NextAskAt(TimeSpan patience) => _askedAt == Moment.Never ? Moment.Never : _askedAt + (_asked < 4 ? patience / 4 : patience);

    /// <summary>The advert that asks is built.</summary>
    internal void Asked(TimeSpan now) => (AskDue, _askedAt, _asked) = (false, now, _asked + 1);

    /// <summary>Begins a probe, when one is due.</summary>
    /// <returns>Its number, above 0; 0: none is due.</returns>
    internal int Probe(TimeSpan now)
    {
        if (_inFlight.Count >= MostProbes || (_probes.Count > 0 && now - _probes[^1].At < s_probeGap))
            return 0;
        _number = _number == int.MaxValue ? 1 : _number + 1;
        _probes.Add(new(_number, now));
        _inFlight.Add(_number);
        return _number;
    }

    /// <summary>A probe of an inquiry was answered, of this one or of one that is over.</summary>
    /// <param name="silent">Nothing came back, or it could not tell.</param>
    internal void Answered(int number, bool silent, TimeSpan now)
    {
        _inFlight.Remove(number);
        if (silent)
            return;
        LifeAt = now;
        _probes.RemoveAll(one => one.Number == number);
    }

    /// <summary>A probe of this inquiry has waited for longer than <paramref name="patience"/>.</summary>
    internal bool AnyIsSilent(TimeSpan patience, TimeSpan now) => _probes.Count > 0 && now - _probes[0].At >= patience;

    /// <summary>
    /// Of the probes that were begun since <paramref name="since"/> and have waited for <paramref name="patience"/>: when the first was begun;
    /// <see cref="Moment.Forever"/> while no two of them were begun at least 100 ms apart.
    /// </summary>
    /// <param name="guardsOwn">When the guard's own probe was sent that has no answer; <see cref="Moment.Never"/>: there is none.</param>
    internal TimeSpan ServiceSilentSince(TimeSpan guardsOwn, TimeSpan since, TimeSpan patience, TimeSpan now)
    {
        var (first, last) = (Moment.Forever, Moment.Never);
        foreach (var (_, at) in _probes)
            Take(at);
        Take(guardsOwn);
        return last - first >= s_probeGap ? first : Moment.Forever;

        void Take(TimeSpan at)
        {
            if (at >= since && now - at >= patience)
                (first, last) = (Moment.Min(first, at), Moment.Max(last, at));
        }
    }

    private sealed record Begun(int Number, TimeSpan At);
}
