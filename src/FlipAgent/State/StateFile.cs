using System.Collections.Immutable;
using System.Text.Json;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Supervision;

namespace FlipAgent.State;

/// <summary>
/// What one run leaves for the next (see <see cref="Remembered"/>): one file in the state directory, which survives a reboot, and one in the
/// runtime directory. Each is written whatever becomes of the other, and again every few seconds while one of them cannot be (F15); at the next start the
/// newer one counts. Written by a thread of its own, so that a full or hanging disk never costs a decision. While the agent runs it stamps the runtime file, so that the next run knows how long ago it was alive.
/// </summary>
internal sealed class StateFile : IDisposable
{
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(5);
    private readonly string _lasting;
    private readonly string _ofThisBoot;
    private readonly string _stamp;
    private readonly Action<string?> _outcome;
    private readonly Thread _writer;
    private readonly AutoResetEvent _work = new(false);
    private readonly AutoResetEvent _done = new(false);
    private Unsaved? _next;
    private Unsaved? _failed;
    private TimeSpan _retryAt;
    private volatile bool _stop;
    private volatile string? _problem;

    /// <param name="outcome">Called by the writer thread when writing begins to fail (why) and when it works again (null).</param>
    public StateFile(string stateDir, string runtimeDir, string cluster, Action<string?> outcome, Supervisor? supervisor = null)
    {
        _lasting = Path.Combine(stateDir, $"{cluster}.state.json");
        _ofThisBoot = Path.Combine(runtimeDir, $"{cluster}.state.json");
        _stamp = Path.Combine(runtimeDir, $"{cluster}.alive");
        _outcome = outcome;
        _writer = (supervisor ?? Supervisor.Silent).Part("writer of the state").NewThread("state", Write, () => _stop);
        _writer.Start();
    }

    /// <summary>Null when there is none, or none that can be read. What could not be used, of a file or of one field in it, is in <paramref name="problems"/>.</summary>
    public LastRun? Load(out ImmutableArray<StateProblem> problems)
    {
        List<StateProblem> found = [];
        var (recent, old) = (StateReader.Read(_ofThisBoot, found), StateReader.Read(_lasting, found));
        var (now, boot) = (Clocks.Boot, Clocks.BootId());
        var lastingIsNewer = old is not null && (recent is null || IsNewer(old, recent, (long)now.TotalMilliseconds));
        LastRun? last = null;
        if ((lastingIsNewer ? old : recent) is { } newer)
        {
            // Of this boot, but from when in it? Then it is worth no more than one of an earlier boot.
            last = newer.BootId == boot && AliveAt(newer, lastingIsNewer ? _lasting : _ofThisBoot, now, found) is { } at
                ? new LastRun(newer.ToRemembered(), true, now - at)
                : new LastRun(newer.ToRemembered(), false, TimeSpan.Zero);
        }
        problems = [.. found];
        return last;
    }

    /// <summary>Sessions grow from run to run and from boot to boot, and within one the clock of the boot says which was written later.</summary>
    private static bool IsNewer(StateDocument one, StateDocument other, long latest)
    {
        if (one.Session != other.Session)
            return one.Session > other.Session;
        return one.BootId == other.BootId && one.BootMs > other.BootMs && one.BootMs <= latest;
    }

    /// <summary>When the last run was last alive in this boot; null: nothing says it that can be true.</summary>
    private TimeSpan? AliveAt(StateDocument recent, string path, TimeSpan now, List<StateProblem> problems)
    {
        var latest = (long)now.TotalMilliseconds;
        var written = recent.BootMs;
        if (written > latest)
        {
            problems.Add(new StateProblem(path, $"boot_ms is {written}, expected at most {latest}, which is now"));
            written = 0;
        }
        var at = Math.Max(written, StateReader.Stamp(_stamp, latest, problems));
        return at > 0 ? TimeSpan.FromMilliseconds(at) : null;
    }

    /// <summary>Why the last state could not be written; null: it was.</summary>
    public string? Problem => _problem;

    /// <summary>Hands over to the writer; returns at once.</summary>
    public void Save(Remembered remembered)
    {
        Interlocked.Exchange(ref _next, new Unsaved(remembered, Clocks.Boot));
        _work.Set();
    }

    /// <summary>Waits until everything handed over is written, or could not be, at most <paramref name="timeout"/>.</summary>
    public void Flush(TimeSpan timeout)
    {
        var until = Clocks.Monotonic + timeout;
        while (Volatile.Read(ref _next) is not null && Clocks.Monotonic < until)
            _done.WaitOne(TimeSpan.FromMilliseconds(10));
    }

    /// <summary>Says "alive now"; called about once in T. The runtime directory is a memory file system.</summary>
    public void Stamp() => _work.Set();

    public void Dispose()
    {
        _stop = true;
        _work.Set();
        _writer.Join(TimeSpan.FromMilliseconds(500));
        _work.Dispose();
        _done.Dispose();
    }

    private void Write()
    {
        using var alive = new AliveStamp(_stamp);
        while (!_stop)
        {
            _work.WaitOne(_failed is null ? Timeout.InfiniteTimeSpan : s_retryAfter);
            if (Volatile.Read(ref _next) is { } next)
            {
                Write(next);
                Interlocked.CompareExchange(ref _next, null, next);
            }
            else if (_failed is { } failed && Clocks.Monotonic >= _retryAt)
            {
                Write(failed);
            }
            alive.Write(Clocks.Boot);
            _done.Set();
        }
    }

    /// <summary>To both places: with one full the other one still counts.</summary>
    private void Write(Unsaved unsaved)
    {
        // What the file says of times left is as of the moment at which it was handed over, however late it is written.
        var document = StateDocument.Of(unsaved.What, Clocks.BootId(), unsaved.At);
        string?[] problems = [TryWrite(_ofThisBoot, document), TryWrite(_lasting, document)];
        var problem = problems.Any(p => p is not null) ? string.Join("; ", problems.Where(p => p is not null)) : null;
        (_failed, _retryAt) = (problem is null ? null : unsaved, Clocks.Monotonic + s_retryAfter);
        var before = _problem;
        _problem = problem;
        if (problem != before)
            _outcome(problem);
    }

    /// <summary>The file is replaced when the new one is on the disk: a loss of power leaves one or the other, whole.</summary>
    private static string? TryWrite(string path, StateDocument document)
    {
        var temporary = path + ".new";
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.Read))
            {
                JsonSerializer.Serialize(file, document, StateJson.Default.StateDocument);
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{path}: {e.Message}";
        }
    }

    /// <param name="At">CLOCK_BOOTTIME when it was handed over.</param>
    private sealed record Unsaved(Remembered What, TimeSpan At);
}
