using System.Diagnostics;
using FlipAgent.Redaction;

namespace FlipAgent.Supervision;

/// <summary>
/// One part that may fail: a check, an alert sink, a thread. All of its code runs through one of the methods here, which contain every exception. What a
/// part means by failing (a check is down, an answer is "failed") is up to the part.
/// </summary>
public sealed class SupervisedPart
{
    /// <summary>After a failure a loop goes on at once, so that a single one costs nothing; the pause doubles while it fails again and again.</summary>
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(10), s_lastPause = TimeSpan.FromSeconds(1);

    /// <summary>Failures with no more than this between them are one row; a row that lasts is a part that does not work at all.</summary>
    private static readonly TimeSpan s_rowGap = TimeSpan.FromSeconds(5), s_lasting = TimeSpan.FromSeconds(3);

    private const int LongestDescription = 200;

    private readonly Action<string, string, Exception> _announce;
    private readonly Lock _lock = new();
    private long _rowBegan;
    private long _lastAt;
    private DateTimeOffset _lastTime;
    private int _inRow;
    private int _times;
    private string _why = "";

    internal SupervisedPart(string name, Action<string, string, Exception> announce) => (Name, _announce) = (name, announce);

    public string Name { get; }

    /// <summary>It fails again and again, for seconds, until now.</summary>
    public bool KeepsFailing
    {
        get
        {
            lock (_lock)
                return _inRow > 1 && Stopwatch.GetElapsedTime(_lastAt) < s_rowGap && Stopwatch.GetElapsedTime(_rowBegan, _lastAt) >= s_lasting;
        }
    }

    /// <summary>What failed lately, as one sentence; null: nothing.</summary>
    internal string? Problem
    {
        get
        {
            lock (_lock)
                return _times == 0 || Stopwatch.GetElapsedTime(_lastAt) > Supervisor.Calm
                    ? null
                    : $"{Name} failed inside the agent ({_times} times, last at {_lastTime.UtcDateTime:HH:mm:ss}Z): {_why}";
        }
    }

    /// <summary>The failure as one line for people, without any secret that this process has read.</summary>
    public static string Describe(Exception e)
    {
        ArgumentNullException.ThrowIfNull(e);
        if (e is AggregateException { InnerExceptions: [var only] })
            return Describe(only);
        var text = Redactor.Redact($"{e.GetType().Name}: {e.Message}").Split(['\r', '\n'])[0];
        return text.Length <= LongestDescription ? text : text[..LongestDescription] + "...";
    }

    /// <summary>
    /// Takes note of a failure that the caller has caught; for code where a delegate would cost too much. Announced when the part had not failed for
    /// <see cref="Supervisor.Calm"/>. Never throws.
    /// </summary>
    public void Failed(Exception e)
    {
        var why = Describe(e);
        bool isNew;
        lock (_lock)
        {
            var now = Stopwatch.GetTimestamp();
            isNew = _times == 0 || Stopwatch.GetElapsedTime(_lastAt, now) > Supervisor.Calm;
            if (_inRow == 0 || Stopwatch.GetElapsedTime(_lastAt, now) > s_rowGap)
                (_rowBegan, _inRow) = (now, 0);
            _inRow++;
            _times = isNew ? 1 : _times + 1;
            (_lastAt, _lastTime, _why) = (now, DateTimeOffset.UtcNow, why);
        }
        if (isNew)
            _announce(Name, why, e);
    }

    public void Run(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        try
        {
            work();
        }
        catch (Exception e)
        {
            Failed(e);
        }
    }

    /// <param name="failed">Turns the failure into the result.</param>
    public T Run<T>(Func<T> work, Func<Exception, T> failed)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(failed);
        try
        {
            return work();
        }
        catch (Exception e)
        {
            Failed(e);
            return failed(e);
        }
    }

    /// <param name="failed">Turns the failure into the result.</param>
    public async Task<T> Run<T>(Func<Task<T>> work, Func<Exception, T> failed)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(failed);
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Failed(e);
            return failed(e);
        }
    }

    /// <summary>Takes one turn after the other until <paramref name="stop"/>; after a turn that failed, the next one.</summary>
    public async Task Keep(Func<Task> turn, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(turn);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await turn().ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Failed(e);
                await Task.Delay(Pause(), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>A thread, not started yet, for a loop that is entered again when it failed.</summary>
    /// <param name="loop">Returns when it is told to end.</param>
    /// <param name="ending">Whether it was told to.</param>
    public Thread NewThread(string threadName, Action loop, Func<bool> ending) => new(() => Keep(loop, ending)) { IsBackground = true, Name = threadName };

    private void Keep(Action loop, Func<bool> ending)
    {
        while (true)
        {
            try
            {
                loop();
                return;
            }
            catch (Exception e)
            {
                Failed(e);
            }
            if (ending())
                return;
            Thread.Sleep(Pause());
        }
    }

    private TimeSpan Pause()
    {
        lock (_lock)
        {
            var pause = s_firstPause * Math.Pow(2, Math.Clamp(_inRow - 1, 0, 10));
            return pause < s_lastPause ? pause : s_lastPause;
        }
    }
}
