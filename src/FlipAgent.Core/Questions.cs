namespace FlipAgent.Core;

/// <summary>
/// What this node asked one peer and what became of it, and what the peer asked (rule E3). A question is an advert that wants an answer at once; its sequence is its number.
/// Always true: what is open is in the order of sending.
/// </summary>
internal sealed class Questions
{
    /// <summary>More than are ever sent while one waits for its answer.</summary>
    private const int MostOpen = 32;

    /// <summary>At most one answer to a peer in this time, however often it asks.</summary>
    private static readonly TimeSpan s_answerGap = TimeSpan.FromMilliseconds(10);

    private readonly List<(uint Sequence, TimeSpan At)> _open = [];
    private TimeSpan _answeredAt = Moment.Never;

    /// <summary>How fast and how surely the peer answers.</summary>
    public RoundTrips Trips { get; private set; } = new();

    /// <summary>When this node last asked it.</summary>
    public TimeSpan AskedAt { get; private set; } = Moment.Never;

    /// <summary>When the newest question was asked that was answered: what has been heard of the peer since was made after that. <see cref="Moment.Never"/>: none was.</summary>
    public TimeSpan AnsweredFor { get; private set; } = Moment.Never;

    /// <summary>How many were asked since, and have not been answered.</summary>
    public int Waiting { get; private set; }

    /// <summary>The peer speaks as a new session: perhaps on another machine, or another network.</summary>
    /// <param name="answers">It is of a version that answers questions.</param>
    public void Renew(bool answers)
    {
        Trips = new RoundTrips();
        if (!answers)
            (AnsweredFor, Waiting) = (Moment.Never, 0);
    }

    /// <summary>It is no master, so it is not asked, and need not answer.</summary>
    public void Forgive(TimeSpan now)
    {
        if (AnsweredFor != Moment.Never)
            (AnsweredFor, Waiting) = (now, 0);
    }

    public void Ask(uint sequence, TimeSpan now)
    {
        if (_open.Count == MostOpen)
            _open.RemoveAt(0);
        _open.Add((sequence, now));
        (AskedAt, Waiting) = (now, Waiting + 1);
    }

    /// <summary>When the question was asked; <see cref="Moment.Never"/>: it is not open.</summary>
    public TimeSpan AskedWhen(uint sequence)
    {
        foreach (var question in _open)
            if (question.Sequence == sequence)
                return question.At;
        return Moment.Never;
    }

    /// <summary>An advert of the peer counted.</summary>
    /// <param name="answered">The question that it answers, or 0.</param>
    /// <param name="patience">How old a question is that should have been answered by now.</param>
    public void Hear(uint answered, TimeSpan patience, TimeSpan now)
    {
        var answer = answered == 0 ? -1 : _open.FindIndex(one => one.Sequence == answered);
        if (answer >= 0)
        {
            Trips.Answer(now - _open[answer].At, now);
            (AnsweredFor, Waiting) = (_open[answer].At, _open.Count - answer - 1);
            // The peer answers the last question that it got; those before it are as good as answered.
            _open.RemoveRange(0, answer + 1);
        }
        while (_open.Count > 0 && now - _open[0].At > patience)
        {
            // Before the first answer it may not count this node's adverts yet.
            if (Trips.Answered(now) > 0)
                Trips.Lose(now);
            _open.RemoveAt(0);
        }
    }

    /// <summary>How many questions asked since <paramref name="since"/> have waited for at least <paramref name="patience"/>.</summary>
    public int Unanswered(TimeSpan since, TimeSpan patience, TimeSpan now)
    {
        var count = 0;
        foreach (var (_, at) in _open)
            if (at >= since && now - at >= patience)
                count++;
        return count;
    }

    /// <summary>Takes the right to have a question answered.</summary>
    public bool TakeAnswer(TimeSpan now)
    {
        if (now - _answeredAt < s_answerGap)
            return false;
        _answeredAt = now;
        return true;
    }
}
