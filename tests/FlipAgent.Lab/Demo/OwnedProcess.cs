using System.Diagnostics;
using System.Runtime.InteropServices;

namespace FlipAgent.Lab.Demo;

/// <summary>
/// A program that the demonstration started and answers for: it runs in a session of its own, so that Ctrl-C at the terminal reaches only the
/// demonstration, which then puts everything away in order, like a host who sees every guest to the door.
/// </summary>
internal sealed partial class OwnedProcess : IAsyncDisposable
{
    public const int SigKill = 9;
    public const int SigTerm = 15;
    private readonly Process _process;

    private OwnedProcess(string name, Process process)
    {
        Name = name;
        _process = process;
    }

    public string Name { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>Only after it has exited. 128 plus the signal when one ended it.</summary>
    public int ExitCode => _process.ExitCode;

    /// <param name="log">Standard output and error are appended to this file.</param>
    public static OwnedProcess Start(string name, string log, IReadOnlyDictionary<string, string> environment, params string[] command)
    {
        // exec twice: the process id stays the one that is known here, and is the id of its session and process group.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "log=$1; shift; exec setsid \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", log, .. command]);
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        return new(name, Process.Start(start) ?? throw new InvalidOperationException($"{name} did not start"));
    }

    /// <summary>To the process itself, as <c>systemctl stop</c> does with TERM.</summary>
    public void Signal(int signal) => _ = Send(_process.Id, signal);

    /// <summary>To it and all its children at once.</summary>
    public void SignalAll(int signal) => _ = Send(-_process.Id, signal);

    /// <summary>False: it is still there after this time.</summary>
    public async Task<bool> Exited(TimeSpan within)
    {
        using var patience = new CancellationTokenSource(within);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Asks it to end, waits 3 s, then ends it; children that are left over go with it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Signal(SigTerm);
            await Exited(TimeSpan.FromSeconds(3));
        }

        SignalAll(SigKill);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Send(int pid, int signal);
}
