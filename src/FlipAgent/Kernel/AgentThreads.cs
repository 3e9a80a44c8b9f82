using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FlipAgent.Kernel;

/// <summary>A thread of a running agent that a failover waits for.</summary>
/// <param name="Started">As <see cref="ProcStat.Started"/>.</param>
/// <param name="IsRealTime">The kernel's own word (SCHED_FIFO or SCHED_RR), whoever has arranged it.</param>
internal sealed record AgentThread(int Id, string Name, ulong Started, bool IsRealTime);

/// <summary>
/// A running agent, as another process sees it. All is read below one open /proc/PID, which never becomes that of another process with the same number. The process
/// may be anybody's: what it says of itself decides on no more than one thread for each of two names.
/// </summary>
internal sealed class AgentThreads : IDisposable
{
    private const string Gone = " (deleted)";

    private readonly SafeFileHandle _process;

    private AgentThreads(SafeFileHandle process) => _process = process;

    private string Folder => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{_process.DangerousGetHandle()}");

    /// <summary>Null: there is no such process.</summary>
    public static AgentThreads? Of(int pid)
    {
        var process = Libc.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}"), Libc.OpenReadOnly | Libc.OpenCloseOnExec);
        if (!process.IsInvalid)
            return new AgentThreads(process);
        process.Dispose();
        return null;
    }

    /// <summary>Whether it runs the file that this process runs, or the one that an upgrade has replaced by it. To see that of another user's process takes root.</summary>
    public bool RunsThisProgram
    {
        get
        {
            const uint identity = Libc.StatxInode;
            if (Libc.Stat(_process, "exe", 0, identity, out var its) != 0 || Libc.Stat(Libc.AtCurrentDirectory, "/proc/self/exe", 0, identity, out var own) != 0)
                return false;
            return (its.DeviceMajor, its.DeviceMinor, its.Inode) == (own.DeviceMajor, own.DeviceMinor, own.Inode)
                || (RunMark.LinkOf($"{Folder}/exe") is { } file && file == RunMark.LinkOf("/proc/self/exe") + Gone);
        }
    }

    public bool HasEnded => ProcStat.Read($"{Folder}/stat") is not { IsAlive: true };

    /// <summary>Those that are there now: for each name the newest thread that has it, since those of a socket that a reload puts away live for a moment beside the new ones.</summary>
    public IReadOnlyList<AgentThread> RealTimeThreads()
    {
        try
        {
            var newest = new Dictionary<string, AgentThread>();
            foreach (var path in Directory.EnumerateDirectories($"{Folder}/task"))
                if (int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Thread(id) is { } thread && RealTime.Threads.Contains(thread.Name)
                    && (!newest.TryGetValue(thread.Name, out var other) || other.Started < thread.Started || (other.Started == thread.Started && other.Id < thread.Id)))
                    newest[thread.Name] = thread;
            return [.. newest.Values];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is hidden from this user (hidepid).
            return [];
        }
    }

    /// <summary>Gives real-time scheduling to one of <see cref="RealTimeThreads"/>.</summary>
    /// <returns>Null: it has it, or has ended. Otherwise why not.</returns>
    public string? Raise(AgentThread thread)
    {
        if (RealTime.Raise(thread.Id) != 0)
            return Marshal.GetLastPInvokeError() == Libc.Esrch ? null : Libc.LastError();
        // It may have ended, and another process have got its number, since it was looked at.
        if (Thread(thread.Id) is not { } now || now.Started != thread.Started)
            RealTime.Lower(thread.Id);
        return null;
    }

    public void Dispose() => _process.Dispose();

    private AgentThread? Thread(int id) => ProcStat.Read(string.Create(CultureInfo.InvariantCulture, $"{Folder}/task/{id}/stat")) is { } stat
        ? new AgentThread(id, stat.Name, stat.Started, stat.Policy is Libc.SchedFifo or Libc.SchedRr)
        : null;
}
