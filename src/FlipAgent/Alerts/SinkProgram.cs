using System.ComponentModel;
using FlipAgent.Kernel;

namespace FlipAgent.Alerts;

/// <summary>
/// Runs a program that takes an alert on its standard input. It gets nothing else: no shell, no secrets, an environment of two variables. It is stopped, with all that it
/// started, when it takes too long.
/// </summary>
internal sealed class SinkProgram(IReadOnlyList<string> argv, TimeSpan timeout)
{
    // A program that fails for a reason of its own will mostly go on failing.
    private const int MaxFailures = 3;

    private int _failuresInRow;

    /// <param name="advice">What a time-out may mean, after a semicolon; empty: anything.</param>
    public async Task<Delivery> Run(byte[] input, CancellationToken cancel, string advice = "")
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
            return await Hand(run, input, advice, cancel).ConfigureAwait(false);
    }

    private async Task<Delivery> Hand(ProgramRun run, byte[] input, string advice, CancellationToken cancel)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        late.CancelAfter(timeout);
        _ = Discard(run.Output, timeout);
        _ = Discard(run.Errors, timeout);
        int status;
        try
        {
            await Write(run, input, late.Token).ConfigureAwait(false);
            status = await run.WaitForExit(late.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            run.Kill();
            return Failed($"still running after {timeout.TotalSeconds:0.#} s{advice}");
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

    private static async Task Write(ProgramRun run, byte[] input, CancellationToken cancel)
    {
        try
        {
            await run.Input.WriteAsync(input, cancel).ConfigureAwait(false);
            run.Input.Close();
        }
        catch (IOException)
        {
            // It ended, or closed its input, without reading: its exit status decides.
        }
    }

    /// <summary>
    /// Its output is of no use here, but a full pipe would stop it. Not waited for: something that it left running may hold the pipe open, and has as much time as itself to have its
    /// say.
    /// </summary>
    private static async Task Discard(Stream output, TimeSpan timeout)
    {
        using (output)
            await AlarmClock.Own.Ends(ToEnd(output), timeout).ConfigureAwait(false);
    }

    private static async Task ToEnd(Stream output)
    {
        try
        {
            await output.CopyToAsync(Stream.Null).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Nobody wants the rest.
        }
    }
}
