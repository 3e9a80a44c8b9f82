using System.Diagnostics;
using System.Runtime.InteropServices;

namespace FlipAgent.E2E.Ground;

/// <summary>How a command ended.</summary>
internal sealed record Ran(int Code, string Output, string Errors)
{
    public string All => Output + Errors;
}

/// <summary>Runs the small programs that lay wires and ask questions: a hand at the keyboard.</summary>
internal static class Shell
{
    /// <exception cref="InvalidOperationException">It ended with another code than 0; has what it said.</exception>
    public static string Must(string program, params string[] arguments)
    {
        var ran = Run(program, arguments);
        return ran.Code == 0 ? ran.Output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: exit code {ran.Code}: {ran.All}");
    }

    public static Ran Run(string program, params string[] arguments) => Run(program, arguments, null);

    /// <exception cref="TimeoutException">It did not end within 30 s, and was killed.</exception>
    public static Ran Run(string program, string[] arguments, string? input, Dictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment ?? [])
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromSeconds(30)))
        {
            process.Kill();
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within 30 s");
        }
        return new(process.ExitCode, output.Result, errors.Result);
    }
}

/// <summary>A program in a network namespace that the tests started and answer for; its output goes to a file.</summary>
internal sealed partial class Owned : IDisposable
{
    public const int Hup = 1, Kill = 9, Term = 15, Cont = 18, Stop = 19;
    private readonly Process _process;

    public Owned(string network, string log, Dictionary<string, string>? environment, params string[] command)
    {
        // exec all the way: the process id stays the one that is known here.
        var start = new ProcessStartInfo("/bin/sh", [
            "-c", "log=$1; net=$2; shift 2; exec nsenter --net=/run/netns/\"$net\" \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", log, network, .. command]);
        foreach (var (name, value) in environment ?? [])
            start.Environment[name] = value;
        Log = log;
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} did not start");
    }

    public string Log { get; }

    public int Id => _process.Id;

    public bool Runs => !_process.HasExited;

    public void Signal(int signal)
    {
        if (Runs)
            _ = Send(_process.Id, signal);
    }

    /// <summary>Kills it and waits until it is gone.</summary>
    public void End()
    {
        Signal(Kill);
        _process.WaitForExit();
    }

    /// <summary>The exit code; 128 plus the signal when one ended it. Null: it still runs after that time.</summary>
    public int? ExitCode(TimeSpan within) => _process.WaitForExit(within) ? _process.ExitCode : null;

    public void Dispose()
    {
        End();
        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Send(int pid, int signal);
}

/// <summary>Waiting for a condition instead of for a time.</summary>
internal static class Until
{
    public static async Task True(Func<Task<bool>> condition, Func<Task<string>> what, double seconds = 30)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed.TotalSeconds > seconds)
                Assert.Fail($"not within {seconds} s: {await what()}");
            await Task.Delay(50);
        }
    }

    public static Task True(Func<Task<bool>> condition, string what, double seconds = 30) => True(condition, () => Task.FromResult(what), seconds);

    /// <summary>Holds for this long, asked again and again; fails at the first no.</summary>
    public static async Task Stays(Func<Task<bool>> condition, string what, double seconds)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            Assert.True(await condition(), $"{what}: not any more after {clock.Elapsed.TotalSeconds:0.0} s");
            await Task.Delay(100);
        }
    }
}
