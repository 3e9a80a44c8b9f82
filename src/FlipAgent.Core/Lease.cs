namespace FlipAgent.Core;

/// <summary>
/// The lease that a master needs where one is configured (rule E15), and the store that gives it. Always true: it is valid only up to a moment that lies before the one at which the store can give it
/// to another node; one request at a time is under way, but for a release; an answer about a lease that was given up says nothing.
/// </summary>
public sealed class Lease
{
    /// <summary>A suspend of the machine that is shorter than this is taken for the distance between two readings of a clock.</summary>
    private static readonly TimeSpan s_unseenSuspend = TimeSpan.FromMilliseconds(10);

    private LeaseRequest? _inFlight;
    private bool _releasing;
    private long _givenUp;
    private TimeSpan _suspendedAt = Moment.Never;
    private TimeSpan _wantedAt = Moment.Never;
    private TimeSpan _nextAt = Moment.Never;
    private int _attempts;

    /// <summary>The store's number of the lease that this node has, or may have of the last run; 0: none.</summary>
    public long Id { get; private set; }

    /// <summary>Until then this node may be master; <see cref="Moment.Never"/>: it may not.</summary>
    public TimeSpan ValidUntil { get; private set; } = Moment.Never;

    /// <summary>The last request was answered and done; null before the first.</summary>
    public bool? Reaches { get; private set; }

    /// <summary>Since when no request has been answered and done; <see cref="Moment.Never"/> exactly while <see cref="Reaches"/> is not false.</summary>
    public TimeSpan FailingSince { get; private set; } = Moment.Never;

    /// <summary>What the store, or the way to it, said last when it failed; empty: it did not.</summary>
    public string Problem { get; private set; } = "";

    /// <summary>Who has the lease, by name, as far as the store said; null: nobody, or nothing is known.</summary>
    public string? Holder { get; private set; }

    /// <summary>The term that <see cref="Holder"/> took it for; 0: nobody has it.</summary>
    public uint HolderTerm { get; private set; }

    /// <summary>When the request was sent whose answer said so.</summary>
    public TimeSpan HolderAt { get; private set; } = Moment.Never;

    /// <summary>When the store was reached again after a failure; <see cref="Moment.Never"/>: it has not failed.</summary>
    internal TimeSpan BackAt { get; private set; } = Moment.Never;

    /// <summary>Since when this node has wanted it in vain; <see cref="Moment.Never"/>: it does not want it.</summary>
    internal TimeSpan WantedSince { get; private set; } = Moment.Never;

    /// <summary>People were told that the store fails.</summary>
    internal bool FailureAnnounced { get; private set; }

    /// <summary>The last time that they were, it was an alert.</summary>
    internal bool FailureAlerted { get; private set; }

    /// <summary>People were told that another node has what this one wants.</summary>
    internal bool WaitAnnounced { get; private set; }

    /// <summary>A person wants this node to be master, until then at the latest.</summary>
    internal TimeSpan OrderedUntil { get; private set; } = Moment.Never;

    /// <summary>A release is on its way to the store.</summary>
    internal bool Releasing => _releasing;

    /// <summary>Counts the changes that the next run should know of.</summary>
    internal int Revision { get; private set; }

    /// <summary>What this node has is not known to the store that is asked now: it is taken, not renewed.</summary>
    internal bool IsUnconfirmed { get; private set; } = true;

    /// <summary>This node may be master.</summary>
    public bool IsValid(TimeSpan now) => now < ValidUntil;

    /// <summary>The last run had this one, on this boot: a disk may have been copied to another machine.</summary>
    internal void Recall(long id) => Id = id;

    /// <summary>A rule of this step would make the node master if it had the lease.</summary>
    internal bool IsWanted(TimeSpan now) => _wantedAt == now;

    internal void Want(TimeSpan now)
    {
        if (WantedSince == Moment.Never)
            (WantedSince, _nextAt, _attempts) = (now, now, 0);
        _wantedAt = now;
    }

