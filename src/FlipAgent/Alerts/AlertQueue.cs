namespace FlipAgent.Alerts;

/// <summary>
/// Alerts that wait, 256 for each sink at most. When it is full the least urgent one is dropped, the oldest among equals, and never for one that is less
/// urgent. What was dropped is counted for the summary.
/// </summary>
internal sealed class AlertQueue(int capacity = AlertQueue.Capacity) : IDisposable
{
    /// <summary>Of a sink's queue.</summary>
    public const int Capacity = 256;

    private readonly Lock _lock = new();
    private readonly LinkedList<Alert> _waiting = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly DroppedAlerts _dropped = new();

    public int Count
    {
        get
        {
            lock (_lock)
                return _waiting.Count;
        }
    }

    /// <summary>When the longest waiting one happened; null: none waits.</summary>
    public DateTimeOffset? WaitingSince
    {
        get
        {
            lock (_lock)
                return _waiting.First?.Value.At;
        }
    }

    /// <summary>Alerts given up since the start.</summary>
    public long DroppedEver
    {
        get
        {
            lock (_lock)
                return _dropped.Ever;
        }
    }

    /// <summary>Never blocks. Something less urgent gives way when it is full.</summary>
    public void Add(Alert alert)
    {
        lock (_lock)
        {
            if (_waiting.Count >= capacity && !MakeRoomFor(alert))
                return;
            _waiting.AddLast(alert);
            _arrived.Release();
        }
    }

    /// <summary>The longest waiting alert. It leaves the queue.</summary>
    public async Task<Alert> Take(CancellationToken cancel)
    {
        while (true)
        {
            await _arrived.WaitAsync(cancel).ConfigureAwait(false);
            if (TakeNow() is { } alert)
                return alert;
        }
    }

    /// <summary>Everything that waits, the urgent ones first. The queue is empty afterwards.</summary>
    public IReadOnlyList<Alert> TakeAll()
    {
        lock (_lock)
        {
            Alert[] all = [.. _waiting.OrderByDescending(a => a.Event.Severity)];
            _waiting.Clear();
            return all;
        }
    }

    /// <summary>Writes an alert off that could not be delivered.</summary>
    public void WriteOff(Alert alert)
    {
        lock (_lock)
            _dropped.Add(alert);
    }

    /// <summary>What was given up and not told yet; null: nothing. <paramref name="upTo"/> is for <see cref="SummaryTold"/>.</summary>
    public string? Summary(out long upTo)
    {
        lock (_lock)
        {
            upTo = _dropped.Ever;
            return _dropped.Summary();
        }
    }

    /// <summary>The summary was delivered. What was given up since it was made counts for the next one.</summary>
    public void SummaryTold(long upTo)
    {
        lock (_lock)
            _dropped.ToldUpTo(upTo);
    }

    public void Dispose() => _arrived.Dispose();

    private Alert? TakeNow()
    {
        lock (_lock)
        {
            // A permit may be left over from an alert that had to give way.
            if (_waiting.First is not { } first)
                return null;
            _waiting.RemoveFirst();
            return first.Value;
        }
    }

    private bool MakeRoomFor(Alert alert)
    {
        var least = _waiting.Min(a => a.Event.Severity);
        if (least > alert.Event.Severity)
        {
            _dropped.Add(alert);
            return false;
        }
        var leaves = _waiting.First!;
        while (leaves.Value.Event.Severity != least)
            leaves = leaves.Next!;
        _dropped.Add(leaves.Value);
        _waiting.Remove(leaves);
        return true;
    }
}
