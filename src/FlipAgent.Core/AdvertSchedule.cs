using System.Collections.Immutable;

namespace FlipAgent.Core;

/// <summary>What of an advert makes it go out at once when it changes (rule E3).</summary>
internal readonly record struct AdvertFace(
    Role Role, uint Term, bool Fit, bool Maintenance, bool Api, bool HoldDown, int Priority, bool Wants, bool Command, bool Leaving, Release? Release, Holder Holder, bool Store)
{
    /// <summary>A change that others act on in the same moment; the rest may wait for a tenth of T.</summary>
    public bool DiffersUrgently(in AdvertFace other) =>
        Role != other.Role || Term != other.Term || Fit != other.Fit || Leaving != other.Leaving || Release != other.Release;
}

/// <summary>
/// When this node's next advert is due, and as whom it speaks (session and sequence). Always true: the sequence grows within a session; sessions grow; the beat is at
/// most T.
/// </summary>
public sealed class AdvertSchedule
{
    /// <summary>A release, a promotion and a goodbye are sent this many times, for speed only (rule E4).</summary>
    private const int MaxCopies = 3;

    /// <summary>How long an answer is repeated: when one advert overtakes another on the way, the earlier one does not count.</summary>
    private static readonly TimeSpan s_answerStays = TimeSpan.FromMilliseconds(250);

    private readonly List<Pending> _answers = [];
    private AdvertFace _lastFace;
    private bool _atOnce;
    private bool _relay;
    private int _copies;

    internal AdvertSchedule(ulong session, TimeSpan now, uint sequence = 0) => (Session, SessionSince, NextAt, Sequence) = (session, now, now, sequence);

    /// <summary>The session as which this node speaks: milliseconds since the epoch at its start, above all earlier ones (docs/wire.md).</summary>
    public ulong Session { get; private set; }

    internal TimeSpan SessionSince { get; private set; }

    /// <summary>The session is still the one that this run began with.</summary>
    internal bool IsFirst => Revision == 0;

    internal uint Sequence { get; private set; }

    internal TimeSpan NextAt { get; private set; }

    internal TimeSpan LastAt { get; private set; } = Moment.Never;

    /// <summary>Counts the changes that the next run should know of.</summary>
    internal int Revision { get; private set; }

    /// <summary>The next sequence; behind the last one that there is, a new session begins.</summary>
    internal uint TakeSequence(TimeSpan now)
    {
        if (Sequence == uint.MaxValue)
            BeginSession(Session, now);
        return ++Sequence;
    }

    /// <summary>A peer needs an advert at once: to echo our session, or because it has missed something; at most four in T for one peer.</summary>
    internal void SpeakTo(Peer peer, TimeSpan interval, TimeSpan now) => _atOnce |= peer.Notices.TakeAdvert(interval / 4, now);

    /// <summary>A peer asked: the next advert answers it, at once. Of two questions of one peer the later one is answered.</summary>
    internal void Answer(Answer answer, TimeSpan now)
    {
        _answers.RemoveAll(other => other.Answer.Node == answer.Node);
        _answers.Add(new(answer, now));
        _atOnce = true;
    }

    /// <summary>This node has a question.</summary>
    internal void Ask() => _atOnce = true;

    /// <summary>What the advert that is being built answers.</summary>
    internal ImmutableArray<Answer> Answers(TimeSpan now)
    {
        while (_answers.Count > 0 && now - _answers[0].At > s_answerStays)
            _answers.RemoveAt(0);
        return _answers.Count == 0 ? [] : [.. _answers.Select(one => one.Answer)];
    }

    /// <summary>News of the master is passed on at once to a peer that does not hear it, so that it is never older than one interval.</summary>
    internal void Relay() => _relay = true;

    /// <summary>The next advert is sent three times.</summary>
    internal void Repeat() => _copies = MaxCopies;

    internal void Reload(TimeSpan interval, TimeSpan now) => NextAt = Moment.Min(NextAt, now + interval);

    /// <summary>Nothing may be sent: what was to go out at once is out of date afterwards.</summary>
    internal void Skip()
    {
        (_atOnce, _relay) = (false, false);
        _answers.Clear();
    }

    /// <summary>Nobody hears this session: a new one, above all that anybody echoed.</summary>
    internal void BeginSession(ulong highestEchoed, TimeSpan now) =>
        (Session, Sequence, SessionSince, Revision) = (Math.Max(Session, highestEchoed) + 1, 0, now, Revision + 1);

    /// <summary>Sends or waits.</summary>
    /// <param name="wakeAt">When to ask again.</param>
    /// <returns>How many copies to send now; 0: none.</returns>
    internal int Due(in AdvertFace face, TimeSpan interval, TimeSpan now, out TimeSpan wakeAt)
    {
        var differs = face != _lastFace;
        var urgent = face.DiffersUrgently(_lastFace) || _copies > 1;
        var changed = differs && now - LastAt >= interval / 10;
        wakeAt = differs && !changed ? LastAt + interval / 10 : Moment.Forever;
        var copies = 0;
        if (now >= NextAt || urgent || changed || _atOnce || _relay)
        {
            copies = Math.Max(1, _copies);
            // The beat stays regular: a late step does not shift every later one, and a burst does not cancel the next.
            NextAt = Moment.Min(Moment.Max(NextAt + interval, now + interval / 2), now + interval);
            (LastAt, _lastFace, _copies, _atOnce, _relay) = (now, face, 1, false, false);
        }
        wakeAt = Moment.Min(wakeAt, NextAt);
        return copies;
    }

    private sealed record Pending(Answer Answer, TimeSpan At);
}
