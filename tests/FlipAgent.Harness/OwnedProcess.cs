using System.Diagnostics;

namespace FlipAgent.Harness;

/// <summary>What is special about a program that is started.</summary>
public sealed record OwnedProcessOptions
{
    /// <summary>What messages call it; null: its command.</summary>
    public string? Name { get; init; }

    /// <summary>Standard output and error are appended to this file; null: to a temporary one, which goes with the process.</summary>
    public string? Log { get; init; }

    /// <summary>The network that it sees; null: that of the thread that starts it.</summary>
    public NetworkNamespace? Network { get; init; }

    /// <summary>Added to the environment of this process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// It leads a session and a process group of its own: Ctrl-C at the terminal does not reach it, and its children end with it. Not by default, since
    /// the scheduler shares the processors out among sessions (autogroup, sched(7)).
    /// </summary>
    public bool OwnGroup { get; init; }
}

/// <summary>A program that was started here and is ended here. It reads nothing, and what it writes goes to a file.</summary>
public sealed class OwnedProcess : IDisposable
{
    // exec all the way: the process id stays the one that is known here, and is the id of its session and process group when it has its own.
    private const string Script = "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null";
    private readonly OwnedProcessOptions _options;
    private readonly Process _process;

    public OwnedProcess(OwnedProcessOptions options, params string[] command)
    {
        _options = options;
        Name = options.Name ?? command[0];
        Log = options.Log ?? Path.GetTempFileName();
        string[] session = options.OwnGroup ? ["setsid"] : [];
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", Log, .. session, .. options.Network?.Enter(command) ?? command]);
        foreach (var (key, value) in options.Environment)
            start.Environment[key] = value;
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{Name} did not start");
    }

    public string Name { get; }

    /// <summary>The file with what it wrote.</summary>
    public string Log { get; }

    /// <summary>What it wrote so far; empty when it has not begun.</summary>
    public string Output => File.Exists(Log) ? File.ReadAllText(Log) : "";

    /// <summary>The process id; the same before and after it has ended.</summary>
    public int Id => _process.Id;

    public bool Runs => !_process.HasExited;

    /// <summary>Only after it has ended; 128 plus the signal when one ended it.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>To the process itself, as <c>systemctl stop</c> sends TERM. Nothing happens when it has ended.</summary>
    public void Send(Signal signal)
    {
        if (Runs)
            Signals.TrySend(Id, signal);
    }

    /// <summary>To it and, when it has a group of its own, all in that group at once.</summary>
    public void SendToAll(Signal signal)
    {
        if (_options.OwnGroup)
            Signals.TrySend(-Id, signal);
        // It may not have come as far as having a group.
        Send(signal);
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code; null: it still runs after that time.</returns>
    public int? WaitForExit(TimeSpan limit) => _process.WaitForExit(limit) ? _process.ExitCode : null;

    /// <inheritdoc cref="WaitForExit"/>
    public async Task<int?> WaitForExitAsync(TimeSpan limit)
    {
        using var late = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(late.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Waits until it has written this.</summary>
    /// <exception cref="TimeoutException">It did not within the time, or ended first; has what it wrote.</exception>
    public void AwaitOutput(string text, double seconds = 60)
    {
        Until.True(() => Output.Contains(text, StringComparison.Ordinal) || !Runs, () => $"{Name} writes '{text}', not only: {Output}", seconds);
        if (!Output.Contains(text, StringComparison.Ordinal))
            throw new TimeoutException($"{Name} ended with {ExitCode} before it wrote '{text}': {Output}");
    }

    /// <summary>Kills it, its group included, and waits until it is gone.</summary>
    public void Kill()
    {
        SendToAll(Signal.Kill);
        _process.WaitForExit();
    }

    /// <summary>Asks it to end, and kills what is left of it after that time.</summary>
    public async Task Stop(TimeSpan grace)
    {
        Send(Signal.Term);
        await WaitForExitAsync(grace);
        Kill();
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
        if (_options.Log is null)
            File.Delete(Log);
    }
}
