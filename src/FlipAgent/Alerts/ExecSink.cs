using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;

namespace FlipAgent.Alerts;

/// <summary>
/// Runs a program for each alert, with the event as JSON on its standard input. Like handing a note to a messenger: he gets the note and nothing
/// else; no shell, no secrets, an environment of two variables. He is stopped, with all that he started, when he takes too long.
/// </summary>
internal sealed class ExecSink(ImmutableArray<string> argv, TimeSpan timeout, AlertText words)
{
    // A program that fails for a reason of its own will mostly go on failing.
    private const int MostFailures = 3;

    private int _failuresInRow;

    public async Task<Delivery> Deliver(Alert alert, CancellationToken cancel)
    {
        using var process = new Process { StartInfo = StartInfo() };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            return new(Fate.Refused, $"{argv[0]} cannot be started (errno {e.NativeErrorCode})");
        }
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        late.CancelAfter(timeout);
        try
        {
            _ = Discard(process.StandardOutput.BaseStream, late.Token);
            _ = Discard(process.StandardError.BaseStream, late.Token);
            await Tell(process, AlertJson.Of(alert, words), late.Token).ConfigureAwait(false);
            await process.WaitForExitAsync(late.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Kill(process);
            return Failed($"still running after {timeout.TotalSeconds:0.#} s");
        }
        if (process.ExitCode != 0)
            return Failed($"exit status {process.ExitCode}");
        _failuresInRow = 0;
        return Delivery.Done;
    }

    private Delivery Failed(string detail)
    {
        // Three in a row and the alert is given up, with a word in the summary; an endless loop of a broken script helps nobody.
        if (++_failuresInRow < MostFailures)
            return new(Fate.TryAgain, detail);
        _failuresInRow = 0;
        return new(Fate.Refused, detail);
    }

    private ProcessStartInfo StartInfo()
    {
        var start = new ProcessStartInfo(argv[0])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach (var argument in argv.AsSpan()[1..])
            start.ArgumentList.Add(argument);
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        start.Environment["LANG"] = "C.UTF-8";
        return start;
    }

    private static async Task Tell(Process process, byte[] json, CancellationToken cancel)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(json, cancel).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended, or closed its input, without reading: its exit status decides.
        }
    }

    /// <summary>Its output is of no use here, but a full pipe would stop it. Not waited for: something that it left running may hold the pipe open.</summary>
    private static async Task Discard(Stream output, CancellationToken cancel)
    {
        try
        {
            await output.CopyToAsync(Stream.Null, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The program is gone.
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It ended by itself in the meantime.
        }
    }
}
