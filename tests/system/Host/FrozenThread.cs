using System.Runtime.InteropServices;

namespace FlipAgent.SystemTests.Host;

/// <summary>
/// Stops one thread of a process and lets the others run, as a deadlock would (ptrace(2)). Ends when disposed, or when the process dies.
/// </summary>
internal sealed partial class FrozenThread : IDisposable
{
    private const int PTRACE_SEIZE = 0x4206;
    private const int PTRACE_INTERRUPT = 0x4207;
    private const int PTRACE_CONT = 7;
    private const int WNOHANG = 1;
    private const int WALL = 0x40000000;

    private readonly ManualResetEventSlim _end = new();
    private readonly ManualResetEventSlim _frozen = new();
    private readonly Thread _tracer;
    private volatile bool _worked;

    /// <param name="pid">The process, as the host numbers it.</param>
    /// <param name="name">Name of the thread, as in /proc/PID/task/TID/comm.</param>
    public FrozenThread(int pid, string name)
    {
        var thread = Directory.GetDirectories($"/proc/{pid}/task").FirstOrDefault(t => File.ReadAllText(t + "/comm").Trim() == name)
            ?? throw new InvalidOperationException($"process {pid} has no thread {name}");
        var tid = int.Parse(Path.GetFileName(thread));

        // Only the thread that seized another may go on with it, so it needs one of its own.
        _tracer = new Thread(() => Hold(tid)) { IsBackground = true };
        _tracer.Start();
        _frozen.Wait();
        if (!_worked)
        {
            throw new InvalidOperationException($"ptrace of thread {name} of process {pid} is not allowed");
        }
    }

    public void Dispose()
    {
        _end.Set();
        _tracer.Join(TimeSpan.FromSeconds(5));
        _end.Dispose();
        _frozen.Dispose();
    }

    private void Hold(int tid)
    {
        _worked = ptrace(PTRACE_SEIZE, tid, 0, 0) == 0 && ptrace(PTRACE_INTERRUPT, tid, 0, 0) == 0;
        _frozen.Set();

        // Collects it when it is killed: until its tracer has done so, the process cannot end.
        while (_worked && !_end.Wait(50))
        {
            var found = waitpid(tid, out var status, WALL | WNOHANG);
            if (found < 0 || (found == tid && (status & 0x7f) != 0x7f))
            {
                return;
            }
        }

        _ = ptrace(PTRACE_CONT, tid, 0, 0);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint ptrace(nint request, nint pid, nint address, nint data);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int waitpid(int pid, out int status, int options);
}