    internal void WantNoMore() => (WantedSince, WaitAnnounced) = (Moment.Never, false);

    internal void Order(TimeSpan until) => OrderedUntil = until;

    internal void ForgetOrder() => OrderedUntil = Moment.Never;

    internal void AnnounceFailure(bool alert) => (FailureAnnounced, FailureAlerted) = (true, alert);

    internal void AnnounceReturn() => FailureAnnounced = false;

    internal void AnnounceWait() => WaitAnnounced = true;

    /// <summary>When the next request is due; <see cref="Moment.Forever"/>: when the one under way is answered.</summary>
    internal TimeSpan DueAt => _inFlight is null ? _nextAt : Moment.Forever;

    internal void Send(LeaseRequest request) => _inFlight = request;

    /// <summary>Gives it up, whether the store hears of it or not.</summary>
    internal void GiveUp(TimeSpan now)
    {
        (_givenUp, _releasing, _nextAt) = (Id, true, now);
        Forget();
    }

    /// <summary>The machine stood still for a while that the clock of the steps does not show.</summary>
    internal void Suspended(TimeSpan length, TimeSpan now)
    {
        if (length < s_unseenSuspend)
            return;
        // What was asked before is older than it looks: it will not count.
        _suspendedAt = now;
        if (ValidUntil != Moment.Never)
            ValidUntil -= length;
    }

    /// <summary>A reload brought another store, or the first one.</summary>
    /// <param name="graceUntil">Until then a master goes on without having asked; <see cref="Moment.Never"/>: it has what it has.</param>
    internal void Reload(TimeSpan graceUntil, TimeSpan now) => (IsUnconfirmed, ValidUntil, _nextAt) = (true, Moment.Max(ValidUntil, graceUntil), now);

    /// <summary>Its time is over: this node has to be master no more.</summary>
    internal void RanOut() => ValidUntil = Moment.Never;

    /// <summary>Takes what the store said.</summary>
    internal void Take(Input.LeaseAnswered answer, LeaseTerms terms, string me, TimeSpan now)
    {
        if (answer.Request == LeaseRequest.Release)
        {
            _releasing = false;
            return;
        }
        if (_inFlight != answer.Request)
            return; // Asked before a reload that took the lease away.
        _inFlight = null;
        TakeHealth(answer, now);
        _nextAt = LeasePace.Next(answer, terms, Id != 0, WantedSince == Moment.Never ? null : now - WantedSince, ref _attempts, now);
        if (answer.Status is LeaseStatus.Failed || (answer.Status == LeaseStatus.Refused && answer.Holder is null))
            return;
        if (answer.Status == LeaseStatus.Held && answer.LeaseId == _givenUp)
            return;
        (Holder, HolderTerm, HolderAt) = (answer.Holder, answer.Term, answer.SentAt);
        if (answer.Status == LeaseStatus.Held)
            TakeHeld(answer, terms);
        else if (answer.Request != LeaseRequest.Read || answer.Holder != me)
            Forget();
    }

    private void TakeHealth(Input.LeaseAnswered answer, TimeSpan now)
    {
        var reaches = answer.Status is not (LeaseStatus.Failed or LeaseStatus.Refused);
        Problem = reaches ? "" : answer.Detail;
        if (!reaches && Reaches != false)
            FailingSince = now;
        if (reaches && Reaches == false)
            (FailingSince, BackAt) = (Moment.Never, now);
        Reaches = reaches;
    }

    private void TakeHeld(Input.LeaseAnswered answer, LeaseTerms terms)
    {
        if (Id != answer.LeaseId)
            Revision++;
        (Id, IsUnconfirmed) = (answer.LeaseId, false);
        if (answer.SentAt > _suspendedAt)
            ValidUntil = Moment.Max(ValidUntil, answer.SentAt + LeasePace.Usable(Moment.Min(answer.Ttl, terms.Ttl)));
    }

    private void Forget()
    {
        if (Id != 0)
            Revision++;
        (Id, ValidUntil, IsUnconfirmed) = (0, Moment.Never, true);
    }
}
