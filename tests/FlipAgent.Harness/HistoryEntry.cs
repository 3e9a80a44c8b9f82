namespace FlipAgent.Harness;

/// <summary>
/// One thing that happened in the stand-in cloud. <c>Kind</c> is one of: assign, unassign, request, metadata, slack, action, holder, traffic,
/// command, control.
/// </summary>
/// <param name="Text">The same as one sentence. No token in it.</param>
public sealed record HistoryEntry(string Kind, string Text)
{
    /// <summary>Grows by one with each entry.</summary>
    public long Seq { get; init; }

    /// <summary>When it happened; for a request: when it arrived.</summary>
    public DateTimeOffset At { get; init; } = DateTimeOffset.UtcNow;

    public string? Ip { get; init; }

    /// <summary>The droplet asked for, assigned to, or asking.</summary>
    public long? DropletId { get; init; }

    public long? FromDropletId { get; init; }

    public long? ActionId { get; init; }

    /// <summary>Name of the token, never its value.</summary>
    public string? Token { get; init; }

    /// <summary>Address of the caller.</summary>
    public string? Source { get; init; }

    /// <summary>Status code of the answer, sent or meant; null when none was even meant.</summary>
    public int? Status { get; init; }

    /// <summary>The fault that was applied to it.</summary>
    public string? Fault { get; init; }
}
