using System.Globalization;
using FlipAgent.Kernel;

namespace FlipAgent.Checks;

/// <summary>
/// Is there a living process of this name? Any process of the name will do, so an unrelated program counts, and a worker without its master too. The ones
/// found are watched, so that the exit of the last is seen at once.
/// </summary>
internal sealed class ProcessNameCheck(string name, CheckContext context) : Check
{
    /// <summary>The kernel keeps 15 bytes of a command name (TASK_COMM_LEN), so only as many can be compared.</summary>
    private const int CommLength = 15;

    /// <summary>Enough of them to watch; each takes a file descriptor.</summary>
    private const int MostWatched = 64;

    private readonly string _comm = name[..Math.Min(name.Length, CommLength)];
    private readonly object _gate = new();
    private readonly List<Watched> _watched = [];
    private bool _disposed;

    public override IReadOnlyList<int> KnownPids
    {
        get
        {
            lock (_gate)
                return [.. _watched.Where(w => !w.HasExited).Select(w => w.Process.Pid)];
        }
    }

    public override Task<CheckResult> Run(TimeSpan within, CancellationToken stop)
    {
        lock (_gate)
            return Task.FromResult(_disposed ? new(Outcome.Pending, "the check was removed") : Look(0));
    }

    public override void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            foreach (var watched in _watched)
                watched.Dispose();
        }
        base.Dispose();
    }

    /// <param name="exitedAt">When the exit was seen that is the reason for this look; 0: it is the check's turn.</param>
    private CheckResult Look(long exitedAt)
    {
        try
        {
            return Search(exitedAt);
        }
        catch (IOException e) when (Shortage.Of(e) is { } shortage)
        {
            // That the last one has exited is a fact, for which no descriptor was needed.
            return exitedAt != 0 && _watched.TrueForAll(w => w.HasExited)
                ? new(Outcome.Dead, $"the last process named {_comm} that was seen has exited, and no other can be looked for: {shortage}") { FaultAt = exitedAt }
                : CheckResult.NotTried(shortage);
        }
    }

    private CheckResult Search(long exitedAt)
    {
        foreach (var gone in _watched.Where(w => w.HasExited || ProcessIdentity.Comm(w.Process.Pid) != _comm || !w.Process.IsAlive).ToArray())
        {
            gone.Dispose();
            _watched.Remove(gone);
        }
        if (_watched.Count > 0)
            return Up([.. _watched.Select(w => w.Process.Pid)]);
        var found = Scan();
        return found.Count > 0 ? Up(found) : new(Outcome.Dead, $"no process named {_comm}") { FaultAt = exitedAt };
    }

    /// <summary>Pids of the living processes of this name, each under watch from now on if that is possible.</summary>
    private List<int> Scan()
    {
        List<int> found = [];
        // All at once, for as long as the directory is open it takes a file descriptor.
        foreach (var directory in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
                continue;
            try
            {
                if (IsWanted(pid))
                    found.Add(pid);
            }
            catch (IOException e) when (found.Count > 0 && Shortage.Of(e) is not null)
            {
                // The watch of the first one has taken the last descriptor. One is enough.
                break;
            }
        }
        return found;
    }

    /// <summary>It lives and has the name; it is watched from here on if that is possible.</summary>
    private bool IsWanted(int pid)
    {
        if (ProcessIdentity.Comm(pid) != _comm || ProcessIdentity.OfLiving(pid) is not { } process)
            return false;
        var gone = false;
        if (_watched.Count < MostWatched && context.Exits.Watch(process, OnExit, out gone, out _) is { } watched)
            _watched.Add(watched);
        return !gone;
    }

    private CheckResult Up(List<int> pids) =>
        new(Outcome.Up, pids.Count == 1 ? $"pid {pids[0]} ({_comm})" : $"{pids.Count} processes named {_comm}, pid {string.Join(", ", pids.Order().Take(5))}");

    private void OnExit(Watched exited, long at)
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            context.Push(Look(at));
        }
        context.ProcessExited();
    }
}
