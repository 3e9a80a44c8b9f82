namespace FlipAgent.Kernel;

/// <summary>
/// A queue with room for so many, whose readers sleep until something comes. The platform's own (BlockingCollection) lets a reader spin before it sleeps, dozens of
/// sched_yield each time, which for a piece of work each second is most of what a thread does.
/// </summary>
internal sealed class WorkQueue<T>(int room)
{
    private readonly Queue<T> _items = new();
    private bool _closed;

    /// <summary>Never waits. False: there is no room.</summary>
    /// <exception cref="InvalidOperationException">The queue is closed.</exception>
    public bool TryAdd(T item)
    {
        lock (_items)
        {
            if (_closed)
                throw new InvalidOperationException("the queue is closed");
            if (_items.Count >= room)
                return false;
            _items.Enqueue(item);
            Monitor.Pulse(_items);
            return true;
        }
    }

    /// <summary>What is in it is still read; nothing more comes in.</summary>
    public void Close()
    {
        lock (_items)
        {
            _closed = true;
            Monitor.PulseAll(_items);
        }
    }

    /// <summary>Waits for the next. False: the queue is closed and empty.</summary>
    public bool TryTake(out T item)
    {
        lock (_items)
        {
            while (_items.Count == 0)
            {
                if (_closed)
                {
                    item = default!;
                    return false;
                }
                Monitor.Wait(_items);
            }
            item = _items.Dequeue();
            return true;
        }
    }
}
