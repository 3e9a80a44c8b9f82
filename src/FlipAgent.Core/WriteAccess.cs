namespace FlipAgent.Core;

/// <summary>May this node's token move the floating IP.</summary>
public enum WriteState
{
    /// <summary>Not known: no write was answered in this run.</summary>
    Unproven,
    /// <summary>It was seen in this run that it may.</summary>
    Proven,
    /// <summary>The last write was refused for want of the right.</summary>
    Refused,
}

/// <summary>
/// Whether an assign of this node would be taken (rule C11). A move shows it, and so does a proof: an assign to the present holder, which the cloud refuses as pointless (422)
/// when the token may write. Always true: a proof waits for a lookup for 10 s at most, and is sent once an hour at most.
/// </summary>
public sealed class WriteAccess
{
    /// <summary>Between two proofs.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromHours(1);

    /// <summary>So long a proof waits for a fresh lookup.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>What is known.</summary>
    public WriteState State { get; private set; }

    /// <summary>The droplet that the cloud did not know when an assign named it (404); 0: it knew all that it was asked for.</summary>
    public long UnknownDroplet { get; private set; }

    /// <summary>When a proof was asked for that is not sent yet; <see cref="Moment.Never"/>: none waits.</summary>
    internal TimeSpan AskedAt { get; private set; } = Moment.Never;

    /// <summary>The assign that is under way is a proof.</summary>
    internal bool InFlight { get; private set; }

    /// <summary>When the last proof was sent.</summary>
    internal TimeSpan SentAt { get; private set; } = Moment.Never;

    internal void Ask(TimeSpan now) => AskedAt = now;

    internal void Forget() => AskedAt = Moment.Never;

    internal void Send(TimeSpan now) => (InFlight, SentAt, AskedAt) = (true, now, Moment.Never);

    internal void Answered() => InFlight = false;

    /// <summary>It never left, so the hour does not count.</summary>
    internal void NotSent() => SentAt = Moment.Never;

    internal void Prove() => State = WriteState.Proven;

    internal void Refuse() => State = WriteState.Refused;

    internal void DoesNotKnow(long droplet) => UnknownDroplet = droplet;

    /// <summary>It may be known by now; the next assign shows it.</summary>
    internal void AskAgain() => UnknownDroplet = 0;

    /// <summary>A lookup shows the address at this droplet, so the cloud knows it.</summary>
    internal void SeenAt(long droplet)
    {
        if (droplet == UnknownDroplet)
            UnknownDroplet = 0;
    }

    /// <summary>The token is another one: what the last one might do, and the hour since its proof, say nothing of it.</summary>
    internal void NewToken() => (State, SentAt, UnknownDroplet) = (WriteState.Unproven, Moment.Never, 0);
}
