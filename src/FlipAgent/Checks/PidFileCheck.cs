using System.Diagnostics;
using FlipAgent.Kernel;

namespace FlipAgent.Checks;

/// <summary>
/// Watches the process that a pid file names. The file is read again and again, because a reload writes a new one; no systemd is needed. The exit of the
/// process is a fact and makes the check down at once, unless the file names a living successor by then, or is empty: somebody has opened it to write,
/// and gets <see cref="Grace"/> for it.
/// </summary>
/// <remarks>
/// The file may lie on a file system that hangs. So it is read by threads of the looks alone, and never under the lock: the thread that sees processes exit serves all checks, and a
/// reload waits for the lock.
/// </remarks>
internal sealed class PidFileCheck : Check
{
    /// <summary>How long an empty file, or one that does not answer, is waited for, from the exit of the process that it named.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>How often the file is read meanwhile.</summary>
    private static readonly TimeSpan s_rereading = TimeSpan.FromMilliseconds(10);

    /// <summary>How long another check waits to hear whom the file names now. A file system that is well takes far less than a millisecond.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(250);

    // A file that is replaced more often than that within one look is not followed but believed.
    private const int MaxLooks = 3;

    private readonly string _path;
    private readonly CheckContext _context;
    private readonly Func<string, PidFile> _read;
    private readonly Lock _gate = new();
    private readonly Timer _reread;
    private Watched? _main;
    private FileVersion _accepted;
    private (int Pid, long At) _replaced;
    private long _waitingSince;
    private Task? _asking;
    private volatile int _named;
    private bool _disposed;

    /// <param name="read"><see cref="PidFile.Read"/>; a test has it hang.</param>
    public PidFileCheck(string path, CheckContext context, Func<string, PidFile>? read = null)
    {
        (_path, _context, _read) = (path, context, read ?? PidFile.Read);
        _reread = new Timer(_ => Reread());
    }

    public override IReadOnlyList<int> KnownPids => _main is { HasExited: false } main ? [main.Process.Pid] : [];

    public override IReadOnlyList<int> ReloadingPids
    {
        get
        {
            var named = NamedNow();
            var (replaced, at) = _replaced;
            List<int> pids = named > 0 && ProcessIdentity.OfLiving(named) is not null ? [named] : [];
            if (replaced != 0 && Stopwatch.GetElapsedTime(at) < Grace)
                pids.Add(replaced);
            return pids;
        }
    }

    public override Task<CheckResult> Run(TimeSpan within, CancellationToken stop) => Task.FromResult(Look());

