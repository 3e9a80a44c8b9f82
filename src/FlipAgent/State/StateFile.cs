using System.Collections.Immutable;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Supervision;

namespace FlipAgent.State;

/// <summary>
/// What one run leaves for the next (see <see cref="Remembered"/>): one file in the state directory, which survives a reboot, and one in the
/// runtime directory. Each is written whatever becomes of the other, and again every few seconds while it cannot be (F15); at the next start the
/// newer one counts. Each has a thread of its own that writes it, so that a full or hanging disk costs neither a decision nor the other file. While the agent runs it stamps the runtime file, so
/// that the next run knows how long ago it was alive.
/// </summary>
internal sealed class StateFile : IDisposable
{
    /// <summary>A disk that takes longer for so small a file does not work.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly string _lastingFile;
    private readonly string _fileOfThisBoot;
    private readonly string _stamp;
    private readonly Action<string?> _outcome;
    private readonly Lock _telling = new();
    private readonly StateCopy _lasting;
    private readonly StateCopy _ofThisBoot;
    private string? _told;

    /// <param name="outcome">Called by a writer thread when writing begins to fail (why) and when it works again (null).</param>
    /// <param name="place">How a file is written; a test has it hang.</param>
    /// <param name="patience">How long that may take; tests take less.</param>
    public StateFile(string stateDir, string runtimeDir, string cluster, Action<string?> outcome, Supervisor? supervisor = null, Func<string, byte[], string?>? place = null, TimeSpan? patience = null)
    {
        _lastingFile = Path.Combine(stateDir, $"{cluster}.state.json");
        _fileOfThisBoot = Path.Combine(runtimeDir, $"{cluster}.state.json");
        _stamp = Path.Combine(runtimeDir, $"{cluster}.alive");
        _outcome = outcome;
        var part = (supervisor ?? Supervisor.Silent).Part("writer of the state");
        // A loss of power leaves the old file or the new one, whole.
        place ??= static (path, content) => PlacedFile.Renew(path, content, onDisk: true);
        _lasting = new StateCopy(_lastingFile, stamp: null, "lasting state", part, patience ?? s_patience, place, Tell);
        _ofThisBoot = new StateCopy(_fileOfThisBoot, _stamp, "state", part, patience ?? s_patience, place, Tell);
    }

    /// <summary>Null when there is none, or none that can be read. What could not be used, of a file or of one field in it, is in <paramref name="problems"/>.</summary>
    public LastRun? Load(out ImmutableArray<StateProblem> problems)
    {
        List<StateProblem> found = [];
        var (recent, old) = (StateReader.Read(_fileOfThisBoot, found), StateReader.Read(_lastingFile, found));
        var (now, boot) = (Clocks.Boot, Clocks.BootId());
        var lastingIsNewer = old is not null && (recent is null || IsNewer(old, recent, (long)now.TotalMilliseconds));
        LastRun? last = null;
        if ((lastingIsNewer ? old : recent) is { } newer)
        {
            // Of this boot, but from when in it? Then it is worth no more than one of an earlier boot.
            last = newer.BootId == boot && AliveAt(newer, lastingIsNewer ? _lastingFile : _fileOfThisBoot, now, found) is { } at
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

    /// <summary>Why the last state could not be written, or has not been for long; null: it was.</summary>
    public string? Problem => StateCopy.Joined(_ofThisBoot.Problem, _lasting.Problem);

    /// <summary>Waits for the place that survives a reboot, at most <paramref name="timeout"/>.</summary>
    /// <returns>Why it does not have what was handed over; null: it has.</returns>
    public string? NotLasting(TimeSpan timeout)
    {
        _lasting.Flush(Clocks.Monotonic + timeout);
        return _lasting.Unwritten;
    }

    /// <summary>Hands over to the writers; returns at once.</summary>
    public void Save(Remembered remembered)
    {
        var unsaved = new Unsaved(remembered, Clocks.Boot);
        // Neither may have failed, and told it, before the other has begun.
        lock (_telling)
        {
            _ofThisBoot.Save(unsaved);
            _lasting.Save(unsaved);
        }
    }

    /// <summary>Waits until everything handed over is written, or could not be, at most <paramref name="timeout"/>.</summary>
    public void Flush(TimeSpan timeout)
    {
        var latest = Clocks.Monotonic + timeout;
        _ofThisBoot.Flush(latest);
        _lasting.Flush(latest);
    }

    /// <summary>Says "alive now"; called about once in T. The runtime directory is a memory file system as a rule, and then no other thread wakes for it.</summary>
    public void Stamp()
    {
        _ofThisBoot.Stamp();
        // Whoever hangs cannot tell it.
        if (_ofThisBoot.IsHanging)
            _lasting.Wake();
        if (_lasting.IsHanging)
            _ofThisBoot.Wake();
    }

    public void Dispose()
    {
        _lasting.Stop();
        _ofThisBoot.Dispose();
        _lasting.Dispose();
    }

    /// <summary>One event where both fail of one cause: whoever is done last tells it.</summary>
    private void Tell()
    {
        lock (_telling)
        {
            if (_ofThisBoot.IsAtWork || _lasting.IsAtWork)
                return;
            var problem = Problem;
            if (problem == _told)
                return;
            _told = problem;
            _outcome(problem);
        }
    }
}
