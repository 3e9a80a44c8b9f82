using FlipAgent.Harness;

namespace FlipAgent.Lab;

/// <summary>
/// Everything that happened, in order, for audits. Bounded; the oldest entries go first.
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
