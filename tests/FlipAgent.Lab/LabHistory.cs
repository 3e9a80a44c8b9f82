namespace FlipAgent.Lab;

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

/// <summary>
/// Everything that happened, in order: the flight recorder that audits read. Bounded; the oldest entries go first.
/// </summary>
public sealed class LabHistory
{
    private const int MaxEntries = 200_000;
    private readonly Lock _lock = new();
    private readonly List<HistoryEntry> _entries = [];
    private long _nextSeq = 1;
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<HistoryEntry> All
    {
        get
        {
            lock (_lock)
            {
                return _entries.ToList();
            }
        }
    }

    /// <summary>Entries with a sequence number above <paramref name="seq"/>, oldest first.</summary>
    public IReadOnlyList<HistoryEntry> After(long seq)
    {
        lock (_lock)
        {
            return _entries.Where(e => e.Seq > seq).ToList();
        }
    }

    /// <summary>
    /// The first entry after <paramref name="seq"/> that is wanted, now or as soon as it happens; null: not within <paramref name="atMost"/>.
    /// </summary>
    public async Task<HistoryEntry?> WaitFor(Func<HistoryEntry, bool> wanted, TimeSpan atMost, long seq = 0)
    {
        var deadline = DateTimeOffset.UtcNow + atMost;
        while (true)
        {
            Task grown;
            lock (_lock)
            {
                if (_entries.Find(e => e.Seq > seq && wanted(e)) is { } found)
                {
                    return found;
                }

                grown = _grown.Task;
            }

            var left = deadline - DateTimeOffset.UtcNow;
            if (left <= TimeSpan.Zero)
            {
                return null;
            }

            await Task.WhenAny(grown, Task.Delay(left));
        }
    }

    internal HistoryEntry Add(HistoryEntry entry)
    {
        lock (_lock)
        {
            var numbered = entry with { Seq = _nextSeq++ };
            _entries.Add(numbered);
            if (_entries.Count > MaxEntries)
            {
                _entries.RemoveRange(0, MaxEntries / 10);
            }

            _grown.SetResult();
            _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return numbered;
        }
    }
}
