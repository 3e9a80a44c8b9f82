namespace FlipAgent.Core;

/// <summary>
/// The assign that this node sends to the cloud: one in flight at a time, random waits between failures, and what is not known of the last one (rules C1, C3, C5).
/// Always true: while the outcome of one is unclear no other is sent.
/// </summary>
internal sealed class AssignRequest
{
    private static readonly TimeSpan s_notFoundWait = TimeSpan.FromSeconds(5);

    private int _failures;

    public bool InFlight { get; private set; }

    /// <summary>When the last one was asked for; <see cref="Moment.Never"/>: none in this mastership.</summary>
    public TimeSpan SentAt { get; private set; } = Moment.Never;

    /// <summary>One was asked for in this mastership and has not led to the address yet.</summary>
    public bool SentThisTime { get; private set; }

    /// <summary>No other before this moment.</summary>
    public TimeSpan NotBefore { get; private set; } = Moment.Never;

    /// <summary>Its outcome is open; a lookup settles it.</summary>
    public bool Unclear { get; private set; }

    /// <summary>It got no answer: it may have moved the address all the same, and is not counted yet (rule C8).</summary>
    public bool Lost { get; private set; }

    /// <summary>What the cloud, or the way to it, said of the last one that was not taken; null: none was refused.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Since when the cloud does not know the droplet that it is for; <see cref="Moment.Never"/>: it does, or was not asked.</summary>
    public TimeSpan NotFoundSince { get; private set; } = Moment.Never;

    public int Failures => _failures;

    public void NewMastership(TimeSpan now)
    {
        (_failures, NotBefore, Unclear, Lost, SentThisTime) = (0, now, false, false, false);
        (SentAt, Refusal, NotFoundSince) = (Moment.Never, null, Moment.Never);
    }

    public void EndMastership() => Refusal = null;

    public void Send(TimeSpan now) => (InFlight, Lost, SentAt, SentThisTime) = (true, false, now, true);

    /// <summary>One that changes nothing (rule C11): no step of a claim.</summary>
    public void SendProof() => InFlight = true;

    public void Answered() => InFlight = false;

    /// <summary>It never left: it was no longer wanted.</summary>
    public void NotSent() => SentThisTime = false;

    public void Accepted() => (Unclear, Refusal, NotFoundSince) = (false, null, Moment.Never);

    /// <summary>It was not taken, or nobody knows: a random wait before the next.</summary>
    public void Failed(string detail, Chance chance, TimeSpan now)
    {
        WaitAfterFailure(chance, now);
        Refusal = detail;
    }

    public void WaitAfterFailure(Chance chance, TimeSpan now)
    {
        _failures++;
        Delay(now + ApiHealth.BackOff(_failures, chance));
    }

    public void Delay(TimeSpan until) => NotBefore = Moment.Max(NotBefore, until);

    /// <summary>The cloud does not know the droplet: nothing was done, and asking often changes nothing.</summary>
    /// <returns>False when that was so for the last one too.</returns>
    public bool DropletNotFound(TimeSpan now)
    {
        Delay(now + s_notFoundWait);
        var first = NotFoundSince == Moment.Never;
        if (first)
            NotFoundSince = now;
        return first;
    }

    /// <summary>What was refused may be tried again now.</summary>
    public void RetryNow(TimeSpan now) => NotBefore = now;

    public void OutcomeOpen(bool lost) => (Unclear, Lost) = (true, lost);

    /// <summary>The cloud no longer says what became of it: a lookup settles it.</summary>
    public void OutcomeForgotten() => Unclear = true;

    /// <summary>A lookup has shown what became of it.</summary>
    public void Settled() => Unclear = false;

    /// <summary>It is counted as a move.</summary>
    public void Counted() => Lost = false;

    /// <summary>The address is here.</summary>
    public void Succeeded() => (_failures, SentThisTime, Unclear, Refusal) = (0, false, false, null);

    /// <summary>The address was here and left: the next claim begins without the failures of the last.</summary>
    public void ForgetFailures() => _failures = 0;
}
