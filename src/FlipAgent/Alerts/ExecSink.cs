using System.Collections.Immutable;
using System.ComponentModel;
using FlipAgent.Kernel;

namespace FlipAgent.Alerts;

/// <summary>
/// Runs a program for each alert, with the event as JSON on its standard input. It gets nothing
/// else: no shell, no secrets, an environment of two variables. It is stopped, with all that it started, when it takes too long.
/// </summary>
internal sealed class ExecSink(ImmutableArray<string> argv, TimeSpan timeout, AlertText words)
{
    // A program that fails for a reason of its own will mostly go on failing.
    private const int MaxFailures = 3;

    private int _failuresInRow;

    public async Task<Delivery> Deliver(Alert alert, CancellationToken cancel)
    {
        ProgramRun run;
        try
        {
            run = ProgramRun.Start(argv[0], argv.Skip(1), ("PATH", ProgramRun.SearchPath), ("LANG", "C.UTF-8"));
        }
        catch (Win32Exception e)
        {
            return new(Fate.Refused, $"{argv[0]} cannot be started (errno {e.NativeErrorCode})");
        }
        using (run)
            return await Hand(run, alert, cancel).ConfigureAwait(false);
    }

    private async Task<Delivery> Hand(ProgramRun run, Alert alert, CancellationToken cancel)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        late.CancelAfter(timeout);
        int status;
        try
        {
            _ = Discard(run.Output, late.Token);
            _ = Discard(run.Errors, late.Token);
            await Write(run, AlertJson.Of(alert, words), late.Token).ConfigureAwait(false);
            status = await run.WaitForExit(late.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            run.Kill();
            return Failed($"still running after {timeout.TotalSeconds:0.#} s");
        }
        if (status != 0)
            return Failed($"exit status {status}");
        _failuresInRow = 0;
        return Delivery.Done;
    }

    private Delivery Failed(string detail)
    {
        // Three in a row and the alert is given up, with a word in the summary; an endless loop of a broken script helps nobody.
        if (++_failuresInRow < MaxFailures)
            return new(Fate.TryAgain, detail);
        _failuresInRow = 0;
        return new(Fate.Refused, detail);
    }

    private static async Task Write(ProgramRun run, byte[] json, CancellationToken cancel)
    {
        try
        {
            await run.Input.WriteAsync(json, cancel).ConfigureAwait(false);
            run.Input.Close();
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
}
