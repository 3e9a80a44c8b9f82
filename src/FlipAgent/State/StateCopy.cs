using System.Text.Json;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Supervision;

namespace FlipAgent.State;

/// <param name="At">CLOCK_BOOTTIME when it was handed over.</param>
internal sealed record Unsaved(Remembered What, TimeSpan At);

/// <summary>
/// Keeps a copy of the state in one place, on a thread of its own: always the newest that was handed over, and that again every few seconds while it cannot be written (F15). A disk that
/// hangs holds up this thread and nobody else.
/// </summary>
internal sealed class StateCopy : IDisposable
{
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(5);

    private readonly object _lock = new();
    private readonly string _path;
    private readonly AliveStamp? _alive;
    private readonly TimeSpan _patience;
    private readonly Func<string, byte[], string?> _place;
    private readonly Action _turned;
    private readonly Thread _writer;
    private Unsaved? _next;
    private Unsaved? _failed;
    private TimeSpan _retryAt;
    private TimeSpan? _begunAt;
    private bool _isWoken;
    private volatile bool _stop;
    private string? _unsaved;
    private string? _unstamped;

    /// <param name="stamp">The file beside it that says when this run was last alive; null: none.</param>
    /// <param name="patience">A write that takes longer is a problem.</param>
    /// <param name="place">Puts a whole file in its place, or says why not.</param>
    /// <param name="turned">Called on the thread after each of its turns.</param>
    public StateCopy(string path, string? stamp, string threadName, SupervisedPart part, TimeSpan patience, Func<string, byte[], string?> place, Action turned)
    {
        (_path, _patience, _place, _turned) = (path, patience, place, turned);
        _alive = stamp is null ? null : new AliveStamp(stamp);
        _writer = part.NewThread(threadName, Run, () => _stop);
        _writer.Start();
    }

    /// <summary>Something handed over is not written yet and has not failed either; but what hangs is not waited for.</summary>
    public bool IsAtWork
    {
        get
        {
            lock (_lock)
                return (_next is not null || _begunAt is not null) && !Hangs;
        }
    }

    /// <summary>A write was begun long ago and has not ended.</summary>
    public bool IsHanging
    {
        get
        {
            lock (_lock)
                return Hangs;
        }
    }

    /// <summary>Why this place does not have the newest state, or no sign of life; null: it has both.</summary>
    public string? Problem
    {
        get
        {
            lock (_lock)
                return Hangs ? $"{_path}: the disk has not answered for {_patience.TotalSeconds:0.###} s" : Joined(_unsaved, _unstamped);
        }
    }

    /// <summary>Why this place does not have the newest state; null: it has it.</summary>
    public string? Unwritten
    {
        get
        {
            lock (_lock)
                return _next is null ? _unsaved : $"{_path}: the disk has not answered yet";
        }
    }

    private bool Hangs => _begunAt is { } at && Clocks.Monotonic - at > _patience;

    public static string? Joined(string? one, string? other) => one is null ? other : other is null ? one : $"{one}; {other}";

    /// <summary>Hands over to the thread; returns at once.</summary>
    public void Save(Unsaved unsaved)
    {
        lock (_lock)
        {
            _next = unsaved;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Says "alive now", on this very thread where that cannot take long; returns at once.</summary>
    public void Stamp()
    {
        if (_alive?.TryWriteAtOnce(Clocks.Boot) != true)
            Wake();
    }

    /// <summary>Has the thread take a turn, in which it stamps; returns at once.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            _isWoken = true;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Waits until what was handed over is written, or could not be, until <paramref name="latest"/>.</summary>
    public void Flush(TimeSpan latest)
    {
        lock (_lock)
            while (_next is not null && latest - Clocks.Monotonic is var left && left > TimeSpan.Zero)
                Monitor.Wait(_lock, left);
    }

    /// <summary>Lets the thread end after its turn; does not wait for it.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _stop = true;
            Monitor.PulseAll(_lock);
        }
    }

    public void Dispose()
    {
        Stop();
        _writer.Join(TimeSpan.FromMilliseconds(500));
    }

    private void Run()
    {
        while (Next(out var unsaved, out var stamp))
        {
            try
            {
                Turn(unsaved, stamp);
            }
            finally
            {
                lock (_lock)
                    _begunAt = null;
            }
            _turned();
        }
        _alive?.Dispose();
    }

    /// <summary>Sleeps until there is something to do. False: it is to end.</summary>
    /// <param name="unsaved">To be written; null: nothing is.</param>
    private bool Next(out Unsaved? unsaved, out bool stamp)
    {
        lock (_lock)
        {
            while (!_stop && !_isWoken && _next is null && !RetryIsDue)
                Monitor.Wait(_lock, _failed is null ? Timeout.InfiniteTimeSpan : s_retryAfter);
            unsaved = _next ?? (RetryIsDue ? _failed : null);
            (stamp, _isWoken, _begunAt) = (_isWoken, false, Clocks.Monotonic);
            return !_stop;
        }
    }

    private bool RetryIsDue => _failed is not null && Clocks.Monotonic >= _retryAt;

    private void Turn(Unsaved? unsaved, bool stamp)
    {
        if (unsaved is not null)
        {
            // What the file says of times left is as of the moment at which it was handed over, however late it is written.
            var document = StateDocument.Of(unsaved.What, Clocks.BootId(), unsaved.At);
            Written(unsaved, _place(_path, JsonSerializer.SerializeToUtf8Bytes(document, StateJson.Default.StateDocument)));
        }
        if (!stamp)
            return;
        var unstamped = _alive?.Write(Clocks.Boot);
        lock (_lock)
            _unstamped = unstamped;
    }

    private void Written(Unsaved unsaved, string? problem)
    {
        lock (_lock)
        {
            if (_next == unsaved)
                _next = null;
            _unsaved = problem is null ? null : $"{_path}: {problem}";
            (_failed, _retryAt) = (problem is null ? null : unsaved, Clocks.Monotonic + s_retryAfter);
            Monitor.PulseAll(_lock);
        }
    }
}