    public override void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _main?.Dispose();
            _reread.Dispose();
        }
        base.Dispose();
    }

    /// <summary>What the file names may have been replaced, and have exited, between the two looks: dead is only what the file still names then.</summary>
    private CheckResult Look()
    {
        for (var again = 0; ; again++)
        {
            var file = _read(_path);
            CheckResult result;
            lock (_gate)
                result = _disposed ? new(Outcome.Pending, "the check was removed") : Look(file);
            if (result.Outcome != Outcome.Dead || again == MaxLooks || _read(_path).Version == file.Version)
                return result;
        }
    }

    private CheckResult Look(PidFile file)
    {
        try
        {
            return Judge(file);
        }
        catch (IOException e) when (Shortage.Of(e) is { } shortage)
        {
            return NotSeen(shortage);
        }
    }

    private CheckResult Judge(PidFile file)
    {
        if (file.Shortage is { } shortage)
            return NotSeen(shortage);
        if (file.Problem is { } problem)
            return NoPid(file, problem);
        var version = file.Version;
        if (_main is { HasExited: false } main && main.Process.Pid == version.Pid && main.Process.NameOfLiving is { } name)
        {
            _accepted = version;
            return Up(main.Process.Pid, name);
        }
        if (ProcessIdentity.OfLiving(version.Pid) is not { } found)
            return Dead($"pid {version.Pid} is gone ({_path})");
        // Same file, same number, and yet the one we knew has exited: the number was given out again. The descriptor knows it for certain; the time of
        // the start knows it too unless both began in the same hundredth of a second.
        if (_main is { } known && version == _accepted && (known.HasExited || found != known.Process))
            return Dead($"pid {version.Pid} of {_path} has exited; another program has that number now");
        return Follow(found, version);
    }

    /// <summary>
    /// HAProxy removes the file, makes it anew, dismisses the process that it replaces, and then writes its own number (fault F51). Nothing else leaves
    /// an empty file but a full disk.
    /// </summary>
    private CheckResult NoPid(PidFile file, string problem)
    {
        if (_main is { HasExited: true } gone)
            return file.IsEmpty ? Await($"pid {gone.Process.Pid} has exited, and {problem}", Outcome.Dead) : Dead($"pid {gone.Process.Pid} has exited, and {problem}");
        if ((file.IsEmpty || file.IsMissing) && _main is { } main && main.Process.NameOfLiving is { } name)
            return Waited() < Grace ? Up(main.Process.Pid, name, waits: true)
                : file.IsEmpty ? new(Outcome.Degraded, $"pid {main.Process.Pid} runs, but {problem} (is the disk full?)")
                : new(Outcome.Failed, problem);
        if (file.IsEmpty)
            return Await(problem, Outcome.Failed);
        _waitingSince = 0;
        return new(Outcome.Failed, problem);
    }

    /// <summary>The agent itself is short of something. The exit of a process is seen without it, and is not forgotten over it.</summary>
    private CheckResult NotSeen(string shortage) => _main is { HasExited: true } gone
        ? Await($"pid {gone.Process.Pid} has exited, and no successor can be looked for: {shortage}", Outcome.Dead)
        : CheckResult.NotTried(shortage);

    /// <summary>Gives the file time to name a process; <paramref name="otherwise"/> is what it means that it does not.</summary>
    private CheckResult Await(string problem, Outcome otherwise)
    {
        var left = Grace - Waited();
        if (left <= TimeSpan.Zero)
            return new(otherwise, $"{problem} (waited {Grace.TotalMilliseconds:0} ms for a pid)") { FaultAt = otherwise == Outcome.Dead ? _waitingSince : 0 };
        _reread.Change(left < s_rereading ? left : s_rereading, Timeout.InfiniteTimeSpan);
        return new(Outcome.Pending, $"{problem}; waiting for a pid");
    }

    private TimeSpan Waited()
    {
        if (_waitingSince == 0)
            _waitingSince = Stopwatch.GetTimestamp();
        return Stopwatch.GetElapsedTime(_waitingSince);
    }

    private CheckResult Follow(ProcessIdentity found, FileVersion version)
    {
        var watched = _context.Exits.Watch(found, OnExit, out var gone, out var problem);
        if (gone)
            return Dead($"pid {found.Pid} is gone ({_path})");
        if (_main is { } old)
            _replaced = (old.Process.Pid, Stopwatch.GetTimestamp());
        _main?.Dispose();
        _main = watched;
        _accepted = version;
        if (watched is not null)
            return Up(found.Pid, found.NameOfLiving);
        _waitingSince = 0;
        return new(Outcome.Up, $"pid {found.Pid} (looked at only once an interval: {problem})");
    }

    private CheckResult Up(int pid, string? name, bool waits = false)
    {
        if (!waits)
            _waitingSince = 0;
        return new(Outcome.Up, $"pid {pid} ({name ?? "?"})");
    }

    private CheckResult Dead(string detail) => new(Outcome.Dead, detail) { FaultAt = _main is { HasExited: true } ? _waitingSince : 0 };

    private void OnExit(Watched exited, long at)
    {
        lock (_gate)
        {
            if (_disposed || exited != _main)
                return;
            // The wait is for the successor of this one, however long the file has been empty.
            _waitingSince = at;
        }
        LookBeside(exited, again: false);
        _context.ProcessExited();
    }

    private void Reread()
    {
        lock (_gate)
            if (!_disposed && _waitingSince != 0)
                LookBeside(_main, again: true);
    }

    /// <summary>Between the turns, and returns at once. A file that does not answer within the grace is not waited for any longer: the exit is known without it.</summary>
    // async void, but nothing is left that could throw: what the look throws is contained where it runs, and so is what comes of handing in a result.
    private async void LookBeside(Watched? main, bool again)
    {
        var looking = _context.Beside(() => HandIn(Look(), main, again));
        if (!await AlarmClock.Own.Ends(looking, Grace).ConfigureAwait(false))
            GiveUp(main);
    }

    private void GiveUp(Watched? main)
    {
        lock (_gate)
            if (!_disposed && main is { HasExited: true } gone && _main == main)
                _context.Push(Dead($"pid {gone.Process.Pid} has exited, and {_path} could not be read within {Grace.TotalMilliseconds:0} ms"));
    }

    /// <param name="main">The process that was watched when the look began.</param>
    private void HandIn(CheckResult result, Watched? main, bool again)
    {
        lock (_gate)
        {
            // A look of the check's turn may have found a successor meanwhile, and what is dead is the one before.
            if (_disposed || (result.Outcome == Outcome.Dead && _main != main))
                return;
            if (result.Outcome != Outcome.Pending || !again)
                _context.Push(result);
        }
    }

    /// <summary>
    /// Whom the file names at this moment; 0: nobody, or it does not say in time. Who asks is another check in its own look, which must not hang because this file does. While one
    /// reading hangs there is no second one.
    /// </summary>
    private int NamedNow()
    {
        Task asking;
        lock (_gate)
            asking = _asking = _asking is { IsCompleted: false } ? _asking : _context.Beside(() => _named = _read(_path).Version.Pid);
        return asking.Wait(s_patience) ? _named : 0;
    }
}
