using System.Runtime.InteropServices;
using System.Text;
using FlipAgent.Kernel;

namespace FlipAgent.Checks;

/// <summary>
/// Which process, not just which number. Pids are given out again; the start time tells one process from the next of the same number (proc(5): field 22
/// of /proc/PID/stat, clock ticks since boot).
/// </summary>
internal readonly record struct ProcessIdentity(int Pid, ulong StartTime)
{
    /// <summary>
    /// The process of this number that is alive now; null when there is none, or only a zombie, which serves nobody. Like all that reads /proc here
    /// it throws an <see cref="IOException"/> for a <see cref="Shortage"/>: not being able to look is not the same as seeing nobody.
    /// </summary>
    public static ProcessIdentity? OfLiving(int pid) => ReadStat(pid) is { IsAlive: true } stat ? new(pid, stat.Started) : null;

    /// <summary>The same where nothing may be thrown; <paramref name="shortage"/> is empty unless it could not look.</summary>
    public static ProcessIdentity? OfLiving(int pid, out string shortage)
    {
        shortage = "";
        try
        {
            return OfLiving(pid);
        }
        catch (IOException e) when (Shortage.Of(e) is { } words)
        {
            shortage = words;
            return null;
        }
    }

    /// <summary>True while exactly this process is alive.</summary>
    public bool IsAlive => OfLiving(Pid) == this;

    /// <summary>The command name (at most 15 bytes) while exactly this process is alive, otherwise null.</summary>
    public string? NameOfLiving => ReadStat(Pid) is { IsAlive: true } stat && stat.Started == StartTime ? stat.Name : null;

    /// <summary>The command name (at most 15 bytes), or null when the process is gone.</summary>
    public static string? Comm(int pid)
    {
        Span<byte> text = stackalloc byte[64];
        return Read($"/proc/{pid}/comm", text) is >= 0 and var length ? Encoding.UTF8.GetString(text[..length]).TrimEnd('\n') : null;
    }

    /// <summary>The parent's pid, or 0 when the process is gone.</summary>
    public static int Parent(int pid) => ReadStat(pid)?.Parent ?? 0;

    private static ProcStat? ReadStat(int pid)
    {
        Span<byte> buffer = stackalloc byte[ProcStat.MostBytes];
        return Read($"/proc/{pid}/stat", buffer) is >= 0 and var length ? ProcStat.Of(buffer[..length]) : null;
    }

    /// <summary>How many bytes it has of those that there is room for; -1: there is no such process.</summary>
    private static int Read(string path, Span<byte> into)
    {
        using var file = Libc.Open(path, Libc.OpenReadOnly | Libc.OpenCloseOnExec);
        var length = file.IsInvalid ? -1 : Libc.Read(file, ref into[0], (nuint)into.Length);
        if (length >= 0)
            return (int)length;
        // Gone between two looks (ENOENT, ESRCH), or hidden from us (ProtectProc=): for this agent it is not there.
        var error = Marshal.GetLastPInvokeError();
        return Shortage.Of(error) is { } words ? throw new IOException(words, error) : -1;
    }
}
