namespace FlipAgent.Core;

/// <summary>What is asked of the store that gives the lease (rule E15).</summary>
public enum LeaseRequest
{
    /// <summary>Who has it? Changes nothing.</summary>
    Read,
    /// <summary>Take it, if nobody has it.</summary>
    Acquire,
    /// <summary>Keep it.</summary>
    Renew,
    /// <summary>Give it up.</summary>
    Release,
}

/// <summary>What the store said.</summary>
public enum LeaseStatus
{
    /// <summary>This node has the lease, for as long as <see cref="Input.LeaseAnswered.Ttl"/> says from <see cref="Input.LeaseAnswered.SentAt"/> on.</summary>
    Held,
    /// <summary>Another node has it.</summary>
    Other,
    /// <summary>Nobody has it.</summary>
    Free,
    /// <summary>Nothing that can be believed: no answer in time, no connection, no leader. Whether the request was carried out is not known.</summary>
    Failed,
    /// <summary>The store answers, and does not do what is asked: no right, no space, another cluster's key. Asking for the same again at once will not help.</summary>
    Refused,
}

/// <summary>The lease as the configuration has it (docs/lease.md).</summary>
/// <param name="Ttl">How long it lasts without a renewal, 2 s to 60 s.</param>
public sealed record LeaseTerms(TimeSpan Ttl)
{
    /// <summary>Tells one store and one place in it from another: when a reload changes it, the lease is taken there too.</summary>
    public ulong Store { get; init; }
}
