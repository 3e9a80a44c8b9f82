using System.Globalization;

namespace FlipAgent.Checks;

/// <summary>
/// Watches the process that a pid file names: like a name on a door plate, read again and again, because a new tenant puts up a new one. No
/// systemd is needed. Its exit is a fact and makes the check down at once, unless the file names a living successor by then.
/// </summary>
internal sealed class PidFileCheck(string path, CheckContext context) : Check
{
    private readonly object _gate = new();
    private Watched? _main;
    private FileVersion _accepted;
    private bool _disposed;

    public override IReadOnlyList<int> KnownPids => _main is { HasExited: false } main ? [main.Process.Pid] : [];

    public override Task<CheckResult> Run(CancellationToken stop)
    {
        // Read outside of the lock: a file system that hangs must not take the exit of the process, or the end of the agent, with it.
        var problem = ReadFile(out var version);
        lock (_gate)
            return Task.FromResult(_disposed ? new(Finding.Pending, "the check was removed") : Look(problem, version, 0));
    }

    public override void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _main?.Dispose();
        }
        base.Dispose();
    }

    private readonly record struct FileVersion(long WrittenTicks, int Pid, bool Empty);

    private CheckResult Look(string? problem, FileVersion version, long exitedAt)
    {
        if (problem is not null)
            return NoPid(problem, version, exitedAt);
        if (_main is { HasExited: false } main && main.Process.Pid == version.Pid && main.Process.IsAlive)
        {
            _accepted = version;
            return Up(main.Process.Pid);
        }
        if (ProcessIdentity.OfLiving(version.Pid) is not { } found)
            return new(Finding.Dead, $"pid {version.Pid} of {path} is not running") { FaultAt = exitedAt };
        // Same file, same number, and yet the one we knew has exited: the number was given out again. The descriptor knows it for certain; the time of
        // the start knows it too unless both began in the same hundredth of a second.
        if (_main is { } known && version == _accepted && (known.HasExited || found != known.Process))
            return new(Finding.Dead, $"pid {version.Pid} of {path} has exited; another program has that number now") { FaultAt = exitedAt };
        return Follow(found, version);
    }

    private CheckResult NoPid(string problem, FileVersion version, long exitedAt) => _main switch
    {
        { HasExited: true } main => new(Finding.Dead, $"pid {main.Process.Pid} has exited, and {problem}") { FaultAt = exitedAt },
        // Emptied and not yet written again: HAProxy's master does so with each reload (fault F51).
        { } main when version.Empty && main.Process.IsAlive => Up(main.Process.Pid),
        _ => new(Finding.Failed, problem),
    };

    private CheckResult Follow(ProcessIdentity found, FileVersion version)
    {
        var watched = context.Exits.Watch(found, OnExit, out var gone, out var problem);
        if (gone)
            return new(Finding.Dead, $"pid {found.Pid} of {path} is not running");
        _main?.Dispose();
        _main = watched;
        _accepted = version;
        return watched is null ? new(Finding.Up, $"pid {found.Pid} (looked at only once an interval: {problem})") : Up(found.Pid);
    }

    private static CheckResult Up(int pid) => new(Finding.Up, $"pid {pid} ({ProcessIdentity.Comm(pid) ?? "?"})");

    private void OnExit(Watched exited, long at)
    {
        lock (_gate)
        {
            if (_disposed || exited != _main)
                return;
            context.Push(Look(ReadFile(out var version), version, at));
        }
        context.ProcessExited();
    }

    /// <summary>Why the file gives no pid, or null.</summary>
    private string? ReadFile(out FileVersion version)
    {
        version = default;
        try
        {
            var written = File.GetLastWriteTimeUtc(path).Ticks;
            // HAProxy without master-worker mode writes one pid a line; the first is enough.
            var first = File.ReadLines(path).FirstOrDefault()?.Trim() ?? "";
            version = new(written, 0, first.Length == 0);
            if (!int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) || pid <= 0)
                return $"{path} holds no pid but '{first[..Math.Min(20, first.Length)]}'";
            version = new(written, pid, Empty: false);
            return null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return $"{path}: no such file";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{path} cannot be read: {e.Message}";
        }
    }
}
