namespace FlipAgent.Core;

/// <summary>
/// The assign that this node sends to the cloud: one in flight at a time, random waits between failures, and what is not known of the last one (rules C1, C3, C5).
/// Always true: while the outcome of one is unclear no other is sent.
/// </summary>
internal sealed class AssignRequest
{
    // What is refused without a reason that shows (no lock, not here) is refused again for as long as the reason lasts: a droplet that is off, in another region, busy.
    // Four assigns in the first minute and three lookups, then two requests in 27 s.
    private static readonly TimeSpan[] s_refusedWaits = [TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(27)];
    private static readonly TimeSpan s_notFoundWait = TimeSpan.FromSeconds(5);

    private int _failures;
    private bool _refused;

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

    /// <summary>How many in a row were refused though nothing showed in the way.</summary>
    public int Refusals { get; private set; }

    public void NewMastership(TimeSpan now)
    {
        (_failures, NotBefore, Unclear, Lost, SentThisTime) = (0, now, false, false, false);
        (SentAt, Refusal, NotFoundSince, _refused, Refusals) = (Moment.Never, null, Moment.Never, false, 0);
    }

    public void EndMastership() => Refusal = null;

    public void Send(TimeSpan now) => (InFlight, Lost, SentAt, SentThisTime) = (true, false, now, true);

    /// <summary>One that changes nothing (rule C11): no step of a claim.</summary>
    public void SendProof() => InFlight = true;

    public void Answered() => InFlight = false;

    /// <summary>It never left: it was no longer wanted.</summary>
    public void NotSent() => SentThisTime = false;

    public void Accepted() => (Unclear, Refusal, NotFoundSince, _refused, Refusals) = (false, null, Moment.Never, false, 0);

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
    public void RetryNow(TimeSpan now) => (NotBefore, Refusals) = (now, 0);

    /// <param name="lost">It got no answer.</param>
    /// <param name="refused">It was understood and not done.</param>
    public void OutcomeOpen(bool lost, bool refused) => (Unclear, Lost, _refused) = (true, lost, refused);

    /// <summary>The cloud no longer says what became of it: a lookup settles it.</summary>
    public void OutcomeForgotten() => Unclear = true;

    /// <summary>A lookup has shown what became of it: the address is elsewhere, and nothing is in the way.</summary>
    public void Settled(Chance chance, TimeSpan now)
    {
        if (Unclear && _refused)
            WaitAfterRefusal(chance, now);
        (Unclear, _refused) = (false, false);
    }

    /// <summary>Refused, as the one before.</summary>
    public void RefusedAgain(string detail, Chance chance, TimeSpan now)
    {
        Refusal = detail;
        WaitAfterRefusal(chance, now);
    }

    /// <summary>The address has a pending event, which is why it was refused; when that is over it is asked for again at once.</summary>
    public void LockSeen() => (_refused, Refusals) = (false, 0);

    /// <summary>It is counted as a move.</summary>
    public void Counted() => Lost = false;

    /// <summary>The address is here.</summary>
    public void Succeeded() => (_failures, SentThisTime, Unclear, Refusal, _refused, Refusals) = (0, false, false, null, false, 0);

    /// <summary>The address was here and left: the next claim begins without the failures of the last.</summary>
    public void ForgetFailures() => _failures = 0;

    private void WaitAfterRefusal(Chance chance, TimeSpan now)
    {
        var wait = s_refusedWaits[Math.Min(Refusals, s_refusedWaits.Length - 1)];
        Refusals++;
        Delay(now + wait * (1 + (0.1 * chance.Next())));
    }
}
