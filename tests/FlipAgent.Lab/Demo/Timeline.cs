namespace FlipAgent.Lab.Demo;

/// <summary>One thing that happened, put in its lane of the picture.</summary>
/// <param name="Lane">haproxy-1, haproxy-2, agent-1, agent-2, cloud, client or slack.</param>
/// <param name="What">A short name that steps wait for, such as <c>check-down</c>, <c>assign</c> or <c>moved</c>.</param>
internal sealed record Moment(DateTimeOffset At, string Lane, string What, string Text);

/// <summary>
/// What happened, from all sources, in one order; all have the same clock. Moments reach it a little late and out of order, so it prints each one a
/// quarter of a second after it happened.
/// </summary>
internal sealed class Timeline : IAsyncDisposable
{
    private static readonly TimeSpan s_settleTime = TimeSpan.FromMilliseconds(250);
    private readonly Lock _lock = new();
    private readonly List<Moment> _moments = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _printing;
    private int _printed;

    public Timeline() => _printing = Print();

    /// <summary>What the printed times count from.</summary>
    public DateTimeOffset Zero { get; set; } = DateTimeOffset.UtcNow;

    /// <summary>False: moments are kept and not printed.</summary>
    public bool Speaking { get; set; } = true;

    /// <summary>Everything so far, in the order of time.</summary>
    public IReadOnlyList<Moment> All
    {
        get
        {
            lock (_lock)
            {
                return _moments.OrderBy(m => m.At).ToList();
            }
        }
    }

    public void Add(Moment moment)
    {
        lock (_lock)
        {
            _moments.Add(moment);
        }
    }

    public void Add(string lane, string what, string text) => Add(new(DateTimeOffset.UtcNow, lane, what, text));

    /// <summary>The first such moment at or after <paramref name="from"/>; null: none so far.</summary>
    public Moment? First(DateTimeOffset from, string lane, string what)
    {
        lock (_lock)
        {
            return _moments.Where(m => m.At >= from && m.Lane == lane && m.What == what).MinBy(m => m.At);
        }
    }

    /// <summary>Waits until what has happened is printed too, so that what is written next comes after it.</summary>
    public static async Task Caught(CancellationToken cancel) => await Task.Delay(s_settleTime * 2, cancel);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _printing;
        _stop.Dispose();
    }

    private async Task Print()
    {
        while (!_stop.IsCancellationRequested)
        {
            await Task.Delay(50, _stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            var until = DateTimeOffset.UtcNow - s_settleTime;
            List<Moment> due;
            lock (_lock)
            {
                // Sorting what is not printed yet keeps the printed ones a prefix.
                _moments.Sort(_printed, _moments.Count - _printed, Comparer<Moment>.Create((a, b) => a.At.CompareTo(b.At)));
                due = _moments.Skip(_printed).TakeWhile(m => m.At < until).ToList();
                _printed += due.Count;
            }

            foreach (var moment in due.Where(_ => Speaking))
            {
                Console.WriteLine($"  {(moment.At - Zero).TotalMilliseconds,+8:+0;-0;0} ms  {moment.Lane,-9}  {moment.Text}");
            }
        }
    }
}
